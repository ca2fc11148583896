"""Review and apply what is staged: what would change, what follows; then try it, or do it."""

from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.binding import BindingType

from studio.edits.applying.apply import WITHOUT_UNDO, apply_changes
from studio.edits.applying.undo import journal_of, recover
from studio.model.apply_report import ApplyOutcome, ApplyReport, ChangeError
from studio.model.change import Change
from studio.model.errors import StudioError
from studio.ui.editing import change_words as words
from studio.ui.editing.change_review import ChangeReview
from studio.ui.editing.conflicts import Conflicts
from studio.ui.editing.without_undo import offer
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.labels import plain_lines
from studio.ui.workspace import Workspace


class Review(ChangeReview[tuple[Change, str] | None]):
    """The last look before anything leaves. Answers with a change and a column to go to."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("review.apply", "Apply", "enter", "apply", "apply"),
        Command("review.close", "Stop what runs, else back", "escape,q", "close", "back"),
        Command("review.try", "Run everything, tell, and roll back", "t", "try", "dry run"),
        Command("review.conflicts", "Settle the conflicts", "c", "conflicts", "conflicts"),
        Command("review.look", "Look again what became of it", "r", "look", "look again"),
        Command("review.drop", "Drop this change", "minus,d", "drop", "drop"),
        Command("review.go", "Go to its row, to edit it again", "e", "go", "edit again"),
        *ChangeReview.SHARED,
        Command("review.undo", "Take the last staged step back", "u", "undo"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace, "Apply to", "applying")
        self._sent_off: tuple[Change, ...] = ()
        self._is_without_undo = False
        """Whether the person said that this one need not be taken back."""

    def begin(self) -> None:
        """Show the set; SQL and effects come as they are known."""
        self._load()

    def _load(self) -> None:
        changes = self.workspace.staging.changes.changes
        self.show_changes(changes)
        if not changes:
            self.dismiss(None)
            return
        self.look_for("what this would do")
        self._look(changes)

    @work(group="preview", exclusive=True)
    async def _look(self, changes: tuple[Change, ...]) -> None:
        await self.look_ahead(changes)

    def offers(self, command: Command) -> bool:
        """Conflicts where there are some, another look where the end is not known."""
        report = self.report
        if command.action == "conflicts":
            return bool(self._conflicts) and not self.doing
        if command.action == "look":
            return report is not None and report.outcome is ApplyOutcome.UNKNOWN and not self.doing
        return super().offers(command)

    @property
    def _conflicts(self) -> bool:
        report = self.report
        return (
            report is not None and bool(report.conflicts) and self._sent_off == self.shown.changes
        )

    # -- row by row ------------------------------------------------------------------------------

    def _here(self) -> Change | None:
        at = self.changes_list.line
        return self.shown.changes[at] if at < len(self.shown.changes) else None

    def action_drop(self) -> None:
        """Leave the change under the cursor out; `u` takes that back."""
        change = self._here()
        if change is not None and not self.doing:
            self.workspace.staging.drop(change)
            self.report = None
            self.say("dropped; u brings it back")
            self._load()

    def action_undo(self) -> None:
        """Take the last step back, a drop or an edit."""
        if not self.doing and self.workspace.staging.undo():
            self.report = None
            self._load()

    def action_go(self) -> None:
        """Back to the row, on the column that is wrong if one is."""
        change = self._here()
        if change is None or self.doing:
            return
        errors = self.report.errors if self.report is not None else ()
        at = self.changes_list.line
        columns = next((e.columns for e in errors if e.change == at and e.columns), ())
        column = columns[0] if columns else next(iter(change.after), "")
        self.dismiss((change, column))

    # -- applying --------------------------------------------------------------------------------

    async def send(self, changes: tuple[Change, ...], *, trial: bool) -> ApplyReport:
        """Apply what was reviewed. Raises StudioError."""
        workspace, ready = self.workspace, self.shown.plan
        self._sent_off = changes
        if self._is_without_undo and not trial:
            return await self._sent_for_good(changes)
        journal = workspace.staging.journal or await journal_of(workspace.session)
        await workspace.staging.kept()
        return await apply_changes(
            workspace.session,
            ready if ready is not None and ready.staged is changes else changes,
            trial=trial,
            journal=None if trial else journal,
            catalog=await workspace.load_catalog(),
        )

    async def _sent_for_good(self, changes: tuple[Change, ...]) -> ApplyReport:
        """Apply with nothing written down. Raises StudioError."""
        workspace = self.workspace
        self._is_without_undo = False
        try:
            await workspace.staging.forget()
        except OSError as error:
            why = f"what is staged cannot be taken off the disk: {error.strerror or error}"
            return ApplyReport(ApplyOutcome.NOTHING, errors=(ChangeError(None, "other", why),))
        catalog = await workspace.load_catalog()
        report = await apply_changes(workspace.session, changes, catalog=catalog)
        if report.outcome is ApplyOutcome.APPLIED:
            return replace(report, notes=(*report.notes, WITHOUT_UNDO))
        workspace.staging.keep_again()
        return report

    def ended(self, report: ApplyReport) -> None:
        """Nothing of it is staged any more."""
        self.notify(words.outcome_words(report), markup=False)
        if report.outcome is ApplyOutcome.APPLIED:
            for note in report.notes:
                self.notify(plain_lines(note), markup=False)
        self.workspace.staging.applied(self.shown.changes)
        self.dismiss(None)

    def show_failure(self, report: ApplyReport, *advice: str) -> None:
        """Say what to do about it as well; conflicts are settled at once."""
        if report.errors and report.errors[0].change is not None:
            advice += ("e goes to the row and column of the change under the cursor",)
        if report.conflicts:
            advice += ("c settles the conflicts: take one, edit again, or drop, row by row",)
        super().show_failure(report, *advice)
        self.show_keys()
        offer(
            self.app,
            report,
            "Apply it all the same, without undo? It could not be taken back from here, "
            "and after a connection lost at COMMIT nobody could look what became of it.",
            ("apply without undo", "leave it staged"),
            self._without_undo,
        )
        self.action_conflicts()

    def _without_undo(self) -> None:
        self._is_without_undo = True
        self._run(trial=False)

    def action_conflicts(self) -> None:
        """Settle the conflicts, row by row."""
        if self.report is None or not self._conflicts:
            return

        def settled(wanted: tuple[Change, str] | None) -> None:
            if wanted is not None:
                self.dismiss(wanted)
                return
            if self.workspace.staging.changes.changes != self._sent_off:
                self.report = None
                self.say("settled and staged, nothing is written yet: enter applies")
            self._load()

        conflicts = self.report.conflicts
        self.app.push_screen(Conflicts(self.workspace, conflicts, self.row_keys), settled)

    def action_look(self) -> None:
        """Find out what became of a set whose end nobody saw."""
        if self.report is not None and self.report.outcome is ApplyOutcome.UNKNOWN:
            self._look_again(self.report)

    @work(group="apply", exclusive=True)
    async def _look_again(self, report: ApplyReport) -> None:
        staging = self.workspace.staging
        if staging.journal is None:
            return
        self.say("looking…")
        try:
            found = await recover(self.workspace.session, staging.journal)
        except (StudioError, OSError) as error:
            self.say(f"still not known: {error}", "error")
            return
        ours = next((entry for entry in found if entry.id == report.journal_id), None)
        if ours is None or ours.outcome in {None, ApplyOutcome.UNKNOWN}:
            self.say("still not known; everything staged is kept", "error")
        elif ours.outcome is ApplyOutcome.APPLIED:
            self.notify("all of it happened", markup=False)
            staging.applied(self._sent_off)
            self.dismiss(None)
        else:
            self.say("nothing happened; enter applies again")
