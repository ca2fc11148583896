"""References: to nothing, without an index, between unlike types, and the rows that break them."""

import re
from collections.abc import Iterator, Sequence

from sqlalchemy.exc import DBAPIError

from studio.backends.halves.checking import HealthCheck
from studio.backends.sqlite import ddl
from studio.backends.sqlite.doctor.look import (
    FileCheck,
    FileCheckup,
    alias_of,
    is_damage,
    is_interrupt,
    is_without_rowid,
    key_name,
    lower,
    name_of,
)
from studio.backends.sqlite.doctor.rebuilding import COST, edited, rebuilt, retyped
from studio.backends.sqlite.types import Affinity, kept_by
from studio.model.catalog import ForeignKey, Index, Table, TableKind
from studio.model.finding import IndexHint
from studio.model.health import FaultyRows, HealthFinding, HealthSeverity, NotRun, Provable
from studio.model.words import plural
from studio.sqltext.tokens import Token

_MANY, _FEW = 1000, 100
_ROWIDS_SHOWN = 5
_NUMBERS = frozenset({Affinity.INTEGER, Affinity.NUMERIC})


def target_missing(look: FileCheckup) -> Iterator[HealthFinding]:
    """A key whose parent is absent, no table, without that column, or not unique there."""
    for table in look.tables:
        for key in table.foreign_keys:
            if (why := fault(look, key)) is not None:
                yield _missing(look, table, key, why)


def fault(look: FileCheckup, key: ForeignKey) -> str | None:
    """Why every write through a key fails; None: it holds."""
    parent = look.relations.get(key.target.name.lower())
    if parent is None:
        return "there is no such table"
    if parent.kind is not TableKind.TABLE:
        return f"{key.target.name} is a {parent.kind.value}"
    known = set(lower(parent.column_names))
    targets = lower(key.target_columns)
    if len(targets) != len(key.columns) or not known.issuperset(targets):
        return "there is no such column, or no primary key of that width"
    if not _is_unique(parent, targets):
        return "its columns are not unique: no primary key and no whole unique index on them"
    return None


def _is_unique(parent: Table, targets: Sequence[str]) -> bool:
    alias = alias_of(parent)
    if alias is not None and targets == [alias.lower()]:
        return True
    if is_without_rowid(parent) and sorted(lower(parent.primary_key)) == sorted(targets):
        return True
    return any(
        index.unique
        and index.predicate is None
        and len(index.columns) == len(index.parts)
        and sorted(lower(index.columns)) == sorted(targets)
        for index in parent.indexes
    )


def _missing(look: FileCheckup, table: Table, key: ForeignKey, why: str) -> HealthFinding:
    references = f"{key.target.name}({', '.join(key.target_columns)})"
    return HealthFinding(
        "foreign_key_target_missing",
        key_name(table, key.columns),
        HealthSeverity.ERROR,
        f"{key_name(table, key.columns)} references {references}, and {why}: with foreign_keys = "
        f"ON every write to {name_of(table)} fails",
        {"references": references, "reason": why},
        _target_fix(look, table, key),
        "locks the file while it runs",
        "nothing fails as long as no program turns foreign_keys on",
        name_of(table),
    )


def _target_fix(look: FileCheckup, table: Table, key: ForeignKey) -> str:
    parent = look.relations.get(key.target.name.lower())
    if parent is not None and parent.kind is TableKind.TABLE:
        known = set(lower(parent.column_names))
        if known.issuperset(lower(key.target_columns)) and all(key.target_columns):
            columns = ", ".join(look.written(name) for name in key.target_columns)
            name = look.written(f"{parent.ref.name}_{'_'.join(key.target_columns)}_key")
            return f"CREATE UNIQUE INDEX {name} ON {look.written(parent.ref.name)} ({columns});"
    return _unreferenced(look, table, key)


def _unreferenced(look: FileCheckup, table: Table, key: ForeignKey) -> str:
    """The table without the key, for the person to write the right one in its place."""
    create = look.text_of(table)
    changed = without_reference(create, key)
    script = rebuilt(look, table, changed) if changed else ""
    if not script:
        return ""
    name = key_name(table, key.columns)
    return look.noted(f"{name}: write the table it means instead of leaving the key out") + script


def without_reference(create: str, key: ForeignKey) -> str:
    """A CREATE TABLE without one column's REFERENCES; empty where it stands elsewhere."""
    if len(key.columns) != 1:
        return ""
    found = True

    def edit(text: str, definition: Sequence[Token]) -> tuple[int, int, str]:
        nonlocal found
        at = next((i for i, t in enumerate(definition) if t.mark == "REFERENCES"), None)
        if at is None:
            found = False
            return 0, 0, ""
        return definition[at].start, definition[_end_of_reference(definition, at)].end, ""

    changed = edited(create, key.columns[0], edit)
    return changed if found else ""


