"""Keys that change the text of a query tab: each is one step that can be undone."""

import pytest
from textual.widgets import Input, Static
from textual.widgets.text_area import Selection

from studio.ui.query.find import FindText
from tests.scenes import settle
from tests.ui.test_query import open_query, said, tab, until, write

THREE = "select 1;\n  select 2;\n\nselect 3"


@pytest.fixture
def small(sqlite_file):
    return sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY)")


def editor(pilot):
    return tab(pilot).editor


async def opened(pilot, text=THREE, cursor=0):
    await open_query(pilot)
    write(pilot, text, cursor)
    await pilot.pause()


async def find(pilot, text) -> FindText:
    await pilot.press("ctrl+f")
    await until(pilot, lambda: isinstance(pilot.app.screen, FindText))
    await pilot.press(*text)
    await pilot.pause()
    return pilot.app.screen


def count(screen) -> str:
    return str(screen.query_one("#count", Static).content)


async def test_typing_finds_and_enter_goes_on_round_the_end(open_app, small):
    async with open_app(small) as pilot:
        await opened(pilot)
        screen = await find(pilot, "SELECT")
        assert count(screen) == "1 of 3"
        assert editor(pilot).selected == (0, 6)
        for key, place in (("enter", 12), ("down", 23), ("enter", 0), ("up", 23), ("up", 12)):
            await pilot.press(key)
            assert editor(pilot).selected[0] == place
        await pilot.press("ctrl+t")
        assert count(screen) == "not found"
        await pilot.press("escape")
        await settle(pilot)
        assert editor(pilot).has_focus
        await pilot.press("f3")
        assert said(pilot) == "not found"


async def test_patterns_and_replacing_all_is_one_step_back(open_app, small):
    async with open_app(small) as pilot:
        await opened(pilot)
        screen = await find(pilot, r"(\d)$")
        assert count(screen) == "not found"
        await pilot.press("ctrl+r")
        assert count(screen) == "1 of 1"
        screen.query_one("#find", Input).value = r"select (\d)"
        await pilot.press("tab", *r"values (\1)", "ctrl+l")
        await pilot.pause()
        assert count(screen) == "3 places replaced"
        assert editor(pilot).text == "values (1);\n  values (2);\n\nvalues (3)"
        screen.query_one("#find", Input).value = "("
        await pilot.pause()
        assert count(screen).startswith("no pattern: ")
        await pilot.press("escape")
        await settle(pilot)
        editor(pilot).undo()
        assert editor(pilot).text == THREE


async def test_one_after_the_other_is_replaced(open_app, small):
    async with open_app(small) as pilot:
        await opened(pilot)
        screen = await find(pilot, "select")
        await pilot.press("tab", *"xx", "enter")
        await pilot.pause()
        assert editor(pilot).text == THREE.replace("select", "xx", 1)
        assert count(screen) == "1 of 2"
        assert editor(pilot).selected_text == "select"
        await until(pilot, lambda: len(editor(pilot)._marks) == 2)
        await pilot.press("escape")
        await settle(pilot)
        await pilot.press("f3")
        assert said(pilot) == "2 of 2"
        assert editor(pilot)._marks == ()


async def test_comments_come_and_go_on_the_selected_lines(open_app, small):
    async with open_app(small) as pilot:
        await opened(pilot)
        editor(pilot).selection = Selection((0, 3), (2, 0))
        await pilot.press("ctrl+underscore")
        assert editor(pilot).text == "-- select 1;\n--   select 2;\n\nselect 3"
        await pilot.press("ctrl+underscore")
        assert editor(pilot).text == THREE
        editor(pilot).undo()
        editor(pilot).undo()
        assert editor(pilot).text == THREE


async def test_tab_moves_selected_lines_and_back(open_app, small):
    async with open_app(small) as pilot:
        await opened(pilot)
        editor(pilot).selection = Selection((0, 0), (1, 3))
        await pilot.press("tab")
        assert editor(pilot).text == "    select 1;\n      select 2;\n\nselect 3"
        assert editor(pilot).has_focus
        await pilot.press("shift+tab", "shift+tab")
        assert editor(pilot).text == "select 1;\nselect 2;\n\nselect 3"
        assert editor(pilot).selected_text == "select 1;\ns"


async def test_undo_goes_back_word_by_word(open_app, small):
    async with open_app(small) as pilot:
        await opened(pilot, "")
        await pilot.press(*"one", "space", *"two", "comma", *"t3")
        for text in ("one two,", "one ", ""):
            await pilot.press("ctrl+z")
            assert editor(pilot).text == text
        await pilot.press("ctrl+y")
        assert editor(pilot).text == "one "


async def test_the_ends_of_the_text_have_keys(open_app, small):
    async with open_app(small) as pilot:
        await opened(pilot, THREE, 15)
        await pilot.press("ctrl+end")
        assert editor(pilot).cursor_location == (3, 8)
        await pilot.press("ctrl+home")
        assert editor(pilot).cursor_location == (0, 0)


@pytest.mark.parametrize(("key", "ran"), [("f2", 3), ("f12", 2)])
async def test_all_and_all_from_here_have_keys_in_the_editor(open_app, small, key, ran):
    async with open_app(small) as pilot:
        await opened(pilot, THREE, 14)
        await pilot.press(key)
        await settle(pilot)
        assert said(pilot).startswith(f"{ran} of {ran} ran")


async def test_a_statement_is_laid_out_as_one_step_and_the_cursor_stays_at_its_word(
    open_app, small
):
    async with open_app(small) as pilot:
        text = "vacuum; select id from t -- all\nwhere id=:a; select 2"
        await opened(pilot, text, text.index("where") + 2)
        await pilot.press("f7")
        await settle(pilot)
        assert said(pilot) == "laid out"
        laid = "select\n  id\nfrom t -- all\nwhere\n  id = :a"
        assert editor(pilot).text == f"vacuum; {laid}; select 2"
        assert editor(pilot).text[editor(pilot).cursor_index :].startswith("ere\n")
        editor(pilot).undo()
        assert editor(pilot).text == text
        editor(pilot).select_all()
        await pilot.press("f7")
        await settle(pilot)
        assert said(pilot).splitlines() == [
            "2 statements laid out",
            "the statement of line 1 stays as it is: it is of a kind that is not laid out",
        ]
        assert editor(pilot).text == f"vacuum; {laid}; select\n  2"


@pytest.mark.parametrize(
    ("at", "partner"),
    [((0, 6), (1, 11)), ((1, 11), (0, 6)), ((1, 2), (1, 10)), ((0, 10), None), ((2, 7), None)],
)
async def test_the_other_half_of_a_bracket_is_found_in_sight_and_in_code_only(
    open_app, small, at, partner
):
    text = "select( ')(', -- )\n  (b, '(' ))\nselect (" + "\n" * 90 + ")"
    async with open_app(small) as pilot:
        await opened(pilot, text)
        await pilot.press("ctrl+home")
        editor(pilot).move_cursor(at)
        await pilot.pause()
        assert editor(pilot).matching_bracket_location == partner
