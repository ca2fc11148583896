"""What another session staged and never applied: take it up, discard it, or leave it."""

from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from studio.model.change import Change, Delete, Insert
from studio.model.change_set import EditHistory
from studio.model.words import plural
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.ask import Ask
from studio.ui.widgets.dialog import Confirming
from studio.ui.widgets.labels import plain


class TakeUp(Confirming[str]):
    """Answers "take up", "discard" or "later"."""

    CONFIRMS: ClassVar[frozenset[str]] = frozenset({"answer", "discard"})
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("take-up.yes", "Take them up again", "t", "answer('take up')"),
        Command("take-up.discard", "Discard them", "D", "discard"),
        Command("take-up.later", "Later", "l,escape", "answer('later')"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    TakeUp { align: center middle; }
    TakeUp > Vertical {
        width: auto; max-width: 90%; height: auto; background: $surface;
        border: round $primary; padding: 1 2;
    }
    TakeUp Static { width: auto; max-width: 100%; }
    TakeUp #keys { color: $dim; margin-top: 1; }
    """

    def __init__(self, history: EditHistory, path: Path) -> None:
        super().__init__()
        changes = history.present.changes
        at = _when(path)
        lines = [f"{plural(len(changes), 'staged edit')}{at}, not applied:"]
        for table in history.present.tables:
            here = [change for change in changes if change.table == table]
            lines.append(f"  {plain(str(table))}   {_counts(here)}")
        self._text = "\n".join(lines)

    def compose(self) -> ComposeResult:
        """What there is, and the keys."""
        with Vertical():
            yield Static(self._text, markup=False)
            yield Static("t take up again   D discard   l, esc later", id="keys", markup=False)

    def action_discard(self) -> None:
        """Ask once more: they are nowhere else."""

        def answered(answer: bool | None) -> None:
            if answer:
                self.dismiss("discard")

        self.app.push_screen(Ask("Discard these staged edits for good?", yes="discard"), answered)

    def action_answer(self, answer: str) -> None:
        """Close with the answer."""
        self.dismiss(answer)


def _when(path: Path) -> str:
    try:
        at = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except OSError:
        return ""
    return f" from {at:%Y-%m-%d %H:%M}"


def _counts(changes: list[Change]) -> str:
    new = sum(isinstance(change, Insert) for change in changes)
    gone = sum(isinstance(change, Delete) for change in changes)
    parts = (("~", len(changes) - new - gone), ("+", new), ("×", gone))
    return "  ".join(f"{sign} {count:,}" for sign, count in parts if count)
