"""The declared schema against the live one: every difference, with both sides."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from studio.migrations import reconcile
from studio.migrations.declared.schema import BARE, NOT_STATED, Declared
from studio.migrations.spelling import plain_default, plain_type, without_casts
from studio.model.catalog import Column, ForeignKey, Index, Table, TableRef
from studio.model.migration import Drift

_TURNS = {"extra_foreign_key": 0, "extra_index": 1, "missing_index": 3, "missing_foreign_key": 4}
_COLUMNS = 2
"""Keys and indexes go before the columns they are over, and come after them."""


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared: only namespaces the declaration speaks of."""

    declared: dict[TableRef, Table]
    live: dict[TableRef, Table]
    ignored: frozenset[str]
    has_types: bool
    engine: str


def differences(sides: Sides) -> Iterator[Drift]:
    """Every difference, in an order in which the statements can be run one after the other."""
    write = reconcile.Writer(sides.engine)
    absent = {ref: table for ref, table in sides.declared.items() if ref not in sides.live}
    for ref, table in _targets_first(absent):
        made = " ".join(
            (write.create_table(table), *(write.create_index(table, i) for i in table.indexes))
        )
        yield Drift("missing_table", named(ref), "table", "", made)
    for ref, table in sides.declared.items():
        if ref in sides.live:
            found = [
                *_columns(table, sides.live[ref], sides, write),
                *_indexes(table, sides.live[ref], write),
                *_foreign_keys(table, sides.live[ref], write),
            ]
            yield from sorted(found, key=lambda item: _TURNS.get(item.kind, _COLUMNS))
    extra = {
        ref: table
        for ref, table in sides.live.items()
        if ref not in sides.declared and ref.name not in sides.ignored
    }
    for ref, table in reversed(list(_targets_first(extra))):
        yield Drift("extra_table", named(ref), "", "table", write.drop_table(table))


def _targets_first(tables: dict[TableRef, Table]) -> Iterator[tuple[TableRef, Table]]:
    """What others refer to before them, so that the statements run one after the other."""
    left = dict(tables)
    while left:
        names = {ref.name for ref in left}
        free = [
            ref
            for ref, table in left.items()
            if not any(k.target.name in names - {ref.name} for k in table.foreign_keys)
        ]
        for ref in free or list(left):
            yield ref, left.pop(ref)


def sides(declared: Declared, live: Iterable[Table], default: str | None, engine: str) -> Sides:
    """Both sides under the same names: `default` is where unqualified names go."""
    stated = {_placed(t.ref, default): t for t in declared.tables}
    namespaces = {ref.schema for ref in stated} | {default}
    present = {t.ref: t for t in live if t.ref.schema in namespaces}
    return Sides(stated, present, declared.ignored, declared.has_types, engine)


def named(ref: TableRef) -> str:
    """`schema.table`; the table alone where there is one namespace only."""
    return ref.name if ref.schema in {None, "main"} else f"{ref.schema}.{ref.name}"


def _placed(ref: TableRef, default: str | None) -> TableRef:
    return TableRef(default if ref.schema is None else ref.schema, ref.name)


def _columns(
    declared: Table, live: Table, sides: Sides, write: reconcile.Writer
) -> Iterator[Drift]:
    present = {c.name: c for c in live.columns}
    for column in declared.columns:
        place = f"{named(live.ref)}.{column.name}"
        found = present.pop(column.name, None)
        if found is None:
            told = _described(column)
            yield Drift("missing_column", place, told, "", write.add_column(live, column))
        else:
            yield from _column(declared, live, column, found, sides, write)
    for column in present.values():
        place = f"{named(live.ref)}.{column.name}"
        told = _described(column)
        yield Drift("extra_column", place, "", told, write.drop_column(live, column))


def _column(
    table: Table, live: Table, column: Column, found: Column, sides: Sides, write: reconcile.Writer
) -> Iterator[Drift]:
    place = f"{named(live.ref)}.{column.name}"
    if not _same_type(column.type_name, found.type_name, exact=sides.has_types):
        bases = {re.sub(r"\(.*?\)", "", plain_type(c.type_name)) for c in (column, found)}
        statement = write.change_type(live, column, converts=len(bases) > 1)
        yield Drift("type", place, column.type_name, found.type_name, statement)
    is_key = column.name in table.primary_key or column.name in live.primary_key
    if column.nullable != found.nullable and not is_key:
        words = ("not null", "nullable")
        statement = write.change_nullability(live, column)
        yield Drift("nullability", place, words[column.nullable], words[found.nullable], statement)
    one, two = plain_default(column), plain_default(found)
    if column.default != NOT_STATED and found.generated is None and one != two:
        statement = write.change_default(live, column)
        told = (column.default or "none", found.default or "none")
        yield Drift("default", place, *told, statement)


def _described(column: Column) -> str:
    words = [column.type_name or "no type"]
    if not column.nullable:
        words.append("not null")
    if column.default not in {None, NOT_STATED}:
        words.append(f"default {column.default}")
    return " ".join(words)


