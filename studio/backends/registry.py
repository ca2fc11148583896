"""Which engines there are: names without importing, one loaded by its scheme."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from studio.backends.target import Target
from studio.model.errors import ConnectFailed

if TYPE_CHECKING:
    from studio.backends.base import Backend

_BUILT_IN = {
    "sqlite": "studio.backends.sqlite.engine:SQLite",
    "postgresql": "studio.backends.postgresql.engine:PostgreSQL",
    "postgres": "studio.backends.postgresql.engine:PostgreSQL",
}
_EARLY = {"sqlite": "studio.backends.sqlite.early"}
"""Modules with what an engine can do before any driver is imported."""
_GENERIC = "studio.backends.generic:Generic"


class _Early(Protocol):
    """A module of `_EARLY`."""

    def begin(self, target: Target) -> None:
        """Start what another process can do."""

    def look_here(self, target: Target) -> bool:
        """Look from this process; whether rows can be read in place."""


def begin(target: Target) -> None:
    """Let the engine of `target` start what it can while the first screen is being painted."""
    if early := _early(target):
        early.begin(target)


def look_here(target: Target) -> bool:
    """Let the engine of `target` look from this process, which must have opened nothing yet;
    whether one more connection may look at its rows at once. Raises StudioError.
    """
    early = _early(target)
    return early is None or early.look_here(target)


def _early(target: Target) -> "_Early | None":
    module = _EARLY.get(target.backend)
    return cast("_Early", import_module(module)) if module else None


@cache
def backend(scheme: str) -> "Backend":
    """The backend that answers to `scheme` (no driver part): built in, from an entry point, or
    generic.
    """
    if known := _BUILT_IN.get(scheme):
        return _load(known)
    # Only engines of other people need it, and it costs 40 ms to import.
    from importlib.metadata import entry_points  # noqa: PLC0415

    for point in entry_points(group="studio.backends", name=scheme):
        return cast("Backend", point.load()())
    return _load(_GENERIC, scheme)


def _load(path: str, *scheme: str) -> "Backend":
    module, _, name = path.partition(":")
    try:
        return cast("Backend", getattr(import_module(module), name)(*scheme))
    except ImportError as error:
        raise ConnectFailed(f"the engine behind {module} cannot be loaded: {error}") from error
