"""Applied sets: the list of them, and the last look before one is taken back."""

import asyncio
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static
from textual.widgets.option_list import Option

from studio.edits.journal import Entry
from studio.edits.undo import inverse_of, journal_of, undo
from studio.model.change import ApplyReport, Change, Outcome
from studio.model.errors import StudioError
from studio.ui.commands import Command, bindings
from studio.ui.labels import plain, plain_lines
from studio.ui.screens import review_text as words
from studio.ui.screens.ask import AskText
from studio.ui.screens.pick import Pick
from studio.ui.theme_styles import styles
from studio.ui.widgets.line_list import LineList
from studio.ui.workspace import Workspace


class AppliedSets(Pick[Entry]):
    """Every set that was applied from here, newest first; enter looks at taking one back."""

    PLACEHOLDER = "applied sets: enter takes one back"

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        super().__init__()
        self._entries = entries
        self._shown: list[Entry] = []

    def offer(self, typed: str) -> list[Option]:
        """Those whose line holds what was typed."""
        needle = typed.casefold()
        lines = [(entry, entry_line(entry)) for entry in self._entries]
        found = [(entry, line) for entry, line in lines if needle in line.casefold()]
        self._shown = [entry for entry, _ in found]
        return [
            Option(Text(line, style="" if entry.is_undoable else "dim", no_wrap=True))
            for entry, line in found
        ] or [Option("no set was applied from here", disabled=True)]

    def value(self, index: int) -> Entry | None:
        """The set on line `index`."""
        return self._shown[index] if index < len(self._shown) else None


def entry_line(entry: Entry) -> str:
    """`7   2026-11-20 11:04   applied   events 3`."""
    at = entry.at.astimezone().strftime("%Y-%m-%d %H:%M")
    counts: dict[str, int] = {}
    for change in entry.changes:
        counts[str(change.table)] = counts.get(str(change.table), 0) + 1
    tables = ", ".join(f"{plain(name)} {count:,}" for name, count in counts.items())
    return f"{entry.id:>4}   {at}   {_state(entry):<16}{tables}"


def _state(entry: Entry) -> str:
    if entry.undone_by is not None:
        return f"undone by {entry.undone_by}"
    if entry.undoes is not None and entry.outcome is Outcome.APPLIED:
        return f"undo of {entry.undoes}"
    return entry.outcome.value if entry.outcome is not None else "not known"


class UndoReview(ModalScreen[ApplyReport | None]):
    """What taking a set back would do; answers with what came of it when it was done."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("undo.apply", "Take it back", "enter", "apply", "take it back"),
        Command("undo.close", "Stop what runs, else back", "escape,q", "close", "back"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    UndoReview { align: center middle; }
    UndoReview > Vertical {
        width: 90%; height: auto; max-height: 85%; background: $surface; border: round $primary;
        border-title-color: $primary; border-subtitle-color: $dim;
    }
    UndoReview LineList { height: auto; max-height: 16; }
    UndoReview #notes { color: $warning; padding: 0 1; height: auto; }
    UndoReview #result { padding: 0 1; height: auto; max-height: 8; }
    """

    def __init__(self, workspace: Workspace, entry: Entry) -> None:
        super().__init__()
        self.workspace = workspace
        self.entry = entry
        self._inverse: tuple[Change, ...] = ()
        self._is_running = False

    def compose(self) -> ComposeResult:
        """The inverse, what it cannot do, what came of it."""
        with Vertical() as frame:
            frame.border_title = f"Take back set {self.entry.id}"
            frame.border_subtitle = "enter take it back   esc back"
            yield LineList()
            yield Static(id="notes", markup=False)
            yield Static(id="result")

    def on_mount(self) -> None:
        """Work out the inverse."""
        self._styles = styles(self.app, "grid-staged", "grid-inserted", "grid-deleted", "error")
        self.query_one(LineList).focus()
        self._look()

    @work(group="inverse", exclusive=True)
    async def _look(self) -> None:
        try:
            changes, notes = await inverse_of(self.workspace.session, self.entry)
        except StudioError as error:
            self._say(str(error), wrong=True)
            return
        self._inverse = changes.changes
        self.query_one(LineList).show(len(self._inverse), self._line)
        self.query_one("#notes", Static).update("\n".join(map(plain, notes)))

    def _line(self, index: int) -> Text:
        change = self._inverse[index]
        sign = words.sign(change)
        style = {"~": "grid-staged", "+": "grid-inserted"}.get(sign, "grid-deleted")
        return Text.assemble(
            (f" {sign} {plain(str(change.table))}  ", self._styles[style]),
            words.change_words(change),
        )

    def _say(self, text: str, *, wrong: bool = False) -> None:
        style = self._styles["error"] if wrong else ""
        self.query_one("#result", Static).update(Text(plain_lines(text), style=style))

    def action_apply(self) -> None:
        """Take it back; on a production connection, only with the table's name typed."""
        if self._is_running or not self.entry.changes:
            return
        if not self.workspace.is_production:
            self._run()
            return
        name = self.entry.changes[0].table.name

        def typed(text: str | None) -> None:
            if text is not None and text.strip() == name:
                self._run()
            elif text is not None:
                self._say(f"that is not {name!r}: nothing was sent", wrong=True)

        question = f"PRODUCTION {self.workspace.label}\nType the table's name, {name}, to go on"
        self.app.push_screen(AskText(question), typed)

    @work(group="apply", exclusive=True)
    async def _run(self) -> None:
        workspace = self.workspace
        self._is_running = True
        self._say("taking it back… esc stops it; nothing holds before COMMIT")
        try:
            journal = workspace.staging.journal or await journal_of(workspace.session)
            catalog = await workspace.fresh_catalog()
            report = await undo(workspace.session, journal, self.entry, catalog)
        except asyncio.CancelledError:
            if self.is_mounted:
                self._say("stopped before COMMIT, rolled back: nothing was changed")
            raise
        except StudioError as error:
            self._say(f"nothing was changed: {error}", wrong=True)
            return
        finally:
            self._is_running = False
        if report.outcome is Outcome.APPLIED:
            self.dismiss(report)
            return
        why = [str(conflict) for conflict in report.conflicts[:5]]
        why += [words.error_words(error) for error in report.errors[:5]]
        self._say("\n".join((words.outcome_words(report), *why)), wrong=True)

    def action_close(self) -> None:
        """Stop what runs, else go back."""
        if self._is_running:
            self.workers.cancel_group(self, "apply")
        else:
            self.dismiss(None)
