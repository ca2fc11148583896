"""Rows marked as deleted are hidden in every table that says which those are, and visibly so."""

from textual.widgets import Input

from tests.ui.test_browse import column, press, tab

SHOP = (
    'CREATE TABLE people (id INTEGER PRIMARY KEY, "deletedAt" INTEGER)',
    "INSERT INTO people VALUES (1, NULL), (2, 1767690000), (3, NULL)",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, is_deleted BOOLEAN, person REFERENCES people)",
    "INSERT INTO orders VALUES (1, 1, 2), (2, 0, 2), (3, NULL, 2)",
    "CREATE TABLE plain (id INTEGER PRIMARY KEY, deleted_at INTEGER NOT NULL)",
    "INSERT INTO plain VALUES (1, 5)",
)


def line(pilot) -> str:
    """The filter line."""
    return tab(pilot).rows.query_one("#filter", Input).value


async def go(pilot, name: str) -> None:
    await press(pilot, "t", f"text:{name}", "enter")


async def test_they_are_hidden_everywhere_and_the_line_says_so(open_app, sqlite_file):
    path = sqlite_file(*SHOP)
    async with open_app(path, table="people") as pilot:
        assert column(pilot, "id") == [1, 2, 3]
        await press(pilot, "H")
        assert line(pilot) == "deletedAt is null"
        assert column(pilot, "id") == [1, 3]
        await go(pilot, "orders")
        assert column(pilot, "id") == [2, 3]
        assert line(pilot)
        await go(pilot, "plain")
        assert column(pilot, "id") == [1]
        assert line(pilot) == ""
    async with open_app(path, table="people") as pilot:
        assert column(pilot, "id") == [1, 3]
        assert line(pilot) == "deletedAt is null"
        await press(pilot, "F")
        assert column(pilot, "id") == [1, 2, 3]
        assert line(pilot) == ""
        await go(pilot, "orders")
        await press(pilot, "H")
        assert column(pilot, "id") == [1, 2, 3]
        assert line(pilot) == ""


async def test_a_filter_and_rows_that_were_led_to_stay_what_they_are(open_app, sqlite_file):
    path = sqlite_file(*SHOP)
    async with open_app(path, table="people") as pilot:
        await press(pilot, "H")
        await press(pilot, "slash", "ctrl+u", "text:id = 2", "enter")
        assert column(pilot, "id") == [2]
        await go(pilot, "orders")
        await press(pilot, "H")
        await go(pilot, "people")
        assert column(pilot, "id") == [2]
        await go(pilot, "orders")
        await press(pilot, "H")
        await go(pilot, "people")
        assert column(pilot, "id") == [2]
        assert line(pilot) == "id = 2"
