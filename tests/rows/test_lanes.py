"""Pages, counts, whole values and relations over a lane: short turns, cancellable."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from studio.backends.base import Purpose
from studio.db.lane import Lane
from studio.db.session import Session
from studio.db.url import parse
from studio.model.catalog import Table, TableRef
from studio.model.errors import StatementFailed, Unsupported
from studio.model.page import SHOWN_BYTES, Filter, Operator, PageKey, PageRequest, Shortened, Sort
from studio.rows.count import count, estimate
from studio.rows.pages import fetch_page
from studio.rows.related import COUNT_LIMIT, count_incoming, incoming, outgoing
from studio.rows.value import RowGone, fetch_value
from tests.patience import IN_VAIN_S
from tests.rows.places import Place


@pytest.fixture
async def session(place: Place) -> AsyncIterator[Session]:
    """studio's own way to the place."""
    opened = await Session.open(parse(place.address))
    yield opened
    await opened.close()


async def made(session: Session, name: str = "t") -> tuple[Lane, Table]:
    return session.lane(Purpose.BROWSE), await session.table(TableRef(None, name))


async def test_a_page_shows_heads_and_keeps_whole_keys(place: Place, session: Session) -> None:
    long = "é" * SHOWN_BYTES
    keys = [chr(97 + i) * 1500 + str(i) for i in range(3)]
    place.make("id varchar(2000) PRIMARY KEY, v text", [(key, long) for key in keys])
    lane, table = await made(session)
    order = (Sort("v"),)
    page = await fetch_page(lane, table, PageRequest(table.ref, order, limit=2))
    assert page.columns == ("id", "v")
    assert page.more
    assert isinstance(page.rows[0][1], Shortened)
    assert page.rows[0][1].head == "é" * (SHOWN_BYTES // 2)
    assert page.keys[1].values[0] == long
    following = PageRequest(table.ref, order, start=page.keys[1], limit=2)
    assert [row[0] for row in (await fetch_page(lane, table, following)).rows] == keys[2:]
    assert await fetch_value(lane, table, page.identities[0], "v") == long


async def test_a_key_of_another_order_is_refused(place: Place, session: Session) -> None:
    place.make("id integer PRIMARY KEY, v text", [(1, "x")])
    lane, table = await made(session)
    wrong = PageRequest(table.ref, start=PageKey((1, 2)))
    with pytest.raises(StatementFailed, match="a key of 2 values"):
        await fetch_page(lane, table, wrong)
    with pytest.raises(StatementFailed, match="no column nope"):
        await fetch_page(lane, table, PageRequest(table.ref, (Sort("nope"),)))


async def test_a_row_that_is_gone_says_so(place: Place, session: Session) -> None:
    place.make("id integer PRIMARY KEY, v text", [(1, "x")])
    lane, table = await made(session)
    assert await fetch_value(lane, table, (1,), "v") == "x"
    with pytest.raises(RowGone):
        await fetch_value(lane, table, (2,), "v")
    with pytest.raises(StatementFailed, match="no column nope"):
        await fetch_value(lane, table, (1,), "nope")


async def test_a_view_has_no_row_to_read_again(place: Place, session: Session) -> None:
    place.run("DROP VIEW IF EXISTS v")
    place.run("CREATE VIEW v AS SELECT 1 AS a")
    lane, table = await made(session, "v")
    with pytest.raises(Unsupported):
        await fetch_value(lane, table, (), "a")
    page = await fetch_page(lane, table, PageRequest(table.ref))
    assert page.identities == ((),)
    assert page.keys == ()
    place.run("DROP VIEW v")


async def test_counts(place: Place, session: Session) -> None:
    place.make("id integer PRIMARY KEY, n integer", [(i, i % 4) for i in range(400)])
    place.run("ANALYZE")
    lane, table = await made(session)
    watch = session.lane(Purpose.WATCH)
    about = await estimate(watch, table)
    assert about is not None
    assert 300 <= about.rows <= 500
    filters = (Filter("n", Operator.EQUAL, 1),)
    exact = await count(watch, table, filters)
    assert (exact.rows, exact.exact) == (100, True)
    assert (await count(watch, table)).rows == 400
    narrowed = await estimate(watch, table, filters)
    assert narrowed is None or not narrowed.exact or narrowed.rows == 100
    assert lane is not watch


async def test_a_count_stops_when_it_is_cancelled(place: Place, session: Session) -> None:
    series = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 1000000000)"
    place.run("DROP VIEW IF EXISTS endless")
    place.run(f"CREATE VIEW endless AS {series} SELECT i FROM r")
    watch = session.lane(Purpose.WATCH)
    table = await session.table(TableRef(None, "endless"))
    counting = asyncio.create_task(count(watch, table))
    while watch.running_since is None:
        await asyncio.sleep(0)
    counting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(counting, IN_VAIN_S)
    assert (await watch.fetch("SELECT 1")).rows[0][0] in {1, "1"}
    place.run("DROP VIEW endless")


