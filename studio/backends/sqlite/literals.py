"""Values as SQL text that SQLite of any encoding reads back as the very value."""

import sqlite3
from functools import cache
from math import isinf

_STEP = 50
"""The largest power of two in a factor: its digits are a whole number that SQLite holds."""


def real_text(value: float) -> str:
    """A REAL: its shortest digits, if SQLite reads those as the same number."""
    if isinf(value):
        return "9e999" if value > 0 else "-9e999"
    text = repr(value)
    return text if _read_back(text) == value else _exact(value)


def _exact(value: float) -> str:
    """A REAL as whole numbers and powers of two: SQLite reads one long decimal in two hundred as
    the number beside it, and these it computes without rounding.
    """
    above, below = value.as_integer_ratio()
    zeros = (above & -above).bit_length() - 1
    made, left = f"{above >> zeros}.0", zeros - (below.bit_length() - 1)
    while left:
        step = min(abs(left), _STEP)
        made += f" {'*' if left > 0 else '/'} {1 << step}.0"
        left += -step if left > 0 else step
    return f"({made})"


def _read_back(text: str) -> float:
    found = _reader().execute("SELECT CAST(? AS REAL)", (text,)).fetchone()
    return float(found[0])


@cache
def _reader() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", check_same_thread=False)


def text_literal(value: str) -> str:
    """A text, whatever it holds: NUL, and bytes that are no UTF-8 (as surrogates)."""
    raw = value.encode("utf-8", "surrogateescape")
    if len(value) != len(raw.decode("utf-8", "ignore")):
        return f"CAST(X'{raw.hex()}' AS TEXT)"
    quoted = value.replace("'", "''")
    # SQL text ends at a NUL. Bytes would be read in the encoding of the database.
    return f"('{quoted}')".replace("\0", "' || char(0) || '") if "\0" in value else f"'{quoted}'"
