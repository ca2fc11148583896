"""The one question before several statements: what they will do, by kind, and how they run."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from studio.model.words import plural
from studio.sqltext.classify import StatementKind, classify
from studio.sqltext.script import ScriptStep
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import seen
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.dialog import Confirming
from studio.ui.widgets.labels import plain, plain_lines

_MOST_KINDS = 8


@dataclass(frozen=True, slots=True)
class ScriptChoice:
    """How a script is to run."""

    single: bool
    goes_on: bool


class AskScript(Confirming[ScriptChoice | None]):
    """As written, or all in one transaction where that can be; stop or go on at an error."""

    CONFIRMS: ClassVar[frozenset[str]] = frozenset({"run"})
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("script.run", "Run it as written", "enter,y", "run(False)", "as written"),
        Command("script.single", "All in one transaction", "o", "run(True)", "all in one"),
        Command("script.at-error", "Stop or go on at an error", "e", "turn", "stop / go on"),
        Command("script.back", "Run nothing", "escape,n", "back", "back"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    AskScript { align: center middle; }
    AskScript > Vertical {
        width: auto; max-width: 90%; height: auto; max-height: 90%;
        background: $surface; border: round $primary; padding: 1 2;
    }
    AskScript Static { width: auto; max-width: 100%; }
    AskScript #keys { color: $dim; margin-top: 1; }
    """

    def __init__(self, question: str, how: str, no_single: str) -> None:
        """`how`: what as written means here; `no_single`: why it cannot be one transaction."""
        super().__init__()
        self._question = question
        self._how = how
        self._no_single = no_single
        self._goes_on = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be one transaction is not offered as one."""
        return not (action == "run" and parameters == (True,) and self._no_single)

    def compose(self) -> ComposeResult:
        """What, how, and the keys."""
        with Vertical():
            yield Static(plain_lines(self._question), markup=False)
            yield Static(plain_lines(self._ways), id="ways", markup=False)
            keys = "enter run as written   e stop / go on   esc back"
            single = "" if self._no_single else "o all in one   "
            yield Static(f"{single}{keys}", id="keys", markup=False)

    @property
    def _ways(self) -> str:
        single = self._no_single or "possible: it is kept whole, or not at all"
        at_error = "go on" if self._goes_on else "stop"
        return f"\nas written: {self._how}\nall in one: {single}\nat an error: {at_error}"

    def action_turn(self) -> None:
        """The other way at an error."""
        self._goes_on = not self._goes_on
        self.query_one("#ways", Static).update(plain_lines(self._ways))

    def action_run(self, single: bool) -> None:
        """Run it so."""
        self.dismiss(ScriptChoice(single, self._goes_on))

    def action_back(self) -> None:
        """Run nothing."""
        self.dismiss(None)


def by_kind(steps: Sequence[ScriptStep], syntax: Syntax) -> str:
    """`9 insert · 3 update · 1 create index concurrently · 1 psql line (not run)`."""
    kinds = Counter[str]()
    for step in steps:
        facts = None if step.psql is not None else classify(step.text, syntax)
        if facts is None:
            kinds["psql line (not run)"] += 1
        elif facts.kind is StatementKind.SCHEMA:
            kinds[" ".join(step.text.lower().split()[:2])[:30]] += 1
        else:
            kinds[facts.keyword.lower()] += 1
    words = [f"{count:,} {plain(kind)}" for kind, count in kinds.most_common(_MOST_KINDS)]
    if (more := len(kinds) - _MOST_KINDS) > 0:
        words.append(f"{plural(more, 'other kind')}")
    return " · ".join(words)


def as_written(steps: Sequence[ScriptStep], syntax: Syntax, first_line: int) -> str:
    """What is kept when, by the script's own BEGIN and COMMIT; `first_line` of it, from 0."""
    begins, ends, is_open = list[ScriptStep](), list[ScriptStep](), False
    for step in steps:
        order = _order(step, syntax)
        if order in _BEGINS and not is_open:
            begins.append(step)
            is_open = True
        elif order in _KEEPS | _UNDOES and is_open:
            ends.append(step)
            is_open = False
    if not begins:
        return "each by itself, kept at once"
    first = begins[0].line + first_line
    if begins == [steps[0]] and ends == [steps[-1]]:
        order, line = _order(ends[0], syntax), ends[0].line + first_line
        became = "kept" if order in _KEEPS else "undone"
        return f"one transaction of its own, {became} at its {order} in line {line}"
    if not is_open:
        end = "COMMIT or ROLLBACK decides"
    elif ends:
        end = "COMMIT or ROLLBACK decides, and the last one stays open"
    else:
        end = "nothing is kept yet: it stays open"
    return f"each by itself, kept at once; from its own BEGIN in line {first} on, {end}"


_BEGINS = frozenset({"BEGIN", "START"})
_KEEPS = frozenset({"COMMIT", "END"})
_UNDOES = frozenset({"ROLLBACK", "ABORT"})


def _order(step: ScriptStep, syntax: Syntax) -> str:
    """The word that begins or ends a transaction; empty: the statement does neither."""
    facts = classify(step.text, syntax)
    words = {token.word for token in seen(step.text, syntax)}
    goes_on = "TO" in words or ("CHAIN" in words and "NO" not in words) or "PREPARED" in words
    if step.psql is not None or facts.kind is not StatementKind.TRANSACTION or goes_on:
        return ""
    return facts.keyword


def not_single(
    steps: Sequence[ScriptStep], syntax: Syntax, first_line: int, *, is_open: bool
) -> str:
    """Why a script cannot be one transaction; empty: it can. `first_line` of it, from 0."""
    if is_open:
        return "not possible, a transaction is open already"
    for step in steps:
        facts = classify(step.text, syntax)
        if step.psql is None and facts.outside_transaction:
            return f"not possible, {facts.keyword} in line {step.line + first_line} refuses one"
        if facts.kind is StatementKind.TRANSACTION:
            return f"not possible, it has its own {facts.keyword} in line {step.line + first_line}"
    return ""
