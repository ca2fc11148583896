"""What the values of a column are like, on both engines."""

from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.backends.base import Purpose
from studio.db.session import Session
from studio.db.url import parse
from studio.model.catalog import TableRef
from studio.model.page import Filter, Operator
from studio.model.profile import Basis
from studio.rows.bars import edges, weighed_bars
from studio.rows.profile import HEAD_ROWS, ProfiledColumn, look, measure
from studio.rows.shapes import shape_of
from tests.rows.places import Place


@pytest.fixture
async def session(place: Place) -> AsyncIterator[Session]:
    """studio's own way to the place."""
    opened = await Session.open(parse(place.address))
    yield opened
    await opened.close()


async def subject(session: Session, name: str, filters=()) -> ProfiledColumn:
    table = await session.table(TableRef(None, "t"))
    return ProfiledColumn(table, table.column(name), filters)


MANY = "SELECT i, i % 7, CASE WHEN i % 10 = 0 THEN NULL ELSE 'v' || (i % 3) END FROM n"


def many(place: Place, rows: int) -> None:
    """`t(id, n, word)`: n is 0 to 6, every tenth word NULL, the others v0, v1 and v2."""
    place.make("id integer PRIMARY KEY, n integer, word text", [])
    place.run(
        "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        f"WHERE i < {rows}) {MANY}"
    )


async def test_every_row_counts(place: Place, session: Session) -> None:
    many(place, 2_000)
    lane = session.lane(Purpose.BROWSE)
    words = await measure(lane, await subject(session, "word"))
    held = [None if i % 10 == 0 else f"v{i % 3}" for i in range(1, 2001)]
    counted = Counter(one for one in held if one is not None)
    assert words.basis is Basis.EXACT
    assert words.rows is not None
    assert (words.rows.rows, words.distinct, words.nulls) == (2000, 3, 0.1)
    assert {one.value: one.rows for one in words.frequent} == counted
    assert (words.least, words.most, words.lengths) == ("v0", "v2", (2, 2.0, 2))
    assert [one.pattern for one in words.shapes] == ["a9"]
    numbers = await measure(lane, await subject(session, "n"))
    assert [(bar.first, bar.last) for bar in numbers.bars] == [(i, i + 1) for i in range(7)]
    assert sum(bar.share for bar in numbers.bars) == pytest.approx(1)
    assert numbers.bars[3].share == sum(i % 7 == 3 for i in range(1, 2001)) / 2000


async def test_only_the_rows_that_a_filter_keeps(place: Place, session: Session) -> None:
    many(place, 500)
    filters = (Filter("n", Operator.LESS, 2 if place.name == "sqlite" else "2"),)
    lane = session.lane(Purpose.BROWSE)
    kept = await subject(session, "n", filters)
    for profile in (await measure(lane, kept), await look(lane, kept)):
        assert {str(one.value) for one in profile.frequent} == {"0", "1"}
        assert profile.rows is not None
        assert profile.rows.rows == sum(i % 7 < 2 for i in range(1, 501))


async def test_a_large_table_is_looked_at_by_statistics_or_by_its_first_rows(
    place: Place, session: Session
) -> None:
    many(place, 60_000)
    lane = session.lane(Purpose.BROWSE)
    head = await look(lane, await subject(session, "word"))
    assert head.basis is Basis.HEAD
    assert head.rows is not None
    assert head.rows.rows == HEAD_ROWS
    place.run("CREATE INDEX t_word ON t (word)")
    place.run("ANALYZE t")
    known = await look(lane, await subject(session, "word"))
    if place.name == "sqlite":
        assert (known.basis, known.distinct) == (Basis.HEAD, 4)
        return
    assert (known.basis, known.distinct) == (Basis.STATISTICS, 3)
    assert known.nulls == pytest.approx(0.1, abs=0.01)
    assert {one.value for one in known.frequent} == {"v0", "v1", "v2"}
    numbers = await look(lane, await subject(session, "n"))
    assert (numbers.least, numbers.most) == ("0", "6")
    assert sum(bar.share for bar in numbers.bars) == pytest.approx(1, abs=0.01)


