"""What became of each statement of a script."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from studio.backends.halves.running import TransactionNow, Trouble
from studio.db.transaction import InTurn
from studio.model.errors import StudioError
from studio.queries.query import Query
from studio.queries.result import Result, Sink
from studio.sqltext.script import ScriptStep


class Became(StrEnum):
    """How a statement ended."""

    ROWS = "rows"
    """It gave a result set, with rows or without."""
    DONE = "done"
    COPIED = "copied"
    ERROR = "error"
    SKIPPED = "skipped"
    """Not run, after an error."""
    NOT_SQL = "not sql"
    """A line for psql: told, not sent."""


@dataclass(frozen=True, slots=True)
class StepFailure:
    """Why a statement failed, and where in the script."""

    trouble: Trouble
    error: StudioError
    line: int | None = None
    column: int | None = None
    """From 1, in characters."""


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What became of one step."""

    step: ScriptStep
    became: Became
    result: Result = field(default_factory=Result)
    """Columns, how many rows, how long; `notices` in the order they came."""
    row_count: int = -1
    """Rows changed or copied; -1 where nobody says."""
    command: str = ""
    """The engine's own word for what was done."""
    failure: StepFailure | None = None
    transaction: TransactionNow | None = None
    """Afterwards; None where nothing was run."""


class ScriptSink(Sink, Protocol):
    """Where the rows and outcomes of a script go. `begin` comes when a result set is there, so
    never for a statement that fails at once; instead of `end` every step has its `told`.
    """

    async def before(self, query: Query, run: InTurn) -> None:
        """A statement is about to be sent; `run` does work where it runs. May refuse it."""

    def told(self, outcome: StepOutcome) -> None:
        """A step has come to its end, or is passed over."""
