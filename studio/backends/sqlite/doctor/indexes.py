"""Indexes that repeat another, and what the planner was told of tables."""

from collections.abc import Iterator

from studio.backends.halves.checking import HealthCheck
from studio.backends.sqlite import ddl
from studio.backends.sqlite.doctor.look import (
    FileCheck,
    FileCheckup,
    alias_of,
    is_without_rowid,
    lower,
    name_of,
    rowid_of,
)
from studio.model.catalog import Index, Table
from studio.model.health import HealthFinding, HealthSeverity, NotRun
from studio.model.words import plural

_COST = "plans change; CREATE INDEX brings it back: {}"
_LOCKS = "writes sqlite_stat1 under the write lock: the owner's choice"
_LARGE = 10_000
_OUT_BY = 10
_QUICK = 100_000
"""Up to so many rows are counted in any file."""
Key = tuple[str, str, bool]


def duplicate(look: FileCheckup) -> Iterator[HealthFinding]:
    """An index that is a copy of another, or of the table's own order."""
    for table, index, same in _duplicates(look):
        yield HealthFinding(
            "duplicate_index",
            index.name,
            HealthSeverity.WARNING,
            f"{index.name} on {name_of(table)} is a copy of {same}: every write pays for both",
            {"table": name_of(table), "same_as": same},
            f"DROP INDEX {look.written(index.name)};",
            _COST.format(index.sql or ""),
            "a statement may name it: INDEXED BY",
            name_of(table),
        )


def _duplicates(look: FileCheckup) -> Iterator[tuple[Table, Index, str]]:
    for table in look.tables:
        for index in table.indexes:
            if not index.constraint and (same := _same_as(table, index)) is not None:
                yield table, index, same


def _same_as(table: Table, index: Index) -> str | None:
    """What an index repeats; None: nothing. Of two copies the younger is named."""
    alias = alias_of(table)
    one = index.columns[0].lower() if len(index.parts) == 1 and index.columns else None
    if alias is not None and one == alias.lower() and index.predicate is None:
        return "the rowid itself"
    for other in table.indexes:
        if other is index or _keys(other) != _keys(index) or _where(other) != _where(index):
            continue
        if index.unique and not other.unique:
            continue
        if (
            other.constraint
            or (other.unique and not index.unique)
            or _is_older(table, other, index)
        ):
            return other.name
    return None


def _is_older(table: Table, other: Index, index: Index) -> bool:
    """The catalog lists the oldest first."""
    return table.indexes.index(other) < table.indexes.index(index)


def _keys(index: Index) -> list[Key]:
    return [
        (
            part.column.lower() if part.column is not None else _words(part.expression or ""),
            (part.collation or "BINARY").upper(),
            part.descending,
        )
        for part in index.parts
    ]


def _words(sql: str) -> str:
    """An expression without spaces and comments, in one case: how copies are compared."""
    return " ".join(token.text.lower() for token in ddl.tokens(sql))


def _where(index: Index) -> str:
    return _words(index.predicate or "")


def redundant(look: FileCheckup) -> Iterator[HealthFinding]:
    """An index that is the beginning of a longer one."""
    copies = {index.name for _, index, _ in _duplicates(look)}
    for table in look.tables:
        for index in table.indexes:
            plain = len(index.columns) == len(index.parts)
            if index.constraint or index.unique or not plain or index.name in copies:
                continue
            if (longer := _longer(table, index)) is not None:
                yield HealthFinding(
                    "redundant_index",
                    index.name,
                    HealthSeverity.NOTICE,
                    f"{index.name} on {name_of(table)} is the beginning of {longer}",
                    {"table": name_of(table), "covered_by": longer},
                    f"DROP INDEX {look.written(index.name)};",
                    _COST.format(index.sql or ""),
                    "a narrow index is smaller, and may be chosen for good reason",
                    name_of(table),
                )


def _longer(table: Table, index: Index) -> str | None:
    keys, width = _keys(index), len(index.parts)
    for other in table.indexes:
        whole = all(part.column is not None for part in other.parts[:width])
        is_same = whole and _where(other) == _where(index)
        if is_same and len(other.parts) > width and _keys(other)[:width] == keys:
            return other.name
    own = [(name, "BINARY", False) for name in lower(table.primary_key[:width])]
    if is_without_rowid(table) and own == keys and index.predicate is None:
        return "the primary key"
    return None


