"""Foreign keys whose values are too long for a page, that point at themselves, or at nothing."""

from studio.ui.screens.relations import Relations
from tests.ui.test_browse import column, press, tab

LONG = "k" * 9000


async def test_a_long_key_is_followed_by_its_whole_value(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE parent (k TEXT PRIMARY KEY, n INTEGER)",
        f"INSERT INTO parent VALUES ('{LONG}', 1), ('{LONG}x', 2)",
        "CREATE TABLE child (id INTEGER PRIMARY KEY, k TEXT REFERENCES parent)",
        f"INSERT INTO child VALUES (1, '{LONG}x')",
    )
    async with open_app(path, table="child") as pilot:
        await press(pilot, "right", "r")
        assert isinstance(pilot.app.screen, Relations)
        await press(pilot, "enter")
        assert tab(pilot).ref.name == "parent"
        assert column(pilot, "n") == [2]
        await press(pilot, "backspace")
        assert tab(pilot).ref.name == "child"


async def test_a_row_that_points_at_itself_and_at_a_missing_table(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t, "
        "gone INTEGER REFERENCES nowhere(x))",
        "INSERT INTO t VALUES (1, 1, 5), (2, 1, NULL)",
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "right", "r", "enter")
        assert column(pilot, "id") == [1]
        await press(pilot, "backspace")
        assert column(pilot, "id") == [1, 2]
        await press(pilot, "right", "r", "enter")
        assert tab(pilot).ref.name == "nowhere"
        assert tab(pilot).rows.has_class("-problem")
        await press(pilot, "backspace")
        assert tab(pilot).ref.name == "t"


async def test_a_reference_without_columns_and_in_another_case(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE Parent (a INTEGER, b TEXT, n INTEGER, PRIMARY KEY (b, a))",
        "INSERT INTO Parent VALUES (1, 'x', 41), (1, 'y', 42)",
        "CREATE TABLE child (id INTEGER PRIMARY KEY, b TEXT, a INTEGER, "
        "FOREIGN KEY (b, a) REFERENCES pARENT)",
        "INSERT INTO child VALUES (1, 'y', 1)",
    )
    async with open_app(path, table="child") as pilot:
        await press(pilot, "right", "r", "enter")
        assert tab(pilot).ref.name == "Parent"
        assert column(pilot, "n") == [42]
        await press(pilot, "r", "enter")
        assert tab(pilot).ref.name == "child"
        assert column(pilot, "id") == [1]
