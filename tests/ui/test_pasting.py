"""Where pasted text goes, as a field there can hold it."""

import asyncio

import pytest
from textual.events import Key, Paste
from textual.widgets import Input

from studio.ui.editing.editors.base import CellEditor
from studio.ui.keys.arrivals import is_arriving
from studio.ui.keys.pasting import MOST_TYPED
from studio.ui.query.tab import QueryTab
from studio.ui.widgets.labels import one_line
from tests.scenes import settle
from tests.ui.editing.driving import USERS, notices, shown, signs, staging
from tests.ui.test_browse import main, press, tab


async def paste(pilot, text: str) -> None:
    pilot.app.post_message(Paste(text).set_sender(pilot.app))
    await settle(pilot)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\n", "a b"),
        ("\n\na\tb\n", "a b"),
        ("\x1b[31mred\x1b[0m\x07\x7f\x9b", "[31mred[0m"),
        ("日本\u2028é", "日本 é"),
        ("\n", ""),
        ("", ""),
    ],
)
def test_one_line_holds_no_line_ends_and_nothing_that_steers(text, line):
    assert one_line(text) == line


async def test_a_cell_keeps_what_was_pasted_and_draws_it_as_symbols(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "right", "e")
        await paste(pilot, "\x1b[0m\x07!")
        editor = pilot.app.screen
        assert isinstance(editor, CellEditor)
        assert editor.field.get_line(0).plain == "Ada␛[0m␇!"
        await press(pilot, "enter")
        assert shown(pilot, 0)[1] == "Ada\x1b[0m\x07!"


async def test_a_paste_beside_the_rows_stages_nothing(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        main(pilot).tree_pane.focus()
        await paste(pilot, "4\tFay\t30")
        await press(pilot, "escape")
        tab(pilot).focus_content()
        await press(pilot, "space", "tab")
        assert not tab(pilot).rows.grid.has_focus
        await paste(pilot, "4\tFay\t30")
        assert not len(staging(pilot).changes)
        tab(pilot).rows.focus_grid()
        await settle(pilot)
        await paste(pilot, "4\tFay\t30\n")
        assert signs(pilot).count("+") == 1


async def test_an_empty_paste_changes_nothing(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "slash")
        await paste(pilot, "")
        assert isinstance(pilot.app.focused, Input)
        await press(pilot, "escape")
        await paste(pilot, "")
        assert not len(staging(pilot).changes)


async def test_a_paste_too_large_to_work_with_is_told(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "T")
        query = main(pilot).tab_stack.current
        assert isinstance(query, QueryTab)
        await paste(pilot, "x" * (MOST_TYPED + 1))
        assert query.editor.text == ""
        assert "too many to paste" in notices(pilot)


async def test_a_tab_has_arrived_when_the_focus_is_there_and_not_before(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        pilot.app.post_message(Key("T", "T").set_sender(pilot.app))
        async with asyncio.timeout(30):
            while not isinstance(main(pilot).tab_stack.current, QueryTab) or is_arriving(pilot.app):
                await asyncio.sleep(0)
        query = main(pilot).tab_stack.current
        assert isinstance(query, QueryTab)
        assert pilot.app.focused is query.editor