# -- statistics ------------------------------------------------------------------------------------


def statistics_missing(look: FileCheckup) -> Iterator[HealthFinding]:
    """A large table with an index, of which the planner knows nothing."""
    known = _recorded(look)
    for table in look.tables:
        if not table.indexes or name_of(table).lower() in known:
            continue
        indexes = plural(len(table.indexes), "index", "indexes")
        if look.bounded(table, _LARGE + 1) > _LARGE:
            yield HealthFinding(
                "statistics_missing",
                name_of(table),
                HealthSeverity.NOTICE,
                f"{name_of(table)} has over {_LARGE:,} rows and {indexes}, and "
                "was never analyzed: the planner guesses",
                {"rows": f"over {_LARGE:,}", "indexes": len(table.indexes)},
                _analyze(look, table),
                _LOCKS,
                "of one index there is nothing to choose",
                name_of(table),
            )


def statistics_stale(look: FileCheckup) -> Iterator[HealthFinding]:
    """Statistics of ten times fewer, or ten times more rows."""
    known = _recorded(look)
    for table in look.tables:
        recorded = known.get(name_of(table).lower())
        if not table.indexes or recorded is None:
            continue
        most = max(_OUT_BY * recorded, _LARGE)
        rows = _rows_now(look, table, most)
        if rows is None:
            why = "needs --full: only counting tells how many rows there are"
            look.not_run.append(NotRun(look.check, f"{name_of(table)}: {why}", look.bytes))
        elif rows > most or (recorded > _LARGE and rows * _OUT_BY < recorded):
            many = f"over {most:,}" if rows > most else f"{rows:,}"
            yield HealthFinding(
                "statistics_stale",
                name_of(table),
                HealthSeverity.NOTICE,
                f"the planner believes {name_of(table)} has {plural(recorded, 'row')}; it has "
                f"{many}",
                {"recorded": recorded, "rows": rows if rows <= most else f"over {most:,}"},
                _analyze(look, table),
                _LOCKS,
                "",
                name_of(table),
            )


def _rows_now(look: FileCheckup, table: Table, most: int) -> int | None:
    """How many rows there are, counted up to `most`; None where that would read a large table."""
    if look.may_read_all or most <= _QUICK:
        return look.bounded(table, most + 1)
    rowid, name = rowid_of(table), look.quoted(table.ref.name)
    if rowid is None:
        return None
    ends = f"SELECT (SELECT max({rowid}) FROM {name}) - (SELECT min({rowid}) FROM {name}) + 1"
    # There are at most as many rows as numbers for them.
    span = int(look.one(ends) or 0)
    return span if span <= most else None


def _analyze(look: FileCheckup, table: Table) -> str:
    return f"PRAGMA analysis_limit = 400;\nANALYZE {look.written(table.ref.name)};"


def _recorded(look: FileCheckup) -> dict[str, int]:
    """Rows by table, as the last ANALYZE saw them."""
    if not look.one("SELECT 1 FROM main.sqlite_master WHERE name = 'sqlite_stat1'"):
        return {}
    found: dict[str, int] = {}
    for table, stat in look.rows("SELECT tbl, stat FROM main.sqlite_stat1"):
        first = str(stat).split(" ", 1)[0]
        if first.isdigit():
            name = str(table).lower()
            found[name] = max(found.get(name, 0), int(first))
    return found


CHECKS = (
    FileCheck(
        HealthCheck("duplicate_index", "duplicate index", (HealthSeverity.WARNING,)), duplicate
    ),
    FileCheck(
        HealthCheck("redundant_index", "redundant index", (HealthSeverity.NOTICE,)), redundant
    ),
    FileCheck(
        HealthCheck("statistics_missing", "no statistics", (HealthSeverity.NOTICE,)),
        statistics_missing,
    ),
    FileCheck(
        HealthCheck("statistics_stale", "stale statistics", (HealthSeverity.NOTICE,)),
        statistics_stale,
    ),
)
