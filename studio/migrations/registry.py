"""The migration tools studio knows: its own, and those third parties bring by entry point.

Studio's own are found, not listed: every file of `studio/migrations/frameworks` is a tool.
"""

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules
from types import ModuleType
from typing import TypeVar

from studio.config.guests import Failed, answer_of
from studio.migrations import frameworks as own
from studio.migrations.framework import Framework
from studio.migrations.guarded import FrameworkFailed, GuardedFramework

ENTRY_POINTS = "studio.migrations"

T = TypeVar("T")

_left_out: dict[str, str] = {}
"""Frameworks that failed in this process, and how."""


def frameworks() -> tuple[Framework, ...]:
    """Every framework that has not failed, studio's own first."""
    return tuple(known for known in _loaded() if known.name not in _left_out)


def without_failing(look: Callable[[], T]) -> T:
    """What `look` finds; where a framework fails in it, what it finds without that framework.

    Which ones were left out, and why, is in `failures`.
    """
    while True:
        try:
            return look()
        except FrameworkFailed as failed:
            if failed.framework in _left_out:
                raise
            _left_out[failed.framework] = str(failed)


@cache
def _loaded() -> tuple[Framework, ...]:
    """Studio's own by their precedence, then the guests by their names."""
    found = [GuardedFramework(tool()) for module in _modules() for tool in _tools(module)]
    found.sort(key=lambda tool: (tool.precedence, tool.name))
    return (*found, *(guest for guest, _ in _guests() if guest is not None))


def _modules() -> Iterator[ModuleType]:
    for module in iter_modules(own.__path__, f"{own.__name__}."):
        yield import_module(module.name)


def _tools(module: ModuleType) -> Iterator[type[Framework]]:
    """The frameworks a file of the room defines; what it imports is another file's."""
    for thing in vars(module).values():
        is_tool = isinstance(thing, type) and issubclass(thing, Framework)
        if is_tool and thing.__module__ == module.__name__:
            yield thing


def failures() -> tuple[str, ...]:
    """What could not be loaded or failed later, each as a sentence."""
    return (*(reason for _, reason in _guests() if reason), *_left_out.values())


@cache
def _guests() -> tuple[tuple[Framework | None, str], ...]:
    points = sorted(entry_points(group=ENTRY_POINTS), key=lambda p: p.name)
    return tuple(_guest(point) for point in points)


def _guest(point: EntryPoint) -> tuple[Framework | None, str]:
    def load() -> object:
        made: Callable[[], object] = point.load()
        return made()

    guest = answer_of(load)
    if isinstance(guest, Failed):
        return None, f"The migration framework {point.name} cannot be loaded: {guest.why}"
    if not isinstance(guest, Framework):
        return None, f"{point.value} is not a studio migration framework"
    try:
        return GuardedFramework(guest), ""
    except FrameworkFailed as failed:
        return None, str(failed)


def framework(name: str) -> Framework:
    """The framework called `name`; raises KeyError."""
    for known in _loaded():
        if known.name == name:
            return known
    raise KeyError(name)
