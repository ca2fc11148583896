"""Names that changed: told as renames, and the rest compared as if they were done."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from studio.migrations.drift.reconcile import DdlWriter
from studio.migrations.drift.same import Same
from studio.migrations.drift.spelling import plain_default, plain_type
from studio.model.catalog import Column, ForeignKey, Index, Table, TableRef
from studio.model.migration import Drift

_FEWEST_COLUMNS = 2
"""A table of one column is like too many others."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """The live side under the declared names, and what was renamed for it."""

    live: dict[TableRef, Table]
    drift: tuple[Drift, ...]
    tables: dict[TableRef, TableRef]
    """What the database still calls each table that was renamed."""
    columns: dict[TableRef, dict[str, str]]
    """What it still calls each column that was renamed, by the table's declared name."""


def renamed(
    declared: dict[TableRef, Table],
    live: dict[TableRef, Table],
    *,
    ordered: bool,
    ignored: frozenset[str],
    write: DdlWriter,
    same: Same,
) -> Renamed:
    """`ordered`: the declared columns stand in the order they were made in."""
    found: list[Drift] = []
    tables: dict[TableRef, TableRef] = {}
    columns: dict[TableRef, dict[str, str]] = {}
    present = dict(live)
    for new, old in list(_tables(declared, live, ignored)):
        place = str(new) if new.schema not in {None, "main"} else new.name
        statement = write.rename_table(old, new)
        tables[new] = old
        found.append(Drift("renamed_table", place, new.name, old.name, statement))
        present = {
            (new if ref == old else ref): _retargeted(table, old, new)
            for ref, table in present.items()
        }
    for ref, table in list(present.items()):
        if ref not in declared:
            continue
        for new_name, old_name in list(_columns(declared[ref], table, ordered=ordered)):
            place = ref.name if ref.schema in {None, "main"} else str(ref)
            statement = write.rename_column(ref, old_name, new_name)
            columns.setdefault(ref, {})[new_name] = old_name
            found.append(
                Drift("renamed_column", f"{place}.{new_name}", new_name, old_name, statement)
            )
            present = {
                other: _recolumned(each, ref, old_name, new_name, same)
                for other, each in present.items()
            }
    return Renamed(present, tuple(found), tables, columns)


def _tables(
    declared: dict[TableRef, Table], live: dict[TableRef, Table], ignored: frozenset[str]
) -> Iterator[tuple[TableRef, TableRef]]:
    """Declared and live names of tables that have the very same columns, and nothing else has."""
    absent = [ref for ref in declared if ref not in live]
    extra = [ref for ref in live if ref not in declared and ref.name not in ignored]
    for new in absent:
        alike = [old for old in extra if _columns_of(live[old]) == _columns_of(declared[new])]
        rivals = [ref for ref in absent if _columns_of(declared[ref]) == _columns_of(declared[new])]
        is_telling = len(declared[new].columns) >= _FEWEST_COLUMNS
        if len(alike) == len(rivals) == 1 and is_telling and alike[0].schema == new.schema:
            yield new, alike[0]


def _columns_of(table: Table) -> frozenset[tuple[str, str]]:
    return frozenset((c.name, plain_type(c.type_name)) for c in table.columns)


def _columns(declared: Table, live: Table, *, ordered: bool) -> Iterator[tuple[str, str]]:
    """Declared and live names of columns that differ by nothing else."""
    known, there = declared.column_names, live.column_names
    missing = [c for c in declared.columns if c.name not in there]
    extra = [c for c in live.columns if c.name not in known]
    common = set(known) & set(there)
    for column in missing:
        rivals = [c for c in missing if _looks(c) == _looks(column)]
        alike = [c for c in extra if _looks(c) == _looks(column)]
        if ordered:
            before = _before(known, column.name, common)
            alike = [c for c in alike if _before(there, c.name, common) == before]
            rivals = [c for c in rivals if _before(known, c.name, common) == before]
        if len(alike) == len(rivals) == 1:
            yield column.name, alike[0].name


def _before(names: tuple[str, ...], name: str, common: set[str]) -> frozenset[str]:
    return frozenset(names[: names.index(name)]) & common


def _looks(column: Column) -> tuple[object, ...]:
    return (
        plain_type(column.type_name),
        column.nullable,
        plain_default(column),
        column.generated is None,
    )


def _retargeted(table: Table, old: TableRef, new: TableRef) -> Table:
    def moved(ref: TableRef) -> TableRef:
        return TableRef(ref.schema, new.name) if ref.name == old.name else ref

    keys = tuple(replace(key, target=moved(key.target)) for key in table.foreign_keys)
    return replace(table, ref=new if table.ref == old else table.ref, foreign_keys=keys)


def _recolumned(table: Table, ref: TableRef, old: str, new: str, same: Same) -> Table:
    def names(given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in given)

    def key(given: ForeignKey) -> ForeignKey:
        own = names(given.columns) if table.ref == ref else given.columns
        is_target = given.target.name == ref.name
        there = names(given.target_columns) if is_target else given.target_columns
        return replace(given, columns=own, target_columns=there)

    keys = tuple(map(key, table.foreign_keys))
    if table.ref != ref:
        return replace(table, foreign_keys=keys)
    return replace(
        table,
        foreign_keys=keys,
        columns=tuple(
            replace(
                column,
                name=new if column.name == old else column.name,
                generated=same.with_name(column.generated, old, new),
            )
            for column in table.columns
        ),
        checks=tuple(
            replace(c, expression=same.with_name(c.expression, old, new) or "")
            for c in table.checks
        ),
        primary_key=names(table.primary_key),
        indexes=tuple(_reindexed(index, old, new, same) for index in table.indexes),
    )


def _reindexed(index: Index, old: str, new: str, same: Same) -> Index:
    parts = tuple(
        replace(
            part,
            column=new if part.column == old else part.column,
            expression=same.with_name(part.expression, old, new),
        )
        for part in index.parts
    )
    return replace(index, parts=parts, predicate=same.with_name(index.predicate, old, new))
