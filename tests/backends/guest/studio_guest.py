"""An engine as somebody else would bring it: a server of SQLite files under a scheme of its own.

Everything optional is an attribute: the half, a place, or a reason.
"""

from dataclasses import replace
from typing import ClassVar

from studio.backends.base import Opening, Target
from studio.backends.halves import Absent
from studio.backends.halves.explaining import ExplainedRun, Lanes, Request
from studio.backends.plans.plain import PlainLine, PlainPlan
from studio.backends.sqlite.editing import SQLiteEditing
from studio.backends.sqlite.engine import SQLite
from studio.sqltext.syntax import SQLITE, Syntax

NAME = "guest"


class GuestEngine(SQLite):
    """`guest:///path/to/file`."""

    name: ClassVar[str] = NAME
    syntax: ClassVar[Syntax] = replace(SQLITE, name=NAME, hash_comments=True)
    editing = "tests.backends.guest.studio_guest:GuestEditing"  # type: ignore[assignment]
    explaining: ClassVar[str] = "tests.backends.guest.studio_guest:GuestExplaining"
    finding_ids = ("guest_long_visit",)
    proving = Absent("guests build nothing, not even for a moment")  # type: ignore[assignment]
    bytecode = Absent("guests keep their programs to themselves")  # type: ignore[assignment]
    scratch = Absent("guests have no scratch: they are on a visit")

    def open(self, target: Target) -> Opening:
        """The file behind the URL."""
        return super().open(replace(target, address=_path(target)))


class GuestEditing(SQLiteEditing):
    """Rows are written as in SQLite."""


class GuestExplaining:
    """Plans are lines, each below the one before it."""

    async def explain(self, lanes: Lanes, request: Request) -> ExplainedRun:
        """Ask for the lines alone: nothing is run."""
        asked = f"EXPLAIN QUERY PLAN {request.sql}"
        rows = await lanes.look(lambda c: c.exec_driver_sql(asked).fetchall())
        lines = [f"guest {row[3]}" for row in rows]
        return ExplainedRun(request, _plan("\n".join(lines)))


class GuestPlans:
    """Plans that somebody saved."""

    finding_ids = GuestEngine.finding_ids

    def read(self, text: str, sql: str = "", counters: object = None) -> PlainPlan | None:
        """Every line begins with the guest's name."""
        del sql, counters
        return _plan(text.rstrip()) if text.startswith("guest ") else None


class GuestEarly:
    """What needs no driver."""

    def begin(self, target: Target) -> None:
        """Nothing to start."""

    def may_be_read_twice(self, target: Target) -> bool:
        """A file can be."""
        return True

    def look_here(self, target: Target) -> bool:
        """Nothing has to be looked at first."""
        return True


def _plan(text: str) -> PlainPlan:
    lines = text.splitlines()
    return PlainPlan(
        NAME, tuple(PlainLine(t, n - 1 if n else None) for n, t in enumerate(lines)), source=text
    )


def _path(target: Target) -> str:
    return target.address.partition("://")[2]
