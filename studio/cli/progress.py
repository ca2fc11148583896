"""How far a long command came, on stderr, where somebody looks."""

import sys
from time import monotonic

from studio.cli.streams import is_terminal
from studio.model.words import plural

_EVERY_S = 0.5


class ProgressLine:
    """Says so on one line that is written again; nothing where stderr is no terminal."""

    def __init__(self, what: str, of: int | None = None) -> None:
        """`of`: about how many rows there are."""
        self._what = what
        self._of = of
        self._began = self._told = monotonic()
        self._is_on = is_terminal(sys.stderr)
        self._width = 0

    def __call__(self, rows: int) -> None:
        """So many rows by now."""
        now = monotonic()
        if self._is_on and now - self._told >= _EVERY_S:
            self._told = now
            self._say(self._words(rows, now - self._began))

    def _words(self, rows: int, seconds: float) -> str:
        rate = rows / seconds
        words = f"{self._what}: {plural(rows, 'row')}, {rate:,.0f} a second"
        if self._of and rows < self._of:
            words += f", about {(self._of - rows) / rate:,.0f} s left"
        return words

    def end(self) -> None:
        """Take the line away."""
        if self._width:
            self._say("")

    def _say(self, words: str) -> None:
        print(
            f"\r{words:<{self._width}}", end="\r" if not words else "", file=sys.stderr, flush=True
        )
        self._width = len(words)
