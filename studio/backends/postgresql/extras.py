"""Row policies, routines, rights, and what came with extensions: see `halves.schema_extras`."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from studio.backends.halves.schema_extras import Extras
from studio.backends.postgresql import failures
from studio.backends.postgresql.queries import Record, ask
from studio.backends.postgresql.relations import decoded
from studio.model.policies import Policing, Policy
from studio.model.relation import TableRef
from studio.model.stored import Granted, StoredPart, StoredRoutine

_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
"""`pg_policy.polcmd` (PostgreSQL, catalog/pg_policy.h)."""


def schema_extras(connection: Connection) -> Extras:
    """See halves.schema_extras."""
    try:
        rows, borrowed = ask(connection, "policies", oid=None), ask(connection, "borrowed")
        routines, given = ask(connection, "stored_routines"), ask(connection, "given")
        parts = ask(connection, "stored_parts")
    except SQLAlchemyError as error:
        raise failures.translate(getattr(error, "orig", None) or error) from error
    of_tables: dict[TableRef, list[Record]] = defaultdict(list)
    for row in rows:
        of_tables[_ref(row)].append(row)
    policed = {ref: policing(found) for ref, found in of_tables.items()}
    return Extras(
        policed,
        frozenset(map(_ref, borrowed)),
        tuple(map(_routine, routines)),
        tuple(each for row in given if (each := _given(row)).roles),
        tuple(map(_part, parts)),
    )


def _routine(row: Record) -> StoredRoutine:
    return StoredRoutine(
        _ref(row),
        row["arguments"] or "",
        row["sql"] or "",
        row["body"] or "",
        row["language"] or "",
        row["kind"] == "p",
    )


def _part(row: Record) -> StoredPart:
    schema, kind, owner, name, said = (
        row[key] or "" for key in ("schema", "kind", "owner", "name", "said")
    )
    return StoredPart(schema, kind, owner, name, said)


def _given(row: Record) -> Granted:
    """Also where everybody lost what everybody has."""
    roles = tuple(decoded(row["roles"]) or ())
    return Granted(row["name"] or "", (*roles, "not public") if row["is_taken"] == "t" else roles)


def policing(rows: Sequence[Record]) -> Policing:
    """Of the answers to `policies` for one table; at least one."""
    policies = tuple(_policy(row) for row in rows if row["policy"] is not None)
    return Policing(rows[0]["enabled"] == "t", rows[0]["forced"] == "t", policies)


def _policy(row: Record) -> Policy:
    return Policy(
        row["policy"] or "",
        _COMMANDS.get(row["command"] or "", "ALL"),
        row["permissive"] == "t",
        tuple(sorted(decoded(row["roles"]) or ())),
        row["using"],
        row["checked"],
    )


def _ref(row: Record) -> TableRef:
    return TableRef(row["schema"], row["name"] or "")
