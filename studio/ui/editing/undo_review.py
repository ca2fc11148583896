"""The last look before an applied set is taken back."""

from typing import ClassVar

from textual import work
from textual.binding import BindingType

from studio.edits.applying.apply import apply_changes
from studio.edits.applying.undo import NOT_WRITTEN_DOWN, journal_of, taken_back_by, undo
from studio.edits.journal.journal import AppliedSet
from studio.model.apply_report import ApplyOutcome, ApplyReport
from studio.model.change import Change
from studio.model.errors import StudioError
from studio.ui.editing import change_words as words
from studio.ui.editing.change_review import ChangeReview
from studio.ui.editing.what_follows import Sight
from studio.ui.editing.without_undo import offer
from studio.ui.keys.commands import Command, bindings
from studio.ui.workspace import Workspace


class UndoReview(ChangeReview[ApplyReport | None]):
    """What taking a set back would do; answers with what came of it when it was done."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("undo.apply", "Take it back", "enter", "apply", "take it back"),
        Command("undo.close", "Stop what runs, else back", "escape,q", "close", "back"),
        Command("undo.try", "Run everything, tell, and roll back", "t", "try", "dry run"),
        *ChangeReview.SHARED,
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)

    def __init__(self, workspace: Workspace, entry: AppliedSet) -> None:
        super().__init__(workspace, f"Take back set {entry.id}:", "taking back")
        self.entry = entry
        self._is_without_undo = False
        """Whether the person said that this need not be taken back in its turn."""

    def begin(self) -> None:
        """Work out the inverse."""
        self.look_for("what each row was")
        self._look()

    @work(group="preview", exclusive=True)
    async def _look(self) -> None:
        try:
            changes, self.notes = await taken_back_by(self.workspace.session, self.entry)
        except StudioError as error:
            self.see(Sight.REFUSED)
            self.say(str(error), "error")
            return
        if not changes:
            self.say("every row is as it was: taking the set back only writes that down")
            self.see(Sight.KNOWN)
            return
        self.show_changes(changes.changes)
        await self.look_ahead(changes.changes)

    def offers(self, command: Command) -> bool:
        """There is nothing to try where nothing is to be written."""
        if command.action == "try" and not self.shown.changes:
            return False
        return super().offers(command)

    async def send(self, changes: tuple[Change, ...], *, trial: bool) -> ApplyReport:
        """Take it back. Raises StudioError."""
        workspace = self.workspace
        catalog = await workspace.fresh_catalog()
        if trial:
            return await apply_changes(workspace.session, changes, trial=True, catalog=catalog)
        if self._is_without_undo:
            self._is_without_undo = False
            return await undo(workspace.session, None, self.entry, catalog)
        journal = workspace.staging.journal or await journal_of(workspace.session)
        return await undo(workspace.session, journal, self.entry, catalog)

    def show_failure(self, report: ApplyReport, *advice: str) -> None:
        """Where it cannot be written down, ask whether to do it all the same."""
        super().show_failure(report, *advice)
        if self.shown.changes:
            offer(
                self.app,
                report,
                f"Take set {self.entry.id} back all the same, without undo? It could not be "
                "applied again from here, and the list of applied sets would show it as applied.",
                ("take it back without undo", "leave it applied"),
                self._without_undo,
            )

    def _without_undo(self) -> None:
        self._is_without_undo = True
        self._run(trial=False)

    def ended(self, report: ApplyReport) -> None:
        """Answer with what came of it, where something did."""
        if report.outcome is ApplyOutcome.APPLIED:
            if report.journal_id is None:
                self.notify(NOT_WRITTEN_DOWN, markup=False)
            self.dismiss(report)
        else:
            self.say(words.outcome_words(report))
