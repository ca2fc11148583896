"""A value as plain text: what csv, tsv, markdown, tables and the clipboard say of it."""

import re
from collections.abc import Iterable, Sequence
from typing import cast

from studio.model.page import Shortened, Value

_NEEDS_QUOTES = re.compile(r'[,"\n\r]').search
_NUMBERS, _TEXTS = frozenset({int, float}), frozenset({str, type(None)})
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


def is_utf8(text: str) -> bool:
    """Whether UTF-8 holds it: TEXT that is none carries its bytes as surrogates."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


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


def csv_lines(rows: Sequence[Sequence[Value]]) -> list[str]:
    """`csv_line` of each of some rows, column by column: most columns hold one class of values, of
    which none needs care, and a function call a value is what many rows cost.
    """
    if not rows or not rows[0]:
        return [csv_line(row) for row in rows]
    return [*map(",".join, zip(*map(_csv_column, zip(*rows, strict=True)), strict=True))]


def _csv_column(values: Sequence[Value]) -> Iterable[str]:
    classes = set(map(type, values))
    if len(classes) == 1 and classes <= _NUMBERS:
        return map(str, values)
    if classes <= _TEXTS:
        texts = cast("Sequence[str | None]", values)
        joined = "".join([text for text in texts if text])
        if is_utf8(joined) and not _NEEDS_QUOTES(joined):
            return ["" if text is None else text or '""' for text in texts]
    return map(_csv, values)


def tsv_line(values: Sequence[Value]) -> str:
    r"""As PostgreSQL's COPY: `\N` is NULL; tabs, line ends and backslashes are escaped."""
    return "\t".join("\\N" if v is None else as_text(v).translate(_ESCAPES) for v in values)
