"""What an engine may offer beyond what every engine must answer: asked here, and nowhere else.

A half is a small protocol in a file of its own beside this one. A backend offers it as an
attribute: the half itself (an object, or a method), the place of the class of it (`module:Name`,
imported when it is asked for, so that the first paint waits for none), or `Absent`, its own reason
why it has none. Public and versioned like `studio.backends.base`.
"""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from studio.config.guests import Failed, answer_of
from studio.model.errors import Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.backends.base import Backend

H = TypeVar("H")


@dataclass(frozen=True, slots=True)
class Absent:
    """An engine has no such half."""

    why: str
    """What a key, the palette and the command say, without a full stop."""


@dataclass(frozen=True, slots=True)
class Half(Generic[H]):
    """One thing that some engines can do."""

    name: str
    """The attribute by which a backend offers it."""
    absent: str
    """What is said of an engine that does not; `{engine}` stands for its name."""


def ask(backend: "Backend", half: Half[H]) -> H | Absent:
    """That half of an engine, or why it has none. Never raises, whatever a guest does."""
    offered = answer_of(lambda: getattr(backend, half.name, None))
    if isinstance(offered, str):
        offered = _loaded(offered)
    if isinstance(offered, Failed):
        return Absent(f"{half.name} of {backend.name} could not be loaded: {offered.why}")
    if offered is None:
        return Absent(half.absent.format(engine=backend.name))
    return cast("H | Absent", offered)


def offers(backend: "Backend", half: Half[H]) -> bool:
    """Whether an engine has that half."""
    found: H | Absent = ask(backend, half)
    return not isinstance(found, Absent)


def required(backend: "Backend", half: Half[H]) -> H:
    """That half of an engine; raises Unsupported with the reason why it has none."""
    found = ask(backend, half)
    if isinstance(found, Absent):
        raise Unsupported(found.why)
    return found


@cache
def _loaded(place: str) -> object:
    module, _, name = place.partition(":")

    def load() -> object:
        made: Callable[[], object] = getattr(import_module(module), name)
        return made()

    return answer_of(load)
