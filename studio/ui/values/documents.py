"""Whole values as lines: any size, because only the lines on the screen are ever made."""

import json
import re
from enum import StrEnum
from typing import Protocol

from studio.model.catalog import ColumnKind
from studio.ui.values.json_document import JsonDocument
from studio.ui.values.json_lines import may_be_json
from studio.ui.values.text_document import TextDocument
from studio.ui.widgets.glyphs import Glyphs
from studio.ui.widgets.safe_text import TextPiece

_MOST_CHECKED = 256 * 1024
"""Characters of JSON read whole before it is shown as such; more would be felt."""
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
_INDENT = "  "
_HEX_LINES = ((80, 16), (46, 8), (0, 4))
"""Cells at least, bytes a line."""


class DocumentLayout(StrEnum):
    """How a value is laid out."""

    TEXT = "text"
    JSON = "json"
    HEX = "hex"
    PARTS = "parts"
    """Only of values that have some."""


class Document(Protocol):
    """Lines by the place they start at, so that nothing before them need be known."""

    @property
    def size(self) -> int:
        """The place after the last line."""

    def line(self, start: int, width: int) -> tuple[list[TextPiece], int]:
        """The line that starts there, and the place of the next."""

    def before(self, start: int, width: int) -> int:
        """The place of the line before the one that starts there; 0 for the first."""


class HexDocument:
    """Bytes: offset, hex, and what is printable of them."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._digits = max(4, len(f"{len(data):x}"))

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self._data)

    def line(self, start: int, width: int) -> tuple[list[TextPiece], int]:
        """The bytes of one line."""
        count = self._count(width)
        part = self._data[start : start + count]
        text = "".join(chr(byte) if chr(byte) in _PRINTABLE else "." for byte in part)
        pieces = [
            TextPiece(f"{start:0{self._digits}x}  ", is_symbol=True),
            TextPiece(f"{part.hex(' '):<{count * 3}} ", is_symbol=False),
            TextPiece(text, is_symbol=True),
        ]
        return pieces, min(start + count, self.size)

    def before(self, start: int, width: int) -> int:
        """The line before; lines are all of one length."""
        count = self._count(width)
        return max(0, (start - 1) // count * count)

    def _count(self, width: int) -> int:
        return next(count for cells, count in _HEX_LINES if width >= cells)


_PRINTABLE = frozenset(map(chr, range(0x20, 0x7F)))


def layout_of(value: str | bytes, kind: ColumnKind) -> DocumentLayout:
    """The layout that suits a value: by the column's kind, and by what it looks like."""
    if isinstance(value, bytes):
        return DocumentLayout.HEX
    if kind is ColumnKind.BYTES and _hex_bytes(value) is not None:
        return DocumentLayout.HEX
    return DocumentLayout.JSON if _is_json(value) else DocumentLayout.TEXT


def document_of(value: str | bytes, layout: DocumentLayout, glyphs: Glyphs) -> Document:
    """The value as lines in a layout."""
    if layout is DocumentLayout.HEX:
        return HexDocument(bytes_of(value))
    if isinstance(value, bytes):
        value = value.decode("utf-8", "surrogateescape")
    if layout is DocumentLayout.JSON:
        return JsonDocument(value, glyphs)
    return TextDocument(value, glyphs)


def bytes_of(value: str | bytes) -> bytes:
    """The bytes of a value: of PostgreSQL's text form of bytea, those it stands for."""
    if isinstance(value, bytes):
        return value
    meant = _hex_bytes(value)
    return stored_bytes(value) if meant is None else meant


def spread_json(text: str) -> str:
    """JSON over several lines: only the space between its tokens changes, never a digit or key."""
    lines = [""]
    depth, last = 0, ""
    for part in _TOKENS.findall(text):
        if part in {"}", "]"}:
            depth -= 1
            if last not in {"{", "["}:
                lines.append(_INDENT * depth)
        elif last in {"{", "[", ","}:
            lines.append(_INDENT * depth)
        lines[-1] += f"{part} " if part == ":" else part
        depth += part in {"{", "["}
        last = part
    return "\n".join(lines)


def stored_bytes(text: str) -> bytes:
    """The bytes of a text, those that are not UTF-8 as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _is_json(text: str) -> bool:
    if len(text) > _MOST_CHECKED:
        return may_be_json(text)
    if text.lstrip()[:1] not in {"{", "["}:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _hex_bytes(text: str) -> bytes | None:
    """The bytes that PostgreSQL's text form of bytea stands for."""
    if not text.startswith("\\x"):
        return None
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        return None
