"""The catalog beside the tabs, with the line that filters it."""

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input

from studio.model.errors import StudioError
from studio.ui.keys.commands import Command, bindings
from studio.ui.shell.catalog_tree import CatalogTree
from studio.ui.shell.tab import Tab
from studio.ui.work_ends import begin_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.db.contents import Seen
    from studio.model.relation import TableRef, TableSummary
    from studio.ui.editing.staging import Staged
    from studio.ui.workspace import Workspace


class CatalogFilter(Input):
    """The line that narrows the tree as one types."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("catalog.to-list", "Into the list", "enter", "submit", "to the list"),
        Command("catalog.all", "The whole catalog again", "escape", "screen.stop", "all"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)


class CatalogPane(Vertical):
    """The tree, and above it the filter while one is typed."""

    DEFAULT_CSS = """
    CatalogPane { width: 28; border-right: tall $panel; }
    CatalogPane Input { display: none; }
    CatalogPane.-filtering Input { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._unlisten: Callable[[], None] = lambda: None
        self._workspace: Workspace | None = None
        self._counts: Seen | None = None
        """What the row counts were read of."""
        self._knows_stored = False

    def compose(self) -> ComposeResult:
        """The tree; the filter comes when it is wanted, which is later than the first rows."""
        yield CatalogTree()

    @property
    def tree_view(self) -> CatalogTree:
        """Schemas and relations as lines."""
        return self.query_one(CatalogTree)

    def show(self, summaries: "tuple[TableSummary, ...]", workspace: "Workspace") -> None:
        """List the relations; how many rows each has comes after them, and again when there are
        others: cascades reach tables that no edit names.
        """
        self.serve(workspace)
        self.tree_view.show(summaries)
        self._count_rows(workspace)
        self._unlisten()
        self._unlisten = workspace.staging.listen(partial(self._staged, workspace))

    def serve(self, workspace: "Workspace") -> None:
        """Read the catalog of another workspace from now on."""
        if self._workspace is not workspace:
            self._counts = workspace.contents.watch(partial(self._doubt, workspace))
            if self._knows_stored:
                self._knows_stored = False
                self.tree_view.show_stored(())
        self._workspace = workspace
        if self.tree_view.has_focus:
            self._entered()

    def _staged(self, workspace: "Workspace", staged: "Staged") -> None:
        if staged.is_applied:
            self._count_rows(workspace)

    def _doubt(self, workspace: "Workspace") -> None:
        """Somebody wrote."""
        if workspace is self._workspace:
            self.tree_view.recount(workspace.doubt_counts())

    def count_again(self) -> None:
        """Rows are read again: no count is older than they are."""
        if self._workspace is not None and self._counts is not None and self._counts.is_old:
            self._count_rows(self._workspace)

    @work(group="counts", exclusive=True)
    async def _count_rows(self, workspace: "Workspace") -> None:
        counts = self._counts
        if counts is not None:
            counts.begin()
        try:
            self.tree_view.recount(await workspace.count_rows())
        except StudioError:
            # Whoever asks for rows next is told why; a name without a number is no lie.
            return
        if counts is not None:
            counts.end()

    # -- reading it again ------------------------------------------------------------------------

    @on(CatalogTree.RereadWanted)
    def _reread_wanted(self) -> None:
        self.read_again("reading the catalog")

    def read_again(self, task: str = "") -> None:
        """Relations were made, changed or dropped; `task`: who waits is told what runs."""
        if self._workspace is not None:
            self._read(self._workspace, task)

    @work(group="outline", exclusive=True)
    async def _read(self, workspace: "Workspace", task: str) -> None:
        workspace.forget_structure()
        if task:
            self.post_message(Tab.Working(task))
        try:
            summaries = await workspace.load_outline()
        except StudioError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        finally:
            if task:
                self.post_message(Tab.Working())
        if workspace is self._workspace:
            self.show(summaries, workspace)
            if self._knows_stored:
                self._load_stored(workspace)

    @on(CatalogTree.Entered)
    def _entered(self) -> None:
        """Read what has a source when the tree is first looked at, which is after the rows."""
        if self._workspace is not None and not self._knows_stored:
            self._knows_stored = True
            self._load_stored(self._workspace)

    @work(group="stored", exclusive=True)
    async def _load_stored(self, workspace: "Workspace") -> None:
        # None of these before the first paint.
        from studio.backends.base import Purpose  # noqa: PLC0415
        from studio.backends.halves import Absent, ask  # noqa: PLC0415
        from studio.backends.halves.stored_objects import STORED_OBJECTS  # noqa: PLC0415

        half = ask(workspace.session.backend, STORED_OBJECTS)
        if isinstance(half, Absent):
            return
        try:
            found = await workspace.session.lane(Purpose.WATCH).run(half.listed)
        except StudioError as error:
            self._knows_stored = False
            self.notify(f"functions, types… are not listed: {error}", markup=False)
            return
        if workspace is self._workspace:
            self.tree_view.show_stored(found)

    @on(CatalogTree.SourceWanted)
    def _source_wanted(self, message: CatalogTree.SourceWanted) -> None:
        from studio.ui.shell.objects import show_source  # noqa: PLC0415 not before the first paint

        if self._workspace is not None:
            shown = partial(show_source, self.screen, self._workspace, message.found)
            begin_work(self, shown, "source")

    @on(CatalogTree.Unfolded)
    def _unfolded(self, message: CatalogTree.Unfolded) -> None:
        if self._workspace is not None:
            self._load_columns(self._workspace, message.ref)

    @work(group="columns")
    async def _load_columns(self, workspace: "Workspace", ref: "TableRef") -> None:
        try:
            table = await workspace.table(ref)
        except StudioError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            if workspace is self._workspace:
                self.tree_view.show_table(table)

    # -- the filter ------------------------------------------------------------------------------

    @on(CatalogTree.FilterWanted)
    async def _wanted(self) -> None:
        self.add_class("-filtering")
        if not self.query(Input):
            field = CatalogFilter(placeholder="filter", select_on_focus=False)
            await self.mount(field, before=self.tree_view)
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self.tree_view.narrow(message.value)

    @on(Input.Submitted)
    def _done(self, message: Input.Submitted) -> None:
        message.stop()
        self.tree_view.focus()

    def close_filter(self) -> bool:
        """Show everything again; whether there was a filter."""
        if not self.has_class("-filtering"):
            return False
        self.remove_class("-filtering")
        self.query_one(Input).value = ""
        self.tree_view.focus()
        return True
