"""Whether an advised index helps: built where nobody sees it, measured, and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from studio.backends.halves import Half
from studio.backends.halves.explaining import ExplainedPlan, Lanes
from studio.model.finding import IndexHint

HELPS = 1.2
"""Times faster from which an index counts as a help; less is noise."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One statement before and after the indexes of one advice, built together."""

    built: tuple[IndexHint, ...]
    """Never empty; only of these anything is said."""
    before: ExplainedPlan
    after: ExplainedPlan
    before_ms: float | None
    """None when only estimates were compared."""
    after_ms: float | None
    used: tuple[IndexHint, ...]
    """Those the plan after reads."""
    cost: tuple[float, float] | None = None
    """The planner's cost before and after, where nothing was run."""
    left_out: tuple[tuple[IndexHint, str], ...] = ()
    """Those that could not be built, and what the server said."""

    @property
    def speedup(self) -> float | None:
        """How many times faster, or cheaper by estimate; below 1 it got worse."""
        if self.before_ms is not None and self.after_ms:
            return self.before_ms / self.after_ms
        return self.cost[0] / self.cost[1] if self.cost and self.cost[1] else None

    @property
    def helps(self) -> bool:
        """Whether it was used and made a difference."""
        return bool(self.used) and (self.speedup or 0.0) >= HELPS


class ProvesIndexes(Protocol):
    """How one engine tries the indexes of an advice."""

    def how(self, hints: Sequence[IndexHint]) -> str:
        """What trying it does to the database, in a sentence, before it is done."""

    async def prove(
        self, lanes: Lanes, sql: str, hints: Sequence[IndexHint], timeout_s: float
    ) -> Proof:
        """Try them together on one statement that reads; the database is as before afterwards.

        Raises Refused when a table is too large, StudioError when none can be built.
        """


PROVING: Half[ProvesIndexes] = Half("proving", "studio cannot try indexes on {engine}")
"""An attribute `proving`."""