async def test_relations_lead_both_ways(place: Place, session: Session) -> None:
    place.run("DROP TABLE IF EXISTS child")
    place.make("a integer, b integer, PRIMARY KEY (a, b)", [(1, 1), (1, 2)], "parent")
    place.make(
        "id integer PRIMARY KEY, x integer, y integer, FOREIGN KEY (x, y) REFERENCES parent (a, b)",
        [(i, 1, 2) for i in range(COUNT_LIMIT + 1)] + [(-1, 1, 1), (-2, None, 2)],
        "child",
    )
    catalog = await session.catalog()
    lane, child = await made(session, "child")
    _, parent = await made(session, "parent")
    (up,) = outgoing(child, {"id": 0, "x": 1, "y": 2})
    page = await fetch_page(lane, parent, up.request)
    assert [tuple(map(int, row)) for row in page.rows] == [(1, 2)]
    assert outgoing(child, {"id": -2, "x": None, "y": 2}) == ()
    (few,) = incoming(catalog, parent, {"a": 1, "b": 1})
    (many,) = incoming(catalog, parent, {"a": 1, "b": 2})
    assert (few.table.name, many.table.name) == ("child", "child")
    found = await count_incoming(lane, child, few)
    assert (found.rows, found.exact) == (1, True)
    found = await count_incoming(lane, child, many)
    assert (found.rows, found.exact) == (COUNT_LIMIT, False)
    place.run("DROP TABLE child")
    place.run("DROP TABLE parent")


SLOW = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT count(*) FROM n WHERE i < 0"
)


@pytest.mark.parametrize("purpose", [Purpose.BROWSE, Purpose.WATCH])
async def test_a_reading_statement_ends_at_its_limit_and_the_lane_works_on(
    place: Place, purpose: Purpose
) -> None:
    limited = await Session.open(replace(parse(place.address), statement_timeout_s=0.2))
    lane = limited.lane(purpose)
    with pytest.raises(StatementFailed, match=r"longer than 0\.2 s.*statement_timeout_s"):
        await asyncio.wait_for(lane.fetch(SLOW), IN_VAIN_S)
    assert [int(v) for (v,) in (await lane.fetch("SELECT 1")).rows] == [1]
    await limited.close()


async def test_a_persons_own_statement_has_no_limit(place: Place) -> None:
    limited = await Session.open(replace(parse(place.address), statement_timeout_s=0.2))
    running = asyncio.ensure_future(limited.lane(Purpose.QUERY).fetch(SLOW))
    _, waiting = await asyncio.wait([running], timeout=0.6)
    assert waiting
    running.cancel()
    await asyncio.wait([running])
    await limited.close()


async def test_the_postgresql_server_has_the_limit_too(postgresql: Place) -> None:
    limited = await Session.open(replace(parse(postgresql.address), statement_timeout_s=2))
    for purpose, says in {Purpose.BROWSE: "3s", Purpose.WATCH: "3s", Purpose.QUERY: "0"}.items():
        fetched = await limited.lane(purpose).fetch("SHOW statement_timeout")
        assert fetched.rows == ((says,),)
    await limited.close()
