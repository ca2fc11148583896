"""The values of one record as lines: whole as far as there is room, never wider than it is."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from studio.model.catalog import Column, ColumnKind
from studio.model.page import Shortened, Value
from studio.model.times import TimesIn
from studio.ui.values.documents import DocumentLayout, layout_of, spread_json
from studio.ui.values.text_document import TextDocument
from studio.ui.widgets.cells import CellFormat, Role, draw, natural_width
from studio.ui.widgets.epochs import epoch_date, is_epoch_name
from studio.ui.widgets.glyphs import Glyphs
from studio.ui.widgets.id_times import time_beside
from studio.ui.widgets.safe_text import TextPiece, cells_up_to, fit, wrapped_line

_DIM_ROLES = {Role.NULL, Role.DIM, Role.CONTROL}
_SIGN_CELL = TextPiece(" ", is_symbol=False)
"""Where a cell of the grid has its sign."""
_MOST_SPREAD = 16 * 1024
"""Characters of JSON that any pane has room for."""
_LEAST_LABEL = 6
"""Cells in which a label says something."""
_WRAPPED = frozenset(ColumnKind) - {ColumnKind.BYTES, ColumnKind.BOOLEAN}


class RecordBesides(NamedTuple):
    """What stands beside the values of a record."""

    labels: Mapping[str, str] = MappingProxyType({})
    """By column: what its foreign key leads to."""
    notes: Mapping[str, str] = MappingProxyType({})
    """By column: what is odd about its value."""
    times: TimesIn = TimesIn.STORED
    """The zone of times."""


def record_lines(
    shown: Sequence[tuple[Column, Value]],
    room: int,
    page: int,
    glyphs: Glyphs,
    beside: RecordBesides | None = None,
) -> list[list[list[TextPiece]]]:
    """For each value its lines of at most `room` cells, together at most `page` where one line a
    value is not more already. JSON is laid out where all of it fits; a label stands beside its
    value, which it never cuts, and so does a note of what is odd about it.
    """
    beside = beside or RecordBesides()
    lines = _lines_of(shown, room, page, glyphs, beside.times)
    labels = {name: f"{glyphs.reference} {label}" for name, label in beside.labels.items()}
    for said in (beside.notes, labels):
        for (column, _), value in zip(shown, lines, strict=True):
            if column.name in said and value:
                # A value that is cut leaves no room on its last line.
                value[-1] = _labelled(value[-1], said[column.name], room, glyphs)
    return lines


def _labelled(line: list[TextPiece], text: str, room: int, glyphs: Glyphs) -> list[TextPiece]:
    used = sum(cells_up_to(piece.text, room, glyphs) for piece in line)
    gap = TextPiece(" " if line[-1].text.endswith(" ") else "  ", is_symbol=True)
    rest = room + len(_SIGN_CELL.text) - used - len(gap.text)
    if rest < _LEAST_LABEL:
        return line
    return [*line, gap, *(one._replace(is_symbol=True) for one in fit(text, rest, glyphs))]


def _lines_of(
    shown: Sequence[tuple[Column, Value]], room: int, page: int, glyphs: Glyphs, times: TimesIn
) -> list[list[list[TextPiece]]]:
    # At most so many, whatever the value: a line more tells that it goes on.
    spread = [_whole(one, room, page + 1, glyphs, times, is_spread=True) for one in shown]
    if sum(map(len, spread)) <= page:
        return spread
    lines = [_whole(one, room, page + 1, glyphs, times, is_spread=False) for one in shown]
    spare = max(0, page - len(lines))
    return [
        value if len(value) <= take else _cut(one, value, take, room, glyphs)
        for one, value, take in zip(shown, lines, _shares(lines, spare), strict=True)
    ]


def _shares(lines: Sequence[list[list[TextPiece]]], spare: int) -> list[int]:
    """How many lines each value gets: the short ones all they need, the long ones alike."""
    shares = [1] * len(lines)
    while spare and (short := [i for i, all_ in enumerate(lines) if len(all_) > shares[i]]):
        for index in short[:spare]:
            shares[index] += 1
        spare -= len(short[:spare])
    return shares


def _whole(
    one: tuple[Column, Value],
    room: int,
    most: int,
    glyphs: Glyphs,
    times: TimesIn,
    *,
    is_spread: bool,
) -> list[list[TextPiece]]:
    column, value = one
    text = _text(column, value, room)
    if text is None:
        return _with_date(column, value, room, most, glyphs, times)
    is_json = is_spread and len(text) <= _MOST_SPREAD and _is_json(column, value)
    # Line feeds of the layout are not the value's, and not shown.
    document = TextDocument(
        spread_json(text) if is_json else text, glyphs, shows_breaks=not is_json
    )
    lines = list(islice(_wrapped(document, room), most))
    if isinstance(value, Shortened) and lines:
        lines[-1] = [*lines[-1][:-1], *fit(lines[-1][-1].text, room, glyphs, is_head=True)]
    drawn = [[_SIGN_CELL, *line] for line in lines]
    return _with_time(drawn, time_beside(column.kind, value, times), room, most)


def _with_time(
    lines: list[list[TextPiece]], time: str, room: int, most: int
) -> list[list[TextPiece]]:
    """When an id was made, beside it or below; an id is one line of plain characters."""
    if not time or not lines:
        return lines
    used = sum(len(piece.text) for piece in lines[-1]) - len(_SIGN_CELL.text)
    if used + len(time) + 1 <= room:
        return [*lines[:-1], [*lines[-1], TextPiece(f" {time}", is_symbol=True)]]
    is_roomy = len(lines) < most and len(time) <= room
    return [*lines, [_SIGN_CELL, TextPiece(time, is_symbol=True)]] if is_roomy else lines


def _is_json(column: Column, value: Value) -> bool:
    return isinstance(value, str) and layout_of(value, column.kind) is DocumentLayout.JSON


def _text(column: Column, value: Value, room: int) -> str | None:
    """What is wrapped; None for what is drawn as a cell of the rows is."""
    whole = value.head if isinstance(value, Shortened) else value
    if isinstance(whole, bool | bytes | None) or column.kind not in _WRAPPED:
        return None
    text = str(whole)
    is_number = column.kind.is_number or not isinstance(whole, str)
    return text if len(text) > (room if is_number else 0) else None


def _wrapped(document: TextDocument, room: int) -> Iterator[list[TextPiece]]:
    place = 0
    while place < document.size:
        line, place = document.line(place, room)
        yield line


def _cut(
    one: tuple[Column, Value], lines: list[list[TextPiece]], take: int, room: int, glyphs: Glyphs
) -> list[list[TextPiece]]:
    """The first lines, the last of them cut where the value goes on."""
    text, place = _text(*one, room), 0
    if text is None:
        return lines[:take]
    for _ in range(take - 1):
        _, place = wrapped_line(text, place, room, glyphs)
    rest = fit(text[place : place + room * 2], room, glyphs, is_head=True)
    return [*lines[: take - 1], [_SIGN_CELL, *rest]]


def _with_date(
    column: Column, value: Value, room: int, most: int, glyphs: Glyphs, times: TimesIn
) -> list[list[TextPiece]]:
    """A value as a cell has it; what a number means as a time beside it, or below."""
    cell = CellFormat(column.kind)
    # No wider than the value, so that numbers begin where everything else does.
    width = natural_width(value, cell, room, glyphs)
    spans = draw(value, cell, width, glyphs)
    pieces = [TextPiece(span.text, is_symbol=span.role in _DIM_ROLES) for span in spans]
    date = epoch_date(value, times) if is_epoch_name(column.name) else ""
    if not date:
        return [pieces]
    if width + len(date) + 1 <= room:
        return [[*pieces, TextPiece(f" {date}", is_symbol=True)]]
    below = islice(_wrapped(TextDocument(date, glyphs), room), most - 1)
    dim = ([piece._replace(is_symbol=True) for piece in line] for line in below)
    return [pieces, *([_SIGN_CELL, *line] for line in dim)]
