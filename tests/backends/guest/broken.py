"""Engines of other people that fail, each in its own way."""

from typing import ClassVar

from studio.backends.halves.explaining import ExplainedRun, Lanes, Request
from tests.backends.guest.studio_guest import GuestEngine


class Hollow(GuestEngine):
    """One whose halves are missing, each in its own way."""

    name: ClassVar[str] = "hollow"
    editing = "tests.backends.guest.broken:NotThere"  # type: ignore[assignment]
    empty = "no.such.module:Thing"  # type: ignore[assignment]
    schema_script = None

    @property
    def listen(self) -> object:
        """Raises as code of other people may."""
        raise ZeroDivisionError("facts\nof\x1b[31m life")


class StrangelyExplaining(GuestEngine):
    """One whose plans fail in ways of their own."""

    name: ClassVar[str] = "strange"
    explaining: ClassVar[str] = "tests.backends.guest.broken:RaisesWhatItLikes"


class RaisesWhatItLikes:
    """No plans, only failures."""

    async def explain(self, lanes: Lanes, request: Request) -> ExplainedRun:
        """Fail as the statement asks for."""
        del lanes
        if "leave" in request.sql:
            raise SystemExit(9)
        raise KeyError("plan\x1b[2J")


class NeverMade(GuestEngine):
    """One that cannot be constructed."""

    def __init__(self) -> None:
        raise LookupError("no licence\x1b[2J")


def leave() -> None:
    """One that thinks it owns the process."""
    raise SystemExit(9)
