"""Vim's keys in the editor of a query tab; what each does is tested without a screen."""

from studio.config.settings import Settings
from studio.ui.query.find import FindText
from studio.ui.shell.status_line import StatusLine
from tests.scenes import settle
from tests.ui.test_query import asked, main, open_query, rows, run, tab, until, write

ON = Settings(vim="on")


async def keys(pilot, *pressed):
    await pilot.press(*pressed)
    await settle(pilot)


def place(pilot):
    return tab(pilot).tab_place


async def test_letters_are_commands_until_text_is_inserted(open_app, sqlite_file):
    async with open_app(sqlite_file("CREATE TABLE t (a)"), settings=ON) as pilot:
        await open_query(pilot)
        editor = tab(pilot).editor
        write(pilot, "select 1 as one, 2 as two")
        await keys(pilot, "0", "w", "c", "w")
        assert place(pilot).startswith("insert · line 1, column 8")
        await keys(pilot, "7", "escape")
        assert editor.text == "select 7 as one, 2 as two"
        assert place(pilot).startswith("normal · ")
        await keys(pilot, "q", "Z", "question_mark")
        assert editor.text == "select 7 as one, 2 as two"
        assert main(pilot).tab_stack.current is tab(pilot)
        await keys(pilot, "v", "l", "d")
        assert editor.text == "select as one, 2 as two"
        await keys(pilot, "u")
        assert editor.text == "select 7 as one, 2 as two"
        await keys(pilot, "A", *" -- q?", "escape", "y", "y", "p", "2", "d")
        assert place(pilot).startswith("normal d · ") or place(pilot).startswith("normal 2 · ")
        await keys(pilot, "escape", "u")
        await run(pilot)
        assert rows(pilot) == [(7, 2)]


async def test_finding_and_running_are_the_editors_own(open_app, sqlite_file):
    async with open_app(sqlite_file("CREATE TABLE t (a)"), settings=ON) as pilot:
        await open_query(pilot)
        editor = tab(pilot).editor
        write(pilot, "select 1 -- one\n, 2 -- one")
        await keys(pilot, "g", "g", "slash")
        await asked(pilot, FindText)
        await keys(pilot, *"one", "escape")
        await keys(pilot, "g", "g", "n")
        assert editor.cursor_location == (0, 12)
        await keys(pilot, "n")
        assert editor.cursor_location == (1, 7)
        await keys(pilot, "N")
        assert editor.cursor_location == (0, 12)


async def test_without_the_setting_letters_are_typed(open_app, sqlite_file):
    async with open_app(sqlite_file("CREATE TABLE t (a)")) as pilot:
        await open_query(pilot)
        await keys(pilot, *"dd")
        assert tab(pilot).editor.text == "dd"
        assert "normal" not in place(pilot)
        tab(pilot).action_vim()
        await keys(pilot, *"dd")
        assert tab(pilot).editor.text == ""
        line = main(pilot).query_one(StatusLine)
        await until(pilot, lambda: "normal" in str(line.render()))
