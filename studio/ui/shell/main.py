"""The main screen: the frame around the tabs, the workspace, and what would be lost with it."""

import gc
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message

from studio.backends.target import Target
from studio.model.errors import StudioError
from studio.model.relation import TableRef
from studio.ui.editing.change_sets import ChangeSets
from studio.ui.keys.commands import Command, bindings
from studio.ui.keys.early import EarlyKeys
from studio.ui.keys.two_keys import TwoKeys
from studio.ui.request import OpenRequest
from studio.ui.shell.catalog_pane import CatalogPane
from studio.ui.shell.catalog_tree import CatalogTree
from studio.ui.shell.facts import TopFacts
from studio.ui.shell.leaving import Leaving
from studio.ui.shell.pages import WorkspacePages
from studio.ui.shell.past import ShownPast
from studio.ui.shell.status_line import StatusLine
from studio.ui.shell.tab import Tab
from studio.ui.shell.tab_lines import TabLines
from studio.ui.shell.tab_opener import TabOpener
from studio.ui.shell.tab_stack import TabStack
from studio.ui.shell.top_line import TopLine
from studio.ui.startup.connector import Connector, place_for_rows
from studio.ui.widgets.still import StillScreen
from studio.ui.work_ends import begin_work

if TYPE_CHECKING:
    from studio.rows.first_rows.answer import FirstRows
    from studio.ui.workspace import Workspace

_NARROW = 90
"""Below this many columns the catalog pane starts hidden."""
_SETTLED_S = 2.0
"""By then everything that stays is imported."""


def _collect_again() -> None:
    """What was made while starting is never garbage: leave it out of every later collection."""
    gc.freeze()
    gc.enable()


