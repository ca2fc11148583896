"""Rows of a table found by a few typed letters: what a foreign key could refer to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from studio.db.lane import Lane
from studio.model.catalog import ColumnKind, Table
from studio.model.page import (
    AllOf,
    AnyOf,
    Condition,
    Filter,
    Operator,
    PageRequest,
    Shortened,
    Value,
)
from studio.rows.pages import fetch_page
from studio.rows.related import Relation

FOUND_ROWS = 50
"""Rows offered at once: more are found by typing more."""
_MOST_LABELS = 2
_MOST_OF_LABEL = 80
"""Characters of one, beside its key."""
_LABEL_NAMES = ("name", "title", "label", "username", "login", "email", "code", "slug", "subject")
"""What people call the column that says to people which row it is; the best first."""
_TEXTS = {ColumnKind.TEXT, ColumnKind.ENUM}


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One row to refer to."""

    key: tuple[Value, ...]
    labels: tuple[Value, ...]


def label_columns(table: Table, key: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that tell a person which row of `table` is meant."""
    texts = [c.name for c in table.columns if c.kind in _TEXTS and not c.hidden]
    others = [name for name in texts if name not in key]
    return tuple(sorted(others, key=_rank)[:_MOST_LABELS])


def _rank(name: str) -> int:
    """How likely a column is a label; ties keep the table's order."""
    folded = name.casefold()
    for rank, label in enumerate(_LABEL_NAMES):
        if folded == label:
            return rank
    for rank, label in enumerate(_LABEL_NAMES):
        if label in folded:
            return len(_LABEL_NAMES) + rank
    return 2 * len(_LABEL_NAMES)


async def label_at(lane: Lane, table: Table, relation: Relation) -> str | None:
    """What tells a person which row a foreign key leads to; None: there is no such row, or nothing
    that tells. Raises StudioError.
    """
    names = label_columns(table, relation.foreign_key.target_columns)
    if not names:
        return None
    page = await fetch_page(lane, table, replace(relation.request, limit=1))
    if not page.rows:
        return None
    row = dict(zip(page.columns, page.rows[0], strict=True))
    return "  ".join(_heads(row[name] for name in names)) or None


async def labels_at(
    lane: Lane, table: Table, key: tuple[str, ...], values: Sequence[tuple[Value, ...]]
) -> dict[tuple[Value, ...], str]:
    """What tells a person which row of `table` each of `values` leads to, in one statement that
    reads only key and label; nothing for those that lead nowhere, or nowhere that tells. Raises
    StudioError.
    """
    names = label_columns(table, key)
    if not names or not values:
        return {}
    # Two engines' values of one key may differ in type, as 7 and '7' do on SQLite.
    wanted = {tuple(map(str, value)): value for value in values}
    read = {*key, *names, *table.identity, *table.primary_key}
    narrow = replace(table, columns=tuple(c for c in table.columns if c.name in read))
    request = PageRequest(table.ref, filters=(_any_of(key, values),), limit=len(wanted))
    page = await fetch_page(lane, narrow, request)
    labels: dict[tuple[Value, ...], str] = {}
    for values_of_row in page.rows:
        row = dict(zip(page.columns, values_of_row, strict=True))
        at = wanted.get(tuple(str(row[name]) for name in key))
        label = next(_heads(row[name] for name in names), "")
        if at is not None and label:
            labels[at] = label
    return labels


def _any_of(key: tuple[str, ...], values: Sequence[tuple[Value, ...]]) -> Condition:
    if len(key) == 1:
        return Filter(key[0], Operator.IN, values=tuple(value for (value,) in values))
    rows = (
        AllOf(tuple(Filter(n, Operator.EQUAL, v) for n, v in zip(key, value, strict=True)))
        for value in values
    )
    return AnyOf(tuple(rows))


def _heads(labels: Iterable[Value]) -> Iterator[str]:
    """The beginnings of those that say something."""
    heads = (value.head if isinstance(value, Shortened) else value for value in labels)
    return (str(head)[:_MOST_OF_LABEL] for head in heads if head is not None and head != "")


async def with_key(
    lane: Lane, table: Table, key: tuple[str, ...], typed: str
) -> tuple[FoundRow, ...]:
    """The row whose key is what was typed: an index answers that at once. Raises StudioError."""
    try:
        value = lane.backend.parse(typed.strip(), table.column(key[0]))
    except (ValueError, KeyError):
        return ()
    return await _found(lane, table, key, (Filter(key[0], Operator.EQUAL, value),))


async def with_label(
    lane: Lane, table: Table, key: tuple[str, ...], typed: str
) -> tuple[FoundRow, ...]:
    """Rows whose label, or key where it is text, holds what was typed; nothing typed: the first.

    May read the whole table; cancelled, it stops inside the database. Raises StudioError.
    """
    if not typed:
        return await _found(lane, table, key, ())
    texts = [name for name in key if table.column(name).kind in _TEXTS]
    names = (*label_columns(table, key), *texts)
    if not names:
        return ()
    holds = tuple(Filter(name, Operator.CONTAINS, typed) for name in names)
    return await _found(lane, table, key, (AnyOf(holds) if len(holds) > 1 else holds[0],))


async def _found(
    lane: Lane, table: Table, key: tuple[str, ...], filters: tuple[Condition, ...]
) -> tuple[FoundRow, ...]:
    page = await fetch_page(lane, table, PageRequest(table.ref, filters=filters, limit=FOUND_ROWS))
    places = {name: place for place, name in enumerate(page.columns)}
    labels = [places[name] for name in label_columns(table, key)]
    keys = [places[name] for name in key]
    return tuple(
        FoundRow(tuple(row[at] for at in keys), tuple(row[at] for at in labels))
        for row in page.rows
    )
