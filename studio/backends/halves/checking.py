"""How an engine looks for what is wrong in a database, check by check."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from studio.backends.halves import Half
from studio.model.health import Checked, FindingScope, HealthSeverity

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from studio.backends.target import Opening


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One thing that can be wrong."""

    id: str
    title: str
    """A few words for a list: "foreign key without index"."""
    severities: tuple[HealthSeverity, ...]
    """What its findings may be, gravest first."""
    scope: FindingScope = FindingScope.DATABASE
    whole: bool = False
    """Whether it reads tables from end to end."""
    samples: bool = False
    """Whether it reads rows of each table: it comes after those that read the catalog alone."""
    many: bool = False
    """Whether it opens as many objects as there are, each of them briefly: such a check comes
    last, and has no deadline but the engine's for one statement.
    """
    reads: str = ""
    """What a `whole` one reads, in words; empty: every row of every table."""


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What a person asked for."""

    full: bool = False
    """Whole tables may be read, however large."""


class Examination(Protocol):
    """One look at one database. Its methods block, and it belongs to one thread at a time."""

    def look(self, check: str) -> Checked:
        """What the check of that id finds. Raises the driver's errors."""


class Checking(Protocol):
    """What one engine can look for."""

    @property
    def checks(self) -> tuple[HealthCheck, ...]:
        """Every check, most serious first."""

    def begin(
        self, connection: "Connection", opening: "Opening", wishes: CheckOptions
    ) -> Examination:
        """An examination on a connection of its own, in autocommit, on which nothing is written."""


CHECKING: Half[Checking] = Half("checking", "studio does not know what to look for in {engine} yet")
"""An attribute `checking`."""
