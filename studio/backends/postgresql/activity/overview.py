"""The server with all its databases."""

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.backends.postgresql.queries import asked
from studio.model.activity import DatabaseFigures, Overview


def overview(connection: Connection, *, with_sizes: bool) -> Overview:
    """One moment; see halves.activity."""
    sizes = _sizes(connection) if with_sizes else {}
    (server,) = asked(connection, __package__, "cluster", {})
    return Overview(
        tuple(
            DatabaseFigures(
                name=record["name"] or "",
                commits=_int(record["commits"]),
                rollbacks=_int(record["rollbacks"]),
                blocks_read=_int(record["blocks_read"]),
                blocks_hit=_int(record["blocks_hit"]),
                temp_bytes=_int(record["temp_bytes"]),
                deadlocks=_int(record["deadlocks"]),
                since=record["since"],
                bytes=sizes.get(record["name"]),
            )
            for record in asked(connection, __package__, "databases", {})
        ),
        at_s=float(server["at_s"] or 0),
        wal_bytes=_int(server["wal_bytes"]),
        checkpoints_timed=_int(server["timed"]),
        checkpoints_requested=_int(server["requested"]),
        checkpoints_since=server["since"],
        autovacuum_workers=_int(server["vacuums"]) or 0,
        autovacuum_limit=_int(server["vacuum_limit"]),
    )


def _sizes(connection: Connection) -> dict[str | None, int | None]:
    """By name; none where counting took longer than a look may."""
    try:
        records = asked(connection, __package__, "database_sizes", {})
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) is None:
            raise
        return {}
    return {record["name"]: _int(record["bytes"]) for record in records}


def _int(text: str | None) -> int | None:
    return None if text is None else int(float(text))
