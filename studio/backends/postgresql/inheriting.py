"""Tables that others inherit from: rows are told apart by the table they lie in, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from studio.model.catalog import IdentityKind, Table, TableKind, TableRef
from studio.model.page import Value

_PLACE = ("tableoid", "ctid")


def shows_others(table: Table) -> bool:
    """One that others inherit from: the catalog names no key of it, for it holds in each of
    them alone. Partitions share their table's key.
    """
    is_plain = table.kind in {TableKind.TABLE, TableKind.TEMPORARY}
    return is_plain and table.identity in {(), _PLACE}


def told_apart(table: Table) -> Table:
    """The table, its rows known by `tableoid` and `ctid` where others inherit from it."""
    if not shows_others(table):
        return table
    return replace(table, identity=_PLACE, identity_kind=IdentityKind.CTID)


def homes(connection: Connection, rows: Sequence[Mapping[str, Value]]) -> Sequence[TableRef | None]:
    """The table each of `rows` lies in, in their order; None: one that is gone."""
    numbers = [str(row[_PLACE[0]]) for row in rows]
    found = connection.exec_driver_sql(
        "SELECT c.oid::text, n.nspname::text, c.relname::text FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.oid = ANY (%s::oid[])",
        ("{" + ",".join(sorted(set(numbers))) + "}",),
    )
    known = {str(oid): TableRef(str(schema), str(name)) for oid, schema, name in found}
    return [known.get(number) for number in numbers]
