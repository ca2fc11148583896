"""What foreign keys lead to, beside them: another table's words, for the rows on the screen."""

from textual.geometry import Region

from studio.rows import lookup
from studio.ui.rows import grid_labels
from tests.postgres import run_sql
from tests.ui.test_browse import press, tab

SHOP = (
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, bio TEXT)",
    "INSERT INTO users VALUES (7, 'Ada\x1b[2J', 'x'), (8, 'Bob', 'x')",
    "CREATE TABLE places (country TEXT, no INT, title TEXT, PRIMARY KEY (country, no))",
    "INSERT INTO places VALUES ('de', 1, 'Berlin'), ('de', 2, 'Köln'), ('fr', 1, 'Paris')",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id),"
    " country TEXT, no INT, note TEXT, FOREIGN KEY (country, no) REFERENCES places (country, no))",
    "INSERT INTO orders VALUES (1, 7, 'de', 2, 'a'), (2, 8, 'fr', 1, 'b'), (3, NULL, NULL, 1, 'c')",
)


def lines(pilot) -> list[str]:
    grid = tab(pilot).rows.grid
    return [strip.text for strip in grid.render_lines(Region(0, 0, *grid.size))]


async def test_g_l_shows_and_hides_labels(open_app, sqlite_file):
    async with open_app(sqlite_file(*SHOP), table="orders") as pilot:
        before = lines(pilot)
        await press(pilot, "g", "l")
        shown = lines(pilot)
        assert "7 → Ada␛[2J" in shown[1]
        assert "2 → Köln" in shown[1]
        assert "8 → Bob" in shown[2]
        assert "1 → Paris" in shown[2]
        assert shown[3].count("→") == 0
        assert shown[1].split().index("a") > 0
        await press(pilot, "g", "l")
        assert lines(pilot) == before


async def test_labels_are_read_again_with_the_rows_and_are_no_part_of_them(open_app, sqlite_file):
    path = sqlite_file(*SHOP)
    async with open_app(path, table="orders") as pilot:
        await press(pilot, "g", "l", "right", "e", "ctrl+u", "text:8", "enter")
        assert "8 → Bob" in lines(pilot)[1]
        assert tab(pilot).rows.cell().value == 8
        await press(pilot, "w", "enter")
        assert "8 → Bob" in lines(pilot)[1]


async def test_only_rows_on_the_screen_are_read_for_in_one_statement_a_key(
    open_app, sqlite_file, monkeypatch
):
    asked = []

    async def labels_at(lane, table, key, values):
        asked.append((table.ref.name, len(values)))
        return await lookup.labels_at(lane, table, key, values)

    monkeypatch.setattr(grid_labels, "labels_at", labels_at)
    path = sqlite_file(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
        " INSERT INTO users SELECT i, 'User ' || i FROM n",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id))",
        "INSERT INTO orders SELECT id, id FROM users",
    )
    async with open_app(path, table="orders") as pilot:
        await press(pilot, "g", "l")
        rows = tab(pilot).rows.grid.visible_rows
        assert asked == [("users", len(rows))]
        assert f"{len(rows)} → User {len(rows)}" in lines(pilot)[-1]
        await press(pilot, "down")
        assert len(asked) == 1
        await press(pilot, "G")
        assert "500 → User 500" in lines(pilot)[-1]
        assert asked[1:] == [("users", len(rows))]


async def test_labels_on_postgresql(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE users (id uuid PRIMARY KEY, name text);"
        "INSERT INTO users VALUES ('c85f0d46-9037-45c8-bcaf-4a5acfa6cf3e', 'Ada'),"
        " ('d67393d6-18ae-413e-aca9-1679443baac5', NULL);"
        "CREATE TABLE orders (id int PRIMARY KEY, user_id uuid REFERENCES users (id));"
        "INSERT INTO orders SELECT row_number() OVER (), id FROM users ORDER BY id",
    )
    async with open_app(postgres, table="orders") as pilot:
        await press(pilot, "g", "l")
        assert "c85f0d46…cf3e → Ada" in lines(pilot)[1]
        assert "→" not in lines(pilot)[2]
        await press(pilot, "right")
        assert "c85f0d46-9037-45c8-bcaf-4a5acfa6cf3e" in lines(pilot)[1]


async def test_a_table_without_foreign_keys_says_so(open_app, sqlite_file):
    async with open_app(sqlite_file(*SHOP), table="users") as pilot:
        before = lines(pilot)
        await press(pilot, "g", "l")
        assert lines(pilot) == before
        assert any("no foreign key leads from" in n.message for n in pilot.app._notifications)
