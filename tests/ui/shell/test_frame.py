"""The frame: keys that come fast, questions, themes."""

import sqlite3
from collections import Counter
from contextlib import closing

from textual import events
from textual.widgets import Input

from studio.ui.shell.catalog_lines import short_count
from studio.ui.shell.go_to import GoTo
from studio.ui.shell.main import MainScreen
from studio.ui.widgets.grid import Grid
from tests.scenes import settle


def at_once(pilot, *keys):
    """Keys as a fast typist, or a paste into the terminal, sends them: none waits for another."""
    for key in keys:
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_text_typed_with_the_key_that_opens_a_question_is_not_lost(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        at_once(pilot, "t", *"sess", "enter")
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, MainScreen)
        assert screen.tab_stack.current.tab_title == "sessions"


async def test_a_question_has_all_its_letters(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        at_once(pilot, "t", *"conv")
        await settle(pilot)
        assert isinstance(pilot.app.screen, GoTo)
        assert pilot.app.screen.query_one(Input).value == "conv"


async def test_chords_typed_at_once_are_chords(open_app, demo):
    async with open_app(demo, table="messages") as pilot:
        await pilot.press("pagedown")
        at_once(pilot, "g", "g", "down")
        await settle(pilot)
        grid = pilot.app.focused
        assert isinstance(grid, Grid)
        assert grid.cursor[0] == 1


async def test_a_key_after_the_enter_that_sends_a_filter_is_not_part_of_it(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        at_once(pilot, "slash", *"role=admin", "enter", "T")
        await settle(pilot)
        tab_stack = pilot.app.screen.tab_stack
        assert [tab.tab_title for tab in tab_stack.tabs] == ["users", "query 1"]
        assert tab_stack.tabs[0].query_one("#filter", Input).value == "role = admin"


async def test_a_theme_is_switched_live_and_remembered(open_app, demo, tmp_path):
    async with open_app(demo, table="users") as pilot:
        at_once(pilot, "ctrl+p", *"theme nord", "enter")
        await settle(pilot)
        assert pilot.app.theme == "nord"
    assert "nord" in (tmp_path / "state" / "remembered.json").read_text()


async def test_the_palette_begins_with_what_people_do_and_ends_with_moves(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        titles = [entry.title for entry in pilot.app.screen.offered]
        assert titles[:3] == ["The whole value", "Edit the cell, or the marked rows' column",
                              "The whole record, beside the rows"]  # fmt: skip
        assert titles.index("Next row") > titles.index("Quit")
        assert titles.index("Next pane") > titles.index(
            "Keep this column at the left, or let it scroll"
        )
        assert titles.index("Table users") > titles.index("Next row")
        assert [t for t, times in Counter(titles).items() if times > 1] == []


async def test_the_catalog_says_how_many_rows_each_table_has(open_app, demo):
    async with open_app(demo) as pilot:
        tree = pilot.app.screen.tree_pane
        lines = [tree.render_line(y).text.split() for y in range(tree.size.height)]
    shown = {words[1]: words[2:] for words in lines if len(words) > 1}
    with closing(sqlite3.connect(demo)) as connection:
        tables = ("agents", "messages", "projects", "users")
        rows = {t: connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}
    assert {table: shown[table] for table in tables} == {
        table: [short_count(count, exact=count <= 200)] for table, count in rows.items()
    }
    assert min(rows.values()) <= 200 < max(rows.values())
