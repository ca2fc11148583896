"""Where edits of the whole workspace are dealt with: kept, offered again, reviewed, taken back."""

from asyncio import to_thread, wrap_future
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.message import Message
from textual.widget import Widget

from studio.model.errors import StudioError, Unsupported
from studio.model.words import plural
from studio.ui.keys.commands import Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.edits.journal.journal import AppliedSet
    from studio.model.apply_report import ApplyReport
    from studio.model.change import Change
    from studio.model.change_set import EditHistory
    from studio.ui.editing.staging import Staged
    from studio.ui.workspace import Workspace

# The database layer is imported inside functions: this widget is there at the first paint.


class ChangeSets(Widget):
    """Has no looks of its own; the main screen hands it the commands that are about edits."""

    COMMANDS: ClassVar[tuple[Command, ...]] = (
        Command("edits.review", "Review and apply what is staged", "", "sets('review')"),
        Command("edits.discard", "Discard everything staged", "", "sets('discard')"),
        Command("edits.undo-last", "Undo last apply", "", "sets('undo_last')"),
        Command("edits.list", "Applied sets: see them, take one back", "", "sets('applied')"),
        Command("edits.take-up", "Take up staged edits of another session", "", "sets('take_up')"),
    )
    DEFAULT_CSS = "ChangeSets { display: none; }"

    class Changed(Message):
        """Something is staged, or no longer."""

        def __init__(self, staged: int) -> None:
            super().__init__()
            self.staged = staged

    class GoTo(Message):
        """The row and column of a change are wanted on the screen."""

        def __init__(self, change: "Change", column: str) -> None:
            super().__init__()
            self.change = change
            self.column = column

    def __init__(self) -> None:
        super().__init__()
        self._workspace: Workspace | None = None
        self._unlisten: Callable[[], None] = lambda: None

    def serve(self, workspace: "Workspace") -> None:
        """Deal with the edits of this workspace from now on."""
        self._unlisten()
        before = self._workspace
        if before is not None and (count := len(before.staging.changes)):
            kept = "is kept" if count == 1 else "are kept"
            self._say(f"{_edits(count)} {kept}, and offered when {before.label} is opened again")
        self._workspace = workspace
        self._unlisten = workspace.staging.listen(self._staged)
        workspace.staging.on_unkept = self._unkept
        self.post_message(self.Changed(0))
        self._recover(workspace)

    def _staged(self, staged: "Staged") -> None:
        del staged
        if self._workspace is not None:
            self.post_message(self.Changed(len(self._workspace.staging.changes)))

    def _unkept(self, reason: str) -> None:
        self.app.call_from_thread(
            self._say, f"staged edits are not being kept on disk: {reason}", severity="warning"
        )

    @property
    def keeps_open_because(self) -> str:
        """Why quitting would surprise; empty when it would not."""
        staging = self._workspace.staging if self._workspace is not None else None
        if staging is None or not (count := len(staging.changes)):
            return ""
        if (reason := staging.unkept_because) is None:
            return f"{_edits(count)} not applied; kept, and offered on the next start"
        why = f" ({reason})" if reason else ""
        return f"{_edits(count)} not applied and not kept on disk{why}: quitting loses them"

    def _say(self, text: str, *, severity: str = "information") -> None:
        self.notify(text, severity=severity, markup=False)  # type: ignore[arg-type]

    # -- from the last time ----------------------------------------------------------------------

    @work(group="journal", exclusive=True)
    async def _recover(self, workspace: "Workspace") -> None:
        from studio.edits.applying.undo import journal_of, recover  # noqa: PLC0415 it loads the database layer

        try:
            journal = await journal_of(workspace.session)
            workspace.staging.keep_in(journal)
            if not workspace.session.opening.writable:
                return
            for entry in await recover(workspace.session, journal):
                outcome = entry.outcome.value if entry.outcome is not None else "not known"
                self._say(f"set {entry.id}, whose end was not seen: {_found(outcome)}")
        except Unsupported:
            return
        except (StudioError, OSError) as error:
            self._say(f"the journal of edits cannot be read: {error}", severity="warning")
            return
        await self._offer(workspace)

    async def _offer(self, workspace: "Workspace", *, asked: bool = False) -> None:
        from studio.ui.editing.take_up import TakeUp  # noqa: PLC0415 it loads the database layer

        journal = workspace.staging.journal
        found = await to_thread(lambda: list(journal.abandoned())) if journal is not None else []
        if not found:
            if asked:
                self._say("no staged edits were left by another session")
            return
        path, history = found[0]

        def answered(answer: str | None) -> None:
            if answer == "take up":
                self._take_up(workspace, path)
            elif answer == "discard":
                path.unlink(missing_ok=True)

        self.app.push_screen(TakeUp(history, path), answered)

    @work(group="journal", exclusive=True)
    async def _take_up(self, workspace: "Workspace", path: Path) -> None:
        taking = workspace.staging.take_up(path)
        if taking is None:
            return
        try:
            history: EditHistory = await wrap_future(taking)
        except OSError as error:
            self._say(f"they cannot be read: {error.strerror or error}", severity="error")
            return
        workspace.staging.become_taken_up(history)
        self._say(f"{_edits(len(history.present))} taken up; w reviews them")

    def action_take_up(self) -> None:
        """Offer what another session left."""
        workspace = self._workspace
        if workspace is None:
            return
        if len(workspace.staging.changes):
            self._say("apply or discard what is staged first")
            return
        self._ask_again(workspace)

    @work(group="sets", exclusive=True)
    async def _ask_again(self, workspace: "Workspace") -> None:
        await self._offer(workspace, asked=True)

    # -- what is staged --------------------------------------------------------------------------

    def action_review(self) -> None:
        """Show what would be done, and do it."""
        from studio.ui.editing.review import Review  # noqa: PLC0415 it loads the database layer

        workspace = self._workspace
        if workspace is None or not len(workspace.staging.changes):
            self._say("nothing is staged: e edits a cell, i inserts a row, d deletes one")
            return

        def closed(wanted: "tuple[Change, str] | None") -> None:
            if wanted is not None:
                self.post_message(self.GoTo(*wanted))

        self.app.push_screen(Review(workspace), closed)

    def action_discard(self) -> None:
        """Ask, then stage nothing any more; that too can be taken back."""
        from studio.model.change_set import ChangeSet  # noqa: PLC0415 - most never discard
        from studio.ui.widgets.ask import Ask  # noqa: PLC0415 the same

        workspace = self._workspace
        count = len(workspace.staging.changes) if workspace is not None else 0
        if workspace is None or not count:
            self._say("nothing is staged")
            return

        def answered(answer: bool | None) -> None:
            if answer:
                workspace.staging.become(ChangeSet())
                self._say(f"{_edits(count)} discarded; u takes that back")

        self.app.push_screen(Ask(f"Discard {_edits(count)}?", yes="discard"), answered)

    # -- what was applied ------------------------------------------------------------------------

    @work(group="sets", exclusive=True)
    async def action_undo_last(self) -> None:
        """Look at taking the newest applied set back."""
        workspace = self._workspace
        journal = workspace.staging.journal if workspace is not None else None
        entry = await to_thread(journal.last_undoable) if journal is not None else None
        if workspace is None or entry is None:
            self._say("no set was applied from here that could be taken back")
            return
        self._review_undo(workspace, entry)

    @work(group="sets", exclusive=True)
    async def action_applied(self) -> None:
        """List what was applied from here."""
        from studio.ui.editing.applied_sets import AppliedSets  # noqa: PLC0415 not before paint

        workspace = self._workspace
        journal = workspace.staging.journal if workspace is not None else None
        entries = await to_thread(journal.entries) if journal is not None else ()

        def chosen(entry: "AppliedSet | None") -> None:
            if workspace is not None and entry is not None:
                self._review_undo(workspace, entry)

        self.app.push_screen(AppliedSets(entries), chosen)

    def _review_undo(self, workspace: "Workspace", entry: "AppliedSet") -> None:
        from studio.ui.editing.undo_review import UndoReview  # noqa: PLC0415 not before paint

        def done(report: "ApplyReport | None") -> None:
            if report is not None:
                rows = plural(sum(report.rows.values()), "row")
                self._say(f"set {entry.id} taken back: {rows} · {report.elapsed_ms:.0f} ms")
                workspace.staging.applied()

        self.app.push_screen(UndoReview(workspace, entry), done)


def _edits(count: int) -> str:
    return plural(count, "staged edit")


def _found(outcome: str) -> str:
    return {
        "applied": "all of it happened",
        "nothing": "nothing happened",
    }.get(outcome, "still not known; undo last apply looks again")
