"""The main screen: the workspace, what opens in it, and what would be lost with it."""

import gc
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.binding import BindingType

from studio.model.errors import StudioError
from studio.model.relation import TableRef
from studio.ui.aside import aside
from studio.ui.commands import Command, bindings
from studio.ui.edit_desk import EditDesk
from studio.ui.request import OpenRequest
from studio.ui.screens.ask import Ask, AskText
from studio.ui.screens.connecting import Connecting
from studio.ui.tabs.tab import Tab
from studio.ui.widgets.catalog_tree import CatalogTree

if TYPE_CHECKING:
    from studio.model.page import Condition
    from studio.ui.workspace import Workspace

_NARROW = 90
"""Below this many columns the catalog pane starts hidden."""
_BADGE_AFTER_S = 1.5
"""The first rows are read and moved through before anything else is looked for."""
_FACTS_AGE_S = 2.0
"""So old what the top line says of the files may be."""
_SETTLED_S = 2.0
"""By then everything that stays is imported."""


def _collect_again() -> None:
    """What was made while starting is never garbage: leave it out of every later collection."""
    gc.freeze()
    gc.enable()


class MainScreen(Connecting):
    """Owns the workspace and the tabs; knows what runs; asks before anything is lost."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("studio.help", "Keys of this place", "question_mark", "help", "keys"),
        Command("studio.go-to", "Go to a table", "t", "go_to", "go to"),
        Command("studio.next-pane", "Next pane", "tab", "app.focus_next"),
        Command("studio.previous-pane", "Previous pane", "shift+tab", "app.focus_previous"),
        Command("studio.catalog", "Catalog on or off", "backslash", "toggle_catalog"),
        Command("studio.stop", "Stop what runs, else close what is on top", "escape", "stop"),
        Command("studio.new-query", "New query", "T", "new_query", "query"),
        Command("studio.open-plan", "Open a saved plan", "", "open_plan"),
        Command("studio.connections", "Connect to another database", "g c", "connections"),
        *EditDesk.COMMANDS,
        Command("studio.migrations", "Migrations of this project", "g m", "migrations"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)

    def __init__(self, request: OpenRequest) -> None:
        super().__init__(request)
        self._wants_board = False
        """Asked for before there was a connection."""
        self._looks_at_facts = False
        """One at a time: on a file system that hangs, each would stay."""
        self._wanted: TableRef | None = None
        """The table chosen before there was a connection."""

    def on_mount(self) -> None:
        """Where there is little room, rows need it most."""
        self.set_class(self.app.size.width < _NARROW, "-no-catalog")
        self.set_timer(_SETTLED_S, _collect_again)
        self.set_interval(_FACTS_AGE_S, self._look_at_facts)

    # -- connecting ------------------------------------------------------------------------------

    async def install(self, opened: "Workspace") -> None:
        """Work on `opened` from now on."""
        if self.workspace is not None:
            await self._close_everything()
        self.workspace = opened
        opened.on_reconnect(self._reconnected)
        self.top_line.label = opened.label
        production = any(mark in opened.target for mark in self.request.settings.production)
        self.top_line.set_class(production, "-production")
        opened.is_production = production
        self._show_facts(opened, opened.facts)
        try:
            summaries = await opened.load_outline()
        except StudioError as error:
            self.say(str(error), severity="error")
            return
        self.catalog_pane.show(summaries, opened)
        self._show_first()
        self.desk.serve(opened)
        if self._wants_board:
            self._wants_board = False
            self.action_migrations()
        self.set_timer(_BADGE_AFTER_S, self._load_badge)

    def _show_facts(self, opened: "Workspace", facts: str) -> None:
        self.top_line.facts = f"PRODUCTION · {facts}" if opened.is_production else facts

    def _look_at_facts(self) -> None:
        opened = self.workspace
        if opened is not None and opened.has_changing_facts and not self._looks_at_facts:
            self._look_again(opened)

    @work(group="facts")
    async def _look_again(self, opened: "Workspace") -> None:
        """What the top line says was true when the database was opened; others write meanwhile."""
        self._looks_at_facts = True
        try:
            facts = await aside(lambda _stop: opened.facts_now())
        finally:
            self._looks_at_facts = False
        if opened is self.workspace:
            self._show_facts(opened, facts)

    @work(group="badge", exclusive=True)
    async def _load_badge(self) -> None:
        """Say in the top line when migrations wait; long after the first rows."""
        if (opened := self.workspace) is None:
            return
        target = opened.session.opening.target

        def read(stop: Callable[[], bool]) -> str:
            module = import_module("studio.ui.migration_source")
            return cast("str", module.badge_of(self.request.folder, target, stop))

        badge = await aside(read)
        if opened is self.workspace:
            self.top_line.badge = badge

    @on(Tab.Badge)
    def _badge_told(self, message: Tab.Badge) -> None:
        self.workers.cancel_group(self, "badge")
        self.top_line.badge = message.text

    def _show_first(self) -> None:
        workspace = self.workspace
        if workspace is None:
            return
        wanted = self.request.table
        ref = workspace.first_table(wanted)
        if wanted and ref is None:
            self.say(f"there is no table called {wanted!r} here", severity="error")
            ref = workspace.first_table()
        ref = self._wanted or ref
        if ref is not None:
            self.open_table(ref)
        else:
            self.deck.drop_preview()
            self.status.place = "no tables yet"
            self.tree_pane.focus()
        if self.request.query is not None:
            self.open_query(self.request.query)

    def _reconnected(self) -> None:
        self.say("the connection was lost and opened again")

    async def _close_everything(self) -> None:
        self.top_line.badge = ""
        await self.deck.close_all()
        if self.workspace is not None:
            await self.workspace.close()
            self.workspace = None

    # -- tabs ------------------------------------------------------------------------------------

    def open_table(self, ref: TableRef, filters: "tuple[Condition, ...] | None" = None) -> None:
        """Show the rows of `ref` in its tab; with `filters`, only those they keep."""
        from studio.ui.tabs.browse import BrowseTab  # noqa: PLC0415 it loads the database layer

        workspace = self.workspace
        if workspace is None:
            return
        deck = self.deck
        request = self.request if not deck.tabs else OpenRequest(settings=self.request.settings)
        key = f"table:{ref}"
        is_open = deck.find(key) is not None
        tab = deck.open(key, lambda: BrowseTab(workspace, ref, request, filters or ()))
        if is_open and filters is not None and isinstance(tab, BrowseTab):
            tab.refilter(filters)
        self.tree_pane.mark_open(ref)
        tab.focus_content()

    def open_query(self, given: str | None = None) -> None:
        """Open a query tab; `given`: SQL, or `@file`."""
        from studio.ui.tabs import opening  # noqa: PLC0415 it loads the database layer

        if self.workspace is None:
            return
        try:
            opening.open_query(self.deck, self.workspace, self.request.settings, given)
        except StudioError as error:
            self.say(str(error), severity="error")

    def action_new_query(self) -> None:
        """Open another query tab, with the text that was left in it."""
        self.open_query()

    def action_open_plan(self) -> None:
        """Ask for a file with a plan of any server, and show it."""

        def answered(name: str | None) -> None:
            if name:
                self.open_saved_plan(Path(name))

        self.app.push_screen(AskText("Open which plan? (JSON or text, from any server)"), answered)

    @work(group="file", exclusive=True)
    async def open_saved_plan(self, path: Path) -> None:
        """Show the plan in a file."""
        from studio.ui.tabs import opening  # noqa: PLC0415 it loads the database layer

        try:
            await opening.open_saved_plan(self.deck, path)
        except StudioError as error:
            self.say(str(error), severity="error")

    @on(Tab.StructureChanged)
    @work(group="catalog", exclusive=True)
    async def _structure_changed(self) -> None:
        workspace = self.workspace
        if workspace is None:
            return
        workspace.forget_structure()
        try:
            self.catalog_pane.show(await workspace.load_outline(), workspace)
        except StudioError as error:
            self.say(str(error), severity="error")

    @on(Tab.Explain)
    def _explain_wanted(self, message: Tab.Explain) -> None:
        from studio.ui.tabs import opening  # noqa: PLC0415 it loads the database layer

        if self.workspace is not None:
            opening.open_plan(self.deck, self.workspace, message.sql)

    @on(Tab.Follow)
    def _followed(self, message: Tab.Follow) -> None:
        self.open_table(message.ref, message.filters)

    # -- the catalog pane ------------------------------------------------------------------------

    @on(CatalogTree.Chosen)
    def _table_chosen(self, message: CatalogTree.Chosen) -> None:
        self.open_table(message.ref)

    @on(CatalogTree.RereadWanted)
    def _reread_wanted(self) -> None:
        self._reread()

    @work(group="outline", exclusive=True)
    async def _reread(self) -> None:
        workspace = self.workspace
        if workspace is None:
            return
        workspace.forget_structure()
        self.status.working("reading the catalog")
        try:
            self.catalog_pane.show(await workspace.load_outline(), workspace)
        except StudioError as error:
            self.say(str(error), severity="error")
        finally:
            self.status.done()

    @on(CatalogTree.Unfolded)
    def _table_unfolded(self, message: CatalogTree.Unfolded) -> None:
        self._load_columns(message.ref)

    @work(group="catalog")
    async def _load_columns(self, ref: TableRef) -> None:
        if self.workspace is None:
            return
        try:
            table = await self.workspace.table(ref)
        except StudioError as error:
            self.say(str(error), severity="error")
        else:
            self.tree_pane.show_table(table)

    # -- commands --------------------------------------------------------------------------------

    async def action_desk(self, name: str) -> None:
        """Do what the desk does under this name."""
        await self.app.run_action(name, self.desk)

    @on(EditDesk.Changed)
    def _staged(self, message: EditDesk.Changed) -> None:
        staged = f"staged {message.staged:,} · w reviews   " if message.staged else ""
        self.top_line.right = f"{staged}ctrl+p"

    @on(EditDesk.GoTo)
    def _go_to_change(self, message: EditDesk.GoTo) -> None:
        self.open_table(message.change.table)
        tab = self.deck.current
        if tab is not None:
            tab.call_after_refresh(tab.go_to_change, message.change, message.column)

    def action_migrations(self) -> None:
        """The migrations of this folder, in the connected database or in their own."""
        from studio.ui.tabs.migrations import open_board  # noqa: PLC0415 it loads the migrations room

        opened = self.workspace
        if opened is None:
            self._wants_board = True
        else:
            open_board(self.deck, self.request.folder, opened.session.opening.target)

    def action_go_to(self) -> None:
        """Go to any table by a few letters of its name."""

        def chosen(ref: TableRef | None) -> None:
            if ref is None:
                return
            self._wanted = ref
            if self.workspace is not None and self.workspace.summaries:
                self.open_table(ref)

        # While connecting, what the helper process saw can be chosen from already.
        from studio.ui.screens.go_to import GoTo  # noqa: PLC0415 not before the first paint

        self.app.push_screen(GoTo(self.tree_pane.summaries), chosen)

    def action_open_at(self, index: int) -> None:
        """Open the relation with this place in the outline."""
        if self.workspace is not None and index < len(self.workspace.summaries):
            self.open_table(self.workspace.summaries[index].ref)

    def action_stop(self) -> None:
        """Stop what runs, else close what is on top."""
        if self.catalog_pane.close_filter():
            return
        tab = self.deck.current
        if tab is not None and tab.stop():
            return
        if self.workers.cancel_group(self, "connect") and self.workspace is None:
            self.offer_connections("connecting was stopped, as asked")
        self.clear_notifications()

    def leave(self) -> None:
        """Quit; asks first when something is staged or open."""
        reasons = [self.desk.keeps_open_because] if self.desk.keeps_open_because else []
        reasons += [reason for tab in self.deck.tabs if (reason := tab.keeps_open_because())]
        if not reasons:
            self.app.exit()
            return

        def answered(answer: bool | None) -> None:
            if answer:
                self.app.exit()

        self.app.push_screen(
            Ask("\n".join([*reasons, "", "Quit all the same?"]), yes="quit"),
            answered,
        )

    async def on_unmount(self) -> None:
        """However the app ends, no connection outlives it."""
        if self.workspace is not None:
            await self.workspace.close()