class MainScreen(StillScreen[None]):
    """Owns the workspace and the tabs; knows what runs; asks before anything is lost."""

    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    MainScreen #body { height: 1fr; }
    MainScreen.-no-catalog CatalogPane { display: none; }
    """
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("studio.help", "Keys of this place", "question_mark,f1", "help", "keys"),
        *WorkspacePages.TO_TABLES,
        Command("studio.next-pane", "Next pane", "tab", "app.focus_next"),
        Command("studio.previous-pane", "Previous pane", "shift+tab", "app.focus_previous"),
        Command("studio.catalog", "Catalog on or off", "backslash", "toggle_catalog"),
        Command("studio.stop", "Stop what runs, else close what is on top", "escape", "stop"),
        *WorkspacePages.TO_QUERIES,
        Command("studio.connections", "Connect to another database", "g c", "connections",
                "connect"),
        *ChangeSets.COMMANDS,
        *WorkspacePages.COMMANDS,
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)

    class NeverConnected(Message):
        """The person gave up; `error` says why the last attempt failed, if there was one."""

        def __init__(self, error: StudioError | None) -> None:
            super().__init__()
            self.error = error

    def __init__(self, request: OpenRequest, past: "Workspace | None" = None) -> None:
        """`past`: open already, and visited over another main screen, which stays as it is."""
        super().__init__()
        self.request = request
        self.workspace: Workspace | None = None
        self.two_keys = TwoKeys(
            self, lambda first, second: self._early_keys.keep_both(first, second, self.tab_stack)
        )
        """Commands of two keys."""
        self._first = place_for_rows() if request.first_rows is not None else None
        self._connector = Connector(self, self, request)
        self.facts = TopFacts(self, request.folder)
        """Keeps the top line true."""
        self.opener = TabOpener(self, request)
        """Opens tabs."""
        self._early_keys = EarlyKeys(self, self.opener)
        self.past = ShownPast(past, self.say, self.dismiss)
        """Whether this screen shows one."""
        self._lines = TabLines(self, self)
        self._leaving = Leaving(self, self)

    def compose(self) -> ComposeResult:
        """Top line, catalog and tabs, last line."""
        yield TopLine()
        with Horizontal(id="body"):
            yield CatalogPane()
            yield TabStack(self._first)
        yield StatusLine()
        yield ChangeSets()
        yield WorkspacePages(self.opener, self.past)

    def on_mount(self) -> None:
        """Paint first, connect then. Where there is little room, rows need it most."""
        self.set_class(self.app.size.width < _NARROW, "-no-catalog")
        if self.past.workspace is not None:
            self.top_line.add_class("-past")
            begin_work(self, partial(self.install, self.past.workspace), "past")
            return
        self._connector.begin()
        self.set_timer(_SETTLED_S, _collect_again)
        self.facts.begin()

    # -- its parts -------------------------------------------------------------------------------

    @property
    def top_line(self) -> TopLine:
        """The line above."""
        return self.query_one(TopLine)

    @property
    def status(self) -> StatusLine:
        """The last line."""
        return self.query_one(StatusLine)

    @property
    def catalog_pane(self) -> CatalogPane:
        """The catalog, and the line that filters it."""
        return self.query_one(CatalogPane)

    @property
    def tree_pane(self) -> CatalogTree:
        """The catalog's tree."""
        return self.catalog_pane.tree_view

    @property
    def tab_stack(self) -> TabStack:
        """Every open tab, of which one is on the screen."""
        return self.query_one(TabStack)

    @property
    def change_sets(self) -> ChangeSets:
        """Where edits are reviewed and taken back."""
        return self.query_one(ChangeSets)

    @property
    def pages(self) -> WorkspacePages:
        """What opens pages by their keys."""
        return self.query_one(WorkspacePages)

    # -- connecting ------------------------------------------------------------------------------

    def connecting(self, *, is_on: bool) -> None:
        """Say that it goes on, or no longer."""
        if is_on:
            self.status.working("connecting")
            self.opener.is_stopped = False
        else:
            self.status.done()
        idle = "not connected" if self.opener.is_stopped else ""
        self.top_line.awaited = "connecting" if is_on else idle

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing one could go back to."""
        return self.workspace is None and not self.tab_stack.shows_rows

    def gave_up(self) -> None:
        """Nothing comes of this attempt: what waited for it waits no more."""
        self.tab_stack.forget_keys()
        if self.workspace is None:
            self.opener.stop_wait()

    def stopped(self) -> None:
        """Connecting was stopped, or reading the catalog: the rows that are there stay."""
        self.gave_up()
        if self.workspace is None:
            self.say("connecting was stopped: these rows stay as they are, g c connects again")
            return
        self.opener.end_wait()
        self.catalog_pane.serve(self.workspace)
        self.top_line.awaited = ""
        self.say("reading the catalog was stopped: R in the catalog reads it again")
        self.pages.fill_pickers()

    def show_first(self, first: "FirstRows | None") -> None:
        """Show what the helper process saw."""
        if first is None or self._first is None:
            self.tab_stack.drop_preview()
            return
        self.top_line.label = first.label
        self.top_line.facts = first.facts
        self.tree_pane.show(first.summaries)
        self.tree_pane.mark_open(first.table.ref)
        self._first.fill(first)
        self.tab_stack.show_titles()

    def never_connected(self, error: StudioError | None) -> None:
        """The person gave up."""
        self.post_message(self.NeverConnected(error))

    def connect_to(self, target: Target) -> None:
        """Open `target` in place of what is open."""
        self._connector.connect_to(target)

    def action_connections(self) -> None:
        """Choose a database to connect to; first, what is open in this one comes to an end."""
        if self.past.rules_out("g n goes back to now first"):
            return
        if not self._leaving.settles_first(self.action_connections):
            self._connector.offer()

    @on(Tab.Visit)
    def _visited(self, message: Tab.Visit) -> None:
        """Work in another workspace over this one."""
        later = OpenRequest(settings=self.request.settings, folder=self.request.folder)
        past = MainScreen(later, message.workspace)
        past.facts.note = message.note
        self.app.push_screen(past)

    async def install(self, opened: "Workspace") -> None:
        """Work on `opened` from now on."""
        if self.workspace is not None:
            await self._close_everything()
        self.workspace = opened
        self.opener.serve(opened)
        opened.on_reconnect(self._reconnected)
        opened.on_refused(self._refused)
        opened.is_production = any(
            mark in opened.target for mark in self.request.settings.production
        )
        self.facts.show(opened)
        self.top_line.awaited = "reading the catalog"
        try:
            wanted = self.request.table
            summaries = await (opened.load_outline() if wanted else opened.load_sized_outline())
        except StudioError as error:
            self.opener.end_wait()
            self.top_line.awaited = ""
            self.say(str(error), severity="error")
            self.pages.fill_pickers()
            return
        self.catalog_pane.show(summaries, opened)
        ref = self.opener.open_first(opened)
        self.top_line.awaited = f"reading {ref.name}" if ref is not None else ""
        self.change_sets.serve(opened)
        self.opener.open_awaited()
        self.facts.look_for_badge_later()

    def _reconnected(self) -> None:
        self.say("the connection was lost and opened again")

    def _refused(self, why: str) -> None:
        self.say(f"{why}. Until then, one connection serves everything in turn", severity="warning")

    async def _close_everything(self) -> None:
        self.facts.show(None)
        self.tree_pane.mark_health(None)
        self.opener.serve(None)
        await self.tab_stack.close_all()
        if self.workspace is not None:
            await self.workspace.close()
            self.workspace = None

    # -- tabs ------------------------------------------------------------------------------------

    def open_table(self, ref: TableRef) -> None:
        """Show the rows of `ref` in its tab."""
        self.opener.table(ref)

    @on(Tab.StructureChanged)
    def _structure_changed(self) -> None:
        self.catalog_pane.read_again()

    @on(Tab.ReadAgain)
    def _read_again(self) -> None:
        self.catalog_pane.count_again()

    @on(Tab.Explain)
    def _explain_wanted(self, message: Tab.Explain) -> None:
        self.opener.plan(message.sql, message.hints, message.values)

    @on(Tab.Write)
    def _text_wanted(self, message: Tab.Write) -> None:
        self.opener.query_with(message.sql)

    @on(Tab.Follow)
    def _followed(self, message: Tab.Follow) -> None:
        self.opener.table(message.ref, message.filters)

    @on(Tab.Structure)
    def _structure_wanted(self, message: Tab.Structure) -> None:
        self.opener.table(message.ref, structure=True)

    @on(CatalogTree.Chosen)
    def _table_chosen(self, message: CatalogTree.Chosen) -> None:
        self.open_table(message.ref)

    @on(Tab.Looked)
    def _looked_at(self) -> None:
        known = self.workspace.health if self.workspace is not None else None
        self.tree_pane.mark_health(known)
        self.facts.show_health(known)

    @on(Tab.Badge)
    def _badge_told(self, message: Tab.Badge) -> None:
        self.facts.show_badge(message.text)

    # -- what is said of the tab on the screen ---------------------------------------------------

    def name_keys(self) -> None:
        """Name the keys that work now: under a dialog they are the dialog's."""
        self._lines.name_keys()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """What stood over it is gone."""
        del event
        self._lines.name_keys_if_there()

    @on(TabStack.Switched)
    def _tab_switched(self) -> None:
        self._lines.switched()
        if (tab := self.tab_stack.current) is not None:
            self.tree_pane.mark_open(tab.relation)
        elif self.workspace is not None and not self.tab_stack.has_preview:
            self.tree_pane.mark_open(None)

    @on(TabStack.Emptied)
    def _tabs_emptied(self) -> None:
        self.tree_pane.focus()

    @on(Tab.Moved)
    def _tab_moved(self, message: Tab.Moved) -> None:
        message.stop()
        self._lines.show_tab()

    @on(Tab.Working)
    def _tab_working(self, message: Tab.Working) -> None:
        self._lines.working(message)

    def watch_focused(self) -> None:
        """Other places have other keys."""
        self._lines.name_keys_if_there()

    def on_key(self, event: events.Key) -> None:
        """A key for the rows may come before they do."""
        stack = self.tab_stack
        if stack.current is None and (stack.has_preview or self.opener.awaits_catalog):
            self._early_keys.take(event, stack)

    def wants_next_key(self) -> bool:
        """Whether the next key is not simply for the widget that has the focus: it ends a two-key
        command, or is typed over a preview and will be typed again.
        """
        return self.two_keys.is_begun or self.tab_stack.current is None

    # -- commands --------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Show every key that works here."""
        from studio.ui.keys.help import Help  # noqa: PLC0415 - not before the first rows

        self.app.push_screen(Help(self))

    def action_toggle_catalog(self) -> None:
        """Show or hide the catalog pane."""
        self.toggle_class("-no-catalog")
        if not self.has_class("-no-catalog"):
            self.tree_pane.focus()
        elif (tab := self.tab_stack.current) is not None:
            tab.focus_content()

    async def action_sets(self, name: str) -> None:
        """Do what is done with change sets under this name."""
        await self.app.run_action(name, self.change_sets)

    @on(ChangeSets.Changed)
    def _staged(self, message: ChangeSets.Changed) -> None:
        staged = f"staged {message.staged:,} · w reviews   " if message.staged else ""
        self.top_line.right = f"{staged}{self.past.way_back}ctrl+p"

    @on(ChangeSets.GoTo)
    def _go_to_change(self, message: ChangeSets.GoTo) -> None:
        self.open_table(message.change.table)
        tab = self.tab_stack.current
        if tab is not None:
            tab.call_after_refresh(tab.go_to_change, message.change, message.column)

    async def action_page(self, name: str) -> None:
        """Open the page of this name."""
        await self.app.run_action(name, self.pages)

    def action_open_at(self, index: int) -> None:
        """Open the relation with this place in the catalog."""
        self.pages.open_at(index)

    @on(CatalogTree.Listed)
    def _catalog_listed(self) -> None:
        self.pages.fill_pickers()

    def action_stop(self) -> None:
        """Stop what runs, else close what is on top."""
        if self.catalog_pane.close_filter():
            return
        tab = self.tab_stack.current
        if tab is not None and tab.stop():
            return
        self.app.clear_notifications()
        self._connector.stop()

    def say(self, message: str, *, severity: str = "information") -> None:
        """Tell the person something; `severity` is information, warning or error."""
        self.notify(message, severity=severity, markup=False)  # type: ignore[arg-type]

    def leave(self) -> None:
        """Quit; asks first when something is staged or open."""
        self._leaving.leave()

    async def on_unmount(self) -> None:
        """However the app ends, no connection outlives it."""
        if self.workspace is not None:
            await self.workspace.close()
