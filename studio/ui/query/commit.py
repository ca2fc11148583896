"""The question between a write and its commit, and what is held up while it waits."""

from time import monotonic

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from studio.model.errors import StudioError
from studio.queries.result import Waits
from studio.ui.widgets.ask import Ask
from studio.ui.widgets.labels import plain, plain_lines

_MOST_LINES = 4
"""Locks, or who waits, that are named; the rest is counted."""
_LOOK_S = 1.0


class AskCommit(Ask):
    """Commit or roll back. What holds locks is rolled back when nobody answers in time: no key that
    comes later is a yes.
    """

    DEFAULT_CSS = (
        Ask.DEFAULT_CSS.replace("Ask", "AskCommit")
        + """
    AskCommit > Vertical { max-width: 96%; max-height: 100%; padding: 0 1; }
    AskCommit #held { margin-top: 1; }
    AskCommit #waiting { color: $warning; }
    """
    )

    def __init__(self, question: str, waits: Waits | None = None, patience_s: float = 0.0) -> None:
        """`waits`: what an open transaction holds up for `patience_s`; None: nothing is held."""
        super().__init__(question, yes="commit", no="roll back" if waits else "leave it")
        self._waits = waits
        self._patience_s = patience_s
        self._until = monotonic() + patience_s
        self._is_asking = False
        self._said = ""
        self.ran_out = False
        """Whether the answer is nobody's."""

    def compose(self) -> ComposeResult:
        """The question and its keys, how long it waits; below, what grows: locks, who waits."""
        with Vertical():
            yield Static(plain_lines(self._question), markup=False)
            yield Static(self._keys, id="keys", markup=False)
            if self._waits is not None:
                yield Static(self._left, id="left", markup=False)
                if self._waits.locks:
                    held = _listed("held until you answer:", self._waits.locks)
                    yield Static(held, id="held", markup=False)
                yield Static("", id="waiting", markup=False)

    def on_mount(self) -> None:
        """Count down, and look who waits."""
        if self._waits is not None:
            self._until = monotonic() + self._patience_s
            self.set_interval(_LOOK_S, self._second)
            self._ask_who_waits(self._waits)

    @property
    def _left(self) -> str:
        return f"rolls back by itself in {max(0.0, self._until - monotonic()):.0f} s"

    def _second(self) -> None:
        self.query_one("#left", Static).update(self._left)
        if monotonic() >= self._until:
            self._run_out()
        elif self._waits is not None:
            self._ask_who_waits(self._waits)

    def _run_out(self) -> None:
        if not self.ran_out:
            self.ran_out = True
            self.dismiss(False)

    @work(group="waiting")
    async def _ask_who_waits(self, waits: Waits) -> None:
        if self._is_asking:
            return
        self._is_asking = True
        try:
            said = _listed("waiting for it now:", await waits.who_waits())
        except StudioError as error:
            said = f"who waits for it cannot be seen: {plain(str(error))}"
        finally:
            self._is_asking = False
        # None, when it was answered meanwhile.
        for shown in self.query("#waiting").results(Static):
            if said != self._said:
                shown.update(said)
                self._said = said

    def action_answer(self, answer: bool) -> None:
        """Close with the answer, unless the time was over before it came."""
        if self._waits is not None and monotonic() >= self._until:
            self._run_out()
        else:
            super().action_answer(answer)


def _listed(head: str, lines: tuple[str, ...]) -> str:
    if not lines:
        return ""
    more = len(lines) - _MOST_LINES
    named = [f"  {plain(line)}" for line in lines[:_MOST_LINES]]
    return "\n".join([head, *named, *([f"  and {more:,} more"] if more > 0 else [])])
