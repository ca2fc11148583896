"""What one does to a value in the rows is done to it in the record beside them."""

from studio.rows import lookup
from studio.ui.editing.editors.base import CellEditor
from studio.ui.rows import key_labels
from studio.ui.rows.record_view import RecordView
from studio.ui.values.value import ValueScreen
from studio.ui.values.value_view import ValueView
from tests.scenes import settle
from tests.ui.shell.test_last_line import named
from tests.ui.test_browse import column, press, tab


async def test_enter_shows_and_e_edits_the_value_that_is_set_off(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        names = column(pilot, "name")
        await press(pilot, "space", "tab", "home", "down", "down")
        assert isinstance(pilot.app.focused, RecordView)
        shown = dict(named(pilot))
        assert (shown["enter"], shown["e"]) == ("value", "edit")
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ValueScreen)
        assert pilot.app.screen._column.name == "name"
        await press(pilot, "escape")
        assert isinstance(pilot.app.focused, RecordView)
        await press(pilot, "e")
        assert isinstance(pilot.app.screen, CellEditor)
        await press(pilot, "text:!", "enter")
        assert tab(pilot).rows.cell().value == f"{names[0]}!"


async def test_an_id_says_when_it_was_made(open_app, sqlite_file):
    made = "017F22E2-79B0-7CC3-98C4-DC0C0C07398F"
    path = sqlite_file(
        "CREATE TABLE t (id TEXT PRIMARY KEY, n INT)", f"INSERT INTO t VALUES ('{made}', 1)"
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "space")
        # The pane is narrower than an id.
        shown = "".join(" ".join(record(pilot)).split())
        assert f"{made}made2022-02-2219:22:22UTC" in shown
        assert tab(pilot).rows.cell().value == made
        await press(pilot, "enter")
        view = pilot.app.screen.query_one(ValueView)
        assert "made 2022-02-22 19:22:22 UTC" in view.render_line(0).text


ORDERS = (
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)",
    "INSERT INTO users VALUES (7, 'Ada \x1b[2J'), (8, 'Bob')",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), n INT)",
    "INSERT INTO orders VALUES (1, 7, 5), (2, 8, 5), (3, NULL, 5), (4, 99, 5)",
)


def record(pilot) -> list[str]:
    view = pilot.app.screen.query_one(RecordView)
    return [view.render_line(y).text.rstrip() for y in range(3)]


async def test_a_key_says_what_it_leads_to(open_app, sqlite_file):
    async with open_app(sqlite_file(*ORDERS), table="orders") as pilot:
        await press(pilot, "space")
        assert record(pilot)[1].endswith("7  → Ada ␛[2J")
        assert "→" not in record(pilot)[2]
        await press(pilot, "down")
        assert record(pilot)[1].endswith("8  → Bob")
        for _ in range(2):
            await press(pilot, "down")
            assert "→" not in record(pilot)[1]
        await press(pilot, "up", "up")
        assert record(pilot)[1].endswith("8  → Bob")


async def test_only_the_row_that_is_stayed_on_is_read_for(open_app, sqlite_file, monkeypatch):
    asked = []

    async def label_at(lane, table, relation):
        asked.append(relation.request.filters[0].value)
        return await lookup.label_at(lane, table, relation)

    monkeypatch.setattr(key_labels, "label_at", label_at)
    monkeypatch.setattr(key_labels, "_PAUSE_S", 2.0)
    async with open_app(sqlite_file(*ORDERS), table="orders") as pilot:
        await pilot.press("space", "down", "down", "up")
        await settle(pilot)
        assert record(pilot)[1].endswith("8  → Bob")
        assert asked == [8]


async def test_a_long_key_has_its_label_after_its_end(open_app, sqlite_file):
    key = "k" * 30
    path = sqlite_file(
        "CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT)",
        f"INSERT INTO users VALUES ('{key}', 'Ada')",
        "CREATE TABLE orders (user_id TEXT REFERENCES users (id), n INT)",
        f"INSERT INTO orders VALUES ('{key}', 5)",
    )
    async with open_app(path, table="orders", size=(80, 24)) as pilot:
        await press(pilot, "space")
        lines = [line.strip() for line in record(pilot)]
        assert not lines[0].endswith("Ada")
        assert lines[1] == f"{'k' * lines[1].count('k')}  → Ada"
