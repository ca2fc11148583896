"""What opens as a tab: now, or when there is a connection and its catalog."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from studio.model.errors import StudioError
from studio.model.relation import TableRef
from studio.ui.request import OpenRequest
from studio.ui.shell.catalog_tree import CatalogTree
from studio.ui.shell.status_line import StatusLine
from studio.ui.shell.tab_stack import TabStack

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.backends.halves.explaining import BoundValues
    from studio.model.finding import IndexHint
    from studio.model.page import Condition
    from studio.ui.workspace import Workspace


class HasTabs(Protocol):
    """Where tabs are opened."""

    @property
    def tab_stack(self) -> TabStack:
        """Every open tab, of which one is on the screen."""

    @property
    def tree_pane(self) -> CatalogTree:
        """The catalog's tree."""

    @property
    def status(self) -> StatusLine:
        """The last line."""

    def say(self, message: str, *, severity: str = "information") -> None:
        """Tell the person something."""


class TabOpener:
    """Opens tabs on one workspace after the other, and remembers what was wanted before one."""

    def __init__(self, place: HasTabs, request: OpenRequest) -> None:
        """`request`: what is wanted of the first workspace."""
        self._place = place
        self._request = request
        self._workspace: Workspace | None = None
        self._wants_board = self._wants_query = self._wants_health = False
        """Asked for before there was a connection."""
        self._later: list[Callable[[], None]] = []
        """Pages asked for before there was a connection, in their order."""
        self._wanted: TableRef | None = None
        """The table chosen before there was a catalog."""
        self.awaits_catalog = True
        """Whether the relations are still on their way."""
        self.is_stopped = False
        """Whether connecting was stopped: nothing that needs a connection will come by itself."""

    @property
    def workspace(self) -> "Workspace | None":
        """What tabs are opened on; None while there is no connection."""
        return self._workspace

    @property
    def is_awaited(self) -> bool:
        """Whether a tab was asked for that opens once there is a connection."""
        return self._wants_board or self._wants_query or self._wants_health or bool(self._later)

    def forget(self) -> None:
        """Open nothing by itself any more."""
        self._later = []
        self._wants_board = self._wants_query = self._wants_health = False
        self._place.tab_stack.announce("")

    def serve(self, workspace: "Workspace | None") -> None:
        """Open tabs on another workspace, whose catalog is on its way, or on none."""
        self._workspace, self.awaits_catalog = workspace, True
        self.is_stopped = False

    def end_wait(self) -> None:
        """The catalog will not come: what needs none opens."""
        self.awaits_catalog, self._wanted = False, None
        self.open_awaited()

    def stop_wait(self) -> None:
        """Connecting was stopped."""
        self._wanted, self.is_stopped = None, True
        self.forget()

    def say_stopped(self) -> bool:
        """Say why nothing opens that needs a connection, if that is so."""
        if self.is_stopped:
            self._place.say("not connected: g c connects")
        return self.is_stopped

    def open_first(self, workspace: "Workspace") -> TableRef | None:
        """The catalog has come: open the table that was wanted, else the first with rows; which."""
        self.awaits_catalog = False
        wanted = self._request.table
        ref = workspace.first_table(wanted)
        if wanted and ref is None:
            self._place.say(f"there is no table called {wanted!r} here", severity="error")
            ref = workspace.first_table()
        ref, self._wanted = self._wanted or ref, None
        if ref is not None:
            self.table(ref)
        else:
            self._place.tab_stack.drop_preview()
            self._place.status.place = "no tables yet"
            self._place.tree_pane.focus()
        if self._request.query is not None:
            self._open_query(self._request.query)
        return ref

    def open_awaited(self) -> None:
        """Open what was asked for meanwhile. Before the first table it would be covered by that,
        and what is typed into it would be lost.
        """
        if self._workspace is None or self.awaits_catalog:
            return
        if self._wants_board:
            self.board()
        if self._wants_health:
            self.health()
        if self._wants_query:
            self._open_query()
        for open_page in self._later:
            open_page()
        self.forget()

    def table(
        self,
        ref: TableRef,
        filters: "tuple[Condition, ...] | None" = None,
        *,
        structure: bool = False,
    ) -> None:
        """Show the rows of `ref` in its tab; with `filters`, only those they keep; without, not
        only those that a followed key left; or its `structure`. While the catalog is on its way:
        then, in place of the first table.
        """
        workspace, tab_stack = self._workspace, self._place.tab_stack
        if self.say_stopped():
            return
        if workspace is None or self.awaits_catalog:
            self._wanted = ref
            return
        from studio.ui.rows.tab import BrowseTab  # noqa: PLC0415 it loads the database layer

        first, later = self._request, OpenRequest(settings=self._request.settings)
        request = later if tab_stack.tabs else first
        key = f"table:{ref}"
        is_open = tab_stack.find(key) is not None
        tab = tab_stack.open(key, lambda: BrowseTab(workspace, ref, request, filters or ()))
        if structure and isinstance(tab, BrowseTab):
            tab.action_show_structure()
        elif is_open and isinstance(tab, BrowseTab):
            if filters is not None:
                tab.refilter(filters)
            else:
                tab.show_whole()
        tab.focus_content()

    def query(self) -> None:
        """Open an empty query tab. Its name is seen before it is made, which takes a moment."""
        if self.say_stopped():
            return
        self._wants_query = True
        self._place.tab_stack.announce("query")
        self._place.tab_stack.call_after_refresh(self.open_awaited)

    def _open_query(self, given: str | None = None) -> None:
        """Open a query tab; `given`: SQL, or `@file`."""
        if self._workspace is None:
            return
        from studio.ui.shell import opening  # noqa: PLC0415 it loads the database layer

        settings = self._request.settings
        try:
            opening.open_query(self._place.tab_stack, self._workspace, settings, given)
        except StudioError as error:
            self._place.say(str(error), severity="error")

    def query_with(self, sql: str) -> None:
        """Open a query tab with a text."""
        self._open_query(sql)

    def health(self) -> None:
        """What is wrong in the connected database."""
        workspace = self._workspace
        if self.say_stopped():
            return
        if workspace is None or self.awaits_catalog:
            self._wants_health = True
            return
        from studio.ui.health.tab import KEY, HealthTab  # noqa: PLC0415 it loads the doctor's room

        try:
            tab = self._place.tab_stack.open(
                KEY, lambda: HealthTab(workspace, self._request.folder)
            )
        except StudioError as error:
            self._place.say(str(error), severity="error")
        else:
            tab.focus_content()

    def plan(
        self,
        sql: str,
        hints: "tuple[IndexHint, ...]" = (),
        values: "BoundValues" = (),
    ) -> None:
        """Show the plan of a statement with `values` for its parameters; with `hints`, try whether
        these indexes help it.
        """
        from studio.ui.shell import opening  # noqa: PLC0415 it loads the database layer

        if self._workspace is not None:
            opening.open_plan(self._place.tab_stack, self._workspace, sql, hints, values)

    async def saved_plan(self, path: Path) -> None:
        """Show the plan in a file, which needs no workspace."""
        from studio.ui.shell import opening  # noqa: PLC0415 it loads the database layer

        try:
            await opening.open_saved_plan(self._place.tab_stack, path)
        except StudioError as error:
            self._place.say(str(error), severity="error")

    def board(self) -> None:
        """The migrations of the folder, in the connected database or in their own."""
        if self.say_stopped():
            return
        if self._workspace is None or self.awaits_catalog:
            self._wants_board = True
            return
        from studio.ui.migrations.tab import open_board  # noqa: PLC0415 it loads the migrations room

        target = self._workspace.session.opening.target
        open_board(self._place.tab_stack, self._request.folder, target)

    def activity(self) -> None:
        """The sessions of the connected server."""
        if self.say_stopped():
            return
        if self._workspace is None or self.awaits_catalog:
            self._later.append(self.activity)
            return
        from studio.ui.shell import opening  # noqa: PLC0415 it loads the database layer

        try:
            opening.open_sessions(self._place.tab_stack, self._workspace)
        except StudioError as error:
            self._place.say(str(error))

    def statements(self) -> None:
        """The statements the connected server spends its time on."""
        if self.say_stopped():
            return
        if self._workspace is None or self.awaits_catalog:
            self._later.append(self.statements)
            return
        from studio.ui.shell import opening  # noqa: PLC0415 it loads the database layer

        try:
            opening.open_statements(self._place.tab_stack, self._workspace)
        except StudioError as error:
            self._place.say(str(error))

    def wal(self) -> None:
        """The commits in the write-ahead log of the connected database."""
        if self.say_stopped():
            return
        if self._workspace is None or self.awaits_catalog:
            self._later.append(self.wal)
            return
        from studio.ui.shell import opening  # noqa: PLC0415 it loads the database layer

        try:
            opening.open_wal_page(self._place.tab_stack, self._workspace)
        except StudioError as error:
            self._place.say(str(error))
