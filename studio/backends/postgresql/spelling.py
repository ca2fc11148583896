"""Which texts a type writes in other words, and what the server makes of them."""

import re
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, literal_column, select
from sqlalchemy import cast as sql_cast

from studio.backends.halves.editing import Spelled
from studio.backends.postgresql.dialect import Untyped
from studio.backends.postgresql.values import NamedType
from studio.model.catalog import Column, ColumnKind

_SIZED_TEXT = re.compile(r"character(?P<varying> varying)?\((?P<length>\d+)\)")
_ONE_SPELLING = {ColumnKind.TEXT, ColumnKind.ENUM}
_PLAIN_SPELLING = {
    ColumnKind.INTEGER: re.compile("0|-?[1-9][0-9]*"),
    ColumnKind.BOOLEAN: re.compile("[tf]"),
    ColumnKind.BYTES: re.compile(r"\\x[0-9a-f]*"),
    ColumnKind.UUID: re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}
"""What the server itself would write, told without asking it."""
_ROUNDED = {
    ColumnKind.REAL,
    ColumnKind.DECIMAL,
    ColumnKind.DATE,
    ColumnKind.TIME,
    ColumnKind.TIMESTAMP,
    ColumnKind.INTERVAL,
}
"""Kinds whose modifier rounds, in a cast as in an assignment."""
_AS_GIVEN = frozenset(
    {
        "smallint", "integer", "bigint", "boolean", "text", "character varying", "uuid", "date",
        "bytea", "numeric", "real", "double precision", "timestamp without time zone",
        "timestamp with time zone", "json", "jsonb",
    }
)  # fmt: skip


def has_spellings(text: str, column: Column) -> bool:
    """Whether the type may write `text` in other words. Labels and most texts do not; a cast to a
    type of some length would cut without a word, where a write of more than blanks is refused.
    """
    kind, name = column.kind, column.type_name
    if sized := _SIZED_TEXT.fullmatch(name):
        most = int(sized["length"])
        fits = len(text.rstrip(" ")) <= most
        return fits and (not sized["varying"] or len(text) > most)
    if kind in _ONE_SPELLING or name == "json" or name.startswith(("bit", "character")):
        return False
    if kind in _PLAIN_SPELLING:
        return not _PLAIN_SPELLING[kind].fullmatch(text)
    return kind in _ROUNDED or "(" not in name


def respelled(connection: Connection, given: Sequence[Spelled]) -> Sequence[str]:
    """How the server writes each of `given`, in their order: read by the type's input function,
    written by its output function. Raises what the driver does where the type reads it not.
    """
    read = (
        sql_cast(bindparam(None, one.text, Untyped(), unique=True), NamedType(one.type_name))
        for one in given
    )
    # A cast to text is another thing: of a boolean `true`, of an inet `::1/128`.
    row = connection.execute(
        select(*(func.format(literal_column("'%s'"), value) for value in read))
    ).one()
    return [str(text) for text in row]


def stores_as_given(column: Column) -> bool:
    """Whether a column of this type holds what it was given, letter for letter. A domain may have a
    length or precision of its own.
    """
    return column.type_name in _AS_GIVEN
