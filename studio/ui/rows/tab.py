"""A table's tab: its rows, and its structure."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import ContentSwitcher, Static

from studio.backends.base import Purpose
from studio.backends.halves import Absent, ask
from studio.backends.halves.table_use import TABLE_USE
from studio.model.catalog import Table, TableKind, TableRef
from studio.model.change import Change
from studio.model.errors import StudioError
from studio.model.page import Condition, PageRequest, RowCount
from studio.model.table_use import TableUse
from studio.rows.served import is_unserved
from studio.rows.written import page_sql
from studio.ui.keys.commands import Command, bindings
from studio.ui.request import OpenRequest
from studio.ui.rows.pane import RowsPane
from studio.ui.rows.structure_view import StructureView
from studio.ui.rows.view import RowsView
from studio.ui.shell.tab import Tab
from studio.ui.widgets.labels import plain
from studio.ui.workspace import Workspace

_MANY_ROWS = 10_000
_UNITS = ("B", "KB", "MB", "GB", "TB")


class BrowseTab(Tab):
    """The rows of one relation, and what the catalog knows of it."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("table.data", "The table's rows", "g d", "show_data", "rows"),
        Command("table.explain", "The plan of this page's query", "ctrl+e,f6", "explain"),
        Command(
            "table.structure",
            "Columns, keys, indexes, constraints, DDL",
            "g s",
            "show_structure",
            "structure",
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    BrowseTab #title { height: 1; padding: 0 1; color: $foreground; }
    BrowseTab ContentSwitcher { height: 1fr; }
    """

    def __init__(
        self,
        workspace: Workspace,
        ref: TableRef,
        request: OpenRequest,
        filters: tuple[Condition, ...] = (),
    ) -> None:
        super().__init__()
        self.workspace = workspace
        self.ref = ref
        self.table: Table | None = None
        self._request = request
        self._filters = filters
        self._title = ""
        self._last_whole: RowCount | None = None
        """What was counted here before a filter."""
        self._wants_structure = False
        """Asked for before the table was read."""

    def compose(self) -> ComposeResult:
        """A title over the rows or the structure."""
        yield Static(id="title", markup=False)
        with ContentSwitcher(initial="data"):
            yield RowsPane(self.workspace, id="data")
            yield StructureView(id="structure")

    def on_mount(self) -> None:
        """Read the table, then its rows."""
        self._load()

    @property
    def rows(self) -> RowsView:
        """The rows."""
        return self.query_one(RowsView)

    @work(group="table", exclusive=True)
    async def _load(self) -> None:
        self.post_message(self.Working(f"reading {self.ref}"))
        try:
            self.table = await self.workspace.table(self.ref)
        except StudioError as error:
            self.rows.fail(error)
            self.post_message(self.Working())
            self.post_message(self.Changed())
            return
        self.ref = self.table.ref
        self.rows.open(self.table, self._filters, self._request)
        if self._wants_structure:
            self.action_show_structure()

    @on(RowsView.RereadWanted)
    def _reread_wanted(self) -> None:
        self._reread()

    @work(group="table", exclusive=True)
    async def _reread(self) -> None:
        """Columns may have come or gone, or the table may never have been read."""
        try:
            table = await self.workspace.reread(self.ref)
        except StudioError as error:
            self.rows.fail(error)
            return
        self.post_message(self.ReadAgain())
        known, self.table = self.table, table
        if known is None:
            self.rows.open(table, self._filters, self._request)
        elif known.columns != table.columns or known.identity != table.identity:
            self.rows.reopen(table)
        else:
            self.rows.refresh_rows()

    def refilter(self, filters: tuple[Condition, ...]) -> None:
        """Show the rows that `filters` keep: the end of a foreign key."""
        self._filters = filters
        if self.table is not None:
            self.action_show_data()
            self.rows.open(self.table, filters, OpenRequest())

    def show_whole(self) -> None:
        """Every row again, if only the end of a foreign key is shown; what a person filtered by
        themselves stays.
        """
        shown = self.rows.filters if self.table is not None else self._filters
        if self._filters and shown == self._filters:
            self.refilter(())

    def way_back(self) -> Callable[[], None]:
        """The same rows again."""
        filters = self.rows.filters if self.query(RowsView) else self._filters

        def again() -> None:
            if self.rows.filters != filters:
                self.refilter(filters)
            self.focus_content()

        return again

    def go_to_change(self, change: Change, column: str) -> None:
        """Show the row of a staged change."""
        self.action_show_data()
        self.rows.go_to_change(change, column)

    # -- what the frame shows --------------------------------------------------------------------

    @property
    def tab_title(self) -> str:
        """The table's name, with a sign when edits are staged."""
        name = self.ref.name or "''"
        return f"{name} ●" if self.workspace.staging.has(self.ref) else name

    @property
    def relation(self) -> TableRef:
        """The table."""
        return self.ref

    @property
    def tab_place(self) -> str:
        """Row and time."""
        return self.rows.place if self.is_mounted and self.table is not None else ""

    def take_focus(self) -> bool:
        """Into the rows, unless another tab is on the screen by now."""
        if not self.display:
            return True
        if not (self.is_mounted and self.query(RowsView)):
            return False
        self.rows.focus_grid()
        return True

    def stop(self) -> bool:
        """Stop a page, a count, a filter, a file; else close what is open over the rows."""
        pane = self.query_one(RowsPane)
        return pane.exporting.stop() or pane.importing.stop() or self.rows.stop()

    def keeps_open_because(self) -> str:
        """An export would end without its file, an import without its rows."""
        pane = self.query_one(RowsPane)
        return pane.exporting.keeps_open_because or pane.importing.keeps_open_because

    @on(RowsView.Shown)
    def _show_title(self) -> None:
        table = self.table
        if table is None:
            return
        if (title := " · ".join(self._facts(table))) != self._title:
            # Each update lays the whole screen out anew.
            self._title = title
            self.query_one("#title", Static).update(title)
        self.post_message(self.Changed())

    def _facts(self, table: Table) -> list[str]:
        # The name stands right above, in the line of tabs.
        facts = [f"schema {plain(table.ref.schema)}"] if table.ref.schema else []
        if count := self.rows.size_text(self._whole()):
            facts.append(count)
        facts += self._facts_of_rows(table)
        if table.bytes:
            facts.append(_size(table.bytes))
        if table.kind.value != "table":
            facts.append(table.kind.value)
        if not table.has_identity:
            is_derived = table.kind in {TableKind.VIEW, TableKind.MATERIALIZED_VIEW}
            why = "" if is_derived else f"{table.unnamed_because or 'no key'}: "
            facts.append(f"{why}read by position")
        if table.unread:
            facts.append(f"not yours to read: {plain(', '.join(table.unread))}")
        return facts

    def _facts_of_rows(self, table: Table) -> list[str]:
        facts, live = [], self.query_one(RowsPane).live
        if live.is_on:
            facts.append(live.words)
        elif self.rows.freshness.is_old:
            facts.append("database changed since: R")
        if self._reads_everything(table):
            facts.append("no index serves this filter")
        return facts

    def _reads_everything(self, table: Table) -> bool:
        """Whether the filter has so many rows read that somebody would want to know."""
        whole = self._whole()
        is_large = whole is not None and whole.rows >= _MANY_ROWS
        return is_large and is_unserved(table, self.rows.filters)

    def _whole(self) -> RowCount | None:
        """How many rows there are without a filter, as far as anybody counted them."""
        window = self.rows.window
        if window is not None and not window.request.filters and window.count is not None:
            self._last_whole = window.count
        elif self.rows.freshness.is_old and self._last_whole is not None:
            self._last_whole = replace(self._last_whole, exact=False)
        if self._last_whole is not None and self._last_whole.exact:
            return self._last_whole
        return self.workspace.row_count(self.ref) or self._last_whole

    # -- commands --------------------------------------------------------------------------------

    def action_show_data(self) -> None:
        """The rows."""
        self._wants_structure = False
        self.query_one(ContentSwitcher).current = "data"
        self.rows.focus_grid()

    def action_explain(self) -> None:
        """Show how the database finds the rows on the screen."""
        if self.rows.window is not None and self.table is not None:
            self._explain(self.table, self.rows.window.request)

    @work(group="explain", exclusive=True)
    async def _explain(self, table: Table, request: PageRequest) -> None:
        lane = self.rows.lane
        try:
            sql = await lane.run(lambda c: page_sql(c, table, request, lane.backend))
        except StudioError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.post_message(self.Explain(sql))

    def action_show_structure(self) -> None:
        """The structure; who points here is added when the catalog is read."""
        self._wants_structure = self.table is None
        if self.table is None:
            return
        view = self.query_one(StructureView)
        view.show(self.table, self.workspace.health)
        self.query_one(ContentSwitcher).current = "structure"
        view.focus()
        self._load_more(self.table)

    @work(group="structure", exclusive=True)
    async def _load_more(self, table: Table) -> None:
        """How the table is used, then who points here: each is shown when it is known."""
        view, use = self.query_one(StructureView), TableUse()
        try:
            reads_use = ask(self.workspace.session.backend, TABLE_USE)
            if not isinstance(reads_use, Absent):
                lane = self.workspace.session.lane(Purpose.WATCH)
                use = await lane.run(lambda c: reads_use(c, table.ref))
                view.complete(table, (), self.workspace.health, use)
        except StudioError as error:
            self.notify(str(error), severity="error", markup=False)
        try:
            catalog = await self.workspace.load_catalog()
        except StudioError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        found = [
            (owner, f"({', '.join(key.columns)}) → ({', '.join(key.target_columns)})")
            for owner, key in catalog.referencing(table.ref)
        ]
        if found:
            view.complete(table, found, self.workspace.health, use)


def _size(count: int) -> str:
    size = float(count)
    for unit in _UNITS[:-1]:
        if size < 1000:  # noqa: PLR2004 decimal units
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} {_UNITS[-1]}"
