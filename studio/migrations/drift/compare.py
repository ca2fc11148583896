"""The declared schema against the live one: every difference, with both sides."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from studio.migrations.drift import code, keys, parts, views
from studio.migrations.drift.declared.schema import (
    CHECKS,
    ENUMS,
    KEYS,
    NOT_STATED,
    NUMBERING,
    DeclaredSchema,
)
from studio.migrations.drift.policies import row_policies
from studio.migrations.drift.reconcile import DdlWriter
from studio.migrations.drift.renames import renamed
from studio.migrations.drift.same import Same
from studio.migrations.drift.sides import Sides, named
from studio.migrations.drift.spelling import is_numbered, plain_default, plain_type
from studio.migrations.drift.view_statements import protect
from studio.model.catalog import Column, Index, Table, TableRef
from studio.model.migration import Drift
from studio.model.stored import StoredRoutine

_TURNS = {
    "extra_foreign_key": 0,
    "extra_index": 1,
    "extra_check": 1,
    "primary_key": 3,
    "missing_index": 3,
    "index": 3,
    "missing_check": 3,
    "check": 3,
    "missing_foreign_key": 4,
    "foreign_key": 4,
}
_COLUMNS = 2
"""Keys and indexes go before the columns they are over, and come after them."""


def differences(given: Sides) -> Iterator[Drift]:
    """Every difference, in an order in which the statements can be run one after the other."""
    write = given.writer
    tables = replace(given, declared=_tables(given.declared), live=_tables(given.live))
    changed = renamed(
        tables.declared,
        tables.live,
        ordered=given.ordered,
        ignored=given.ignored,
        write=write,
        same=given.same,
    )
    given.same.renamed(changed.tables, changed.columns)
    sides = replace(tables, live=changed.live)
    yield from changed.drift
    yield from code.before_tables(sides)
    yield from views.before_tables(given)
    enums: set[str] = set()
    absent = {ref: table for ref, table in sides.declared.items() if ref not in sides.live}
    for ref, table in _targets_first(absent):
        indexes = (
            write.create_index(table, each) for each in table.indexes if not _is_key(each, table)
        )
        made_for = code.triggers_of(table, sides)
        steps = (write.create_table(table), *indexes, protect(table, write), made_for)
        made = " ".join(step for step in steps if step)
        yield Drift("missing_table", named(ref), "table", "", made)
    for ref, table in sides.declared.items():
        if ref in sides.live:
            found = [
                *_columns(table, sides.live[ref], sides, enums),
                *keys.indexes(table, sides.live[ref], sides),
                *keys.foreign_keys(table, sides.live[ref], write),
                *_parts(table, sides.live[ref], sides),
            ]
            yield from sorted(found, key=lambda item: _TURNS.get(item.kind, _COLUMNS))
    extra = {
        ref: table
        for ref, table in sides.live.items()
        if ref not in sides.declared and ref.name not in sides.ignored
    }
    for ref, table in reversed(list(_targets_first(extra))):
        yield Drift("extra_table", named(ref), "", "table", write.drop_table(table))
    yield from code.after_tables(sides)
    yield from views.after_tables(given)
    yield from code.after_views(
        replace(sides, declared=given.declared, live=given.live | sides.live)
    )
    # Last: what they ask may be a column or a table that was missing.
    for ref, table in sides.declared.items():
        if ref in sides.live:
            yield from row_policies(table, sides.live[ref], sides)


def _is_key(index: Index, table: Table) -> bool:
    """Whether the table's primary key makes it."""
    return index.constraint and index.columns == table.primary_key


def _tables(relations: dict[TableRef, Table]) -> dict[TableRef, Table]:
    return {ref: table for ref, table in relations.items() if table.kind not in views.KINDS}


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


def _parts(table: Table, live: Table, sides: Sides) -> Iterator[Drift]:
    place = named(live.ref)
    if KEYS in sides.knows:
        yield from parts.primary_key(table, live, place, sides.writer)
    if CHECKS in sides.knows:
        yield from parts.checks(table, live, place, sides.writer, sides.same)


def sides(
    declared: DeclaredSchema,
    live: Iterable[Table],
    default: str | None,
    writer: DdlWriter,
    same: Same | None = None,
    routines: Iterable[StoredRoutine] = (),
) -> Sides:
    """Both sides under the same names: `default` is where unqualified names go."""
    stated = {_placed(t.ref, default): t for t in declared.tables}
    namespaces = {ref.schema for ref in stated} | {default}
    present = {t.ref: t for t in live if t.ref.schema in namespaces}
    return Sides(
        stated,
        present,
        declared.ignored,
        declared.has_types,
        writer,
        declared.knows,
        same or Same(),
        # A snapshot lists columns as the code does; what was replayed, as they were made.
        ordered=not declared.exact,
        printed=declared.printed,
        routines=tuple(replace(r, ref=_placed(r.ref, default)) for r in declared.routines),
        live_routines=tuple(r for r in routines if r.ref.schema in namespaces),
    )


def _placed(ref: TableRef, default: str | None) -> TableRef:
    return TableRef(default if ref.schema is None else ref.schema, ref.name)


def _columns(declared: Table, live: Table, sides: Sides, enums: set[str]) -> Iterator[Drift]:
    write = sides.writer
    present = {c.name: c for c in live.columns}
    for column in declared.columns:
        place = f"{named(live.ref)}.{column.name}"
        found = present.pop(column.name, None)
        if found is None:
            told = _described(column)
            yield Drift("missing_column", place, told, "", write.add_column(live, column))
        else:
            yield from _column(declared, live, column, found, sides)
            if ENUMS in sides.knows:
                yield from parts.enum(column, found, write, enums)
    for column in present.values():
        place = f"{named(live.ref)}.{column.name}"
        told = _described(column)
        yield Drift("extra_column", place, "", told, write.drop_column(live, column))


def _column(
    table: Table, live: Table, column: Column, found: Column, sides: Sides
) -> Iterator[Drift]:
    write = sides.writer
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
    if NUMBERING in sides.knows:
        if not write.rebuilds:
            yield from parts.numbering(live, column, found, place, write)
        yield from parts.generated(live, column, found, place, write, sides.same)
    if is_numbered(column) and not (is_numbered(found) or found.identity) and not write.rebuilds:
        is_stated = column.default not in {None, NOT_STATED}
        wanted = str(column.default) if is_stated else "the next number"
        there = found.default or "none"
        yield Drift("default", place, wanted, there, write.number(live, column))
    elif _has_other_default(column, found, sides.same):
        statement = write.change_default(live, column)
        told = (column.default or "none", found.default or "none")
        yield Drift("default", place, *told, statement)


def _has_other_default(column: Column, found: Column, same: Same) -> bool:
    if column.default == NOT_STATED or found.generated is not None:
        return False
    one, two = plain_default(column), plain_default(found)
    if one == two:
        return False
    if column.default is None or found.default is None or one is None or two is None:
        return True
    return not same.when_printed(column.default, found.default, None, found.type_name)


def _described(column: Column) -> str:
    words = [column.type_name or "no type"]
    if not column.nullable:
        words.append("not null")
    if column.default not in {None, NOT_STATED}:
        words.append(f"default {column.default}")
    return " ".join(words)


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


def objects(found: Sequence[Drift]) -> frozenset[tuple[str, str]]:
    """What the differences are about."""
    return frozenset((item.kind, item.object) for item in found)
