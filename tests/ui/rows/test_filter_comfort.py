"""The filter bar helps: it offers what could follow, and remembers what was typed."""

from textual.widgets import Input

from studio.ui.rows.filter_history import PickCondition, PickFilter
from studio.ui.widgets.ask import AskText
from tests.ui.test_browse import column, press, tab

PEOPLE = (
    "CREATE TABLE people (id INTEGER PRIMARY KEY, role TEXT CHECK (role IN ('admin', 'member')),"
    " city TEXT)",
    "INSERT INTO people VALUES (1, 'admin', 'Oslo'), (2, 'member', 'Rome'), (3, NULL, 'Rome'),"
    " (4, 'member', NULL)",
)


def field(pilot) -> Input:
    return tab(pilot).rows.query_one("#filter", Input)


async def test_tab_takes_what_is_offered(open_app, sqlite_file):
    async with open_app(sqlite_file(*PEOPLE), table="people") as pilot:
        await press(pilot, "slash", "text:ro")
        assert field(pilot)._suggestion == "role"
        await press(pilot, "tab", "text: ")
        await press(pilot, "tab", "text:m", "tab")
        assert field(pilot).value == "role = member"
        await press(pilot, "text: and city = ", "tab")
        assert field(pilot).value == "role = member and city = Rome"
        await press(pilot, "enter")
        assert column(pilot, "id") == [2]


async def test_enter_takes_nothing_that_was_only_offered(open_app, sqlite_file):
    async with open_app(sqlite_file(*PEOPLE), table="people") as pilot:
        await press(pilot, "slash", "text:id = 1 or id = 2 or ci", "enter")
        assert "city" not in field(pilot).value


async def test_arrows_bring_back_what_was_typed_before(open_app, sqlite_file):
    path = sqlite_file(*PEOPLE)
    async with open_app(path, table="people") as pilot:
        for text in ("id = 1", "id = 2", "id = 1 and and"):
            await press(pilot, "slash", "ctrl+u", f"text:{text}", "enter")
        await press(pilot, "escape", "F", "slash", "text:half", "up")
        assert field(pilot).value == "id = 2"
        await press(pilot, "up", "up")
        assert field(pilot).value == "id = 1"
        await press(pilot, "down", "down")
        assert field(pilot).value == "half"
    async with open_app(path, table="people") as pilot:
        await press(pilot, "slash", "up", "enter")
        assert column(pilot, "id") == [2]


async def test_a_filter_has_a_name(open_app, sqlite_file):
    path = sqlite_file(*PEOPLE)
    async with open_app(path, table="people") as pilot:
        await press(pilot, "slash", "text:role is null", "ctrl+s")
        assert isinstance(pilot.app.screen, AskText)
        await press(pilot, "text:nobody", "enter", "escape")
        await press(pilot, "slash", "text:id = 4", "enter", "F")
    async with open_app(path, table="people") as pilot:
        await press(pilot, "slash", "f9")
        assert isinstance(pilot.app.screen, PickFilter)
        await press(pilot, "text:nobo", "enter")
        assert field(pilot).value == "role is null"
        await press(pilot, "enter")
        assert column(pilot, "id") == [3]


async def test_nothing_is_remembered_where_no_history_is_kept(open_app, sqlite_file, tmp_path):
    async with open_app(sqlite_file(*PEOPLE), table="people") as pilot:
        tab(pilot).rows._settings = type(tab(pilot).rows.settings)(history="off")
        await press(pilot, "slash", "text:id = 1", "enter", "slash", "ctrl+u", "up")
        assert field(pilot).value == ""
    assert not list((tmp_path / "state").rglob("filters/*"))


async def test_a_filter_that_may_hold_a_secret_is_not_remembered(open_app, sqlite_file, tmp_path):
    path = sqlite_file("CREATE TABLE keys (id INTEGER PRIMARY KEY, api_token TEXT)")
    async with open_app(path, table="keys") as pilot:
        await press(pilot, "slash", "text:api_token = hunter2", "enter")
        await press(pilot, "slash", "ctrl+u", "text:id = 1", "enter")
        await press(pilot, "slash", "ctrl+u", "up")
        assert field(pilot).value == "id = 1"
        await press(pilot, "up")
        assert field(pilot).value == "id = 1"
    for kept in (tmp_path / "state").rglob("*"):
        assert not kept.is_file() or b"hunter2" not in kept.read_bytes()


async def test_a_value_is_excluded_and_conditions_are_dropped_one_by_one(open_app, sqlite_file):
    async with open_app(sqlite_file(*PEOPLE), table="people") as pilot:
        await press(pilot, "right", "exclamation_mark")
        assert column(pilot, "id") == [2, 3, 4], "a row without a value has not this one"
        assert field(pilot).value == "not role = admin"
        await press(pilot, "down", "exclamation_mark")
        assert column(pilot, "id") == [2, 4]
        await press(pilot, "right", "f")
        assert column(pilot, "id") == [2]
        await press(pilot, "minus")
        assert isinstance(pilot.app.screen, PickCondition)
        await press(pilot, "text:is not", "enter")
        assert field(pilot).value == "not role = admin and city = Rome"
        assert column(pilot, "id") == [2, 3]
        await press(pilot, "minus", "enter", "minus")
        assert column(pilot, "id") == [1, 2, 3, 4]
        await press(pilot, "minus")
        assert any("no filter" in note.message for note in pilot.app._notifications)


async def test_a_filter_that_no_index_serves_says_so(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, kind TEXT, at INTEGER)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
        " INSERT INTO events SELECT i, 'k' || i % 9, i FROM n",
        "CREATE INDEX by_at ON events (at)",
    )

    def title(pilot) -> str:
        return str(tab(pilot).query_one("#title").content)

    async with open_app(path, table="events") as pilot:
        assert "no index" not in title(pilot)
        await press(pilot, "slash", "text:kind = k1", "enter")
        assert "no index serves this filter" in title(pilot)
        await press(pilot, "slash", "text: and at > 5", "enter")
        assert "no index" not in title(pilot)
