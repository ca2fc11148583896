"""What the cumulative statistics say of one table, its policies, and what its triggers call."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from studio.backends.postgresql import catalog
from studio.backends.postgresql.extras import policing
from studio.backends.postgresql.queries import ask
from studio.model.policies import Policing
from studio.model.relation import TableRef
from studio.model.table_use import TableUse


def table_use(connection: Connection, ref: TableRef) -> TableUse:
    """See halves.table_use."""
    oid = catalog.oid(connection, ref)
    counted = next(iter(ask(connection, "table_use", oid=oid)), {})
    indexes = ask(connection, "index_use", oid=oid)
    policies = ask(connection, "policies", oid=oid)
    functions = ask(connection, "trigger_functions", oid=oid)
    return TableUse(
        live_rows=_number(counted.get("live")),
        dead_rows=_number(counted.get("dead")),
        vacuumed=_moment(counted.get("vacuumed")),
        analyzed=_moment(counted.get("analyzed")),
        scans={row["name"] or "": int(row["scans"] or 0) for row in indexes},
        counted_since=_moment(counted.get("since")),
        policing=policing(policies) if policies else Policing(),
        trigger_functions={row["name"] or "": row["sql"] or "" for row in functions},
    )


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _moment(epoch: str | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(float(epoch), UTC)
