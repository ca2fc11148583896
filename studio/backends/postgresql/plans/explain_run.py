"""The EXPLAIN statements to send, by server version, and how parameters get into them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, text

from studio.backends.halves.explaining import BoundValues
from studio.backends.postgresql.plans import pasted
from studio.backends.postgresql.plans.knowledge import Partition
from studio.backends.postgresql.plans.plan import Plan
from studio.model.catalog import TableRef
from studio.model.errors import Refused
from studio.sqltext.parameters import highest_number
from studio.sqltext.syntax import POSTGRESQL

BUFFERS_WITHOUT_ANALYZE = 130000
WAL_COUNTED = 130000
GENERIC_PLAN = 160000
MEMORY_SHOWN = 170000
PREPARED = "studio_explained"
LEFT_OVER = f"SELECT name FROM pg_catalog.pg_prepared_statements WHERE name = '{PREPARED}'"
IN_TRANSACTION, IN_ERROR = 2, 3
"""libpq's PQTRANS_INTRANS and PQTRANS_INERROR."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to ask of the server."""

    analyze: bool = False
    timing: bool = True
    """False: rows and buffers without per-node times, several times cheaper in tight loops."""
    serialize: bool = False
    """17 and later: also turn the rows into text, and so detoast them."""
    generic: bool = False


def explain(version: int, options: Options, *, writing: bool = False) -> str:
    """`EXPLAIN (…) ` for a server version number such as 160004."""
    words = ["FORMAT JSON", "VERBOSE", "SETTINGS"]
    if options.analyze:
        words += ["ANALYZE", "BUFFERS"]
        words += ["WAL"] if writing and version >= WAL_COUNTED else []
        words += [] if options.timing else ["TIMING OFF"]
        words += ["SERIALIZE TEXT"] if options.serialize and version >= MEMORY_SHOWN else []
    else:
        words += ["BUFFERS"] if version >= BUFFERS_WITHOUT_ANALYZE else []
        words += ["SUMMARY"]
        words += ["GENERIC_PLAN"] if options.generic else []
    words += ["MEMORY"] if version >= MEMORY_SHOWN else []
    return f"EXPLAIN ({', '.join(words)}) "


def server_version(connection: Connection) -> int:
    """server_version_num."""
    return int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())


def run(
    connection: Connection,
    sql: str,
    options: Options,
    values: BoundValues = (),
    *,
    writing: bool = False,
) -> Plan:
    """Explain one statement inside a transaction the caller ends."""
    version = server_version(connection)
    wanted = highest_number(sql, POSTGRESQL)
    if not wanted:
        return _ask(connection, explain(version, options, writing=writing) + sql)
    if not values and version >= GENERIC_PLAN and not options.analyze:
        generic = Options(timing=options.timing, generic=True)
        return _ask(connection, explain(version, generic) + sql)
    return _prepared(connection, sql, explain(version, options, writing=writing), wanted, values)


def _prepared(
    connection: Connection, sql: str, prefix: str, wanted: int, values: BoundValues
) -> Plan:
    """Through PREPARE; without values the generic plan, for which NULLs do."""
    given = [*values, *[None] * (wanted - len(values))][:wanted]
    # A literal of unknown type takes the parameter's; EXECUTE cannot take bound values.
    written = ", ".join("NULL" if value is None else _literal(str(value)) for value in given)
    # No rollback takes a prepared statement back: one of a run that failed may still be there.
    if connection.exec_driver_sql(LEFT_OVER).first():
        _send(connection, f"DEALLOCATE {PREPARED}")
    _send(connection, f"PREPARE {PREPARED} AS {sql}")
    try:
        if not values:
            _send(connection, "SET LOCAL plan_cache_mode = force_generic_plan")
        return _ask(connection, f"{prefix}EXECUTE {PREPARED}({written})")
    finally:
        if connection.connection.dbapi_connection is not None and not _failed(connection):
            _send(connection, f"DEALLOCATE {PREPARED}")


