"""The frame tells the truth: keys, places, messages, exit codes."""

import sqlite3
from contextlib import closing

import pytest

from studio.ui.shell.status_line import StatusLine
from tests.postgres import Server, run_sql
from tests.scenes import settle
from tests.terminal import Terminal
from tests.ui.test_browse import column, main, press, tab
from tests.ui.test_in_a_terminal import STUDIO, home, many_rows  # noqa: F401 a fixture


def notes(pilot) -> list[str]:
    return [n.message for n in pilot.app._notifications]


def change(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120])
async def test_a_growing_place_never_overlaps_the_keys(open_app, demo, width):
    async with open_app(demo, size=(width, 24), table="users") as pilot:
        line = main(pilot).query_one(StatusLine)
        for place in ["", "row 1 of 3 · 20 ms", "row 1", "row 1,234,567 of ~9,876,543 · 12 ms"]:
            line.place = place
            await pilot.pause()
            painted = line.render().plain
            assert painted.startswith(place)
            assert painted.endswith("? keys")
            shown = pilot.app.screen._compositor.render_strips()[-1].text
            assert shown.strip() == painted.strip()


async def test_a_column_added_meanwhile_is_shown_on_refresh(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'a'), (2, 'b')"
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "right", "s", "f")
        change(path, "ALTER TABLE t ADD COLUMN extra TEXT DEFAULT 'x'")
        await press(pilot, "R")
        assert column(pilot, "extra") == ["x"]
        change(path, "ALTER TABLE t DROP COLUMN v")
        await press(pilot, "R")
        assert column(pilot, "id") == [1, 2]
        assert not tab(pilot).rows.problem.is_shown
        assert any("a column of the filter is gone" in note for note in notes(pilot))


async def test_a_table_dropped_and_made_again(open_app, postgres):
    run_sql(postgres, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    async with open_app(postgres, table="t") as pilot:
        run_sql(postgres, "DROP TABLE t")
        await press(pilot, "R")
        assert tab(pilot).rows.problem.is_shown
        run_sql(postgres, "CREATE TABLE t (id int PRIMARY KEY, w text)")
        run_sql(postgres, "INSERT INTO t VALUES (7, 'again')")
        await press(pilot, "R")
        assert column(pilot, "w") == ["again"]
        assert not tab(pilot).rows.problem.is_shown


async def test_the_catalog_is_read_again_when_asked(open_app, sqlite_file):
    path = sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    async with open_app(path, table="t") as pilot:
        change(path, "CREATE TABLE later (id INTEGER PRIMARY KEY)")
        main(pilot).tree_pane.focus()
        await press(pilot, "R")
        await press(pilot, "t", "text:later", "enter")
        assert tab(pilot).ref.name == "later"


def test_given_up_without_a_connection_is_a_sentence_and_exit_3(home, tmp_path):  # noqa: F811
    with Terminal([*STUDIO, str(tmp_path / "none.db")], columns=80, rows=24) as terminal:
        terminal.wait_for("there is no file", timeout_s=30)
        terminal.press("escape")
        terminal.wait_for("esc again")
        terminal.press("escape")
        assert terminal.wait_exit() == 3
        assert "studio: there is no file" in terminal.text()


def test_a_connection_is_opened_again_only_when_it_is(home):  # noqa: F811
    server = Server()
    try:
        server.create()
        with server.database() as name:
            url = server.url(name)
            run_sql(url, "CREATE TABLE a (id int PRIMARY KEY)", "INSERT INTO a VALUES (41)")
            run_sql(url, "CREATE TABLE b (id int PRIMARY KEY)", "INSERT INTO b VALUES (42)")
            with Terminal([*STUDIO, url], columns=100, rows=30) as terminal:
                terminal.wait_for("row 1 of", timeout_s=30)
                server.stop()
                terminal.press("t")
                terminal.press("b", "enter")
                terminal.wait_for("no PostgreSQL answers", timeout_s=20)
                terminal.settle(0.3)
                assert "opened again" not in terminal.text()
                server.start()
                terminal.press("R")
                terminal.wait_for("42", timeout_s=20)
                terminal.wait_for("opened again", timeout_s=20)
                terminal.press("q")
                assert terminal.wait_exit() == 0
    finally:
        server.remove()


async def test_one_row_is_one_row(open_app, sqlite_file):
    path = sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    async with open_app(path, table="t") as pilot:
        await settle(pilot)
        assert "1 row" in str(tab(pilot).query_one("#title").content).split(" · ")


async def test_a_wrong_where_and_order_are_told_not_dropped(open_app, demo):
    async with open_app(demo, table="users", where="role = = x", order="-name,nope") as pilot:
        pane = tab(pilot).rows
        assert pane.problem.is_shown
        assert pane.query_one("#filter").value == "role = = x"
        names = column(pilot, "name")
        assert names == sorted(names, reverse=True)
        assert any("not sorted by nope" in note for note in notes(pilot))


async def test_the_name_typed_is_the_table_found_first(open_app, postgres):
    run_sql(postgres, "CREATE TABLE a (id int)", "CREATE TABLE b (id int)")
    async with open_app(postgres, table="a") as pilot:
        await press(pilot, "t", "text:b", "enter")
        assert tab(pilot).ref.name == "b"
