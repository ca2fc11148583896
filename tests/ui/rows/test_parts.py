"""A value that is made of others, part by part."""

from studio.ui.values.documents import DocumentLayout
from studio.ui.values.value import ValueScreen
from studio.ui.values.value_view import ValueView
from tests.patience import until
from tests.postgres import run_sql
from tests.ui.test_browse import press


def lines(view: ValueView) -> list[str]:
    """What stands on the screen."""
    drawn = ("".join(s.text for s in view.render_line(y)) for y in range(view.size.height))
    return [line.rstrip() for line in drawn if line.strip()]


async def test_an_array_of_composites_is_shown_by_its_parts_and_as_text(open_app, postgres):
    run_sql(
        postgres,
        'CREATE TYPE pair AS (a integer, "[red]b" text)',
        "CREATE TABLE things (v pair[])",
        r"""INSERT INTO things VALUES (ARRAY[ROW(1, E'x,\ny\u001b[31m')::pair, NULL])""",
    )
    async with open_app(postgres, table="things") as pilot:
        await press(pilot, "enter")
        await until(lambda: isinstance(pilot.app.screen, ValueScreen))
        view = pilot.app.screen.query_one(ValueView)
        await until(lambda: len(lines(view)) > 4)
        heading, *shown = lines(view)
        assert heading.startswith("v  pair[]")
        assert shown[0] == "2 elements"
        assert shown[1] == "  [1]  2 fields"
        assert shown[2] == "    a  1"
        assert shown[3].startswith("    [red]b  x,")
        assert "\x1b" not in "".join(shown)
        assert shown[-1].endswith("NULL")
        await press(pilot, "v")
        await until(lambda: view.layout_kind is DocumentLayout.TEXT)
        assert "{" in lines(view)[1]


async def test_a_text_is_found_in_the_parts(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE things (v text[])",
        "INSERT INTO things SELECT array_agg(format('word %s', i)) FROM generate_series(1, 90) i",
    )
    async with open_app(postgres, table="things", size=(80, 24)) as pilot:
        await press(pilot, "enter")
        await until(lambda: isinstance(pilot.app.screen, ValueScreen))
        view = pilot.app.screen.query_one(ValueView)
        await until(lambda: len(lines(view)) > 4)
        await press(pilot, "slash", "text:WORD 8", "enter")
        assert marked(view) == ["  [8]  word 8"]
        await press(pilot, "n")
        assert marked(view) == ["  [80]  word 80"]
        await press(pilot, "N", "N")
        assert marked(view) == ["  [89]  word 89"]
        await press(pilot, "n")
        assert marked(view) == ["  [8]  word 8"]
        assert not list(pilot.app._notifications)


def marked(view: ValueView) -> list[str]:
    """The lines set off from the others."""
    cursor = view._style("cursor")
    drawn = (view.render_line(y) for y in range(view.size.height))
    return [line.text.rstrip() for line in drawn if any(s.style == cursor for s in line)]
