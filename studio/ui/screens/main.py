"""The main screen: one line above, the catalog beside the tabs, one line below."""

from asyncio import to_thread
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Input

from studio.model.catalog import TableRef
from studio.model.errors import AuthFailed, StudioError
from studio.ui.commands import Command, bindings, key_label
from studio.ui.request import OpenRequest
from studio.ui.screens.ask import Ask, AskSecret
from studio.ui.screens.chord import Chord, chords_here
from studio.ui.screens.connect import Connect
from studio.ui.screens.go_to import GoTo
from studio.ui.screens.help import Help
from studio.ui.tabs.tab import Tab
from studio.ui.widgets.catalog_tree import CatalogTree
from studio.ui.widgets.status_line import StatusLine
from studio.ui.widgets.tab_bar import TabBar
from studio.ui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from studio.ui.workspace import Workspace

_NARROW = 90
"""Below this many columns the catalog pane starts hidden."""


class MainScreen(Screen[None]):
    """Owns the workspace and the tabs; knows what runs; asks before anything is lost."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("studio.help", "Keys of this place", "question_mark", "help", "keys"),
        Command("studio.go-to", "Go to a table", "t", "go_to", "go to"),
        Command("studio.next-pane", "Next pane", "tab", "app.focus_next"),
        Command("studio.previous-pane", "Previous pane", "shift+tab", "app.focus_previous"),
        Command("studio.catalog", "Catalog on or off", "backslash", "toggle_catalog"),
        Command("studio.close-tab", "Close the tab", "x", "close_tab"),
        Command("studio.back", "Back along the way you came", "backspace", "back"),
        Command("studio.stop", "Stop what runs, else close what is on top", "escape", "stop"),
        Command("studio.connections", "Connect to another database", "g c", "connections"),
        *(
            Command(f"studio.tab-{n}", f"Go to tab {n}", str(n), f"pick_tab({n - 1})")
            for n in range(1, 10)
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(COMMANDS_HERE), ("g", "chord('g')", "go")]
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    MainScreen #body { height: 1fr; }
    MainScreen #catalog-pane { width: 28; border-right: tall $panel; }
    MainScreen.-no-catalog #catalog-pane { display: none; }
    MainScreen #catalog-filter { display: none; }
    MainScreen #catalog-pane.-filtering #catalog-filter { display: block; }
    MainScreen #tabs { height: 1fr; }
    """

    def __init__(self, request: OpenRequest) -> None:
        super().__init__()
        self.request = request
        self.workspace: Workspace | None = None
        self._tabs: dict[str, Tab] = {}
        self._trail: list[str] = []

    # -- the frame -------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Top line, catalog and tabs, last line."""
        yield TopLine()
        with Horizontal(id="body"):
            with Vertical(id="catalog-pane"):
                yield Input(id="catalog-filter", placeholder="filter", select_on_focus=False)
                yield CatalogTree(id="catalog")
            with Vertical(id="work"):
                yield TabBar()
                yield ContentSwitcher(id="tabs")
        yield StatusLine()

    def on_mount(self) -> None:
        """Paint first, connect then."""
        self.set_class(self.app.size.width < _NARROW, "-no-catalog")
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if self.request.target:
            self.connect_to(self.request.target)
        else:
            self.action_connections()

    @property
    def top_line(self) -> TopLine:
        """The line above."""
        return self.query_one(TopLine)

    @property
    def status(self) -> StatusLine:
        """The last line."""
        return self.query_one(StatusLine)

    @property
    def tree_pane(self) -> CatalogTree:
        """The catalog pane."""
        return self.query_one(CatalogTree)

    # -- connecting ------------------------------------------------------------------------------

    @work(group="connect", exclusive=True)
    async def connect_to(self, target: str, password: str | None = None) -> None:
        """Open `target` in place of what is open; on failure say why and offer the choice."""
        self.status.working("connecting")
        try:
            opened = await self._open_workspace(target, password)
        except AuthFailed as error:
            self._ask_password(target, error, again=password is not None)
            return
        except StudioError as error:
            self.app.push_screen(Connect(str(error)), self._connect_choice)
            return
        finally:
            self.status.done()
        await self._install(opened)

    async def _open_workspace(self, target: str, password: str | None) -> "Workspace":
        # The database layer takes 0.3 s to import: beside the first paint, not before it.
        module = await to_thread(import_module, "studio.ui.workspace")
        kind: type[Workspace] = module.Workspace
        return await kind.open(target, read_only=self.request.read_only, password=password)

    def _ask_password(self, target: str, error: AuthFailed, *, again: bool) -> None:
        question = str(error) if again else f"{error}"

        def answered(password: str | None) -> None:
            if password is None:
                self.app.push_screen(Connect(str(error)), self._connect_choice)
            else:
                self.connect_to(target, password)

        self.app.push_screen(AskSecret(question), answered)

    def _connect_choice(self, target: str | None) -> None:
        if target:
            self.connect_to(target)
        elif self.workspace is None:
            self.app.exit()

    async def _install(self, opened: "Workspace") -> None:
        await self._close_everything()
        self.workspace = opened
        opened.on_reconnect(self._reconnected)
        self.top_line.label = opened.label
        self.top_line.facts = opened.facts
        production = any(mark in opened.target for mark in self.request.settings.production)
        self.top_line.set_class(production, "-production")
        if production:
            self.top_line.facts = f"PRODUCTION · {opened.facts}"
        try:
            summaries = await opened.load_outline()
        except StudioError as error:
            self.say(str(error), severity="error")
            return
        self.tree_pane.show(summaries)
        self._show_first()

    def _show_first(self) -> None:
        workspace = self.workspace
        if workspace is None:
            return
        wanted = self.request.table
        ref = workspace.find(wanted) if wanted else workspace.first_table()
        if wanted and ref is None:
            self.say(f"there is no table called {wanted!r} here", severity="error")
            ref = workspace.first_table()
        if ref is not None:
            self.open_table(ref)
        else:
            self.status.place = "no tables yet"
            self.tree_pane.focus()

    def _reconnected(self) -> None:
        self.say("the connection was lost and opened again")

    async def _close_everything(self) -> None:
        switcher = self.query_one("#tabs", ContentSwitcher)
        await switcher.remove_children()
        self._tabs.clear()
        self._trail.clear()
        self._show_tabs()
        if self.workspace is not None:
            await self.workspace.close()
            self.workspace = None

    # -- tabs ------------------------------------------------------------------------------------

    def open_table(self, ref: TableRef) -> None:
        """Show the rows of `ref`, in its tab."""
        from studio.ui.tabs.browse import BrowseTab  # noqa: PLC0415 it loads the database layer

        workspace = self.workspace
        if workspace is None:
            return
        tab = self.open_tab(f"table:{ref}", lambda: BrowseTab(workspace, ref, self.request))
        self.tree_pane.mark_open(ref)
        tab.focus_content()

    def open_tab(self, key: str, make: Callable[[], Tab]) -> Tab:
        """Go to the tab called `key`; made and added when it is not open yet."""
        switcher = self.query_one("#tabs", ContentSwitcher)
        current = self.current_key
        if key not in self._tabs:
            tab = make()
            tab.id = f"tab-{id(tab)}"
            self._tabs[key] = tab
            switcher.mount(tab)
        if current is not None and current != key:
            self._trail.append(current)
        tab = self._tabs[key]
        switcher.current = tab.id
        self._show_tabs()
        return tab

    @property
    def current_tab(self) -> Tab | None:
        """The tab on the screen."""
        key = self.current_key
        return self._tabs.get(key) if key is not None else None

    @property
    def current_key(self) -> str | None:
        """The key of the tab on the screen."""
        shown = self.query_one("#tabs", ContentSwitcher).current
        return next((key for key, tab in self._tabs.items() if tab.id == shown), None)

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """Every open tab, in order."""
        return tuple(self._tabs.values())

    def _show_tabs(self) -> None:
        keys = list(self._tabs)
        current = self.current_key
        index = keys.index(current) if current in keys else 0
        self.query_one(TabBar).show([tab.tab_title for tab in self._tabs.values()], index)
        self._show_place()

    def _show_place(self) -> None:
        tab = self.current_tab
        self.status.place = tab.tab_place if tab is not None else ""
        self._show_keys()

    def _show_keys(self) -> None:
        words: dict[str, str] = {}
        for active in self.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled:
                words.setdefault(binding.description, key_label(binding.key))
        self.status.show_keys([(key, word) for word, key in words.items()])

    @on(Tab.Changed)
    def _tab_changed(self) -> None:
        self._show_tabs()

    @on(Tab.Working)
    def _tab_working(self, message: Tab.Working) -> None:
        if message.task:
            self.status.working(message.task)
        else:
            self.status.done()
            self._show_place()

    @on(TabBar.Picked)
    def _tab_picked(self, message: TabBar.Picked) -> None:
        self.action_pick_tab(message.index)

    # -- the catalog pane ------------------------------------------------------------------------

    @on(CatalogTree.Chosen)
    def _table_chosen(self, message: CatalogTree.Chosen) -> None:
        self.open_table(message.ref)

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

    @on(CatalogTree.FilterWanted)
    def _filter_wanted(self) -> None:
        self.query_one("#catalog-pane").add_class("-filtering")
        self.query_one("#catalog-filter", Input).focus()

    @on(Input.Changed, "#catalog-filter")
    def _filter_typed(self, message: Input.Changed) -> None:
        self.tree_pane.narrow(message.value)

    @on(Input.Submitted, "#catalog-filter")
    def _filter_done(self) -> None:
        self.tree_pane.focus()

    def _close_filter(self) -> bool:
        pane = self.query_one("#catalog-pane")
        if not pane.has_class("-filtering"):
            return False
        pane.remove_class("-filtering")
        self.query_one("#catalog-filter", Input).value = ""
        self.tree_pane.focus()
        return True

    # -- commands --------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Show every key that works here."""
        self.app.push_screen(Help(self))

    def action_chord(self, first: str) -> None:
        """Wait for the second key of a two-key command."""
        choices = chords_here(self, first)

        def chosen(picked: tuple[object, str] | None) -> None:
            if picked is not None:
                node, action = picked
                self.run_worker(self.app.run_action(action, node), exclusive=False)  # type: ignore[arg-type]

        self.app.push_screen(Chord(first, choices), chosen)

    def action_go_to(self) -> None:
        """Go to any table by a few letters of its name."""
        if self.workspace is None:
            return

        def chosen(ref: TableRef | None) -> None:
            if ref is not None:
                self.open_table(ref)

        self.app.push_screen(GoTo(self.workspace.summaries), chosen)

    def action_toggle_catalog(self) -> None:
        """Show or hide the catalog pane."""
        self.toggle_class("-no-catalog")
        if not self.has_class("-no-catalog"):
            self.tree_pane.focus()
        elif self.current_tab is not None:
            self.current_tab.focus_content()

    def action_pick_tab(self, index: int) -> None:
        """Go to the tab with this number, from 0."""
        keys = list(self._tabs)
        if index < len(keys):
            self.open_tab(keys[index], lambda: self._tabs[keys[index]]).focus_content()

    def action_back(self) -> None:
        """Go back to the tab one came from."""
        while self._trail:
            key = self._trail.pop()
            if key in self._tabs:
                self._go_to_tab(key)
                return
        self.say("nothing to go back to")

    def _go_to_tab(self, key: str) -> None:
        self.query_one("#tabs", ContentSwitcher).current = self._tabs[key].id
        self._tabs[key].focus_content()
        self._show_tabs()

    async def action_close_tab(self) -> None:
        """Close the tab; asks when something would be lost."""
        key, tab = self.current_key, self.current_tab
        if key is None or tab is None:
            return
        if reason := tab.keeps_open_because():
            self.say(reason, severity="warning")
            return
        del self._tabs[key]
        self._trail = [passed for passed in self._trail if passed != key]
        keys = list(self._tabs)
        await tab.remove()
        switcher = self.query_one("#tabs", ContentSwitcher)
        switcher.current = self._tabs[keys[-1]].id if keys else None
        if keys:
            self._tabs[keys[-1]].focus_content()
        else:
            self.tree_pane.focus()
        self._show_tabs()

    def action_stop(self) -> None:
        """Stop what runs, else close what is on top."""
        if self._close_filter():
            return
        tab = self.current_tab
        if tab is not None and tab.stop():
            return
        self.workers.cancel_group(self, "connect")
        self.clear_notifications()

    def clear_notifications(self) -> None:
        """Take the messages away."""
        self.app.clear_notifications()

    def action_connections(self) -> None:
        """Choose a database to connect to."""
        self.app.push_screen(Connect(), self._connect_choice)

    def leave(self) -> None:
        """Quit; asks first when something is staged or open."""
        reasons = [reason for tab in self.tabs if (reason := tab.keeps_open_because())]
        if not reasons:
            self._leave()
            return

        def answered(answer: bool | None) -> None:
            if answer:
                self._leave()

        self.app.push_screen(
            Ask("\n".join([*reasons, "", "Quit all the same?"]), yes="quit"),
            answered,
        )

    @work(group="leave", exclusive=True)
    async def _leave(self) -> None:
        if self.workspace is not None:
            await self.workspace.close()
        self.app.exit()

    def say(self, message: str, *, severity: str = "information") -> None:
        """Tell the person something; `severity` is information, warning or error."""
        self.notify(message, severity=severity, markup=False)  # type: ignore[arg-type]

    def watch_focused(self) -> None:
        """Other places have other keys."""
        try:
            self._show_keys()
        except NoMatches:
            return
