"""Which checks there are: the engine's own, and those that other packages bring.

A package joins with an entry point of the group `studio.doctor`: a callable that makes a
`GuestCheck`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Protocol, cast

from studio.backends.halves import Absent, ask, required
from studio.backends.halves.checking import CHECKING, CheckOptions, HealthCheck
from studio.backends.registry import own_engines
from studio.config.guests import Failed, answer_of
from studio.model.errors import ConfigInvalid
from studio.model.health import Blind, HealthFinding

EVERY_ROW = "every row of every table"

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from studio.backends.base import Backend

ENTRY_POINTS = "studio.doctor"


class GuestCheck(Protocol):
    """One check of another package."""

    engine: str
    """The backend's name it is for; `*`: any."""
    check: HealthCheck

    def look(self, connection: "Connection", wishes: CheckOptions) -> Iterable[HealthFinding]:
        """What it finds, on a connection on which nothing is written; may block."""


@dataclass(frozen=True, slots=True)
class Guest:
    """An entry point as it was loaded, or how it failed."""

    name: str
    package: str
    loaded: GuestCheck | None
    why: str = ""


@cache
def guests() -> tuple[Guest, ...]:
    """Every check of another package."""
    points = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    return tuple(_guest(point) for point in points)


def _guest(point: EntryPoint) -> Guest:
    def load() -> GuestCheck:
        made = cast("Callable[[], GuestCheck]", point.load())()
        _ = made.check.id, made.engine  # What it lacks is said now, not in the middle of a run.
        return made

    package = point.dist.name if point.dist is not None else ""
    found = answer_of(load)
    if isinstance(found, Failed):
        return Guest(point.name, package, None, found.why)
    return Guest(point.name, package, found)


def guests_for(engine: str) -> Iterator[GuestCheck]:
    """The checks of other packages that are for an engine."""
    for guest in guests():
        if guest.loaded is not None and guest.loaded.engine in {engine, "*"}:
            yield guest.loaded


def not_loaded() -> Iterator[Blind]:
    """The checks of other packages of which nothing is known but why: which engine they are for
    they did not say.
    """
    for guest in guests():
        if guest.loaded is None:
            whose = f"the check of {guest.package}" if guest.package else "the check"
            yield Blind(guest.name, f"{whose} cannot be loaded: {guest.why}")


def checks_of(backend: "Backend") -> tuple[HealthCheck, ...]:
    """Every check for an engine, its own first. Raises Unsupported where it has none."""
    own = required(backend, CHECKING).checks
    known = {check.id for check in own}
    return (*own, *(g.check for g in guests_for(backend.name) if g.check.id not in known))


def all_checks() -> Iterator[tuple[HealthCheck, tuple[str, ...]]]:
    """Every check of studio's engines with the names of those that have it, in the order of the
    first; then those of other packages.
    """
    engines: dict[str, list[str]] = {}
    checks: dict[str, HealthCheck] = {}
    for backend in own_engines():
        found = ask(backend, CHECKING)
        if isinstance(found, Absent):
            continue
        for check in found.checks:
            checks.setdefault(check.id, check)
            engines.setdefault(check.id, []).append(backend.name)
    for guest in guests():
        if guest.loaded is not None:
            checks.setdefault(guest.loaded.check.id, guest.loaded.check)
            engines.setdefault(guest.loaded.check.id, []).append(guest.loaded.engine)
    for name, check in checks.items():
        yield check, tuple(engines[name])


def chosen(checks: Sequence[HealthCheck], only: Sequence[str]) -> tuple[HealthCheck, ...]:
    """Those named; all when none is. Raises ConfigInvalid for an id nobody has."""
    known = {check.id for check in checks}
    for name in only:
        if name not in known:
            raise ConfigInvalid(
                f"there is no check called {name!r} here: `studio doctor --list` names them all"
            )
    return tuple(check for check in checks if not only or check.id in only)


def read_whole(checks: Sequence[HealthCheck]) -> str:
    """What a look at whole tables reads, in words; empty: no check does."""
    found = [check.reads for check in checks if check.whole]
    return EVERY_ROW if "" in found else ", ".join(dict.fromkeys(found))