def _failed(connection: Connection) -> bool:
    """Whether the transaction is beyond another statement."""
    return _status(connection) == IN_ERROR


def _status(connection: Connection) -> int:
    driver = connection.connection.driver_connection
    return int(getattr(getattr(driver, "info", None), "transaction_status", 0))


def in_transaction(connection: Connection) -> bool:
    """Whether somebody has a transaction open; raises Refused for one that has failed."""
    status = _status(connection)
    if status == IN_ERROR:
        raise Refused("The open transaction has failed: end it with ROLLBACK first.")
    return status == IN_TRANSACTION


def _literal(value: str) -> str:
    from psycopg import sql  # noqa: PLC0415 - the driver is loaded when a database is used

    return sql.Literal(value).as_string(None)


def _send(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)


def _ask(connection: Connection, statement: str) -> Plan:
    """Send an EXPLAIN as it is and read its JSON, which a driver may have decoded already."""
    answer = connection.exec_driver_sql(statement).scalar_one()
    if isinstance(answer, str):
        return replace(pasted.read(answer)[0], source=answer)
    return replace(pasted.decoded(answer)[0], source=json.dumps(answer, indent=2))


DISTINCT = text("""
SELECT s.schemaname, s.tablename, s.attname,
       CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * greatest(c.reltuples, 0)
            ELSE s.n_distinct END
FROM pg_catalog.pg_stats s
JOIN pg_catalog.pg_namespace n ON n.nspname = s.schemaname
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
WHERE s.schemaname = :schema AND s.tablename = :name
""")
REFERENCING = text("""
SELECT n.nspname, c.relname FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.conname = :name LIMIT 20
""")
PARTITIONED = text("""
SELECT n.nspname, c.relname, pg_catalog.pg_get_partkeydef(p.oid), rn.nspname, r.relname
FROM json_to_recordset(CAST(:wanted AS json)) AS wanted (schema text, name text)
JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid
JOIN pg_catalog.pg_class p ON p.oid = i.inhparent AND p.relkind = 'p'
JOIN pg_catalog.pg_class r ON r.oid = pg_catalog.pg_partition_root(c.oid)
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE c.relispartition
""")
SIZE = text("""
SELECT pg_catalog.pg_table_size(c.oid) FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relname = :name
""")


def distinct_values(connection: Connection, ref: TableRef) -> dict[tuple[TableRef, str], float]:
    """About how many different values each column has, from pg_stats."""
    rows = connection.execute(DISTINCT, {"schema": ref.schema, "name": ref.name})
    return {
        (TableRef(str(schema), str(name)), str(column)): float(number)
        for schema, name, column, number in rows
    }


def partitions(connection: Connection, refs: Sequence[TableRef]) -> dict[TableRef, Partition]:
    """Of each that is a partition: what its table is partitioned by, and the table they all are."""
    wanted = json.dumps([{"schema": ref.schema, "name": ref.name} for ref in refs])
    rows = connection.execute(PARTITIONED, {"wanted": wanted}) if refs else ()
    return {
        TableRef(str(schema), str(name)): Partition(str(key), TableRef(str(of), str(whole)))
        for schema, name, key, of, whole in rows
    }


def shared_buffers(connection: Connection) -> float | None:
    """Blocks of the server's cache; None where it does not tell."""
    asked = "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'shared_buffers'"
    found = connection.exec_driver_sql(asked).scalar()
    return None if found is None else float(found)


def referencing_tables(connection: Connection, constraint: str) -> list[TableRef]:
    """The tables that own a foreign key of that name."""
    rows = connection.execute(REFERENCING, {"name": constraint})
    return [TableRef(str(schema), str(name)) for schema, name in rows]


def table_bytes(connection: Connection, schema: str, name: str) -> int:
    """Size on disk; 0 for a table that is not there."""
    found = connection.execute(SIZE, {"schema": schema, "name": name}).scalar()
    return int(found or 0)