async def test_an_empty_table_and_one_of_nulls(place: Place, session: Session) -> None:
    place.make("id integer PRIMARY KEY, v text", [])
    lane = session.lane(Purpose.BROWSE)
    empty = await look(lane, await subject(session, "v"))
    assert (empty.distinct, empty.frequent, empty.bars) == (0, (), ())
    place.insert([(1, None), (2, None)])
    nulls = await look(lane, await subject(session, "v"))
    assert (nulls.nulls, nulls.distinct, nulls.frequent) == (1, 0, ())


async def test_values_of_every_kind_on_postgresql(postgresql: Place) -> None:
    types = {
        "smallint": ["-32768", "32767"], "bigint": ["-9223372036854775808", "9223372036854775807"],
        "double precision": ["NaN", "Infinity", "-Infinity", "1.5", "2.5", "1e308"],
        "numeric": ["NaN", "1e400", "2", "3"], "money": ["12.50", "3"], "boolean": ["t", "f"],
        "date": ["infinity", "2024-01-01", "2024-06-01"],
        "uuid": ["00000000-0000-0000-0000-000000000001"],
        "timestamp with time zone": ["-infinity", "2024-01-01 10:00+02", "0044-03-15 00:00+00 BC"],
        "json": ['{"a": 1}', '{"a": 1}'], "jsonb": ['{"a": 1}'], "bytea": ["\\x00ff"],
        "integer[]": ["{1,2}", "{}"], "inet": ["10.0.0.1"], "point": ["(1,2)"],
        "interval": ["1 day"],
        "int4range": ["[1,2)"], "oid": ["5"], "name": ["x"], '"char"': ["y"],
        "character(3)": ["ab"], "tsvector": ["a b"], "time": ["10:00"], "regclass": ["pg_class"],
    }  # fmt: skip
    body = ", ".join(f"c{i} {name}" for i, name in enumerate(types))
    postgresql.run("DROP TABLE IF EXISTS t")
    postgresql.run(f"CREATE TABLE t ({body})")
    for i, values in enumerate(types.values()):
        for value in values:
            postgresql.run(f"INSERT INTO t (c{i}) VALUES ('{value}')")
    postgresql.run("INSERT INTO t (c0) SELECT 1 FROM generate_series(1, 40000)")
    postgresql.run("ANALYZE t")
    opened = await Session.open(parse(postgresql.address))
    try:
        lane = opened.lane(Purpose.BROWSE)
        for i, (name, values) in enumerate(types.items()):
            wanted = await subject(opened, f"c{i}")
            exact, known = await measure(lane, wanted), await look(lane, wanted)
            if i:
                assert sum(one.rows or 0 for one in exact.frequent) == len(values), name
            assert known.basis is Basis.STATISTICS
    finally:
        await opened.close()


@given(
    points=st.lists(
        st.tuples(st.integers(-50, 50).map(float), st.floats(0, 1)), min_size=2, max_size=30
    ),
    bounds=st.lists(st.integers(-60, 60).map(float), max_size=20).map(sorted),
    is_whole=st.booleans(),
)
def test_bars_hold_everything_once(points, bounds, is_whole) -> None:
    found = weighed_bars(points, bounds, 0.5, is_whole=is_whole)
    every = [*(at for at, _ in points), *bounds]
    if min(every) == max(every):
        assert found == ()
        return
    rest = 0.5 if len(bounds) > 1 else 0.0
    assert sum(bar.share for bar in found) == pytest.approx(sum(s for _, s in points) + rest)
    assert all(a.last == b.first for a, b in pairwise(found))
    assert found[0].first == min(every)
    assert found[-1].last >= max(every)


def test_numbers_too_near_for_bars_have_none() -> None:
    assert edges(1.0, 1.0000000000000002, is_whole=False) == ()


def test_shapes() -> None:
    said = {
        "a@b.org": "email", "AB-1234": "A-9999", "2024-01-01": "date", "12": "whole number",
        "https://x.y/z": "url", "": "empty", "Ada Lovelace": "Aa Aa",
        "one two three four": "text of several words", "[1]": "json",
    }  # fmt: skip
    assert {text: shape_of(text) for text in said} == said
