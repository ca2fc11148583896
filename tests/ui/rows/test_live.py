"""Rows that follow the database: read again when others wrote, what changed is marked once."""

import pytest
from textual.geometry import Region

from studio.ui.rows import live as live_rows
from studio.ui.rows.pane import RowsPane
from tests.postgres import run_sql
from tests.scenes import settle
from tests.ui.rows.test_others_write import elsewhere, look, title
from tests.ui.test_browse import column, press, tab

SMALL = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT, n INTEGER)",
    "INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2), (3, 'three', 3)",
)


@pytest.fixture(autouse=True)
def looks_only_when_told(monkeypatch):
    """However slow the machine is."""
    monkeypatch.setattr(live_rows, "_TICK_S", 3600.0)
    monkeypatch.setattr(live_rows, "_SHOWN_S", 3600.0)


def lines(pilot) -> list[str]:
    grid = tab(pilot).rows.grid
    return [strip.text for strip in grid.render_lines(Region(0, 0, *grid.size))]


def live(pilot) -> live_rows.Live:
    return tab(pilot).query_one(RowsPane).live


async def look_live(pilot):
    """What it does each second, now."""
    await live(pilot).look()
    await settle(pilot)


async def test_what_others_write_shows_and_is_marked_once(open_app, sqlite_file):
    path = sqlite_file(*SMALL)
    async with open_app(path, table="t") as pilot:
        await press(pilot, "L")
        assert title(pilot) == "3 rows · live"
        elsewhere(
            path,
            "UPDATE t SET note = 'zwei' WHERE id = 2",
            "DELETE FROM t WHERE id = 3",
            "INSERT INTO t VALUES (4, 'four', 4)",
        )
        await look(pilot)
        await look_live(pilot)
        assert column(pilot, "note") == ["one", "zwei", "four"]
        shown = lines(pilot)
        assert "•" not in shown[1]
        assert "•zwei" in shown[2]
        assert shown[2].count("•") == 1
        assert shown[3].count("•") == 3
        assert title(pilot) == "3 rows · live: 1 changed, 1 new, 1 gone"
        live(pilot)._clear()
        assert not any("•" in line for line in lines(pilot))


async def test_nothing_is_read_while_nothing_is_written(open_app, sqlite_file, monkeypatch):
    async with open_app(sqlite_file(*SMALL), table="t") as pilot:
        await press(pilot, "L")
        monkeypatch.setattr(tab(pilot).rows, "refresh_rows", None)
        await look(pilot)
        await look_live(pilot)


async def test_it_waits_while_something_is_staged(open_app, sqlite_file):
    path = sqlite_file(*SMALL)
    async with open_app(path, table="t") as pilot:
        await press(pilot, "L", "right", "e", "text:!", "enter")
        assert title(pilot).endswith("live, paused: changes are staged")
        elsewhere(path, "UPDATE t SET note = 'zwei' WHERE id = 2")
        await look(pilot)
        await look_live(pilot)
        assert column(pilot, "note") == ["one", "two", "three"]
        await press(pilot, "u")
        await look_live(pilot)
        assert column(pilot, "note") == ["one", "zwei", "three"]


async def test_l_again_stops_it(open_app, sqlite_file):
    path = sqlite_file(*SMALL)
    async with open_app(path, table="t") as pilot:
        await press(pilot, "L", "L")
        elsewhere(path, "DELETE FROM t WHERE id = 1")
        await look(pilot)
        await look_live(pilot)
        assert column(pilot, "id") == [1, 2, 3]
        assert title(pilot).endswith("database changed since: R")


async def test_it_follows_postgresql_by_asking_ever_less_often(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE t (id int PRIMARY KEY, n float8);"
        "INSERT INTO t VALUES (1, 'nan'), (2, 2), (3, 3)",
    )
    async with open_app(postgres, table="t") as pilot:
        followed = live(pilot)
        await press(pilot, "L")
        before = lines(pilot)
        pauses = []
        for _ in range(3):
            await look_live(pilot)
            pauses.append(followed._pause_s)
        assert live_rows._LEAST_S < pauses[0] <= pauses[1] <= pauses[2], "a NaN is no change"
        assert lines(pilot) == before
        run_sql(postgres, "UPDATE t SET n = 20 WHERE id = 2; INSERT INTO t VALUES (4, 4)")
        await look_live(pilot)
        assert column(pilot, "id") == ["1", "2", "3", "4"]
        assert "•" in lines(pilot)[2]
        assert "live: 1 changed, 1 new" in title(pilot)


async def test_it_ends_with_its_tab(open_app, sqlite_file):
    path = sqlite_file(*SMALL)
    async with open_app(path, table="t") as pilot:
        await press(pilot, "L")
        timer = live(pilot)._timer
        await press(pilot, "x")
        assert timer is not None
        assert timer._task is None or timer._task.done()
