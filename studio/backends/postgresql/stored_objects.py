"""Functions, triggers, sequences, types and extensions, with what makes them."""

from collections.abc import Sequence

from sqlalchemy import Connection

from studio.backends.postgresql import catalog
from studio.backends.postgresql.queries import Record, ask
from studio.model.errors import StatementFailed
from studio.model.relation import TableRef
from studio.model.stored import StoredObject

_QUESTIONS = {
    "function": "source_function",
    "procedure": "source_function",
    "aggregate": "source_function",
    "trigger": "source_trigger",
    "sequence": "source_sequence",
    "extension": "source_extension",
}
_VIEWS = {"view", "materialized view"}


class PostgreSQLObjects:
    """The half `stored_objects`."""

    def listed(self, connection: Connection) -> Sequence[StoredObject]:
        """One question to the catalog."""
        return [_object(row) for row in ask(connection, "objects")]

    def source(self, connection: Connection, found: StoredObject) -> str:
        """As the server prints it."""
        if found.kind in _VIEWS:
            return catalog.table(connection, found.ref).sql
        question = _QUESTIONS.get(found.kind)
        if question is not None:
            rows = ask(connection, question, oid=found.key)
        else:
            types = (row for row in ask(connection, "script") if row["class"] == "pg_type")
            rows = [row for row in types if row["oid"] == found.key]
        for row in rows:
            return row["sql"] or ""
        raise StatementFailed(f"{found.kind} {found.ref} was dropped a moment ago")


def _object(row: Record) -> StoredObject:
    ref = TableRef(row["schema"], row["name"] or "")
    return StoredObject(row["kind"] or "", ref, row["detail"] or "", row["oid"] or "")
