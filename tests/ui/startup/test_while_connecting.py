"""Rows stand before there is a connection: what is pressed then waits, or is told why it cannot."""

from contextlib import asynccontextmanager

import pytest
from textual.events import Key

from studio.db.url import parse
from studio.rows.first_rows.reading import read
from studio.ui.app import StudioApp
from studio.ui.query.tab import QueryTab
from studio.ui.request import OpenRequest
from studio.ui.rows.pane import RowsPane
from studio.ui.shell.main import MainScreen
from studio.ui.startup.connect import Connect
from studio.ui.startup.first_rows import FirstRowsView
from studio.ui.wal.tab import WalTab
from studio.ui.widgets.column_list import ColumnList
from tests.patience import until
from tests.scenes import frozen, settle
from tests.ui.test_browse import column, main, press, tab
from tests.ui.test_views_fill import SlowLink

KEYS = {" ": "space"}


class SeenBefore:
    """What the helper process sees, without the process."""

    def __init__(self, path, table):
        self._rows = read(parse(str(path)), table, 200)

    def result(self):
        return self._rows

    def stop(self):
        """It is over."""


@pytest.fixture
def link(monkeypatch):
    return SlowLink(monkeypatch)


@asynccontextmanager
async def connecting(path, table, link, held="identify", *, has_rows=True):
    """The app with rows on the screen, and a connection that does not come yet."""
    link.hold(held)
    request = OpenRequest(
        target=parse(str(path)),
        theme="dark",
        folder=path.parent,
        table=table,
        first_rows=SeenBefore(path, table) if has_rows else None,
    )
    app = StudioApp(request)
    with frozen():
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await until(lambda: held in link.asked)
            await pilot.pause()
            yield pilot


def said(pilot) -> str:
    return list(pilot.app._notifications)[-1].message


async def test_esc_stops_connecting_and_keeps_the_rows(demo, link):
    async with connecting(demo, "users", link) as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, MainScreen)
        assert main(pilot).query_one(FirstRowsView).title == "users"
        assert "g c connects again" in said(pilot)
        await until(lambda: main(pilot).top_line.awaited == "not connected")
        # Nothing waits for a connection that does not come, and every key says so.
        for key in ("e", "slash", "T", "enter"):
            pilot.app.clear_notifications()
            await pilot.press(key)
            await pilot.pause()
            assert said(pilot) == "not connected: g c connects"
        await pilot.press("escape", "down")
        assert isinstance(pilot.app.screen, MainScreen)
        # There is a way on, and a way back from it.
        await press_only(pilot, "g", "c")
        assert isinstance(pilot.app.screen, Connect)
        await pilot.press("escape")
        await until(lambda: isinstance(pilot.app.screen, MainScreen))
        link.gate.set()
        main(pilot).connect_to(parse(str(demo)))
        await settle(pilot)
        assert tab(pilot).ref.name == "users"


async def press_only(pilot, *keys):
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def test_esc_stops_reading_the_catalog_and_keeps_the_connection(demo, link):
    async with connecting(demo, "users", link, held="outline") as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, MainScreen)
        assert "R in the catalog" in said(pilot)
        link.gate.set()
        await press(pilot, "t", "text:messages", "enter")
        assert tab(pilot).ref.name == "messages"


async def test_esc_before_any_row_offers_the_choice(demo, link):
    link.hold("identify")
    app = StudioApp(OpenRequest(target=parse(str(demo)), theme="dark", folder=demo.parent))
    with frozen():
        async with app.run_test(size=(80, 24)) as pilot:
            await until(lambda: link.asked)
            await pilot.press("escape")
            await until(lambda: isinstance(pilot.app.screen, Connect))


async def test_what_is_typed_meanwhile_is_done_in_its_order(demo, link):
    async with connecting(demo, "users", link) as pilot:
        await pilot.press("down", "down", "slash", *"role = admin", "enter")
        link.gate.set()
        await settle(pilot)
        await until(lambda: tab(pilot).rows.filters)
        await settle(pilot)
        assert set(column(pilot, "role")) == {"admin"}


async def test_the_list_of_columns_waits_for_the_tab_and_opens_once(demo, link):
    async with connecting(demo, "users", link) as pilot:
        await pilot.press("right", "c", "space")
        link.gate.set()
        await settle(pilot)
        await until(lambda: isinstance(pilot.app.screen, ColumnList))
        await settle(pilot)
        assert len(tab(pilot).rows.grid.columns) == len(tab(pilot).rows.table.columns) - 1


async def test_a_row_is_inserted_into_an_empty_table_though_the_key_came_early(sqlite_file, link):
    path = sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT)")
    async with connecting(path, "t", link) as pilot:
        await pilot.press("i")
        link.gate.set()
        await settle(pilot)
        await until(lambda: len(main(pilot).workspace.staging.changes) == 1)


async def test_what_works_already_waits_for_nothing(demo, link):
    async with connecting(demo, "users", link) as pilot:
        await pilot.press("question_mark")
        await until(lambda: not isinstance(pilot.app.screen, MainScreen))


@pytest.mark.parametrize("key", ["w", "a"])
async def test_the_wal_asked_for_while_connecting_opens_then(demo, link, key):
    async with connecting(demo, "users", link) as pilot:
        await press_only(pilot, "g", key)
        assert main(pilot).tab_stack.current is None
        link.gate.set()
        await settle(pilot)
        # A file has no sessions: who holds it stands on the page of its WAL.
        await until(lambda: isinstance(main(pilot).tab_stack.current, WalTab))


async def test_two_keys_for_the_rows_wait_for_them(demo, link):
    async with connecting(demo, "messages", link) as pilot:
        await press_only(pilot, "g", "l")
        assert not list(pilot.app._notifications)
        link.gate.set()
        await settle(pilot)
        await until(lambda: tab(pilot).query_one(RowsPane)._labels.is_on)


@pytest.mark.parametrize("held", ["identify", "outline"])
@pytest.mark.parametrize("has_rows", [True, False])
async def test_a_query_typed_while_connecting_is_there_afterwards(demo, link, held, has_rows):
    table = "users" if has_rows else None
    async with connecting(demo, table, link, held, has_rows=has_rows) as pilot:
        for key in ("T", *"select 42"):
            pilot.app.post_message(Key(KEYS.get(key, key), key))
        for _ in range(20):
            await pilot.pause()
        link.gate.set()
        await settle(pilot)
        await until(lambda: isinstance(main(pilot).tab_stack.current, QueryTab))
        await until(lambda: main(pilot).tab_stack.current.editor.text == "select 42")
        assert main(pilot).tab_stack.current.editor.has_focus
        assert len(main(pilot).tab_stack.tabs) == 2


async def test_what_esc_takes_back_of_the_keys_that_wait_is_said(demo, link, monkeypatch):
    async with connecting(demo, "users", link) as pilot:
        for key in ("T", *"select 42"):
            pilot.app.post_message(Key(KEYS.get(key, key), key))
        await until(lambda: main(pilot).opener.is_awaited)
        await until(lambda: len(pilot.app.key_order._waiting) == len("select 42"))
        # Pressed at once it would wait for its turn.
        monkeypatch.setattr("studio.ui.keys.order._PATIENCE_S", -1)
        pilot.app.post_message(Key("escape", None))
        await until(lambda: list(pilot.app._notifications))
        said = [one.message for one in pilot.app._notifications]
        assert "not taken: 9 keys typed ahead" in said
