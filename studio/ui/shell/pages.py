"""The pages of the workspace that have a key of their own, and the way to any table by its name."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from textual import work
from textual.widget import Widget

from studio.model.relation import TableRef, TableSummary
from studio.model.times import TimesIn
from studio.ui.keys.commands import Command
from studio.ui.shell.catalog_tree import CatalogTree
from studio.ui.shell.past import ShownPast
from studio.ui.shell.tab_opener import TabOpener
from studio.ui.widgets.grid import Grid
from studio.ui.work_ends import begin_work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.model.stored import StoredObject


_SAID_TIMES = {
    TimesIn.LOCAL: "times are shown in your zone, each with its offset from UTC",
    TimesIn.UTC: "times are shown in UTC",
    TimesIn.STORED: "times are shown as the database writes them, numbers and ids in UTC",
}


@runtime_checkable
class FillsWithRelations(Protocol):
    """A picker that may be opened before the catalog has come."""

    def fill(self, summaries: "Sequence[TableSummary]") -> None:
        """Offer these from now on."""


class WorkspacePages(Widget):
    """Has no looks of its own; the main screen hands it the commands that open a page."""

    TO_TABLES: ClassVar[tuple[Command, ...]] = (
        Command("studio.go-to", "Go to a table", "t", "page('go_to')", "go to"),
        Command("studio.objects", "Source of a function, trigger, view, type, sequence…", "g o",
                "page('objects')", "source"),
    )  # fmt: skip
    TO_QUERIES: ClassVar[tuple[Command, ...]] = (
        Command("studio.new-query", "New query", "T", "page('new_query')", "query"),
        Command("studio.open-plan", "Open a saved plan", "", "page('open_plan')"),
    )
    COMMANDS: ClassVar[tuple[Command, ...]] = (
        Command("studio.migrations", "Migrations of this project", "g m", "page('migrations')",
                "migrations"),
        Command("studio.activity", "Sessions of the server, who waits for whom", "g a",
                "page('activity')", "activity"),
        Command("studio.statements", "Statements the server spends its time on", "g t",
                "page('statements')", "statements"),
        Command("studio.health", "What is wrong in this database", "g h", "page('health')",
                "health"),
        Command("studio.wal", "Commits in the WAL of this file", "g w", "page('wal')", "WAL"),
        Command("studio.times", "Times in your zone, in UTC, or as stored", "g z",
                "page('times')", "times"),
        Command("studio.now", "From the past back to now", "g n", "page('now')", "now"),
    )  # fmt: skip
    DEFAULT_CSS = "WorkspacePages { display: none; }"

    def __init__(self, opener: TabOpener, past: ShownPast) -> None:
        super().__init__()
        self._opener = opener
        self._past = past

    # -- relations -------------------------------------------------------------------------------

    @property
    def _summaries(self) -> "Sequence[TableSummary]":
        return self.screen.query_one(CatalogTree).summaries

    def action_go_to(self) -> None:
        """Go to any table by a few letters of its name."""

        def chosen(ref: TableRef | None) -> None:
            if ref is not None:
                self._opener.table(ref)

        # While connecting, what the helper process saw can be chosen from already.
        from studio.ui.shell.go_to import GoTo  # noqa: PLC0415 not before the first paint

        picker = GoTo(self._summaries, is_filling=self._opener.awaits_catalog)
        self.app.push_screen(picker, chosen)

    def action_objects(self) -> None:
        """Read the source of whatever has one."""
        from studio.ui.shell.objects import GoToObject, show_source  # noqa: PLC0415 not before the first paint

        workspace = self._opener.workspace
        if workspace is None:
            self.notify("not connected yet", markup=False)
            return

        def chosen(found: "StoredObject | None") -> None:
            if found is not None:
                begin_work(self, partial(show_source, self.screen, workspace, found), "source")

        self.app.push_screen(GoToObject(workspace), chosen)

    def fill_pickers(self) -> None:
        """Let whatever stands over the screen offer the relations that have come."""
        for screen in self.app.screen_stack:
            if isinstance(screen, FillsWithRelations):
                screen.fill(self._summaries)

    def open_at(self, index: int) -> None:
        """Open the relation with this place in the catalog."""
        if index < len(self._summaries):
            self._opener.table(self._summaries[index].ref)

    # -- queries and plans -----------------------------------------------------------------------

    def action_new_query(self) -> None:
        """Open another, empty query tab."""
        self._opener.query()

    def action_open_plan(self) -> None:
        """Ask for a file with a plan of any server, and show it."""
        from studio.ui.widgets.ask import AskText  # noqa: PLC0415 not before the first rows

        def answered(name: str | None) -> None:
            if name:
                self.open_saved_plan(Path(name))

        self.app.push_screen(AskText("Open which plan? (JSON, YAML, XML or text)"), answered)

    @work(group="file", exclusive=True)
    async def open_saved_plan(self, path: Path) -> None:
        """Show the plan in a file; what is wrong with the file is said."""
        await self._opener.saved_plan(path)

    # -- the database ----------------------------------------------------------------------------

    def action_migrations(self) -> None:
        """The migrations of this folder, in the connected database or in their own."""
        self._opener.board()

    def action_activity(self) -> None:
        """What the sessions of the server do, and who waits for whom."""
        if not self._past.rules_out("in the past nobody is at work: g n goes back to now"):
            self._opener.activity()

    def action_statements(self) -> None:
        """Which statements the server spends its time on."""
        self._opener.statements()

    def action_health(self) -> None:
        """What is wrong in the connected database."""
        self._opener.health()

    def action_wal(self) -> None:
        """The commits in the WAL beside this database's file; from the past, back to them."""
        if self._past.is_shown:
            self._past.leave()
        else:
            self._opener.wal()

    def action_times(self) -> None:
        """Show times in another zone, wherever rows are shown."""
        from studio.ui.rows.record_view import RecordView  # noqa: PLC0415 not before the first rows

        workspace = self._opener.workspace
        if workspace is None:
            self.notify("not connected yet", markup=False)
            return
        times = workspace.times.turn()
        for grid in self.screen.query(Grid):
            grid.show_times(times)
        for record in self.screen.query(RecordView):
            record.show_times(times)
        self.notify(_SAID_TIMES[times], markup=False)

    def action_now(self) -> None:
        """Leave the past; the tabs below it are as they were."""
        self._past.leave()
