"""The main screen: the frame around the tabs, the workspace, and what would be lost with it."""

import gc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.css.query import NoMatches
from textual.message import Message

from studio.backends.target import Target
from studio.model.errors import StudioError
from studio.model.relation import TableRef, TableSummary
from studio.ui.editing.change_sets import ChangeSets
from studio.ui.keys.commands import Command, bindings
from studio.ui.keys.early import EarlyKeys
from studio.ui.keys.help import Help
from studio.ui.keys.here import is_typed, keys_here
from studio.ui.keys.two_keys import TwoKeys
from studio.ui.request import OpenRequest
from studio.ui.shell.catalog_pane import CatalogPane
from studio.ui.shell.catalog_tree import CatalogTree
from studio.ui.shell.facts import TopFacts
from studio.ui.shell.open_transactions import elsewhere, open_in
from studio.ui.shell.status_line import StatusLine
from studio.ui.shell.tab import Standing, Tab
from studio.ui.shell.tab_opener import TabOpener
from studio.ui.shell.tab_stack import TabStack
from studio.ui.shell.top_line import TopLine
from studio.ui.startup.connector import Connector, place_for_rows
from studio.ui.widgets.ask import Ask, AskText
from studio.ui.widgets.still import StillScreen
from studio.ui.work_ends import begin_work

if TYPE_CHECKING:
    from collections.abc import Sequence

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


@runtime_checkable
class FillsWithRelations(Protocol):
    """A picker that may be opened before the catalog has come."""

    def fill(self, summaries: "Sequence[TableSummary]") -> None:
        """Offer these from now on."""


