"""The catalog beside the tabs, with the line that filters it."""

from functools import partial
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from studio.model.errors import StudioError
from studio.ui.widgets.catalog_tree import CatalogTree

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.model.relation import TableSummary
    from studio.ui.staging import Staged
    from studio.ui.workspace import Workspace


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

    def compose(self) -> ComposeResult:
        """The tree; the filter comes when it is wanted, which is later than the first rows."""
        yield CatalogTree()

    @property
    def tree_view(self) -> CatalogTree:
        """The tree."""
        return self.query_one(CatalogTree)

    def show(self, summaries: "tuple[TableSummary, ...]", workspace: "Workspace") -> None:
        """List the relations; how many rows each has comes after them, and again when there are
        others: cascades reach tables that no edit names.
        """
        self.tree_view.show(summaries)
        self._count_rows(workspace)
        self._unlisten()
        self._unlisten = workspace.staging.listen(partial(self._staged, workspace))

    def _staged(self, workspace: "Workspace", staged: "Staged") -> None:
        if staged.is_applied:
            self._count_rows(workspace)

    @work(group="counts", exclusive=True)
    async def _count_rows(self, workspace: "Workspace") -> None:
        try:
            self.tree_view.recount(await workspace.count_rows())
        except StudioError:
            # Whoever asks for rows next is told why; a name without a number is no lie.
            return

    @on(CatalogTree.FilterWanted)
    async def _wanted(self) -> None:
        self.add_class("-filtering")
        if not self.query(Input):
            field = Input(placeholder="filter", select_on_focus=False)
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
