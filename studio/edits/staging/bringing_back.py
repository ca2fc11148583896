"""Rows that differ between two states of a WAL → changes that make them again what they were."""

from collections.abc import Iterator, Sequence

from studio.edits.staging.rowchange import SeenRow, deleted, shown_columns
from studio.model.catalog import IdentityKind, Table
from studio.model.change import Change, Insert, Update, same_value
from studio.model.page import Value
from studio.wal import changes as wal
from studio.wal.tables import Row

_KEYED = {IdentityKind.PRIMARY_KEY, IdentityKind.UNIQUE}


class NotBroughtBack(Exception):
    """Why rows of a table cannot be brought back: `str()` is a sentence."""


def brought_back(table: Table, differing: Sequence[wal.Change]) -> tuple[Change, ...]:
    """What stages the rows as they were before, in the table as it is now; each guarded by what the
    later state held. Raises NotBroughtBack.
    """
    if not (table.primary_key or table.identity_kind in _KEYED):
        raise NotBroughtBack(
            f"{table.ref} has no key: nothing would keep a row from being there twice"
        )
    return tuple(change for one in differing for change in _inverse(table, one))


def _inverse(table: Table, one: wal.Change) -> Iterator[Change]:
    for row in (one.before, one.after):
        if row is not None:
            # A row is deleted only where all that it holds now was seen then.
            _must_fit(table, row, may_lack=one.kind != "insert")
    before, after = one.before or {}, one.after or {}
    if one.kind == "delete":
        given = {name: before[name] for name in _stored(table) if name in before}
        # The same row staged again is the same staged row.
        yield Insert(table.ref, given, row=f"as it was {one.key!r}")
    elif one.kind == "insert":
        yield deleted(table, SeenRow(_identity(table, one, after), _shown(table, after)))
    else:
        both = [name for name in _stored(table) if name in before and name in after]
        names = [name for name in both if not same_value(before[name], after[name])]
        if names:
            identity = dict(zip(table.identity, _identity(table, one, after), strict=True))
            yield Update(
                table.ref,
                identity,
                {name: after[name] for name in names},
                {name: before[name] for name in names},
            )


def _must_fit(table: Table, row: Row, *, may_lack: bool) -> None:
    """Raises NotBroughtBack where the table had columns it has no more; or, unless it `may_lack`
    them, where it has got others since.
    """
    now = {column.name for column in shown_columns(table)}
    gone, new = row.keys() - now, now - row.keys()
    if not gone and (may_lack or not new):
        return
    other = ", ".join(repr(name) for name in [*sorted(gone), *sorted(new)][:3])
    raise NotBroughtBack(f"{table.ref} is of another structure now than it was then: {other}")


def _stored(table: Table) -> list[str]:
    return [column.name for column in shown_columns(table) if column.generated is None]


def _shown(table: Table, row: Row) -> dict[str, Value]:
    return {column.name: row[column.name] for column in shown_columns(table)}


def _identity(table: Table, one: wal.Change, row: Row) -> tuple[Value, ...]:
    """What names the row now: by its columns, or the rowid that none of them shows."""
    return tuple(row[name] if name in row else one.key[0] for name in table.identity)
