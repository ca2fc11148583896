"""The catalog marks the table on the screen, however one came there."""

from tests.scenes import settle
from tests.ui.test_browse import column, main, press, tab


def marked(pilot) -> str:
    """The relation under the catalog's cursor, which is also the one it marks as open."""
    tree = main(pilot).tree_pane
    line = tree._current()
    assert line is not None
    place = tree.cursor - tree.scroll_offset.y
    strip = tree.render_line(place)
    name = next(segment for segment in strip if segment.text.strip() == line.text)
    opened = tree.get_component_rich_style("catalog--open", partial=True)
    assert name.style.color == opened.color
    assert name.style.bold
    return line.text


async def test_the_catalog_follows_the_tab_on_the_screen(open_app, demo):
    async with open_app(demo, table="sessions") as pilot:
        assert marked(pilot) == "sessions"
        await press(pilot, "right", "r", "enter")
        assert tab(pilot).ref.name == "users"
        assert marked(pilot) == "users"
        await press(pilot, "backspace")
        assert marked(pilot) == "sessions"
        await press(pilot, "2")
        assert marked(pilot) == "users"
        await press(pilot, "t", "text:conversation_stats", "enter")
        assert marked(pilot) == "conversation_stats"
        await press(pilot, "x")
        assert marked(pilot) == tab(pilot).ref.name


async def test_a_tab_that_is_no_table_has_no_mark(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        main(pilot).opener.query()
        await settle(pilot)
        assert main(pilot).tree_pane._opened is None
        main(pilot).tab_stack.action_pick(0)
        await settle(pilot)
        assert marked(pilot) == "users"


async def test_a_table_that_is_gone_to_by_name_is_whole(open_app, demo):
    async with open_app(demo, table="sessions") as pilot:
        await press(pilot, "right", "r", "enter")
        assert len(column(pilot, "id")) == 1
        await press(pilot, "t", "text:users", "enter")
        assert tab(pilot).rows.filters == ()
        assert tab(pilot).rows.count_text == "240"
        await press(pilot, "slash", "text:role = admin", "enter")
        typed = tab(pilot).rows.filters
        await press(pilot, "1", "t", "text:users", "enter")
        assert tab(pilot).rows.filters == typed