class MainScreen(StillScreen[None]):
    """Owns the workspace and the tabs; knows what runs; asks before anything is lost."""

    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    MainScreen #body { height: 1fr; }
    MainScreen.-no-catalog CatalogPane { display: none; }
    """
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("studio.help", "Keys of this place", "question_mark,f1", "help", "keys"),
        Command("studio.go-to", "Go to a table", "t", "go_to", "go to"),
        Command("studio.next-pane", "Next pane", "tab", "app.focus_next"),
        Command("studio.previous-pane", "Previous pane", "shift+tab", "app.focus_previous"),
        Command("studio.catalog", "Catalog on or off", "backslash", "toggle_catalog"),
        Command("studio.stop", "Stop what runs, else close what is on top", "escape", "stop"),
        Command("studio.new-query", "New query", "T", "new_query", "query"),
        Command("studio.open-plan", "Open a saved plan", "", "open_plan"),
        Command("studio.connections", "Connect to another database", "g c", "connections",
                "connect"),
        *ChangeSets.COMMANDS,
        Command("studio.migrations", "Migrations of this project", "g m", "migrations",
                "migrations"),
        Command("studio.activity", "Sessions of the server, who waits for whom", "g a", "activity",
                "activity"),
        Command("studio.statements", "Statements the server spends its time on", "g t",
                "statements", "statements"),
        Command("studio.health", "What is wrong in this database", "g h", "health", "health"),
        Command("studio.wal", "Commits in the WAL of this file", "g w", "wal", "WAL"),
        Command("studio.now", "From the past back to now", "g n", "now", "now"),
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
        self._past = past
        self.workspace: Workspace | None = None
        self.two_keys = TwoKeys(self)
        """Commands of two keys."""
        self._first = place_for_rows() if request.first_rows is not None else None
        self._connector = Connector(self, self, request)
        self.facts = TopFacts(self, request.folder)
        """Keeps the top line true."""
        self.opener = TabOpener(self, request)
        """Opens tabs."""
        self._early_keys = EarlyKeys(self, self.opener)
        self._at_work: Tab | None = None
        """The tab whose work the last line tells of."""

    def compose(self) -> ComposeResult:
        """Top line, catalog and tabs, last line."""
        yield TopLine()
        with Horizontal(id="body"):
            yield CatalogPane()
            yield TabStack(self._first)
        yield StatusLine()
        yield ChangeSets()

    def on_mount(self) -> None:
        """Paint first, connect then. Where there is little room, rows need it most."""
        self.set_class(self.app.size.width < _NARROW, "-no-catalog")
        if self._past is not None:
            self.top_line.add_class("-past")
            begin_work(self, partial(self.install, self._past), "past")
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
        """The tabs."""
        return self.query_one(TabStack)

    @property
    def change_sets(self) -> ChangeSets:
        """Where edits are reviewed and taken back."""
        return self.query_one(ChangeSets)

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
        self._fill_pickers()

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
        if self._past is not None:
            self.say("g n goes back to now first")
        elif not self._settles(self.action_connections):
            self._connector.offer()

    def _settles(self, go_on: Callable[[], None]) -> bool:
        """Ask what becomes of the first open transaction; `go_on` comes when that is done."""
        return any(tab.settles_first(go_on) for tab in self.tab_stack.tabs)

    @on(Tab.Visit)
    def _visited(self, message: Tab.Visit) -> None:
        """Work in another workspace over this one."""
        later = OpenRequest(settings=self.request.settings, folder=self.request.folder)
        past = MainScreen(later, message.workspace)
        past.facts.note = message.note
        self.app.push_screen(past)

    def action_now(self) -> None:
        """Leave the past; the tabs below it are as they were."""
        if self._past is None:
            self.say("this is now: v on a commit of the WAL page (g w) goes into the past")
        else:
            self.dismiss()

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
            self._fill_pickers()
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

    def action_new_query(self) -> None:
        """Open another query tab, with the text that was left in it."""
        self.opener.query()

    def action_open_plan(self) -> None:
        """Ask for a file with a plan of any server, and show it."""

        def answered(name: str | None) -> None:
            if name:
                self.open_saved_plan(Path(name))

        self.app.push_screen(AskText("Open which plan? (JSON, YAML, XML or text)"), answered)

    @work(group="file", exclusive=True)
    async def open_saved_plan(self, path: Path) -> None:
        """Show the plan in a file."""
        await self.opener.saved_plan(path)

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

    def _show_place(self) -> None:
        stack = self.tab_stack
        self._show_tab(stack.current)
        self.top_line.elsewhere = elsewhere(open_in(stack.tabs, but=stack.current))
        self.name_keys()

    def _show_tab(self, tab: Tab | None) -> None:
        self.status.place = tab.tab_place if tab is not None else ""
        self.top_line.standing = tab.standing if tab is not None else Standing()

    def name_keys(self) -> None:
        """Name the keys that work now: under a dialog they are the dialog's."""
        top = self.app.screen
        keys = keys_here(top)
        if top is self and not is_typed(self, "g"):
            keys = (*keys, ("g", "go"))
        self.status.show_keys(keys, is_covered=top is not self)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """What stood over it is gone."""
        del event
        self._show_keys_if_there()

    @on(TabStack.Switched)
    def _tab_switched(self) -> None:
        if self._at_work is not None and self._at_work not in self.tab_stack.tabs:
            # It is closed, and what it ran is stopped: nobody else will say so.
            self._at_work = None
            self.status.done()
        self._show_place()
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
        if (tab := self.tab_stack.current) is not None:
            self._show_tab(tab)

    @on(Tab.Working)
    def _tab_working(self, message: Tab.Working) -> None:
        if message.task:
            if message.tab is None or message.tab in self.tab_stack.tabs:
                self._at_work = message.tab
                self.status.working(message.task)
        else:
            self.status.done()
            self.top_line.awaited = ""
            self._show_place()

    def watch_focused(self) -> None:
        """Other places have other keys."""
        self._show_keys_if_there()

    def _show_keys_if_there(self) -> None:
        try:
            self.name_keys()
        except NoMatches:
            # Before it is composed.
            return

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
        way_back = "g n back to now   " if self._past is not None else ""
        self.top_line.right = f"{staged}{way_back}ctrl+p"

    @on(ChangeSets.GoTo)
    def _go_to_change(self, message: ChangeSets.GoTo) -> None:
        self.open_table(message.change.table)
        tab = self.tab_stack.current
        if tab is not None:
            tab.call_after_refresh(tab.go_to_change, message.change, message.column)

    def action_migrations(self) -> None:
        """The migrations of this folder, in the connected database or in their own."""
        self.opener.board()

    def action_activity(self) -> None:
        """What the sessions of the server do, and who waits for whom."""
        if self._past is None:
            self.opener.activity()
        else:
            self.say("in the past nobody is at work: g n goes back to now")

    def action_statements(self) -> None:
        """Which statements the server spends its time on."""
        self.opener.statements()

    def action_health(self) -> None:
        """What is wrong in the connected database."""
        self.opener.health()

    def action_wal(self) -> None:
        """The commits in the WAL beside this database's file; from the past, back to them."""
        if self._past is None:
            self.opener.wal()
        else:
            self.dismiss()

    def action_go_to(self) -> None:
        """Go to any table by a few letters of its name."""

        def chosen(ref: TableRef | None) -> None:
            if ref is not None:
                self.opener.table(ref)

        # While connecting, what the helper process saw can be chosen from already.
        from studio.ui.shell.go_to import GoTo  # noqa: PLC0415 not before the first paint

        picker = GoTo(self.tree_pane.summaries, is_filling=self.opener.awaits_catalog)
        self.app.push_screen(picker, chosen)

    def action_open_at(self, index: int) -> None:
        """Open the relation with this place in the catalog."""
        summaries = self.tree_pane.summaries
        if index < len(summaries):
            self.opener.table(summaries[index].ref)

    @on(CatalogTree.Listed)
    def _fill_pickers(self) -> None:
        for screen in self.app.screen_stack:
            if isinstance(screen, FillsWithRelations):
                screen.fill(self.tree_pane.summaries)

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
        if self._settles(self.leave):
            return
        reasons = (
            [self.change_sets.keeps_open_because] if self.change_sets.keeps_open_because else []
        )
        reasons += [reason for tab in self.tab_stack.tabs if (reason := tab.keeps_open_because())]
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