# -- types -----------------------------------------------------------------------------------------


def _same_type(declared: str, live: str, *, exact: bool) -> bool:
    one, two = plain_type(declared), plain_type(live)
    if one == two:
        return True
    if exact:
        return False
    # The source speaks its own language: only a different family counts.
    families = [re.sub(r"\(.*?\)", "", side) for side in (one, two)]
    return families[0] == families[1] or _family(families[0]) == _family(families[1])


def _family(name: str) -> str:
    for family, words in (
        ("text", ("char", "text", "clob", "citext")),
        ("time", ("timestamp", "datetime")),
        ("integer", ("int",)),
        ("number", ("numeric", "decimal")),
        ("real", ("float", "double", "real")),
        ("bytes", ("bytea", "blob", "binary")),
        ("boolean", ("bool", "tinyint(1)")),
        ("json", ("json",)),
    ):
        if any(word in name for word in words):
            return family
    return name


# -- indexes and keys ------------------------------------------------------------------------------


def _indexes(declared: Table, live: Table, write: reconcile.Writer) -> Iterator[Drift]:
    key = live.primary_key
    present = [i for i in live.indexes if not (i.constraint and i.unique and i.columns == key)]
    left = list(present)
    missing: list[Index] = []
    for index in declared.indexes:
        found = _take(left, index)
        if found is None and not (index.constraint and index.columns == key):
            missing.append(index)
    for index in missing:
        place = f"{named(live.ref)}.{index.name or ','.join(index.columns)}"
        yield Drift("missing_index", place, described(index), "", write.create_index(live, index))
    for index in left:
        if not index.name.startswith("sqlite_autoindex") or index.unique:
            place = f"{named(live.ref)}.{index.name}"
            yield Drift("extra_index", place, "", described(index), write.drop_index(live, index))


def _take(left: list[Index], wanted: Index) -> Index | None:
    """The live index that is the wanted one, taken out of the list."""
    same = [i for i in left if _signature(i) == _signature(wanted)]
    if not same and any(part.column is None for part in wanted.parts):
        # Expressions are rewritten by the database; the name is all there is to compare.
        same = [i for i in left if i.name == wanted.name and i.unique == wanted.unique]
    if not same and wanted.method == BARE:
        named_so = [i for i in left if i.name == wanted.name and i.unique == wanted.unique]
        same = [i for i in named_so if _members(i) == _members(wanted)]
    same.sort(key=lambda i: i.name != wanted.name)
    if not same:
        return None
    left.remove(same[0])
    return same[0]


def _members(index: Index) -> tuple[str, ...]:
    return tuple(part.column or _squeezed(part.expression or "") for part in index.parts)


def _signature(index: Index) -> tuple[object, ...]:
    parts = tuple((p.column or _squeezed(p.expression or ""), p.descending) for p in index.parts)
    return (parts, index.unique, index.predicate is not None)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\"`()]", "", without_casts(text)).lower()


def described(index: Index) -> str:
    """An index in a few words."""
    parts = ", ".join(
        (p.column or p.expression or "") + (" DESC" if p.descending else "") for p in index.parts
    )
    where = f" where {index.predicate}" if index.predicate else ""
    return f"{'unique ' if index.unique else ''}({parts}){where}"


def _foreign_keys(declared: Table, live: Table, write: reconcile.Writer) -> Iterator[Drift]:
    left = list(live.foreign_keys)
    for key in declared.foreign_keys:
        found = next((k for k in left if _same_key(key, k)), None)
        if found is not None:
            left.remove(found)
            continue
        other = next((k for k in left if k.columns == key.columns), None)
        place = f"{named(live.ref)}.{key.name or ','.join(key.columns)}"
        there = told(other) if other else ""
        yield Drift("missing_foreign_key", place, told(key), there, write.add_key(live, key, other))
        if other is not None:
            left.remove(other)
    for key in left:
        place = f"{named(live.ref)}.{key.name or ','.join(key.columns)}"
        yield Drift("extra_foreign_key", place, "", told(key), write.drop_key(live, key))


def _same_key(one: ForeignKey, two: ForeignKey) -> bool:
    return (
        one.columns == two.columns
        and one.target.name == two.target.name
        and (one.target_columns or two.target_columns) == (two.target_columns or one.target_columns)
        and _rule(one.on_delete) == _rule(two.on_delete)
    )


def _rule(action: str) -> str:
    # Where nothing is deferred RESTRICT and NO ACTION refuse alike.
    return "NO ACTION" if action.upper() == "RESTRICT" else action.upper()


def told(key: ForeignKey) -> str:
    """A foreign key in a few words."""
    there = f"{named(key.target)} ({', '.join(key.target_columns)})"
    action = "" if key.on_delete.upper() == "NO ACTION" else f" on delete {key.on_delete.lower()}"
    return f"({', '.join(key.columns)}) references {there}{action}"


def objects(found: Sequence[Drift]) -> frozenset[tuple[str, str]]:
    """What the differences are about."""
    return frozenset((item.kind, item.object) for item in found)
