"""A column's values as numbers, and how many of them lie where: histograms."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from studio.model.catalog import ColumnKind
from studio.model.page import Shortened, Value
from studio.model.profile import Bar

_MOST_BARS = 12


def number_of(value: Value, kind: ColumnKind) -> float | None:
    """A value as a finite number, times as seconds since 1970; None of what is none."""
    if isinstance(value, bool | bytes | Shortened | None):
        return None
    if isinstance(value, str):
        return _read(value, kind)
    number = float(value)
    return number if math.isfinite(number) else None


def _read(text: str, kind: ColumnKind) -> float | None:
    try:
        if kind.is_number:
            number = float(text)
            return number if math.isfinite(number) else None
        if kind in {ColumnKind.DATE, ColumnKind.TIMESTAMP}:
            at = datetime.fromisoformat(text)
            return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
    except ValueError:
        # An infinity, a year before Christ, or text where SQLite lets it stand.
        return None
    return None


def edges(least: float, most: float, *, is_whole: bool) -> tuple[float, ...]:
    """Where bars begin, and where the last one ends; empty: one number makes no histogram.
    `is_whole`: only whole numbers lie between them.
    """
    if not least < most:
        return ()
    if is_whole:
        whole = max(1, math.ceil((most - least + 1) / _MOST_BARS))
        count = math.ceil((most - least + 1) / whole)
        return tuple(least + whole * place for place in range(count + 1))
    step = (most - least) / _MOST_BARS
    found = [least + step * place for place in range(_MOST_BARS)]
    return (*found, most) if found[1] > least and found[-1] < most else ()


def counted_bars(numbers: Sequence[float], *, is_whole: bool, total: int) -> tuple[Bar, ...]:
    """The histogram of numbers that were read; `total`: the rows that shares are of."""
    if not numbers:
        return ()
    return weighed_bars([(number, 1 / total) for number in numbers], (), 0.0, is_whole=is_whole)


def weighed_bars(
    points: Iterable[tuple[float, float]],
    bounds: Sequence[float],
    rest: float,
    *,
    is_whole: bool,
) -> tuple[Bar, ...]:
    """The histogram of numbers with shares of their own, and of the share `rest` that lies evenly
    between neighbours of `bounds`, which ascend.
    """
    found = list(points)
    every = [number for number, _ in found] + [*bounds]
    begins = edges(min(every), max(every), is_whole=is_whole) if every else ()
    if not begins:
        return ()
    shares = [0.0] * (len(begins) - 1)
    for number, share in found:
        shares[_place(number, begins)] += share
    part = rest / (len(bounds) - 1) if len(bounds) > 1 else 0.0
    for low, high in pairwise(bounds):
        first, last = _place(low, begins), _place(high, begins)
        for place in range(first, last + 1):
            inside = min(high, begins[place + 1]) - max(low, begins[place])
            # All between two equal bounds is one number.
            shares[place] += part * inside / (high - low) if high > low else part
    return bars_of(begins, shares)


def bars_of(begins: Sequence[float], shares: Sequence[float]) -> tuple[Bar, ...]:
    """Bars between neighbours of `begins`."""
    ends = pairwise(begins)
    return tuple(Bar(low, high, share) for (low, high), share in zip(ends, shares, strict=True))


def _place(number: float, begins: Sequence[float]) -> int:
    return max(0, min(bisect_right(begins, number) - 1, len(begins) - 2))
