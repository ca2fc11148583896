"""Values from outside as the texts that types read, and JSON compared by what it says."""

from decimal import Decimal

from sqlalchemy import ColumnElement, case, literal_column
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB, TEXT

from studio.model.document import BEYOND
from studio.model.page import Shortened, Value

_MOST_ZEROS = 1000
"""Of a number given with an exponent."""


def typed_text(value: Value) -> Value:
    """`value` as the text that its column's type reads; texts stay."""
    match value:
        case None | str() | Shortened():
            return value
        case bytes():
            return "\\x" + value.hex()
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case Decimal():
            # Every digit in a text column; a million zeros in none.
            return str(value) if abs(value.adjusted()) > _MOST_ZEROS else format(value, "f")
        case _:
            return str(value)


def says_the_same(here: ColumnElement[object], given: ColumnElement[object]) -> ColumnElement[bool]:
    """Whether JSON says the same, however it is written. What jsonb refuses (json takes it) is not
    looked at: a value given as JSON is never one of these.
    """
    text = sql_cast(here, TEXT)
    pattern = BEYOND.replace("\\", "\\\\")
    can_be_read = text.op("!~", is_comparison=True)(literal_column(f"E'{pattern}'"))
    read = case((can_be_read, sql_cast(text, JSONB)))
    return read.is_not_distinct_from(sql_cast(given, JSONB))
