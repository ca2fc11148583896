"""One statement's answer on its way to a sink, cut where the limits say."""

from dataclasses import replace

from studio.db.fetching import Fetched
from studio.queries.limits import Cut, Limits
from studio.queries.query import Query
from studio.queries.result import Result, Sink


class Delivery:
    """Gives on what comes of one statement, and keeps account of it."""

    def __init__(self, query: Query, sink: Sink, limits: Limits) -> None:
        self._sink = sink
        self._cut = Cut(limits)
        self.result = Result()
        """What came so far."""
        sink.begin(query)

    def take(self, chunk: Fetched, elapsed_ms: float) -> bool:
        """Give on a chunk of a stream; False: no more is wanted."""
        rows = self._cut.through(chunk.rows)
        so_far = self.result
        self.result = replace(
            so_far,
            columns=so_far.columns or chunk.columns,
            type_codes=so_far.type_codes if so_far.columns else chunk.type_codes,
            rows=self._cut.rows,
            is_cut=self._cut.is_cut,
            row_count=so_far.row_count if chunk.columns else chunk.row_count,
            elapsed_ms=elapsed_ms,
        )
        self._sink.take(rows, self.result)
        return not self._cut.is_cut

    def whole(self, fetched: Fetched) -> Result:
        """Give on an answer that is all there."""
        self.result = replace(self.result, row_count=fetched.row_count)
        self.take(fetched, fetched.elapsed_ms)
        return self.result
