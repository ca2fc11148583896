"""Finding in a text, and replacing what was found."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from threading import current_thread, main_thread
from types import FrameType

MOST = 10_000
"""Places that are found at once."""
_PATIENCE_S = 0.2
"""A pattern may take for ever, and nothing else goes on meanwhile."""
_TOO_LONG = "this pattern takes too long here"


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """What to look for."""

    text: str
    is_regex: bool = False
    matches_case: bool = False

    def pattern(self) -> re.Pattern[str]:
        """As a pattern; `^` and `$` are ends of lines. Raises ValueError with what is wrong."""
        flags = re.MULTILINE | (0 if self.matches_case else re.IGNORECASE)
        try:
            return re.compile(self.text if self.is_regex else re.escape(self.text), flags)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"no pattern: {error}") from error


def places(text: str, wanted: SearchTerms) -> tuple[tuple[int, int], ...]:
    """Where it stands, in characters, from the start on; places without a character are none.
    Raises ValueError with what is wrong.
    """
    found = _matches(text, wanted, MOST)
    return tuple((match.start(), match.end()) for match in found)


def replaced(text: str, wanted: SearchTerms, by: str, start: int = 0) -> tuple[str, int]:
    r"""`text` from `start` on with every place replaced, and how many were; in a pattern's `by`,
    `\1` and `\g<name>` are its groups. Raises ValueError with what is wrong.
    """
    parts: list[str] = []
    ends, count = start, 0
    for match in _matches(text, wanted):
        if match.start() < start:
            continue
        parts += (text[ends : match.start()], _written(match, wanted, by))
        ends, count = match.end(), count + 1
    return "".join((*parts, text[ends:])), count


def replacement(text: str, wanted: SearchTerms, by: str, place: tuple[int, int]) -> str | None:
    """What stands in `place` afterwards; None when nothing is found exactly there. Raises
    ValueError with what is wrong.
    """
    found = (m for m in _matches(text, wanted) if (m.start(), m.end()) == place)
    match = next(found, None)
    return None if match is None else _written(match, wanted, by)


def _written(match: re.Match[str], wanted: SearchTerms, by: str) -> str:
    try:
        return match.expand(by) if wanted.is_regex else by
    except (re.error, IndexError) as error:
        raise ValueError(f"no replacement: {error}") from error


def _matches(text: str, wanted: SearchTerms, most: int | None = None) -> list[re.Match[str]]:
    if not wanted.text:
        return []
    pattern = wanted.pattern()
    with _patience(_PATIENCE_S):
        found = (match for match in pattern.finditer(text) if match.group())
        return list(islice(found, most))


@contextmanager
def _patience(seconds: float) -> Iterator[None]:
    """Raises ValueError in what takes longer. Only the main thread of a system with timers that
    interrupt can do that.
    """
    if current_thread() is not main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    is_over = False

    def ring(number: int, frame: FrameType | None) -> None:
        del number, frame
        if not is_over:
            raise ValueError(_TOO_LONG)

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        is_over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
