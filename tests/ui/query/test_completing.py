"""The list of candidates: when it shows, and that it steals no key."""

import pytest

from studio.config.settings import Settings, load_settings
from studio.model.errors import ConfigInvalid
from studio.ui.query.candidate_list import CandidateList
from tests.scenes import settle
from tests.ui.test_query import main, said, tab, until, write


@pytest.fixture
def shop(sqlite_file):
    return sqlite_file(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, "
        "tier TEXT CHECK (tier IN ('basic', 'gold')))",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, "
        "customer_id INTEGER REFERENCES customers (id))",
        'CREATE TABLE "odd[b]\x1b" (id INTEGER)',
    )


def found(pilot) -> CandidateList:
    return tab(pilot).query_one(CandidateList)


def text(pilot) -> str:
    return tab(pilot).editor.text


async def opened(pilot, begun: str = "", cursor: int | None = None) -> None:
    await pilot.press("T")
    await settle(pilot)
    await tab(pilot).workspace.load_known()
    write(pilot, begun, cursor)
    await pilot.pause()


async def type_in(pilot, typed: str) -> None:
    await pilot.press(*["space" if letter == " " else letter for letter in typed])
    await pilot.pause()


async def test_tab_takes_the_first_and_one_undo_takes_it_back(open_app, shop):
    async with open_app(shop) as pilot:
        await opened(pilot, "select * from ")
        await type_in(pilot, "c")
        assert found(pilot).shown[0] == "customers"
        await pilot.press("tab")
        assert text(pilot) == "select * from customers"
        assert not found(pilot).is_open
        tab(pilot).editor.undo()
        assert text(pilot) == "select * from c"


async def test_letters_narrow_and_a_blank_types_and_closes(open_app, shop):
    async with open_app(shop) as pilot:
        await opened(pilot, "select  from customers", 7)
        await type_in(pilot, "e")
        assert not found(pilot).is_open, "one letter of a column is not enough"
        await type_in(pilot, "m")
        assert found(pilot).shown[0] == "email"
        await type_in(pilot, "q")
        assert not found(pilot).is_open, "nothing fits"
        await pilot.press("backspace", "backspace")
        await type_in(pilot, "m")
        assert found(pilot).is_open
        await type_in(pilot, " ")
        assert not found(pilot).is_open
        assert text(pilot) == "select em  from customers"


async def test_enter_is_a_new_line_unless_one_was_chosen(open_app, shop):
    async with open_app(shop) as pilot:
        await opened(pilot, "select * from ")
        await type_in(pilot, "cu")
        assert found(pilot).is_open
        await pilot.press("enter")
        assert text(pilot) == "select * from cu\n"
        assert not found(pilot).is_open
        await type_in(pilot, "x, or")
        await pilot.press("down", "enter")
        assert text(pilot).split("\n")[1] == "x, orders"


async def test_escape_closes_the_list_and_nothing_else_until_another_word(open_app, shop):
    async with open_app(shop) as pilot:
        await opened(pilot, "select * from ")
        await type_in(pilot, "cu")
        await pilot.press("escape")
        assert not found(pilot).is_open
        assert tab(pilot).editor.has_focus
        await type_in(pilot, "s")
        assert not found(pilot).is_open
        await type_in(pilot, " x join or")
        assert found(pilot).shown[0] == "orders"


async def test_up_and_the_other_moves_are_the_texts(open_app, shop):
    async with open_app(shop) as pilot:
        await opened(pilot, "select 1;\nselect * from ")
        await type_in(pilot, "cu")
        await pilot.press("up")
        assert tab(pilot).editor.cursor_location[0] == 0
        assert not found(pilot).is_open
        await pilot.press("down", "end")
        await type_in(pilot, "s")
        assert found(pilot).is_open
        await pilot.press("down", "up")
        assert found(pilot).is_open
        assert found(pilot).chosen is None
        await pilot.press("left")
        assert not found(pilot).is_open


async def test_asked_for_it_opens_anywhere_and_goes_on(open_app, shop):
    async with open_app(shop) as pilot:
        await opened(pilot, "select * from customers where tier = ")
        await pilot.press("ctrl+n")
        assert found(pilot).shown[:2] == ("'basic'", "'gold'")
        await pilot.press("ctrl+n", "enter")
        assert text(pilot) == "select * from customers where tier = 'gold'"


async def test_short_lists_and_columns_behind_a_dot_show_at_once(open_app, shop):
    async with open_app(shop) as pilot:
        await opened(pilot, "select * from customers c join orders o on")
        await type_in(pilot, " ")
        assert found(pilot).shown[0] == "c.id = o.customer_id"
        await type_in(pilot, "c.")
        assert "email" in found(pilot).shown
        await type_in(pilot, "id = 'it")
        assert not found(pilot).is_open, "in a string there is nothing to know"


async def test_running_closes_it_and_what_is_loaded_does_not_open_it(open_app, shop):
    async with open_app(shop) as pilot:
        await opened(pilot, "select 1 as a from cu")
        assert not found(pilot).is_open
        await type_in(pilot, "s")
        assert found(pilot).is_open
        await pilot.press("ctrl+r")
        assert not found(pilot).is_open
        await until(pilot, lambda: "cus" in said(pilot))


async def test_a_name_is_never_a_control_character_on_the_screen(open_app, shop):
    async with open_app(shop) as pilot:
        await opened(pilot, "select * from ")
        await type_in(pilot, "od")
        lines = found(pilot).render().plain
        assert "\x1b" not in lines
        assert "odd[b]" in lines


async def test_the_catalog_is_read_at_the_first_wish_and_then_offered(open_app, shop):
    async with open_app(shop) as pilot:
        await pilot.press("T")
        await settle(pilot)
        write(pilot, "select * from cust")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: found(pilot).shown[:1] == ("customers",))
        await pilot.press("enter")
        assert text(pilot) == "select * from customers"


async def test_the_settings_say_when_and_what_takes(open_app, shop):
    async with open_app(shop, settings=Settings(completion="asked", accept="enter")) as pilot:
        await opened(pilot, "select * from ")
        await type_in(pilot, "cust")
        assert not found(pilot).is_open
        await pilot.press("ctrl+n", "enter")
        assert text(pilot) == "select * from customers"


@pytest.mark.parametrize("said_there", ['completion = "always"', "accept = 1"])
def test_a_setting_that_is_none_is_refused(tmp_path, said_there):
    file = tmp_path / "config.toml"
    file.write_text(said_there)
    with pytest.raises(ConfigInvalid, match="must be"):
        load_settings(file)


async def test_the_definition_of_a_name_is_its_tab_or_its_place(open_app, shop):
    async with open_app(shop) as pilot:
        await opened(pilot, "with big as (select 1) select * from big, orders o", 40)
        await pilot.press("ctrl+right_square_bracket")
        await pilot.pause()
        assert tab(pilot).editor.cursor_index == 5
        tab(pilot).editor.move_cursor(tab(pilot).editor.location_of(44))
        await pilot.press("ctrl+right_square_bracket")
        await settle(pilot)
        shown = main(pilot).tab_stack.current
        assert shown is not None
        assert "orders" in shown.tab_title
