"""One value in one cell: text of exactly so many terminal cells, and what each part of it is."""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from studio.model.row_page import Shortened, Value
from studio.model.table import ColumnKind
from studio.model.times import TimesIn, time_rewritten
from studio.ui.widgets.epochs import epoch_date
from studio.ui.widgets.glyphs import UNICODE, Glyphs
from studio.ui.widgets.safe_text import cells_up_to, fit, is_plain


class Role(StrEnum):
    """What a stretch of text in the grid is; themes give each a colour."""

    TEXT = "text"
    NUMBER = "number"
    JSON = "json"
    BYTES = "bytes"
    KEY = "key"
    LINK = "link"
    NULL = "null"
    DIM = "dim"
    """Structure, not data: the quotes of an empty string, an ellipsis, a unit."""
    CONTROL = "control"
    """Stands for characters that are never sent to the terminal."""
    STAGED = "staged"
    INSERTED = "inserted"
    DELETED = "deleted"
    EXPECTED = "expected"
    """In a new row, what is no value of it: NULL, and what the database will put there."""
    GUTTER = "gutter"
    HEADER = "header"
    MARK = "mark"


class RoleSpan(NamedTuple):
    """Text in one role."""

    text: str
    role: Role


@dataclass(frozen=True, slots=True)
class CellFormat:
    """How the values of one column are written."""

    kind: ColumnKind = ColumnKind.TEXT
    role: Role | None = None
    """KEY or LINK for columns that identify; None: by the value."""
    grouped: bool = False
    """1,234,567: only where somebody asked for it, never for numbers that name something."""
    decimals: int = 0
    """Cells that the column keeps for the point and what follows it, so that points stand below
    one another.
    """
    is_epoch: bool = False
    """Whether whole numbers that may be times since 1970 are shown as such."""
    is_opaque: bool = False
    """Whether its texts are ids and hashes: where they are cut, both ends are shown."""
    times: TimesIn = TimesIn.STORED
    """The zone that times are shown in."""
    is_number: bool = field(init=False, compare=False)
    is_literal: bool = field(init=False, compare=False)
    """Whether text that is not empty is shown as it is."""
    text_role: Role = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Ask once what every cell of the column would ask again."""
        is_number = self.kind.is_number
        is_literal = not is_number and self.kind not in {ColumnKind.BYTES, ColumnKind.BOOLEAN}
        is_literal = is_literal and not self.is_rewritten
        text_role = self.role or (Role.JSON if self.kind is ColumnKind.JSON else Role.TEXT)
        object.__setattr__(self, "is_number", is_number)
        object.__setattr__(self, "is_literal", is_literal)
        object.__setattr__(self, "text_role", text_role)

    @property
    def is_rewritten(self) -> bool:
        """Whether times with an offset are shown in another zone."""
        return self.kind is ColumnKind.TIMESTAMP and self.times is not TimesIn.STORED

    @property
    def as_written(self) -> "CellFormat":
        """The same for what is shown exactly as it is, or will be, in the database."""
        return replace(self, is_epoch=False, times=TimesIn.STORED)


_STEP = 1024
_LEAST_BEFORE_TAIL = 3
_LEAST_BOTH_ENDS = 6
_MOST_TAIL = 4
"""Characters of an id's end: with its head they tell the ids of a screen apart."""
_HEX_BYTES = 64
"""More bytes of hex than any cell is wide."""
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|NaN|Infinity|nan|inf)\Z")
_WHOLE = re.compile(r"-?(?:0|[1-9]\d*)\Z")


class _Content(NamedTuple):
    text: str
    role: Role
    is_right: bool = False
    is_head: bool = False
    tail: str = ""
    pad: int = 0
    """Blanks after a number, where there is room: its fraction is shorter than the column's."""


