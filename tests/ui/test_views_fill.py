"""A view that is opened while its data is on the way fills when it comes; enter waits for it."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from textual.widgets import ContentSwitcher, Input, OptionList

from studio.db.session import Session
from studio.db.url import parse
from studio.ui.app import StudioApp
from studio.ui.keys.palette import Palette
from studio.ui.request import OpenRequest
from studio.ui.rows.record_view import RecordView
from studio.ui.shell.go_to import GoTo
from tests.patience import until
from tests.scenes import frozen, settle
from tests.ui.test_browse import column, main, press, tab


class SlowLink:
    """Holds what was asked of the database until it is let through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.asked: set[str] = set()
        self.gate = asyncio.Event()

    def hold(self, name: str) -> None:
        """Let calls of this method of a session wait."""
        whole = getattr(Session, name)

        async def held(session: Session, *arguments: object) -> object:
            self.asked.add(name)
            await self.gate.wait()
            return await whole(session, *arguments)

        self._monkeypatch.setattr(Session, name, held)


@pytest.fixture
def link(monkeypatch):
    return SlowLink(monkeypatch)


@asynccontextmanager
async def starting(path, **request):
    """The app from its first frame on: nothing is waited for."""
    target = parse(str(path))
    app = StudioApp(OpenRequest(target=target, theme="dark", folder=path.parent, **request))
    with frozen():
        async with app.run_test(size=(120, 36)) as pilot:
            yield pilot


async def typed(pilot, kind, *keys) -> None:
    """Open a list, and press keys in it."""
    await until(lambda: isinstance(pilot.app.screen, kind))
    await pilot.press(*keys)


async def test_go_to_fills_when_the_catalog_comes(demo, link):
    link.hold("outline")
    async with starting(demo) as pilot:
        await pilot.press("t")
        await typed(pilot, GoTo, *"mess")
        lines = pilot.app.screen.query_one(OptionList)
        assert lines.get_option_at_index(0).prompt == "reading the catalog…"
        link.gate.set()
        await until(lambda: not lines.get_option_at_index(0).disabled)
        await press(pilot, "enter")
        assert tab(pilot).ref.name == "messages"


async def test_enter_in_go_to_waits_for_the_catalog(demo, link):
    link.hold("outline")
    async with starting(demo) as pilot:
        await until(lambda: link.asked)
        await pilot.press("t")
        await typed(pilot, GoTo, *"mess", "enter")
        assert isinstance(pilot.app.screen, GoTo)
        link.gate.set()
        await settle(pilot)
        assert tab(pilot).ref.name == "messages"


async def test_what_is_typed_after_enter_takes_it_back(demo, link):
    link.hold("outline")
    async with starting(demo) as pilot:
        await pilot.press("t")
        await typed(pilot, GoTo, *"mess", "enter", "a")
        link.gate.set()
        await settle(pilot)
        assert isinstance(pilot.app.screen, GoTo)


async def test_a_table_chosen_before_does_not_open_in_another_database(open_app, demo, sqlite_file):
    other = sqlite_file("CREATE TABLE lone (id INTEGER PRIMARY KEY)")
    async with open_app(demo) as pilot:
        await press(pilot, "t", "text:users", "enter")
        main(pilot).connect_to(parse(str(other)))
        await settle(pilot)
        assert tab(pilot).ref.name == "lone"


async def test_the_palette_fills_when_the_catalog_comes(demo, link):
    link.hold("outline")
    async with starting(demo) as pilot:
        await until(lambda: link.asked)
        await pilot.press("ctrl+p")
        await typed(pilot, Palette, *"table messages", "enter")
        link.gate.set()
        await settle(pilot)
        assert tab(pilot).ref.name == "messages"


async def test_the_structure_is_shown_when_it_has_been_read(demo, link):
    link.hold("table")
    async with starting(demo, table="users") as pilot:
        await until(lambda: link.asked and main(pilot).tab_stack.current is not None)
        await pilot.press("g", "s")
        link.gate.set()
        await settle(pilot)
        assert tab(pilot).query_one(ContentSwitcher).current == "structure"


async def test_a_filter_typed_before_the_table_is_read_is_asked_then(demo, link):
    link.hold("table")
    async with starting(demo, table="users") as pilot:
        await until(lambda: link.asked and main(pilot).tab_stack.current is not None)
        await pilot.press("slash")
        await until(lambda: isinstance(pilot.app.focused, Input))
        await pilot.press(*"role = admin", "enter")
        link.gate.set()
        await settle(pilot)
        assert set(column(pilot, "role")) == {"admin"}
        assert tab(pilot).rows.query_one("#filter", Input).value == "role = admin"


async def test_a_filter_is_not_lost_when_the_table_comes_while_it_is_typed(demo, link):
    link.hold("table")
    async with starting(demo, table="users") as pilot:
        await until(lambda: link.asked and main(pilot).tab_stack.current is not None)
        await pilot.press("slash")
        await until(lambda: isinstance(pilot.app.focused, Input))
        await pilot.press(*"role = ")
        link.gate.set()
        await settle(pilot)
        await press(pilot, "text:admin", "enter")
        assert tab(pilot).rows.query_one("#filter", Input).value == "role = admin"
        assert set(column(pilot, "role")) == {"admin"}


async def test_a_record_opened_before_its_rows_fills_when_they_come(demo, link):
    link.hold("table")
    async with starting(demo, table="users") as pilot:
        await until(lambda: link.asked and main(pilot).tab_stack.current is not None)
        await until(lambda: not main(pilot).tab_stack.current.is_arriving)
        await pilot.press("space")
        link.gate.set()
        await settle(pilot)
        record = tab(pilot).query_one(RecordView)
        await until(lambda: "id" in record.render_line(0).text)
