"""Which columns of a result make a chart, and the points in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from studio.model.catalog import Column, ColumnKind
from studio.model.page import Shortened, Value
from studio.rows.bars import number_of

_LOOKED_AT = 200
_FEW = 40
"""So many bars can still be read one by one."""
_TIMES = frozenset({ColumnKind.DATE, ColumnKind.TIMESTAMP})


class ChartKind(StrEnum):
    """How it is drawn."""

    BARS = "bars"
    LINE = "line"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Point:
    """One row."""

    label: str
    """Its value along the chart, as text of the database."""
    x: float | None
    """The same as a number, times as seconds since 1970; None: it is none."""
    y: float


@dataclass(frozen=True, slots=True)
class ChartData:
    """What is drawn, and what is left out."""

    y: Column
    x: Column | None
    """None: rows as they come."""
    points: tuple[Point, ...]
    nulls: int
    others: int
    """Values that are no numbers."""
    is_time: bool
    """Whether `x` runs along time."""

    @property
    def runs(self) -> bool:
        """Whether every point has its place on a scale, and not only a name."""
        return bool(self.points) and all(point.x is not None for point in self.points)

    @property
    def usual(self) -> ChartKind:
        """What most people would draw of it."""
        if self.x is None:
            return ChartKind.HISTOGRAM if len(self.points) > _FEW else ChartKind.BARS
        return ChartKind.LINE if self.is_time or len(self.points) > _FEW else ChartKind.BARS


def numeric(columns: Sequence[Column], rows: Sequence[Sequence[Value]]) -> tuple[int, ...]:
    """The columns that hold numbers."""
    looked_at = rows[:_LOOKED_AT]
    return tuple(
        place
        for place, column in enumerate(columns)
        if column.kind not in _TIMES
        and any(number_of(row[place], column.kind) is not None for row in looked_at)
    )


def chosen(
    columns: Sequence[Column], rows: Sequence[Sequence[Value]], cursor: int
) -> tuple[int, int | None] | None:
    """The column to draw, the cursor's where it holds numbers and is not the first, and the one
    along the chart; None: no column holds numbers.
    """
    found = numeric(columns, rows)
    if not found:
        return None
    # Leading numbers are names of rows more often than amounts, and the cursor begins there.
    y = cursor if cursor and cursor in found else found[-1]
    return y, along(columns, y)


def along(columns: Sequence[Column], y: int) -> int | None:
    """A time if there is one, else the first other column."""
    others = [place for place in range(len(columns)) if place != y]
    times = (place for place in others if columns[place].kind in _TIMES)
    return next(times, others[0] if others else None)


def chart_data(
    columns: Sequence[Column], rows: Sequence[Sequence[Value]], y: int, x: int | None
) -> ChartData:
    """Points in the order of the rows; those that run along a time or number, by that."""
    points, nulls, others = list[Point](), 0, 0
    kind = columns[y].kind
    for place, row in enumerate(rows, start=1):
        number = number_of(row[y], kind)
        if number is None:
            nulls += row[y] is None
            others += row[y] is not None
        elif x is None:
            points.append(Point(f"{place:,}", float(place), number))
        else:
            points.append(Point(_text(row[x]), _scaled(row[x], columns[x].kind), number))
    is_time = x is not None and _is_time(columns[x].kind, [row[x] for row in rows[:_LOOKED_AT]])
    if points and all(point.x is not None for point in points):
        points.sort(key=lambda point: point.x or 0.0)
    along_it = None if x is None else columns[x]
    return ChartData(columns[y], along_it, tuple(points), nulls, others, is_time)


def _is_time(kind: ColumnKind, values: Sequence[Value]) -> bool:
    """SQLite's times are text in a column of any kind."""
    texts = [value for value in values if value is not None]
    is_text = bool(texts) and all(isinstance(value, str) for value in texts)
    return kind in _TIMES or (
        kind in {ColumnKind.ANY, ColumnKind.TEXT}
        and is_text
        and all(number_of(value, ColumnKind.TIMESTAMP) is not None for value in texts)
    )


def _scaled(value: Value, kind: ColumnKind) -> float | None:
    number = number_of(value, kind)
    if number is None and isinstance(value, str) and kind in {ColumnKind.ANY, ColumnKind.TEXT}:
        return number_of(value, ColumnKind.TIMESTAMP)
    return number


def _text(value: Value) -> str:
    if isinstance(value, Shortened):
        value = value.head
    if isinstance(value, bytes):
        return f"0x{value[:8].hex()}"
    return "NULL" if value is None else str(value)
