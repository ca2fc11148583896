"""The line above a plan: what it is of, and what it cost; or what went wrong."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.widgets import Static

from studio.backends.plans.words import printable
from studio.explain.history import KeptRun, trend
from studio.ui.widgets.labels import plain, plain_lines


class PlanHead(Static):
    """Says one thing until it is told another."""

    DEFAULT_CSS: ClassVar[str] = """
    PlanHead { height: auto; max-height: 3; padding: 0 1; background: $surface; }
    PlanHead.-error { color: $error; }
    """

    def say(self, text: str, *, is_error: bool = False) -> None:
        """A sentence."""
        self.set_class(is_error, "-error")
        self.update(plain_lines(text))

    def show_plan(self, of: str, facts: Sequence[str], runs: Sequence[KeptRun]) -> None:
        """What the plan is of, its facts, and how the runs so far went."""
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(head_of(of, 60), style="bold")
        for fact in facts:
            text.append(f" · {printable(fact)}")
        if line := trend(tuple(runs)):
            text.append(f" · {len(runs)} runs {line}")
        self._show(text)

    def show_both(self, says: str) -> None:
        """That two plans are compared, and what came of it."""
        self._show(Text.assemble((plain(says), "bold"), " · esc goes back to the plan"))

    def _show(self, text: Text) -> None:
        self.remove_class("-error")
        self.update(text)


def head_of(text: str, width: int = 40) -> str:
    """How a statement begins, on one line of at most `width` characters."""
    line = " ".join(text.split())
    return plain(line if len(line) <= width else f"{line[: width - 1]}…")
