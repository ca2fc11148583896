"""Hearing of outcomes on their way to a sink."""

from collections.abc import Callable, Sequence

from studio.db.transaction import InTurn
from studio.model.page import Value
from studio.queries.outcome import ScriptSink, StepOutcome
from studio.queries.query import Query
from studio.queries.result import Result


class Watching:
    """A sink that lets somebody hear of outcomes too."""

    def __init__(self, sink: ScriptSink, heard: Callable[[StepOutcome], None]) -> None:
        self._sink = sink
        self._hear = heard
        self.sent: Query | None = None
        """What was sent last."""
        self.keeps = False
        """Whether what became of a statement is not told yet."""

    async def before(self, query: Query, run: InTurn) -> None:
        """Let the sink refuse it first."""
        await self._sink.before(query, run)
        self.sent = query

    def begin(self, query: Query) -> None:
        """Its answer comes."""
        self._sink.begin(query)

    def take(self, rows: Sequence[tuple[Value, ...]], so_far: Result) -> None:
        """More of its rows."""
        self._sink.take(rows, so_far)

    def end(self, result: Result) -> None:
        """It has come to its end."""
        self._sink.end(result)

    def told(self, outcome: StepOutcome) -> None:
        """Hear it first, so that the sink finds what follows from it."""
        if self.keeps:
            return
        self._hear(outcome)
        self._sink.told(outcome)
