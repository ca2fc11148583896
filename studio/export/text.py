"""A value as plain text: what csv, tsv, markdown, tables and the clipboard say of it."""

import re
from collections.abc import Sequence

from studio.model.page import Shortened, Value

_NEEDS_QUOTES = re.compile(r'[,"\n\r]').search
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def as_text(value: Value) -> str:
    r"""NULL is empty, bytes are hex behind `\x`, bytes that are no text are U+FFFD."""
    # Millions of these are written: what most of them are comes first.
    if type(value) is int or type(value) is float:
        return str(value)
    if isinstance(value, str) and value.isascii():
        return str(value)
    if isinstance(value, Shortened):
        value = value.head
    if value is None:
        return ""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    # TEXT that is not UTF-8 carries its bytes as surrogates, which no output can hold.
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def csv_line(values: Sequence[Value]) -> str:
    """RFC 4180; NULL is nothing, an empty text is two quotes."""
    return ",".join(map(_csv, values))


def _csv(value: Value) -> str:
    if value is None:
        return ""
    text = as_text(value)
    if not text or _NEEDS_QUOTES(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def tsv_line(values: Sequence[Value]) -> str:
    r"""As PostgreSQL's COPY: `\N` is NULL; tabs, line ends and backslashes are escaped."""
    return "\t".join("\\N" if v is None else as_text(v).translate(_ESCAPES) for v in values)
