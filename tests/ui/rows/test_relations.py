"""Foreign keys whose values are too long for a page, that point at themselves, or at nothing."""

from rich.cells import cell_len
from textual.widgets import OptionList

from studio.ui.rows.relations import RelationPick
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
        assert isinstance(pilot.app.screen, RelationPick)
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
        assert tab(pilot).rows.problem.is_shown
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


async def test_tables_columns_and_counts_stand_below_one_another(open_app, sqlite_file):
    name = "語" * 40
    path = sqlite_file(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, up INTEGER REFERENCES a)",
        "INSERT INTO a VALUES (1, 1), (2, NULL)",
        "CREATE TABLE invoices (n INTEGER, payer_id INTEGER REFERENCES a)",
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1500)"
        " INSERT INTO invoices SELECT i, 1 FROM c",
        f'CREATE TABLE "{name}" (id INTEGER REFERENCES a)',
    )
    async with open_app(path, table="a", size=(80, 24)) as pilot:
        await press(pilot, "r")
        lines = pilot.app.screen.query_one(OptionList)
        shown = [lines.get_option_at_index(i).prompt for i in range(lines.option_count)]
        assert [line.plain.split() for line in shown if "invoices" in line.plain] == [
            ["←", "invoices", "payer_id", "more", "than", "1,000", "rows"]
        ]
        assert {cells_before(line.plain, ("up", "payer_id", "id")) for line in shown} == {30}
        ends = {cell_len(line.plain[: line.plain.index(" row")]) for line in shown[1:]}
        assert ends == {cell_len("more than 1,000") + 30 + len("payer_id") + 2}
        await press(pilot, "text:invoices.payer")
        assert lines.option_count == 1


def cells_before(text: str, words: tuple[str, ...]) -> int:
    """Where the first of the words begins that stands by itself."""
    text = f"{text} "
    return next(cell_len(text[: text.index(f"  {w} ") + 2]) for w in words if f"  {w} " in text)
