"""The facts SQLite rules need, out of pragmas and sqlite_stat1.

The queries are constants and `assemble` is pure, so a caller runs them on whatever connection it
owns.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from studio.backends.sqlite.plans.query_plan import DatabaseFacts, IndexFacts, TableFacts

Row = Sequence[object]

TABLES = """
SELECT name, type, wr FROM pragma_table_list
WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
"""
COLUMNS = """
SELECT t.name, c.name, c.type, c.pk FROM pragma_table_list t, pragma_table_xinfo(t.name) c
WHERE t.schema = 'main' AND t.type IN ('table', 'virtual') ORDER BY t.name, c.cid
"""
INDEXES = """
SELECT t.name, i.name, i."unique", i.partial, c.name, c.coll
FROM pragma_table_list t, pragma_index_list(t.name) i, pragma_index_xinfo(i.name) c
WHERE t.schema = 'main' AND t.type = 'table' AND c.key ORDER BY t.name, i.seq, c.seqno
"""
VIEWS = "SELECT name, sql FROM main.sqlite_master WHERE type = 'view'"
HAS_STATISTICS = "SELECT count(*) FROM main.sqlite_master WHERE name = 'sqlite_stat1'"
STATISTICS = "SELECT tbl, idx, stat FROM main.sqlite_stat1"


def count_query(quoted_table: str) -> str:
    """The statement that counts a table, its name already quoted by the dialect."""
    return f"SELECT count(*) FROM {quoted_table}"


def assemble(
    tables: Iterable[Row],
    columns: Iterable[Row],
    indexes: Iterable[Row],
    statistics: Iterable[Row] | None,
    counts: Mapping[str, int],
    views: Iterable[Row] = (),
) -> DatabaseFacts:
    """Rows of the queries above → facts; `statistics` is None when there is no sqlite_stat1."""
    by_table: dict[str, list[Row]] = {}
    for row in columns:
        by_table.setdefault(str(row[0]), []).append(row)
    keys: dict[str, dict[str, list[Row]]] = {}
    for row in indexes:
        keys.setdefault(str(row[0]), {}).setdefault(str(row[1]), []).append(row)
    stats = {(str(r[0]), r[1]): _numbers(r[2]) for r in statistics or ()}
    found = {}
    for name, kind, without_rowid in tables:
        table = str(name)
        described = by_table.get(table, [])
        key = tuple(
            str(row[2])
            for row in sorted(
                ((r[3], r[0], r[1]) for r in described if r[3]), key=lambda part: int(str(part[0]))
            )
        )
        alias = _rowid_alias(described) if not without_rowid else ""
        found[table.lower()] = TableFacts(
            name=table,
            rows=counts.get(table),
            columns=tuple(str(row[1]) for row in described),
            primary_key=key,
            rowid_alias=alias,
            without_rowid=bool(without_rowid),
            indexes=tuple(
                _index(rows, stats.get((table, index), ()))
                for index, rows in keys.get(table, {}).items()
            ),
            virtual=kind == "virtual",
            counted_by_stat1=_counted(table, stats),
        )
    opened = {str(name).lower(): str(sql) for name, sql in views}
    return DatabaseFacts(MappingProxyType(found), statistics is not None, MappingProxyType(opened))


def _rowid_alias(described: Iterable[Row]) -> str:
    keys = [row for row in described if row[3]]
    if len(keys) == 1 and str(keys[0][2]).upper() == "INTEGER":
        return str(keys[0][1])
    return ""


def _numbers(stat: object) -> tuple[float, ...]:
    """`120000 40000 58` → its numbers; words such as `unordered` are options."""
    return tuple(float(word) for word in str(stat).split()[:32] if word.isdigit())


def _index(rows: list[Row], stat: tuple[float, ...]) -> IndexFacts:
    return IndexFacts(
        name=str(rows[0][1]),
        columns=tuple(None if row[4] is None else str(row[4]) for row in rows),
        collations=tuple(str(row[5]) for row in rows),
        unique=bool(rows[0][2]),
        partial=bool(rows[0][3]),
        rows_per_key=stat[1:],
    )


def _counted(table: str, stats: Mapping[tuple[str, object], tuple[float, ...]]) -> int | None:
    counted = [numbers[0] for (name, _), numbers in stats.items() if name == table and numbers]
    return int(max(counted)) if counted else None
