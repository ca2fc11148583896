"""What the values of one column are like: at once from statistics, exactly when asked for.

Nothing is read but what the answer needs: statistics cost milliseconds on a table of any size, a
look at the first rows reads HEAD_ROWS of them, and only `measure` reads every row.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, FromClause, case, func, literal_column, select

from studio.backends.halves import Absent, ask
from studio.backends.halves.profiling import PROFILING, ColumnStatistics
from studio.db.fetching import Fetched, fetch
from studio.db.lane import Lane
from studio.model.catalog import Column, ColumnKind, Table
from studio.model.page import Condition, RowCount, Value, shortened
from studio.model.profile import Basis, Frequent, Profile
from studio.rows.asking import ask_filtered
from studio.rows.bars import bars_of, counted_bars, edges, number_of, weighed_bars
from studio.rows.count import estimate, number
from studio.rows.filters import Filtering
from studio.rows.order import source
from studio.rows.shapes import shapes

HEAD_ROWS = 1000
"""Rows a look reads where there are no statistics, and whose texts tell their shapes."""
MOST_FREQUENT = 12
_FEW = 20_000
"""So many rows are read at once: that takes no longer than a look."""
_WITH_ENDS = {
    *(ColumnKind.INTEGER, ColumnKind.REAL, ColumnKind.DECIMAL, ColumnKind.TEXT, ColumnKind.DATE),
    *(ColumnKind.TIME, ColumnKind.TIMESTAMP, ColumnKind.INTERVAL, ColumnKind.ENUM, ColumnKind.ANY),
}
"""Kinds of which every engine knows the least and the most."""
_ONE: ColumnElement[int] = literal_column("1")
_NONE: ColumnElement[int] = literal_column("0")
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ProfiledColumn:
    """One column of the rows that filters keep."""

    table: Table
    column: Column
    filters: tuple[Condition, ...] = ()


async def look(lane: Lane, subject: ProfiledColumn) -> Profile:
    """In milliseconds on a table of any size, unless filters keep few of its rows. Raises
    StudioError.
    """
    rows = None if subject.filters else await estimate(lane, subject.table)
    if rows is not None and rows.exact and rows.rows <= _FEW:
        return await measure(lane, subject)
    known = None if subject.filters else await _known(lane, subject)
    if known is not None and known.nulls is not None:
        return _from_statistics(known, rows, subject.column)
    head = await _head(lane, subject)
    if known is not None and known.distinct is not None:
        return replace(head, distinct=round(known.distinct))
    return head


async def measure(lane: Lane, subject: ProfiledColumn, tell: Tell = lambda _step: None) -> Profile:
    """Exactly: reads every row, up to three times. Cancel the task to stop it inside the database;
    `tell` hears what is read now. Raises StudioError.
    """
    rows = source(subject.table)
    value = rows.c[subject.column.name]
    tell("values")
    profile = _frequent(await _asked(lane, subject, _grouping(lane, subject, rows, value)))
    tell("least, most and lengths")
    half = ask(lane.backend, PROFILING)
    numbers = None if isinstance(half, Absent) else half.number(subject.column, value)
    wanted = _ends(lane, subject.column, value, numbers)
    if wanted:
        asked = select(*(one.label(name) for name, one in wanted.items())).select_from(rows)
        answer = await _asked(lane, subject, asked.where(*_where(lane, subject, rows)))
        profile, begins = _with_ends(profile, dict(zip(wanted, answer.rows[0], strict=True)))
        if begins and numbers is not None:
            tell("histogram")
            counted = _counting(lane, numbers, begins)
            statement = select(*counted).select_from(rows).where(*_where(lane, subject, rows))
            bars = (await _asked(lane, subject, statement)).rows[0]
            total = max(1, profile.rows.rows if profile.rows is not None else 1)
            shares = [number(one or 0) / total for one in bars]
            profile = replace(profile, bars=bars_of(begins, shares))
    if subject.column.kind is not ColumnKind.TEXT:
        return profile
    head = await _head(lane, subject)
    return replace(profile, shapes=head.shapes, shaped=head.shaped)


# -- from statistics -------------------------------------------------------------------------------


async def _known(lane: Lane, subject: ProfiledColumn) -> ColumnStatistics | None:
    half = ask(lane.backend, PROFILING)
    if isinstance(half, Absent):
        return None
    return await lane.run(lambda connection: half.known(connection, subject.table, subject.column))


def _from_statistics(known: ColumnStatistics, rows: RowCount | None, column: Column) -> Profile:
    distinct = known.distinct
    if distinct is None and known.distinct_share is not None and rows is not None:
        distinct = known.distinct_share * rows.rows
    texts = [*(one.value for one in known.frequent), *known.bounds]
    ordered = sorted(
        (of, value) for value in texts if (of := number_of(value, column.kind)) is not None
    )
    seen = [str(text) for text in texts] if column.kind is ColumnKind.TEXT else []
    return Profile(
        Basis.STATISTICS,
        rows,
        nulls=known.nulls,
        distinct=None if distinct is None else round(distinct),
        least=ordered[0][1] if ordered else None,
        most=ordered[-1][1] if ordered else None,
        frequent=known.frequent[:MOST_FREQUENT],
        bars=_known_bars(known, column),
        width=known.width,
        shapes=shapes(seen),
        shaped=len(seen),
        analyzed=known.analyzed,
    )


def _known_bars(known: ColumnStatistics, column: Column) -> tuple[Any, ...]:
    points = [(number_of(one.value, column.kind), one.share) for one in known.frequent]
    bounds = [number_of(one, column.kind) for one in known.bounds]
    rest = 1 - (known.nulls or 0.0) - sum(share for _, share in points)
    return weighed_bars(
        [(at, share) for at, share in points if at is not None],
        [at for at in bounds if at is not None],
        max(0.0, rest),
        is_whole=column.kind is ColumnKind.INTEGER,
    )


# -- from the first rows ---------------------------------------------------------------------------


async def _head(lane: Lane, subject: ProfiledColumn) -> Profile:
    rows = source(subject.table)
    shown = lane.backend.shown(subject.column, rows.c[subject.column.name])
    some = select(shown.label("c0")).select_from(rows).where(*_where(lane, subject, rows))
    answer = await _asked(lane, subject, some.limit(HEAD_ROWS))
    values = [_shown(row[0]) for row in answer.rows]
    present = [value for value in values if value is not None]
    total = max(1, len(values))
    counted = Counter(present).most_common(MOST_FREQUENT)
    is_text = subject.column.kind is ColumnKind.TEXT
    texts = [value for value in present if isinstance(value, str)] if is_text else []
    lengths = [len(text) for text in texts]
    numbers = [at for one in present if (at := number_of(one, subject.column.kind)) is not None]
    return Profile(
        Basis.HEAD,
        RowCount(len(values), exact=len(values) < HEAD_ROWS, source="first rows"),
        nulls=(len(values) - len(present)) / total,
        frequent=tuple(Frequent(value, n / total, n) for value, n in counted),
        bars=counted_bars(numbers, is_whole=all(at.is_integer() for at in numbers), total=total),
        lengths=(min(lengths), sum(lengths) / len(lengths), max(lengths)) if lengths else None,
        shapes=shapes(texts),
        shaped=len(texts),
    )


# -- from every row --------------------------------------------------------------------------------


def _grouping(
    lane: Lane, subject: ProfiledColumn, rows: FromClause, value: ColumnElement[object]
) -> Any:  # noqa: ANN401 a SELECT of columns of four types
    key = lane.backend.sort_key(subject.column, value)
    groups = (
        select(key.label("k"), func.count().label("n"))
        .select_from(rows)
        .where(*_where(lane, subject, rows))
        .group_by(key)
        .subquery("g")
    )
    k, n = groups.c.k, groups.c.n
    nulls = func.sum(case((k.is_(None), n), else_=_NONE)).over()
    shown = lane.backend.shown(subject.column, k).label("c0")
    return (
        select(shown, n, func.count(k).over(), func.sum(n).over(), nulls)
        .order_by(n.desc())
        .limit(MOST_FREQUENT + 1)
    )


def _frequent(answer: Fetched) -> Profile:
    """The profile as far as groups tell it; no row: the table is empty."""
    if not answer.rows:
        return Profile(Basis.EXACT, RowCount(0, exact=True, source="count"), distinct=0)
    distinct, total, nulls = (number(one or 0) for one in answer.rows[0][2:])
    groups = [(_shown(row[0]), number(row[1])) for row in answer.rows if row[0] is not None]
    return Profile(
        Basis.EXACT,
        RowCount(total, exact=True, source="count"),
        nulls=nulls / max(1, total),
        distinct=distinct,
        frequent=tuple(Frequent(one, n / total, n) for one, n in groups[:MOST_FREQUENT]),
    )


def _ends(
    lane: Lane,
    column: Column,
    value: ColumnElement[object],
    numbers: ColumnElement[object] | None,
) -> dict[str, ColumnElement[object]]:
    """What is asked of all values at once, by name."""
    wanted: dict[str, ColumnElement[object]] = {}
    if column.kind in _WITH_ENDS:
        wanted["least"] = lane.backend.shown(column, func.min(value))
        wanted["most"] = lane.backend.shown(column, func.max(value))
    if column.kind is ColumnKind.TEXT:
        length = func.length(lane.backend.as_text(column, value))
        wanted["shortest"], wanted["longest"] = func.min(length), func.max(length)
        wanted["length"] = func.avg(length)
    if numbers is not None:
        wanted["low"], wanted["high"] = func.min(numbers), func.max(numbers)
        # Whole numbers have bars of whole numbers.
        wanted["broken"] = func.max(case((numbers != func.round(numbers), _ONE), else_=_NONE))
    return wanted


def _with_ends(profile: Profile, found: dict[str, Value]) -> tuple[Profile, tuple[float, ...]]:
    """The profile with them, and where bars of a histogram begin."""
    profile = replace(
        profile,
        least=_shown(found.get("least")),
        most=_shown(found.get("most")),
        are_ends_estimated=False,
    )
    if found.get("longest") is not None:
        shortest, longest = number(found["shortest"]), number(found["longest"])
        profile = replace(profile, lengths=(shortest, float(str(found["length"])), longest))
    if found.get("low") is None:
        return profile, ()
    low, high = float(str(found["low"])), float(str(found["high"]))
    return profile, edges(low, high, is_whole=number(found["broken"] or 0) == 0)


def _counting(
    lane: Lane, numbers: ColumnElement[object], begins: tuple[float, ...]
) -> list[ColumnElement[object]]:
    """How many numbers lie in each bar, counted by the comparisons that bars promise."""
    counted: list[ColumnElement[object]] = []
    last = len(begins) - 2
    for place, (low, high) in enumerate(pairwise(begins)):
        holds = numbers >= lane.backend.bind(low, None)
        if place < last:
            holds &= numbers < lane.backend.bind(high, None)
        counted.append(func.sum(case((holds, _ONE), else_=_NONE)).label(f"b{place}"))
    return counted


# -- asking ----------------------------------------------------------------------------------------


def _where(
    lane: Lane, subject: ProfiledColumn, rows: FromClause
) -> tuple[ColumnElement[bool], ...]:
    return Filtering(subject.table, rows, lane.backend).all(subject.filters)


async def _asked(lane: Lane, subject: ProfiledColumn, statement: Any) -> Fetched:  # noqa: ANN401 see _grouping
    return await ask_filtered(
        lane, subject.table, subject.filters, lambda connection: fetch(connection, statement)
    )


def _shown(value: Value) -> Value:
    return shortened(value) if isinstance(value, str | bytes) else value
