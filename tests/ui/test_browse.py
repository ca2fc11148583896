"""Reading rows with the keyboard, on real files."""

import atexit
import sqlite3

import pytest
from textual.widgets import Input, Static

from studio.model.page import Shortened
from studio.ui.rows.relations import RelationPick
from studio.ui.rows.tab import BrowseTab
from studio.ui.shell.main import MainScreen
from studio.ui.shell.status_line import StatusLine
from studio.ui.shell.top_line import TopLine
from studio.ui.values.value import ValueScreen
from studio.ui.widgets.grid import Grid
from tests.scenes import answerable, settle


async def press(pilot, *keys):
    """Press keys one by one; `text:…` is typed in one go."""
    for key in keys:
        typed = key.removeprefix("text:")
        await answerable(pilot)
        await pilot.press(*(typed if typed != key else [key]))
        await settle(pilot)


def main(pilot) -> MainScreen:
    return next(s for s in pilot.app.screen_stack if isinstance(s, MainScreen))


def tab(pilot) -> BrowseTab:
    shown = main(pilot).tab_stack.current
    assert isinstance(shown, BrowseTab)
    return shown


def column(pilot, name: str) -> list[object]:
    """The values of a column of the rows on the screen."""
    pane = tab(pilot).rows
    index = [c.name for c in pane.table.columns].index(name)
    rows = (pane.window.row(i) for i in pane.grid.visible_rows)
    return [row.values[index] for row in rows if row is not None]


async def test_the_most_telling_table_is_shown(open_app, demo):
    async with open_app(demo) as pilot:
        assert tab(pilot).ref.name == "messages"
        assert column(pilot, "id")[:3] == [1, 2, 3]
        assert main(pilot).query_one(TopLine).label == "demo.db"
        assert isinstance(pilot.app.focused, Grid)


