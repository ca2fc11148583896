"""What is shown of a cell stands beside it: its value, and the forms in which it is copied."""

import pytest
from textual.containers import Vertical
from textual.geometry import Region
from textual.widgets import Static

from studio.ui.shell.status_line import StatusLine
from studio.ui.values.copy_as import CopyAs
from studio.ui.values.value import ValueScreen
from studio.ui.widgets.grid_place import HEADING_LINES
from tests.ui.test_browse import main, press, tab

SIZES = ((80, 24), (120, 36))


def first_row(pilot) -> list[str]:
    """The words of the first row as it is painted."""
    grid = tab(pilot).rows.grid
    return grid.render_lines(Region(0, 0, grid.size.width, 3))[HEADING_LINES].text.split()


def frame(pilot):
    """Where the frame on top is."""
    return pilot.app.screen.query_one(Vertical).region


def is_beside(pilot) -> bool:
    """Whether the frame touches the cell's line, and leaves it and the last line in sight."""
    cell, room = tab(pilot).rows.grid.cell_on_screen(), pilot.app.size
    shown = frame(pilot)
    inside = shown.x >= 0 and shown.right <= room.width and shown.bottom <= room.height - 1
    return inside and cell.y in {shown.y - 1, shown.bottom}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("keys", [("down", "right"), ("pagedown", "end")])
async def test_a_value_stands_beside_its_cell_and_takes_the_screen_on_a_key(
    open_app, demo, size, keys
):
    async with open_app(demo, table="users", size=size) as pilot:
        await press(pilot, *keys, "enter")
        assert isinstance(pilot.app.screen, ValueScreen)
        assert is_beside(pilot)
        assert ("z", "full size") in main(pilot).query_one(StatusLine).shown
        small = frame(pilot)
        await press(pilot, "z")
        assert frame(pilot).size == (size[0], size[1] - 1)
        await press(pilot, "z")
        assert frame(pilot) == small


async def test_a_long_value_takes_the_side_with_more_room(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) "
        "INSERT INTO t SELECT i, printf('%.*c', 9000, 'x') FROM n",
    )
    async with open_app(path, table="t", size=(80, 24)) as pilot:
        await press(pilot, "right", "enter")
        assert is_beside(pilot)
        assert frame(pilot).bottom == 23
        await press(pilot, "escape", *["down"] * 14, "enter")
        assert is_beside(pilot)
        assert frame(pilot).y == 0


async def test_of_json_what_the_cursor_is_on_is_copied_or_its_path(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        """INSERT INTO t VALUES (1, '{"a": [1, "two"]}')""",
    )
    async with open_app(path, table="t", size=(80, 24)) as pilot:
        await press(pilot, "right", "enter", "y")
        assert pilot.app.clipboard == '{"a": [1, "two"]}'
        await press(pilot, "down", "y")
        assert pilot.app.clipboard == '[1, "two"]'
        await press(pilot, "down", "down", "y")
        assert pilot.app.clipboard == "two"
        await press(pilot, "Y")
        assert pilot.app.clipboard == "$.a[1]"
        assert ("Y", "copy path") in main(pilot).query_one(StatusLine).shown
        await press(pilot, "v")
        assert ("Y", "copy path") not in main(pilot).query_one(StatusLine).shown


@pytest.mark.parametrize("size", SIZES)
async def test_each_form_of_a_copy_is_shown_before_it_is_chosen(open_app, sqlite_file, size):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        f"INSERT INTO t VALUES (1, '[red]a{'b' * 90}'), (2, 'x' || char(27) || '[0m')",
    )
    async with open_app(path, table="t", size=size) as pilot:
        await press(pilot, "right", "y")
        assert isinstance(pilot.app.screen, CopyAs)
        assert is_beside(pilot)
        lines = str(pilot.app.screen.query_one(Static).render()).splitlines()
        assert [line.split()[0] for line in lines] == [*"yrhjvmpiuw"]
        assert "[red]ab" in lines[0]
        assert lines[0].rstrip().endswith("…")
        assert '{"id": 1, "v": "[red]' in lines[3]
        assert "INSERT INTO" in lines[7]
        assert lines[9].rstrip().endswith('"id" = 1')
        assert {len(line) for line in lines} == {frame(pilot).width - 2}
        await press(pilot, "escape", "down", "y")
        assert "\x1b" not in str(pilot.app.screen.query_one(Static).render())


async def test_a_time_is_a_date_in_the_rows_and_the_number_in_copies_and_edits(
    open_app, sqlite_file
):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, created_at INTEGER, amount INTEGER)",
        "INSERT INTO t VALUES (1, 1767690000000, 1767690000000)",
    )
    async with open_app(path, table="t", size=(80, 24)) as pilot:
        line = first_row(pilot)
        assert line == ["1", "1", "│", "2026-01-06", "09:00:00", "UTC", "1767690000000"]
        await press(pilot, "right", "y", "y")
        assert pilot.app.clipboard == "1767690000000"
        await press(pilot, "e")
        assert pilot.app.screen.field.text == "1767690000000"
        await press(pilot, "text:9", "enter")
        line = first_row(pilot)
        assert "UTC" not in line