def _end_of_reference(definition: Sequence[Token], at: int) -> int:
    """The last token of a REFERENCES clause."""
    end = at + 1
    if end + 1 < len(definition) and definition[end + 1].mark == "(":
        end = ddl.closing(definition, end + 1)
    while (length := ddl.reference_clause(definition, end + 1)) > 0:
        end += length
    return end


# -- rows that break one ---------------------------------------------------------------------------


Broken = tuple[Table, ForeignKey, int, list[int | None]]
"""A key, how many rows break it, and the first of their rowids."""


def violation(look: FileCheckup) -> Iterator[HealthFinding]:
    """Rows that reference nothing; each table apart, for one bad key stops the whole check."""
    for table, key, rows, rowids in _violations(look):
        columns = " AND ".join(f"c.{look.written(name)} IS NOT NULL" for name in key.columns)
        matched = " AND ".join(
            f"p.{look.written(b)} = c.{look.written(a)}"
            for a, b in zip(key.columns, key.target_columns, strict=True)
        )
        yield HealthFinding(
            "foreign_key_violation",
            key_name(table, key.columns),
            HealthSeverity.ERROR,
            f"{plural(rows, 'row')} of {name_of(table)} "
            f"{'references' if rows == 1 else 'reference'} a row of {key.target.name} that is not "
            "there",
            {
                "rows": rows,
                "first_rowids": rowids,
                "references": key.target.name,
            },
            f"SELECT * FROM {look.written(table.ref.name)} AS c WHERE {columns} AND NOT EXISTS "
            f"(SELECT 1 FROM {look.written(key.target.name)} AS p WHERE {matched});",
            "lists them; what they should be is for a person to say: delete, NULL, or restore the "
            "parent",
            "the application may keep such rows on purpose",
            name_of(table),
            rows,
            rows=FaultyRows(_orphaned(look, key), key.columns[0]),
        )


def _orphaned(look: FileCheckup, key: ForeignKey) -> str:
    """Where a row references nothing, said so that no name of the parent can be taken for one of
    the row's own.
    """
    mine = [look.quoted(name) for name in key.columns]
    theirs = [look.quoted(name) for name in key.target_columns]
    there = " AND ".join(f"{name} IS NOT NULL" for name in theirs)
    parents = f"SELECT {', '.join(theirs)} FROM {look.quoted(key.target.name)} WHERE {there}"
    given = " AND ".join(f"{name} IS NOT NULL" for name in mine)
    return f"{given} AND ({', '.join(mine)}) NOT IN ({parents})"


def keys_off(look: FileCheckup) -> Iterator[HealthFinding]:
    """What rows that break a key tell of the programs that wrote them."""
    broken = [rows for _, _, rows, _ in _violations(look)]
    if broken:
        yield HealthFinding(
            "foreign_keys_off",
            "database",
            HealthSeverity.NOTICE,
            f"{plural(sum(broken), 'row')} {'breaks' if sum(broken) == 1 else 'break'} a declared "
            "key: something writes without "
            "PRAGMA foreign_keys = ON",
            {"rows": sum(broken)},
            "",
            "PRAGMA foreign_keys = ON belongs into every connection of the application: a file "
            "cannot keep it",
            "the rows may be older than the key",
        )


def _violations(look: FileCheckup) -> Iterator[Broken]:
    if not look.may_read_all:
        why = "needs --full: the file is larger than 64 MB"
        look.not_run.append(NotRun(look.check, why, look.bytes))
        return
    if look.violations is None:
        look.violations = list(_checked(look))
    yield from look.violations


def _checked(look: FileCheckup) -> Iterator[Broken]:
    for table in look.tables:
        keys = table.foreign_keys
        if not keys:
            continue
        try:
            rows = look.rows(f"PRAGMA foreign_key_check({look.quoted(table.ref.name)})")
        except DBAPIError as error:
            if is_interrupt(error) or is_damage(error):
                raise
            continue  # A mismatch: target_missing says it.
        found: dict[int, list[int | None]] = {}
        for _, rowid, _, number in rows:
            found.setdefault(number, []).append(rowid)
        for number, rowids in found.items():
            # The catalog has them in the order of the text, SQLite counts from the last.
            key = keys[len(keys) - 1 - number]
            if fault(look, key) is None:
                yield table, key, len(rowids), rowids[:_ROWIDS_SHOWN]


# -- without an index, between unlike types --------------------------------------------------------


def without_index(look: FileCheckup) -> Iterator[HealthFinding]:
    """A key whose rows can only be found by reading the whole table."""
    for table in look.tables:
        for key in table.foreign_keys:
            if fault(look, key) is None and not _is_covered(table, key):
                rows = look.bounded(table, _MANY + 1)
                if rows == 0 or rows >= _FEW:
                    yield _bare(look, table, key, rows)


def _is_covered(table: Table, key: ForeignKey) -> bool:
    wanted, width = set(lower(key.columns)), len(key.columns)
    alias = alias_of(table)
    if alias is not None and wanted == {alias.lower()}:
        return True
    if is_without_rowid(table) and set(lower(table.primary_key[:width])) == wanted:
        return True
    return any(
        {(part.column or "").lower() for part in index.parts[:width]} == wanted
        and (index.predicate is None or _is_not_null(index, key))
        for index in table.indexes
    )


