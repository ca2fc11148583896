"""A fault that is mended mechanically, as changes to be looked at before they are applied."""

from typing import TYPE_CHECKING, cast

from studio.backends.base import Purpose
from studio.db.session import Session
from studio.model.catalog import Table
from studio.model.change import Update
from studio.model.health import FaultyRows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from studio.model.page import Value

MOST = 1_000
"""Rows at once: so many can be looked at. The others are found again."""


async def mended(session: Session, table: Table, rows: FaultyRows) -> tuple[Update, ...]:
    """The changes that mend up to MOST rows; none where a person has to say what is meant, where
    nothing tells one row from another, and where none is at fault any more. Raises StudioError.
    """
    if not (rows.becomes and table.has_identity):
        return ()
    return await session.lane(Purpose.BROWSE).run(lambda c: _read(c, table, rows))


def _read(connection: "Connection", table: Table, rows: FaultyRows) -> tuple[Update, ...]:
    quote = connection.dialect.identifier_preparer.quote_identifier
    ref = table.ref
    name = quote(ref.name) if ref.schema is None else f"{quote(ref.schema)}.{quote(ref.name)}"
    wanted = [*map(quote, table.identity), quote(rows.column), rows.becomes]
    found = connection.exec_driver_sql(
        f"SELECT {', '.join(wanted)} FROM {name} WHERE {rows.mends or rows.where} LIMIT {MOST}"
    ).fetchall()
    return tuple(
        Update(
            ref,
            dict(zip(table.identity, identity, strict=True)),
            {rows.column: before},
            {rows.column: after},
        )
        for *identity, before, after in cast("list[tuple[Value, ...]]", found)
        if after is not None and (type(after), after) != (type(before), before)
    )
