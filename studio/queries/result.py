"""What a statement gave, who is asked about it, and where its rows go."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from studio.model.catalog import TableRef
from studio.model.page import Value
from studio.queries.query import Query


@dataclass(frozen=True, slots=True)
class Waits:
    """A transaction that stays open while a person is asked, because it cannot be run again."""

    locks: tuple[str, ...]
    """What it holds, in words."""
    who_waits: Callable[[], Awaitable[tuple[str, ...]]]
    """Who waits for it now, in words. Raises StudioError where that cannot be seen."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one statement gave so far, without its rows."""

    columns: tuple[str, ...] = ()
    type_codes: tuple[object, ...] = ()
    """From the driver; `Backend.result_kinds` reads them."""
    rows: int = 0
    """How many came, as far as the limits let them."""
    is_cut: bool = False
    """Whether there were more than the limits let through."""
    row_count: int = -1
    """Rows a write touched; -1 when nobody said."""
    by_table: Mapping[TableRef, int] = field(default_factory=dict)
    """The same by table, with what cascades and triggers did; empty where nothing is known."""
    otherwise: tuple[str, ...] = ()
    """What is not as it was told of the run before, when it was run again to be kept."""
    waits: Waits | None = None
    """While a person is asked: what that holds up. None: nothing is held."""
    elapsed_ms: float = 0.0
    outcome: str = ""
    """committed, rolled back, done (outside any transaction), or nothing for a read."""
    notices: tuple[str, ...] = ()
    """What the server said besides, oldest first."""


class Person(Protocol):
    """Who is asked before something is changed."""

    async def may_write(self, query: Query) -> bool:
        """Whether to run a statement that writes."""

    async def may_commit(self, query: Query, result: Result) -> bool:
        """Whether to keep what it did, or would do again: `result.waits` tells which."""


class Sink(Protocol):
    """Where rows go. It takes them at once: a database does not wait for anybody."""

    def begin(self, query: Query) -> None:
        """Its answer comes from here on; what came of it before, if anything, does not count."""

    def take(self, rows: Sequence[tuple[Value, ...]], so_far: Result) -> None:
        """More of its rows, of `so_far.columns`; none, when it has no columns or no rows."""

    def end(self, result: Result) -> None:
        """It has come to its end, or to the limits. Not called when it fails or is stopped."""
