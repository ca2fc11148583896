"""A chart as lines of text: blocks and braille, or plain characters for terminals without."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Protocol

from rich.cells import cell_len

from studio.backends.plans.words import bar
from studio.model.catalog import Column, ColumnKind
from studio.model.words import plural
from studio.rows.bars import counted_bars
from studio.rows.chart import ChartData, ChartKind, Point
from studio.ui.widgets.epochs import date_of
from studio.ui.widgets.labels import fit, plain

_MOST_LABEL = 24
_NUMBER = 9
"""Cells of a number beside an axis."""
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Of a braille sign, by row and column."""
_BRAILLE = 0x2800
_STEPS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_LEAST_LINES = 3


class Canvas(Protocol):
    """Dots on cells."""

    wide: int
    """Dots from left to right."""
    high: int
    """Dots from top to bottom."""

    def dot(self, x: int, y: int) -> None:
        """Set one; (0, 0) is at the top left."""

    def lines(self) -> list[str]:
        """As text."""


class Braille:
    """Two by four dots a cell."""

    def __init__(self, width: int, height: int) -> None:
        self.wide, self.high = width * 2, height * 4
        self._cells = [[0] * width for _ in range(height)]

    def dot(self, x: int, y: int) -> None:
        """Set one."""
        self._cells[y // 4][x // 2] |= _DOTS[y % 4][x % 2]

    def lines(self) -> list[str]:
        """As text."""
        return ["".join(chr(_BRAILLE + c) if c else " " for c in row) for row in self._cells]


class Stars:
    """One dot a cell, for terminals without Unicode."""

    def __init__(self, width: int, height: int) -> None:
        self.wide, self.high = width, height
        self._cells = [[" "] * width for _ in range(height)]

    def dot(self, x: int, y: int) -> None:
        """Set one."""
        self._cells[y][x] = "*"

    def lines(self) -> list[str]:
        """As text."""
        return ["".join(row) for row in self._cells]


def chart_lines(
    data: ChartData, kind: ChartKind, width: int, height: int, *, ascii_only: bool = False
) -> list[str]:
    """What it is, the chart in so many cells, and what is not as it seems."""
    if not data.points:
        return [_title(data, kind), "", "there are no numbers to draw", *_left_out(data)]
    draw = {ChartKind.BARS: _bars, ChartKind.LINE: _line, ChartKind.HISTOGRAM: _histogram}[kind]
    notes = _left_out(data)
    room = max(_LEAST_LINES, height - 2 - len(notes))
    drawn, said = draw(data, width, room - 1, ascii_only)
    return [_title(data, kind), *drawn, *([said] if said else []), *notes]


def _title(data: ChartData, kind: ChartKind) -> str:
    y = _named(data.y)
    if kind is ChartKind.HISTOGRAM:
        return f"how often: rows by {y}"
    if data.x is None:
        return f"{y}, row by row"
    return f"{y} by {_named(data.x)}"


def _named(column: Column) -> str:
    """With its type, the nearest to a unit that a database knows."""
    is_known = column.kind not in {ColumnKind.ANY, ColumnKind.OTHER}
    return f"{plain(column.name)}{f' ({plain(column.type_name)})' if is_known else ''}"


def _left_out(data: ChartData) -> list[str]:
    words = [f"{plural(data.nulls, 'row')} with NULL left out"] if data.nulls else []
    words += [f"{plural(data.others, 'row')} without a number left out"] if data.others else []
    return [", ".join(words)] if words else []


def short(number: float) -> str:
    """`1.2k`, `48`, `0.031`: at most nine characters."""
    size = abs(number)
    if size >= _STEPS[0][0] * 1000:
        return _powers(number)
    for step, sign in _STEPS:
        if size >= step * 10 or (size >= step and number % 1):
            return f"{number / step:.4g}{sign}"
    if size and size < 1e-4:  # noqa: PLR2004 what .4g writes with an exponent anyhow
        return _powers(number)
    return f"{number:.4g}" if number % 1 else f"{number:.0f}"


def _powers(number: float) -> str:
    text = f"{number:.2e}"
    return text if len(text) <= _NUMBER else f"{number:.1e}"


# -- bars ----------------------------------------------------------------------------------------


def _bars(data: ChartData, width: int, height: int, ascii_only: bool) -> tuple[list[str], str]:
    points, each = _grouped(data.points, height)
    said = ""
    if each > 1:
        said = f"{len(data.points):,} rows in {len(points)} bars: each the average of {each:,} rows"
    low = min(0.0, *(point.y for point in points))
    high = max(0.0, *(point.y for point in points))
    # Two numbers may lie further apart than any number is large.
    part = 1.0 if math.isfinite(high - low) else 0.25
    low, high = low * part, high * part
    labels = [fit(plain(point.label), min(_MOST_LABEL, width // 3)).rstrip() for point in points]
    beside = max(map(cell_len, labels))
    numbers = [short(point.y) for point in points]
    room = max(8, width - beside - max(map(len, numbers)) - 3)
    lines = [
        f"{' ' * (beside - cell_len(label))}{label} "
        f"{_bar(point.y * part, low, high, room, ascii_only)} {number}"
        for label, point, number in zip(labels, points, numbers, strict=True)
    ]
    return lines, said


def _grouped(points: Sequence[Point], most: int) -> tuple[list[Point], int]:
    """As many bars as there is room for, each the average of so many rows."""
    each = max(1, math.ceil(len(points) / max(1, most)))
    if each == 1:
        return list(points), 1
    groups = (points[i : i + each] for i in range(0, len(points), each))
    return [
        Point(f"{group[0].label}…", group[0].x, sum(p.y / len(group) for p in group))
        for group in groups
    ], each


def _bar(value: float, low: float, high: float, room: int, ascii_only: bool) -> str:
    """From zero to the right, or to the left."""
    span = (high - low) or 1.0
    zero = round(-low / span * room)
    if value < 0:
        cells = max(1, round(-value / span * room))
        return f"{' ' * (zero - cells)}{('#' if ascii_only else '█') * cells}|".ljust(room + 1)
    share = value / span * room / max(1, room - zero)
    if ascii_only:
        drawn = ("#" * round(value / span * room)).ljust(room - zero)
    else:
        drawn = bar(share, room - zero)
    return f"{' ' * zero}{'|' if low < 0 else ''}{drawn}"


def _histogram(data: ChartData, width: int, height: int, ascii_only: bool) -> tuple[list[str], str]:
    numbers = [point.y for point in data.points]
    is_whole = all(number.is_integer() for number in numbers)
    bars = counted_bars(numbers, is_whole=is_whole, total=len(numbers))[: max(1, height)]
    if not bars and min(numbers) != max(numbers):
        return ["these numbers lie too far apart, or too near, for a histogram"], ""
    if not bars:
        return [f"every one of {plural(len(numbers), 'row')} has {short(numbers[0])}"], ""
    counts = [round(each.share * len(numbers)) for each in bars]
    heads = [f"{short(each.first)} to {short(each.last)}" for each in bars]
    beside, most = max(map(len, heads)), max(counts)
    room = max(8, width - beside - len(f"{most:,}") - 3)
    lines = [
        f"{name.rjust(beside)} {_bar(count, 0, most, room, ascii_only)} {count:,}"
        for name, count in zip(heads, counts, strict=True)
    ]
    return lines, f"{plural(len(numbers), 'row')}; a bar begins at its first number"


# -- lines ---------------------------------------------------------------------------------------


def _line(data: ChartData, width: int, height: int, ascii_only: bool) -> tuple[list[str], str]:
    points = data.points
    room, lines = max(8, width - _NUMBER - 1), max(_LEAST_LINES, height - 2)
    canvas: Canvas = Stars(room, lines) if ascii_only else Braille(room, lines)
    xs = [_x(data, i) for i in range(len(points))]
    low, high = min(point.y for point in points), max(point.y for point in points)
    first, last = min(xs), max(xs)
    across = _scale(first, last, canvas.wide)
    down = _scale(low, high, canvas.high)
    dots = [(across(x), canvas.high - 1 - down(p.y)) for x, p in zip(xs, points, strict=True)]
    canvas.dot(*dots[0])
    for one, other in pairwise(dots):
        _draw(canvas, one, other)
    rule = "|" if ascii_only else "│"
    middle = low / 2 + high / 2
    ticks = {0: short(high), lines // 2: short(middle), lines - 1: short(low)}
    drawn = [
        f"{ticks.get(i, '').rjust(_NUMBER)}{rule}{line}" for i, line in enumerate(canvas.lines())
    ]
    corner, flat = ("+", "-") if ascii_only else ("└", "─")
    ends = _label(data, 0, last - first), _label(data, len(points) - 1, last - first)
    gap = max(1, room - cell_len(ends[0]) - cell_len(ends[1]))
    drawn += [
        f"{' ' * _NUMBER}{corner}{flat * room}",
        f"{' ' * (_NUMBER + 1)}{ends[0]}{' ' * gap}{ends[1]}",
    ]
    each = len(points) / canvas.wide
    said = ""
    if each > 1:
        said = (
            f"{len(points):,} rows in {room} columns: each shows the least to the most of its own"
        )
    return drawn, said


def _x(data: ChartData, place: int) -> float:
    x = data.points[place].x
    return float(place) if not data.runs or x is None else x


def _label(data: ChartData, place: int, span: float) -> str:
    x = data.points[place].x
    if not data.runs or x is None:
        return fit(plain(data.points[place].label), _MOST_LABEL).rstrip()
    return date_of(x, span) if data.is_time else short(x)


def _scale(low: float, high: float, steps: int) -> Callable[[float], int]:
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return lambda _: steps // 2
    return lambda value: min(steps - 1, int((value - low) / span * (steps - 1) + 0.5))


def _draw(canvas: Canvas, one: tuple[int, int], other: tuple[int, int]) -> None:
    """A straight line of dots."""
    (x, y), (to_x, to_y) = one, other
    steps = max(abs(to_x - x), abs(to_y - y))
    for step in range(steps + 1):
        share = step / steps if steps else 0.0
        canvas.dot(round(x + (to_x - x) * share), round(y + (to_y - y) * share))