def _is_not_null(index: Index, key: ForeignKey) -> bool:
    """Whether a partial index leaves out nothing but the rows without a reference."""
    words = re.sub(r"[\"`\[\]()]", "", index.predicate or "").lower().split()
    return len(key.columns) == 1 and words == [key.columns[0].lower(), "is", "not", "null"]


def _bare(look: FileCheckup, table: Table, key: ForeignKey, rows: int) -> HealthFinding:
    many = f"over {_MANY:,}" if rows > _MANY else f"{rows:,}"
    columns = ", ".join(look.written(name) for name in key.columns)
    index = look.written(f"{table.ref.name}_{'_'.join(key.columns)}_idx")
    fix = f"CREATE INDEX {index} ON {look.written(table.ref.name)} ({columns})"
    return HealthFinding(
        "foreign_key_without_index",
        key_name(table, key.columns),
        HealthSeverity.WARNING if rows > _MANY else HealthSeverity.NOTICE,
        f"{key_name(table, key.columns)} points at {key.target.name} without an index: a DELETE "
        f"there reads all rows here ({many})",
        {
            "columns": list(key.columns),
            "references": key.target.name,
            "rows": rows if rows <= _MANY else f"over {_MANY:,}",
            "on_delete": key.on_delete,
        },
        f"{fix};",
        "locks the file while it runs, and the WAL grows by the index's size",
        f"useless if nothing is ever deleted from {key.target.name} nor looked up this way",
        name_of(table),
        rows,
        provable=Provable(
            _children(look, table, key),
            IndexHint(table.ref.name, tuple(key.columns), f"{fix};"),
        ),
    )


def _children(look: FileCheckup, table: Table, key: ForeignKey) -> str:
    """What a DELETE of a parent asks."""
    parent = look.quoted(key.target.name)
    matched = " AND ".join(
        f"{look.quoted(a)} = (SELECT {look.quoted(b)} FROM {parent} LIMIT 1)"
        for a, b in zip(key.columns, key.target_columns, strict=True)
    )
    return f"SELECT * FROM {look.quoted(table.ref.name)} WHERE {matched}"


def type_mismatch(look: FileCheckup) -> Iterator[HealthFinding]:
    """A key between columns that turn the same value into different ones."""
    for table in look.tables:
        for key in table.foreign_keys:
            if fault(look, key) is not None:
                continue
            parent = look.relations[key.target.name.lower()]
            for child, target in zip(key.columns, key.target_columns, strict=True):
                if (pair := _unlike(table, child, parent, target)) is not None:
                    yield _mismatched(look, table, key, pair, child)
                    break


def _unlike(table: Table, child: str, parent: Table, target: str) -> tuple[str, str] | None:
    mine = next((c for c in table.columns if c.name.lower() == child.lower()), None)
    theirs = next((c for c in parent.columns if c.name.lower() == target.lower()), None)
    if mine is None or theirs is None:
        return None
    kinds = {kept_by(mine), kept_by(theirs)}
    if len(kinds) == 1 or kinds == _NUMBERS:
        return None
    return mine.type_name, theirs.type_name


def _mismatched(
    look: FileCheckup, table: Table, key: ForeignKey, pair: tuple[str, str], child: str
) -> HealthFinding:
    mine, theirs = pair
    create = edited(look.text_of(table), child, retyped(theirs))
    name = look.written(child)
    return HealthFinding(
        "foreign_key_type_mismatch",
        key_name(table, key.columns),
        HealthSeverity.WARNING,
        f"{child} is {mine or 'untyped'}, what it references is {theirs or 'untyped'}: a text of "
        "digits meets no number",
        {"child": f"{child} {mine}", "parent": theirs},
        rebuilt(look, table, create, {child: f"CAST({name} AS {theirs})"}) if create else "",
        COST,
        "harmless while every value has the same storage class on both sides",
        name_of(table),
    )


CHECKS = (
    FileCheck(
        HealthCheck(
            "foreign_key_target_missing", "foreign key to nothing", (HealthSeverity.ERROR,)
        ),
        target_missing,
    ),
    FileCheck(
        HealthCheck(
            "foreign_key_violation", "rows break a foreign key", (HealthSeverity.ERROR,), whole=True
        ),
        violation,
    ),
    FileCheck(
        HealthCheck(
            "foreign_key_without_index",
            "foreign key without index",
            (HealthSeverity.WARNING, HealthSeverity.NOTICE),
        ),
        without_index,
    ),
    FileCheck(
        HealthCheck(
            "foreign_key_type_mismatch", "foreign key of other type", (HealthSeverity.WARNING,)
        ),
        type_mismatch,
    ),
    FileCheck(
        HealthCheck(
            "foreign_keys_off", "foreign keys are off", (HealthSeverity.NOTICE,), whole=True
        ),
        keys_off,
    ),
)