async def test_sort_goes_up_down_and_away(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        first = column(pilot, "email")
        await press(pilot, "right", "right", "s")
        names = column(pilot, "name")
        assert names == sorted(names)
        await press(pilot, "s")
        names = column(pilot, "name")
        assert names == sorted(names, reverse=True)
        await press(pilot, "s")
        assert column(pilot, "email") == first


async def test_a_typed_filter_keeps_what_it_says(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        await press(pilot, "slash", "text:role = admin", "enter")
        assert {len(str(role)) for role in column(pilot, "role")} == {5}
        with sqlite3.connect(f"file:{demo}?immutable=1", uri=True) as connection:
            (count,) = connection.execute(
                "SELECT count(*) FROM users WHERE role = 'admin'"
            ).fetchone()
        connection.close()
        await press(pilot, "C")
        assert tab(pilot).rows.count_text == f"{count:,}"
        await press(pilot, "F")
        assert len(set(column(pilot, "role"))) > 1


async def test_a_wrong_filter_says_what_is_wrong_and_keeps_the_rows(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        before = column(pilot, "id")
        await press(pilot, "slash", "text:created_at > soon and", "enter")
        pane = tab(pilot).rows
        assert pane.problem.is_shown
        assert str(pane.query_one("#problem", Static).content).strip()
        still = column(pilot, "id")
        assert still == before[: len(still)]
        assert still
        await press(pilot, "escape")
        assert not pane.filter_bar.is_typing
        assert not pane.problem.is_shown


async def test_where_is_said_once(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        label = tab(pilot).rows.filter_bar.query_one("#where", Static)
        await press(pilot, "slash", "text:where length(name) > 3")
        assert str(label.content) == "sql"
        await press(pilot, "enter")
        assert str(label.content) == "sql"
        await press(pilot, "slash", "ctrl+u", "text:name ~ where", "enter")
        assert str(label.content) == "where"


async def test_leaving_a_wrong_filter_brings_back_the_one_the_rows_have(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        pane = tab(pilot).rows
        await press(pilot, "slash", "text:role = admin", "enter")
        await press(pilot, "slash", "text: and and", "enter")
        assert pane.problem.is_shown
        await press(pilot, "escape", "slash")
        assert pane.query_one("#filter", Input).value == "role = admin"
        assert {len(str(role)) for role in column(pilot, "role")} == {5}


async def test_filter_by_cell_takes_the_value_under_the_cursor(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        await press(pilot, "right", "right", "right")
        role = tab(pilot).rows.grid.cell().value
        await press(pilot, "f")
        assert set(column(pilot, "role")) == {role}
        assert tab(pilot).rows.query_one("#filter", Input).value == f"role = {role}"


async def test_filter_by_cell_takes_values_the_column_would_misread(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, c INTEGER)",
        "INSERT INTO t VALUES (1, 'abc'), (2, x'00'), (3, CAST(x'ff0a' AS TEXT)), "
        "(4, 5), (5, 1e999)",
    )
    async with open_app(path, table="t") as pilot:
        for row in range(5):
            await press(pilot, "g", "g", *["down"] * row, "home", "right", "f")
            assert column(pilot, "id") == [row + 1]
            # What the bar shows may be sent again as it is.
            await press(pilot, "slash", "enter")
            assert column(pilot, "id") == [row + 1]
            await press(pilot, "F")


async def test_filter_by_cell_takes_the_whole_of_a_long_value(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, c TEXT)",
        "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 5) SELECT i, replace(hex(zeroblob(4500)), '0', 'x') || i FROM n",
        "INSERT INTO t VALUES (6, hex(zeroblob(50000)))",
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "down", "right", "f")
        assert column(pilot, "id") == [2]
        await press(pilot, "F", "G", "f")
        assert column(pilot, "id") == [1, 2, 3, 4, 5, 6]


async def test_filter_by_a_null_cell_finds_nulls(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t (v) VALUES (NULL), ('x'), (NULL), ('')",
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "right", "f")
        assert column(pilot, "v") == [None, None]


async def test_last_and_first_row(open_app, demo):
    async with open_app(demo, table="messages") as pilot:
        await press(pilot, "G")
        with sqlite3.connect(f"file:{demo}?immutable=1", uri=True) as connection:
            (last,) = connection.execute("SELECT max(id) FROM messages").fetchone()
        connection.close()
        assert column(pilot, "id")[-1] == last
        await press(pilot, "g", "g")
        assert column(pilot, "id")[0] == 1


async def test_a_whole_value_is_read_when_the_page_has_only_its_head(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (1, replace(hex(zeroblob(50000)), '00', 'ab\x1b['))",
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "right")
        assert isinstance(tab(pilot).rows.grid.cell().value, Shortened)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ValueScreen)
        await press(pilot, "escape")
        assert isinstance(pilot.app.focused, Grid)


async def test_following_a_key_and_coming_back(open_app, demo):
    async with open_app(demo, table="sessions") as pilot:
        user = column(pilot, "user_id")[0]
        await press(pilot, "right", "r")
        assert isinstance(pilot.app.screen, RelationPick)
        await press(pilot, "enter")
        assert tab(pilot).ref.name == "users"
        assert column(pilot, "id") == [user]
        await press(pilot, "backspace")
        assert tab(pilot).ref.name == "sessions"
        assert isinstance(pilot.app.focused, Grid)


async def test_structure_and_back(open_app, demo):
    async with open_app(demo, table="messages") as pilot:
        await press(pilot, "g", "s")
        assert tab(pilot).query_one("ContentSwitcher").current == "structure"
        await press(pilot, "g", "d")
        assert isinstance(pilot.app.focused, Grid)


async def test_go_to_any_table_by_a_few_letters(open_app, demo):
    async with open_app(demo) as pilot:
        await press(pilot, "t", "text:convstat", "enter")
        assert tab(pilot).ref.name == "conversation_stats"


async def test_copy_puts_the_row_on_the_clipboard_and_nowhere_else(
    open_app, demo, tmp_path, monkeypatch
):
    monkeypatch.setenv("TERM", "xterm-256color")
    async with open_app(demo, table="projects") as pilot:
        await press(pilot, "y", "r")
        assert pilot.app.clipboard.split("\t")[0] == "1"
        assert not (tmp_path / "state" / "clipboard.txt").exists()


async def test_what_the_terminal_cannot_take_is_in_a_private_file_until_the_end(
    open_app, demo, tmp_path, monkeypatch
):
    ends = []
    monkeypatch.setattr(atexit, "register", lambda *call: ends.append(call))
    monkeypatch.setenv("TERM", "linux")
    async with open_app(demo, table="projects") as pilot:
        await press(pilot, "y", "r")
        kept = tmp_path / "state" / "clipboard.txt"
        assert kept.read_text().split("\t")[0] == "1"
        assert kept.stat().st_mode & 0o077 == 0
        ((remove, path),) = [call for call in ends if kept in call]
        remove(path)
        assert not kept.exists()


async def test_the_place_is_on_the_last_line(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        await press(pilot, "down", "down")
        assert main(pilot).query_one(StatusLine).place.startswith("row 3 of ")


async def test_an_empty_table_says_so(open_app, sqlite_file):
    path = sqlite_file("CREATE TABLE bare (a, b)")
    async with open_app(path, table="bare") as pilot:
        assert main(pilot).query_one(StatusLine).place == "no rows"


async def test_a_database_without_tables_is_no_failure(open_app, sqlite_file):
    async with open_app(sqlite_file("SELECT 1")) as pilot:
        assert main(pilot).tab_stack.current is None


@pytest.mark.parametrize("size", [(80, 24), (300, 100), (40, 10)])
async def test_any_size_works_and_resizing_does(open_app, demo, size):
    async with open_app(demo, size=size, table="messages") as pilot:
        await press(pilot, "pagedown", "end")
        await pilot.resize_terminal(100, 30)
        await press(pilot, "pageup", "home")
        assert column(pilot, "id")


async def test_a_missing_table_is_said_and_another_shown(open_app, demo):
    async with open_app(demo, table="nope") as pilot:
        assert tab(pilot).ref.name == "agents"


async def test_tabs_open_once_and_close(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        await press(pilot, "t", "text:sessions", "enter")
        await press(pilot, "t", "text:users", "enter")
        tab_stack = main(pilot).tab_stack
        assert [t.tab_title for t in tab_stack.tabs] == ["users", "sessions"]
        await press(pilot, "x")
        assert [t.tab_title for t in tab_stack.tabs] == ["sessions"]
        await press(pilot, "x")
        assert tab_stack.tabs == ()


async def test_hostile_names_and_values_stay_text(open_app, sqlite_file):
    path = sqlite_file(
        'CREATE TABLE "[red]x[/]\x1b]0;hi\x07" ("a""b" TEXT, "" TEXT, "c\nd" TEXT)',
        "INSERT INTO \"[red]x[/]\x1b]0;hi\x07\" VALUES ('[bold]', '\x1b[2J', char(10, 13, 0))",
    )
    async with open_app(path) as pilot:
        assert column(pilot, 'a"b') == ["[bold]"]
        await press(pilot, "g", "s")
        await press(pilot, "g", "d")
        await press(pilot, "space", "right", "enter")
        text = pilot.app.export_screenshot()
        assert "\x1b" not in text
        assert "\x07" not in text


async def test_a_table_of_two_thousand_columns(open_app, sqlite_file):
    names = ", ".join(f"c{i}" for i in range(2000))
    path = sqlite_file(
        f"CREATE TABLE wide ({names})",
        "INSERT INTO wide (c0, c1999) VALUES ('first', 'last')",
    )
    async with open_app(path, table="wide") as pilot:
        await press(pilot, "end")
        assert tab(pilot).rows.grid.cell().value == "last"


async def test_a_slow_page_is_stopped_by_escape_and_the_lane_works_on(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        "INSERT INTO t VALUES (1), (2)",
        "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i FROM n WHERE i < 0",
    )
    async with open_app(path, table="t") as pilot:
        await pilot.press("t", *"endless", "enter")
        pane = None
        for _ in range(200):
            await pilot.pause()
            shown = main(pilot).tab_stack.current
            if isinstance(shown, BrowseTab) and shown.ref.name == "endless":
                pane = shown.rows
                if pane.is_reading:
                    break
        assert pane is not None
        assert pane.is_reading
        await pilot.press("escape")
        await settle(pilot)
        assert not pane.is_reading
        await press(pilot, "1")
        assert column(pilot, "id") == [1, 2]


async def test_sql_that_the_engine_refuses_is_said_at_its_place(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        await press(pilot, "slash", "text:where nope > 5", "enter")
        shown = pilot.app.screen.query_one("#problem", Static).render()
        assert "no such column: nope" in str(shown)
        assert "character 7" in str(shown)
        await press(pilot, "slash", "ctrl+u", "text:where length(role) = 5", "enter")
        assert {len(str(role)) for role in column(pilot, "role")} == {5}
        assert not pilot.app.screen.query_one("#problem", Static).display


async def test_half_way_is_half_way_under_a_filter_and_an_order(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id integer PRIMARY KEY, kind text, n integer)",
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000)"
        " INSERT INTO t SELECT i, iif(i % 3 = 0, 'a', 'b'), 20000 - i FROM c",
    )
    async with open_app(path, table="t", where="kind = a", order="n") as pilot:
        pane = tab(pilot).rows
        assert pane.count_text == "6,666"
        await press(pilot, "percent_sign", "text:50%", "enter")
        assert pane.place.startswith("row 3,333 of 6,666")
        assert pane.source.row(pane.grid.cursor[0])[2] == 2 + 3 * 3332
        await press(pilot, "G")
        assert pane.place.startswith("row 6,666 of 6,666")


async def test_a_percentage_of_what_was_not_counted_is_refused(open_app, sqlite_file, monkeypatch):
    monkeypatch.setattr("studio.ui.rows.row_counter._COUNT_S", 0.0)
    path = sqlite_file(
        "CREATE TABLE t (id integer PRIMARY KEY, kind text)",
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 5000)"
        " INSERT INTO t SELECT i, iif(i % 3 = 0, 'a', 'b') FROM c",
    )
    async with open_app(path, table="t", where="kind = a") as pilot:
        pane = tab(pilot).rows
        assert pane.count_text == ""
        await press(pilot, "percent_sign", "text:50%", "enter")
        assert pane.place.startswith("row 1 ")
        assert any("C counts them" in one.message for one in pilot.app._notifications)
        await press(pilot, "C")
        assert pane.count_text == "1,666"
        await press(pilot, "percent_sign", "text:50%", "enter")
        assert pane.place.startswith("row ~833 of 1,666")


async def test_f_on_a_node_of_json_keeps_the_rows_that_have_it(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, doc JSON)",
        """INSERT INTO t VALUES (1, '{"a": {"kind": "x"}, "n": 1}'),
            (2, '{"a": {"kind": "y"}}'), (3, '{"a": {"kind": "x"}}'), (4, NULL)""",
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "right", "enter", "down", "down", "f")
        assert column(pilot, "id") == [1, 3]
        assert tab(pilot).rows.query_one("#filter", Input).value == "doc ->> '$.a.kind' = x"
        await press(pilot, "slash", "enter")
        assert column(pilot, "id") == [1, 3]
        await press(pilot, "F", "enter", "end", "up", "f")
        assert column(pilot, "id") == [1]
        await press(pilot, "enter", "f")
        assert column(pilot, "id") == [1], "the whole is no place in it"
