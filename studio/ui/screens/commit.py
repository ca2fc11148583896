"""The question between a write and its commit; it does not wait for ever."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from studio.ui.labels import plain_lines
from studio.ui.screens.ask import Ask

PATIENCE_S = 60.0
"""An open transaction holds locks and keeps others waiting: nobody's lunch may be that long."""


class AskCommit(Ask):
    """Commit or roll back; rolls back by itself when nobody answers."""

    DEFAULT_CSS = Ask.DEFAULT_CSS.replace("Ask", "AskCommit")

    def __init__(self, question: str) -> None:
        super().__init__(question, yes="commit", no="roll back")
        self._left_s = PATIENCE_S
        self.ran_out = False
        """Whether the answer is nobody's."""

    def compose(self) -> ComposeResult:
        """The question, how long it waits, and its keys."""
        with Vertical():
            yield Static(plain_lines(self._question), markup=False)
            yield Static(self._waits, id="left", markup=False)
            yield Static(self._keys, id="keys", markup=False)

    @property
    def _waits(self) -> str:
        return f"rolls back by itself in {self._left_s:.0f} s"

    def on_mount(self) -> None:
        """Count down."""
        self.set_interval(1.0, self._second)

    def _second(self) -> None:
        self._left_s -= 1
        self.query_one("#left", Static).update(self._waits)
        if self._left_s <= 0 and not self.ran_out:
            self.ran_out = True
            self.dismiss(False)
