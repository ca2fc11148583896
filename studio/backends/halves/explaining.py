"""How an engine explains a statement, and what an explained plan of any engine answers.

Screens, the command and the history know no more of a plan than `ExplainedPlan`. Imports neither
SQLAlchemy nor a driver: a saved plan needs none.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from studio.backends.halves import Half
from studio.backends.plans.outline import Heat, Outline
from studio.model.finding import Finding, IndexHint

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from studio.backends.target import Purpose
    from studio.model.server import Server

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What a history keeps of a plan, to read it again as it was."""

    document: str
    """In a form the engine's reader of saved plans knows; empty: there is nothing to keep."""
    ms: float | None
    """What the run took; None: not executed."""
    counters: Mapping[str, object] | None = None
    """What was measured besides the document; JSON can hold it."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What a pipeline compares of a plan."""

    shape: tuple[str, ...]
    """One line a step, indented by its depth, without numbers."""
    cost: float | None = None
    """By the planner's estimate, in its own unit; of use against the same statement only."""
    rows_read: float | None = None
    """Rows looked at in tables and indexes: measured, else estimated; None: not known."""
    ms: float | None = None
    """None: not executed."""
    is_counted: bool = False
    """Whether `rows_read` was measured."""
    unread: tuple[str, ...] = ()
    """Lines of a saved plan that were not read, or not to their end."""


class ExplainedPlan(Protocol):
    """One plan with everything that can be said about it. Frozen, and asks no database."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What it shows, most worth first."""

    @property
    def hints(self) -> tuple[IndexHint, ...]:
        """Indexes worth testing."""

    @property
    def source(self) -> str:
        """What the server sent, as it came; empty where nobody kept it."""

    def headline(self, client_ms: float | None = None) -> list[str]:
        """How long it took and how that is known, most important first; `client_ms`: seen from
        here.
        """

    def outline(self, heat: Heat | None = None) -> Outline:
        """Its lines, as a view draws them; coloured by `heat`, or what suits it best."""

    def since(self, before: "ExplainedPlan") -> Outline | None:
        """What changed since an earlier run, as lines; None for one of another engine."""

    def lines(self, width: int = 80) -> Iterator[str]:
        """What `studio explain` prints: plan, measurements, findings; without any character that a
        terminal would obey (`plans.words.printable`). May end in blanks.
        """

    def details(self, line: int) -> Iterator[tuple[str, str]]:
        """Everything known of a line of the outline, as labels and values; an empty label is a
        title. Text of the database comes as it is.
        """

    def names(self, line: int) -> tuple[str, ...]:
        """How the statement may call what a line of the outline reads; empty ones say nothing."""

    def printed(self) -> str:
        """As the server prints it for people; where nobody kept that, as studio writes it."""

    def as_json(self) -> dict[str, object]:
        """The document of explain/README.md, §5: `engine`, `findings`, `index_hints`, and what
        this engine has besides.
        """

    def kept(self) -> SavedPlan:
        """What the history keeps of it."""

    def measures(self) -> Measures:
        """What a pipeline compares of it."""


BoundValues = tuple[str | int | float | None, ...]
"""Of the parameters of one statement, in the order of their numbers; None is NULL."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to explain and how."""

    sql: str
    analyze: bool = False
    values: BoundValues = ()
    """For its parameters, by the number the engine gives each. Text where the server reads it as
    the parameter's type.
    """
    consent: bool = False
    """Somebody has read the question and said yes to a run that writes."""
    timing: bool = True
    serialize: bool = False
    timeout_s: float = 60.0
    lock_timeout_s: float = 5.0
    check_deferred: bool = False
    """SET CONSTRAINTS ALL IMMEDIATE first: else deferred checks never run, and cost nothing."""


@dataclass(frozen=True, slots=True)
class ExplainedRun:
    """One explained statement, and what it took seen from here."""

    request: Request
    shown: ExplainedPlan
    client_ms: float | None = None
    """From sending to the whole answer; parsing and the way there are in no plan."""
    notes: tuple[str, ...] = field(default=())
    stopped: str = ""
    """Why a measurement that was asked for has no end; the plan is then an estimate."""


class Lanes(Protocol):
    """Where an engine runs what explaining takes. Errors of the driver come translated."""

    def server(self, connection: "Connection") -> "Server":
        """Who answers; blocks."""

    async def look(self, work: "Callable[[Connection], T]") -> T:
        """Do work that reads, on a short-lived connection for catalogs."""

    async def rolled_back(
        self,
        purpose: "Purpose",
        is_open: "Callable[[Connection], bool]",
        work: "Callable[[Connection], T]",
        *,
        read_only: bool,
        timeout_s: float | None = None,
    ) -> T:
        """Do `work` on the person's connection for `purpose`, and undo it.

        In a transaction of its own, or behind a savepoint where `is_open` finds one: that one
        stays as it was, and `work` has to see to it that nothing is written, if `read_only`.
        Raises TimeoutError after `timeout_s`.
        """


class Explaining(Protocol):
    """How one engine explains."""

    async def explain(self, lanes: Lanes, request: Request) -> ExplainedRun:
        """Explain; raises NeedsConsent before it measures what writes, Refused, Unsupported,
        StudioError.
        """


EXPLAINING: Half[Explaining] = Half("explaining", "studio cannot read the plans of {engine} yet")
"""An attribute `explaining`."""