def draw(
    value: Value, cell: CellFormat, width: int, glyphs: Glyphs, sign: str = " "
) -> tuple[RoleSpan, ...]:
    """The spans of one cell: a sign, exactly `width` terminal cells of the value, a gap."""
    # Nearly every cell is one of these two, and every row drawn pays for what comes before them.
    if isinstance(value, str) and cell.is_literal and 0 < len(value) <= width:
        if is_plain(value, glyphs):
            return (RoleSpan(f"{sign}{value:<{width}} ", cell.text_role),)
    elif (type(value) is int and not cell.decimals and not cell.is_epoch) and len(
        text := _number(value, cell)
    ) <= width:
        return (RoleSpan(f"{sign}{text:>{width}} ", cell.role or Role.NUMBER),)
    if cell.is_opaque and isinstance(value, str) and len(value) > width > _LEAST_BOTH_ENDS:
        tail = min(_MOST_TAIL, width // _LEAST_BEFORE_TAIL)
        ends = f"{value[: width - tail - 1]}{glyphs.ellipsis}{value[-tail:]}"
        if is_plain(value, glyphs):
            return (RoleSpan(f"{sign}{ends} ", cell.text_role),)
    return _draw_any(_content(value, cell, glyphs), width, glyphs, sign)


def natural_width(value: Value, cell: CellFormat, limit: int, glyphs: Glyphs) -> int:
    """How many cells the value would take, counted no further than `limit`."""
    if isinstance(value, str) and value and cell.is_literal and is_plain(value, glyphs):
        return min(limit, len(value))
    if type(value) is int and not cell.is_epoch:
        return min(limit, len(_number(value, cell)) + cell.decimals)
    content = _content(value, cell, glyphs)
    if content.is_head:
        return limit
    return min(limit, cells_up_to(content.text, limit, glyphs) + len(content.tail) + content.pad)


def number_parts(value: Value, cell: CellFormat) -> tuple[int, int]:
    """Cells of a number before its point, and from it on; (0, 0) of what has no such place."""
    if isinstance(value, bool | bytes | Shortened | None) or not cell.is_number:
        return 0, 0
    if not (cell.is_epoch or isinstance(value, str)):
        # What `_content` comes to, for nearly every number of every row that is drawn.
        text = _number(value, cell)
        after = _fraction(text)
        return (0, 0) if after is None else (len(text) - after, after)
    content = _content(value, cell, UNICODE)
    after = _fraction(content.text) if content.is_right else None
    return (0, 0) if after is None else (len(content.text) - after, after)


def bytes_size(count: int) -> str:
    """A number of bytes for people: `12 B`, `4.1 KiB`."""
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < _STEP:
            return f"{count} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= _STEP
    return f"{size:.1f} TiB"


def _draw_any(content: _Content, width: int, glyphs: Glyphs, sign: str) -> tuple[RoleSpan, ...]:
    text, role, is_right, is_head, tail, pad = content
    if pad > 0 and len(text) < width:
        text += " " * min(pad, width - len(text))
    if not (is_head or tail) and len(text) <= width and is_plain(text, glyphs):
        text = text.rjust(width) if is_right else text.ljust(width)
        return (RoleSpan(f"{sign}{text} ", role),)
    if len(tail) + _LEAST_BEFORE_TAIL > width:
        tail = ""
    pieces = fit(text, width - len(tail), glyphs, is_head=is_head)
    spans = [RoleSpan(piece.text, Role.CONTROL if piece.is_symbol else role) for piece in pieces]
    if tail:
        spans.append(RoleSpan(tail, Role.DIM))
    used = sum(cells_up_to(span.text, width, glyphs) for span in spans)
    blank = " " * (width - used)
    first, last = (sign + blank, " ") if is_right else (sign, blank + " ")
    outer = role if spans else Role.TEXT
    return (RoleSpan(first, outer), *spans, RoleSpan(last, outer))


def _content(value: Value, cell: CellFormat, glyphs: Glyphs) -> _Content:
    date = ""
    if cell.is_epoch:
        date = epoch_date(value, cell.times)
    elif cell.is_rewritten:
        date = time_rewritten(value, cell.times)
    if date:
        return _Content(date, Role.DIM, is_right=cell.is_epoch)
    return _as_it_is(value, cell, glyphs)


def _as_it_is(value: Value, cell: CellFormat, glyphs: Glyphs) -> _Content:
    if value is None:
        return _Content(glyphs.null, Role.NULL, is_right=cell.is_number)
    if isinstance(value, Shortened):
        return _head(value.head, cell)
    if isinstance(value, str):
        return _text(value, cell)
    if isinstance(value, bytes):
        return _binary(value[:_HEX_BYTES].hex(), len(value))
    if isinstance(value, bool):
        return _Content("true" if value else "false", cell.role or Role.TEXT)
    return _aligned(_number(value, cell), cell)


def _head(head: str | bytes, cell: CellFormat) -> _Content:
    if isinstance(head, bytes):
        return _binary(head[:_HEX_BYTES].hex(), len(head), is_head=True)
    if _is_hex(head, cell):
        return _binary(head[2 : 2 + 2 * _HEX_BYTES], (len(head) - 2) // 2, is_head=True)
    return _Content(head, cell.text_role, is_head=True)


def _text(value: str, cell: CellFormat) -> _Content:
    if not value:
        return _Content("''", Role.DIM)
    if cell.is_literal:
        return _Content(value, cell.text_role)
    if cell.is_number and _NUMBER.match(value):
        return _aligned(_grouped_text(value, cell), cell)
    if _is_hex(value, cell):
        return _binary(value[2 : 2 + 2 * _HEX_BYTES], (len(value) - 2) // 2)
    if cell.kind is ColumnKind.BOOLEAN:
        value = {"t": "true", "f": "false"}.get(value, value)
    return _Content(value, cell.text_role)


def _is_hex(value: str, cell: CellFormat) -> bool:
    return cell.kind is ColumnKind.BYTES and value.startswith("\\x")


def _binary(digits: str, count: int, *, is_head: bool = False) -> _Content:
    size = f" {'>' if is_head else ''}{bytes_size(count)}"
    if is_head or len(digits) < 2 * count:
        return _Content(f"x'{digits}", Role.BYTES, is_head=True, tail=f"'{size}")
    return _Content(f"x'{digits}'", Role.BYTES, tail=size)


def _aligned(text: str, cell: CellFormat) -> _Content:
    after = _fraction(text) if cell.decimals else None
    pad = 0 if after is None else max(0, cell.decimals - after)
    return _Content(text, cell.role or Role.NUMBER, is_right=True, pad=pad)


def _fraction(text: str) -> int | None:
    """Characters from the point on; None for what is not digits: an exponent, an infinity."""
    if not text[-1:].isdigit() or "e" in text or "E" in text:
        return None
    point = text.find(".")
    return 0 if point < 0 else len(text) - point


def _number(value: float | Decimal, cell: CellFormat) -> str:
    return f"{value:,}" if isinstance(value, int) and cell.grouped else str(value)


def _grouped_text(value: str, cell: CellFormat) -> str:
    """Digits in groups, only where the text is exactly what the number would be written as."""
    if not cell.grouped or cell.kind is not ColumnKind.INTEGER or not _WHOLE.match(value):
        return value
    return f"{int(value):,}"
