"""The statements a PostgreSQL spends its time on, by pg_stat_statements where it is installed."""

from collections.abc import Collection

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.backends.postgresql.activity.own import is_own
from studio.backends.postgresql.queries import Record, asked, text
from studio.model.errors import Unsupported
from studio.model.statements import CountedStatement, StatementOrder, TopStatements

_HIDDEN = "<insufficient privilege>"
_ABSENT = (
    "pg_stat_statements counts statements, and is not installed in this database: put it into "
    "shared_preload_libraries, restart the server, then CREATE EXTENSION pg_stat_statements"
)
_NOT_LOADED = "55000"


class PostgreSQLStatements:
    """Reads the extension's view; resets nothing."""

    def top(self, connection: Connection, order: StatementOrder, limit: int) -> TopStatements:
        """See halves.statements."""
        places = asked(connection, __package__, "counted", {})
        if not places:
            raise Unsupported(_ABSENT)
        (place,) = places
        sql = _of_view(connection, "statements", place)
        try:
            result = connection.exec_driver_sql(sql, {"order": order.value, "limit": limit})
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == _NOT_LOADED:
                raise Unsupported(f"{error.orig}".partition("\n")[0]) from error
            raise
        names = tuple(result.keys())
        records: list[Record] = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        since, forgotten = _info(connection, place["info"])
        counted = int(records[0]["counted"] or 0) if records else 0
        return TopStatements(tuple(map(_statement, records)), counted, since, forgotten)


def usual(connection: Connection, statements: Collection[int]) -> dict[int, float]:
    """Milliseconds by query_id; see halves.activity. Nothing where nobody counts."""
    places = asked(connection, __package__, "counted", {})
    if not places:
        return {}
    ids = "{" + ",".join(map(str, sorted(statements))) + "}"
    try:
        found = connection.exec_driver_sql(_of_view(connection, "usual", places[0]), {"ids": ids})
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) is None:
            raise
        return {}
    return {int(number): _float(mean) for number, mean in found.fetchall() if mean is not None}


def _of_view(connection: Connection, name: str, place: Record) -> str:
    """A question to the extension's view, wherever it lies."""
    version = (connection.dialect.server_version_info or (12,))[0]
    view = (place["view"] or "").replace("%", "%%")
    return text(name, version, __package__).replace("{view}", view)


def _statement(record: Record) -> CountedStatement:
    query, everything = record["query"], _float(record["all_ms"])
    total = _float(record["total_ms"])
    io = record["io_ms"]
    return CountedStatement(
        query=None if query == _HIDDEN else query,
        role=record["role"] or "",
        calls=int(record["calls"] or 0),
        total_ms=total,
        mean_ms=_float(record["mean_ms"]),
        rows=int(record["rows"] or 0),
        blocks_hit=int(record["blocks_hit"] or 0),
        blocks_moved=int(record["blocks_moved"] or 0),
        io_ms=None if io is None else float(io),
        share=total / everything if everything else 0.0,
        is_own=query is not None and is_own(query),
    )


def _info(connection: Connection, view: str | None) -> tuple[str | None, int | None]:
    """Since when it counts, and how often it made room; from 14 on."""
    if view is None:
        return None, None
    row = connection.exec_driver_sql(
        "SELECT to_char(stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), dealloc "
        f"FROM {view}"
    ).fetchone()
    return (None, None) if row is None else (row[0], int(row[1]))


def _float(text_: str | None) -> float:
    return float(text_ or 0)
