"""Code of other people that runs inside studio: the one place where whatever it raises is caught.

An engine, a migration tool or a theme of somebody else may fail in any way there is. It is asked
through here, so that its failure is an answer: a line that names it, while studio goes on.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

_MOST_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Failed:
    """What a guest answers with when it raised."""

    why: str
    """The exception's kind and message in one line, without control characters."""


def answer_of(ask: Callable[[], T], *, ours: tuple[type[BaseException], ...] = ()) -> T | Failed:
    """What a guest answers, or how it failed; `ours` are raised on: they are not its failures.

    The answer must be whole when it comes: what a generator raises later is caught by nobody.
    """
    try:
        return ask()
    except ours:
        raise
    except (Exception, SystemExit) as error:
        return Failed(_said(error))


async def awaited(
    ask: Callable[[], Awaitable[T]], *, ours: tuple[type[BaseException], ...] = ()
) -> T | Failed:
    """The same for what has to be waited for; a cancel is the waiter's, and goes on."""
    try:
        return await ask()
    except ours:
        raise
    except (Exception, SystemExit) as error:
        return Failed(_said(error))


def _said(error: BaseException) -> str:
    try:
        message = str(error)
    except Exception:  # a guest's exception is a guest too
        message = ""
    words = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    if len(words) > _MOST_CHARACTERS:
        words = f"{words[:_MOST_CHARACTERS]}…"
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
