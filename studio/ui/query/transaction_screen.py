"""What is to become of an open transaction: commit, roll back, savepoints, the mode."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from studio.backends.halves.running import TransactionNow
from studio.model.words import plural
from studio.queries.held import Held
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.dialog import Confirming
from studio.ui.widgets.labels import plain, plain_lines

_MOST_LINES = 6
_BACK = "back to"


class TransactionChoice(StrEnum):
    """What a person wants of a transaction."""

    COMMIT = "commit"
    ROLL_BACK = "roll_back"
    SAVEPOINT = "savepoint"
    BACK = "back"
    MODE = "mode"


class TransactionScreen(Confirming[TransactionChoice | None]):
    """A few keys; no answer leaves everything as it is."""

    CONFIRMS: ClassVar[frozenset[str]] = frozenset({"choose"})
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("transaction.commit", "Commit", "c", "choose('commit')", "commit"),
        Command("transaction.roll-back", "Roll back", "r", "choose('roll_back')", "roll back"),
        Command(
            "transaction.savepoint", "Set a savepoint", "s", "choose('savepoint')", "savepoint"
        ),
        Command("transaction.back", "Back to the last savepoint", "b", "choose('back')", _BACK),
        Command("transaction.mode", "The other mode", "m", "choose('mode')", "mode"),
        Command("transaction.stay", "Leave it as it is", "escape,n", "stay", "stay"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    TransactionScreen { align: center middle; }
    TransactionScreen > Vertical {
        width: auto; max-width: 90%; height: auto; max-height: 90%;
        background: $surface; border: round $primary; padding: 1 2;
    }
    TransactionScreen Static { width: auto; max-width: 100%; }
    TransactionScreen #keys { color: $dim; margin-top: 1; }
    """

    def __init__(self, question: str, held: Held, *, only_ends: bool = False) -> None:
        """`only_ends`: something else waits for the transaction's end."""
        super().__init__()
        self._question = question
        self._held = held
        self._only_ends = only_ends

    @property
    def hint_words(self) -> Mapping[str, str]:
        """Which savepoint it goes back to."""
        saved = self._held.savepoints
        return {_BACK: f"{_BACK} {plain(saved[-1][0])}"} if saved else {}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A failed transaction takes no commit; there must be a savepoint to go back to."""
        del action
        chosen = parameters[0] if parameters else None
        is_failed = self._held.transaction is TransactionNow.FAILED
        if chosen in {"commit", "savepoint"} and is_failed:
            return False
        if chosen == "back" and not self._held.savepoints:
            return False
        return not (self._only_ends and chosen in {"savepoint", "back", "mode"})

    def compose(self) -> ComposeResult:
        """What it did, and the keys."""
        with Vertical():
            yield Static(plain_lines(self._question), markup=False)
            yield Static(self._keys, id="keys", markup=False)

    @property
    def _keys(self) -> str:
        words = [
            ("c commit", "commit"),
            ("r roll back", "roll_back"),
            ("s savepoint", "savepoint"),
            (self._back, "back"),
            ("m mode", "mode"),
        ]
        shown = [word for word, name in words if self.check_action("choose", (name,))]
        return "   ".join([*shown, "esc stay"])

    @property
    def _back(self) -> str:
        return f"b {self.hint_words.get(_BACK, _BACK)}"

    def action_choose(self, chosen: str) -> None:
        """Close with it."""
        self.dismiss(TransactionChoice(chosen))

    def action_stay(self) -> None:
        """Close with no answer."""
        self.dismiss(None)


def described(held: Held, label: str, waiting: tuple[str, ...] = ()) -> str:
    """What the transaction did and what it holds up, line by line."""
    changes = held.changes
    done = f"{plural(changes.statements, 'change')}, {plural(changes.rows, 'row')}"
    lines = [f"Transaction on {label}", f"open since {held.since}: {done}"]
    kinds = list(changes.by_kind.items())
    lines += [
        f"  {plain(kind)}  {plural(rows, 'row')}" if rows >= 0 else f"  {plain(kind)}"
        for kind, rows in kinds[:_MOST_LINES]
    ]
    if len(kinds) > _MOST_LINES:
        lines.append(f"  and {len(kinds) - _MOST_LINES} more")
    if held.transaction is TransactionNow.FAILED:
        made = held.failed_by
        why = f" at line {made.step.line}" if made is not None else ""
        lines.append(f"✗ It failed{why}: only ROLLBACK helps")
    lines += [f"waiting for it: {plain(who)}" for who in waiting[:_MOST_LINES]]
    return "\n".join(lines)
