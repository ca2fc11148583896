"""The last line names keys that work where the focus is, and no others."""

import pytest
from textual.widgets import Input, TextArea

from studio.ui.keys.commands import key_label
from studio.ui.shell.status_line import StatusLine
from studio.ui.widgets.dialog import Dialog
from tests.scenes import settle
from tests.ui.test_browse import main, press
from tests.ui.test_query import write

EDITED = ("right", "right", "e", "text:!", "enter")
READING = (
    ("t",),
    ("ctrl+p",),
    ("question_mark",),
    ("e",),
    ("y",),
    ("r",),
    ("enter",),
    ("percent_sign",),
    ("g", "c"),
    ("c",),
    ("p",),
    ("X",),
    ("ctrl+p", "text:saved plan", "enter"),
    ("right", "e"),
    ("right", "right", "e"),
    ("right", "right", "e"),
)
"""Each opens another dialog, from the rows."""
CHANGED = (("w",), ("q",), ("w", "enter", "ctrl+p", "text:undo last apply", "enter"))
"""The same with an edit staged."""


def named(pilot) -> tuple[tuple[str, str], ...]:
    """The keys on the last line, as they are painted, with their words."""
    line = main(pilot).query_one(StatusLine)
    painted = line.render().plain
    assert all(f"{key} {word}" in painted for key, word in line.shown)
    return line.shown


def working(pilot) -> set[str]:
    """Every key that does something on the screen on top, as people write it."""
    screen = pilot.app.screen
    is_typing = isinstance(screen.focused, Input | TextArea)
    return {
        key_label(key)
        for key, active in screen.active_bindings.items()
        if active.enabled
        and (active.binding.priority or not (is_typing and len(key_label(key)) == 1))
    }


@pytest.mark.parametrize(("first", "ways"), [((), READING), (EDITED, CHANGED)])
async def test_under_a_dialog_stand_the_keys_of_the_dialog_alone(open_app, demo, first, ways):
    seen = set()
    async with open_app(demo, table="users", size=(80, 24)) as pilot:
        await press(pilot, *first)
        for keys in ways:
            await press(pilot, *keys)
            assert isinstance(pilot.app.screen, Dialog), keys
            seen.add(type(pilot.app.screen))
            shown = dict(named(pilot))
            assert shown, keys
            assert shown.keys() <= working(pilot), keys
            assert {"esc", "n"} & shown.keys(), keys
            assert not {"filter", "sort", "record", "relations"} & set(shown.values()), keys
            assert "row 1" not in main(pilot).query_one(StatusLine).render().plain
            await press(pilot, "escape")
            assert pilot.app.screen is main(pilot), keys
    assert len(seen) >= len(ways) - 2


async def test_back_from_a_dialog_the_keys_of_the_rows_are_named_again(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        before = named(pilot)
        await press(pilot, "t", "escape")
        assert named(pilot) == before


async def test_the_filter_names_its_own_keys_and_none_that_would_be_typed(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        await press(pilot, "slash")
        shown = dict(named(pilot))
        assert shown["enter"] == "show"
        assert shown["esc"] == "back"
        assert "g" not in shown
        assert shown.keys() <= working(pilot)


async def test_so_does_the_filter_of_the_catalog(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        await press(pilot, "shift+tab", "slash")
        shown = dict(named(pilot))
        assert shown["enter"] == "to the list"
        assert shown["esc"] == "all"
        assert shown.keys() <= working(pilot)


async def test_the_query_editor_names_no_letter(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        main(pilot).opener.query()
        await settle(pilot)
        write(pilot, "SELECT 1")
        shown = dict(named(pilot))
        assert shown.keys() <= working(pilot)
        assert all(len(key) > 1 for key in shown), shown


@pytest.mark.parametrize("width", [40, 97])
async def test_what_does_not_fit_is_left_out_whole(open_app, demo, width):
    async with open_app(demo, table="users", size=(width, 24)) as pilot:
        line = main(pilot).query_one(StatusLine)
        assert line.render().cell_len <= line.content_size.width
        assert all(f"{key} {word}" in line.render().plain for key, word in line.shown)
        await press(pilot, "g")
        menu = line.render()
        assert menu.cell_len <= line.content_size.width
        assert "…" not in menu.plain.removeprefix("g … ")


def words(pilot) -> set[str]:
    return {word for _, word in named(pilot)}


async def test_an_empty_table_names_no_key_that_needs_a_row(open_app, sqlite_file):
    path = sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT)")
    async with open_app(path, table="t", size=(160, 24)) as pilot:
        of_a_row = {"value", "edit", "record", "by cell", "sort", "relations", "copy"}
        assert not words(pilot) & of_a_row
        assert words(pilot) >= {"filter", "keys"}
        for key in ("enter", "e", "space", "f", "s", "S", "r", "y", "d", "D", "n", "N", "E"):
            pilot.app.clear_notifications()
            await press(pilot, key)
            assert [one.message for one in pilot.app._notifications], key
            assert "no row here" in list(pilot.app._notifications)[-1].message, key
        await press(pilot, "i")
        assert words(pilot) >= {"edit", "copy"}


@pytest.mark.parametrize(("table", "is_read_only"), [("t", False), ("t", True), ("v", False)])
async def test_rows_that_cannot_be_changed_name_no_editor(
    open_app, sqlite_file, table, is_read_only
):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
        "CREATE VIEW v AS SELECT note FROM t",
    )
    can_edit = table == "t" and not is_read_only
    async with open_app(path, table=table, size=(160, 24), read_only=is_read_only) as pilot:
        assert {"value", "record", "filter"} <= words(pilot)
        assert ("edit" in words(pilot)) is can_edit
        await press(pilot, "space", "tab")
        assert "value" in words(pilot)
        assert ("edit" in words(pilot)) is can_edit
        if not can_edit:
            await press(pilot, "e")
            assert list(pilot.app._notifications)[-1].message


async def test_a_database_without_a_wal_names_no_key_of_its_commits(open_app, sqlite_file):
    path = sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY)", "PRAGMA journal_mode = DELETE")
    async with open_app(path, table="t", size=(120, 24)) as pilot:
        await press(pilot, "g", "w")
        assert not words(pilot) & {"rows", "diff"}
        assert "reload" in words(pilot)
        for key in ("enter", "d"):
            pilot.app.clear_notifications()
            await press(pilot, key)
            assert list(pilot.app._notifications)[-1].message == "no commit is in the WAL"


async def test_a_second_key_that_means_nothing_is_told(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        await press(pilot, "g", "escape")
        assert not list(pilot.app._notifications)
        await press(pilot, "g", "x")
        assert [one.message for one in pilot.app._notifications] == ["g x does nothing here"]
