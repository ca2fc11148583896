"""Where a runner's rows go to be written out: one format, one stream, an answer after another."""

from collections.abc import Sequence
from typing import TextIO

from studio.backends.base import Backend
from studio.backends.halves.syntax import syntax_of
from studio.export.header import Header, header
from studio.export.lost_text import LostText
from studio.export.registry import row_writer
from studio.export.replay import Into, ReadTable, Replay, replay
from studio.export.results import ResultsFrame
from studio.model.page import Value
from studio.queries.query import Query
from studio.queries.result import Result


class ExportSink:
    """Writes the answers of statements to `out`."""

    def __init__(
        self, form: str, out: TextIO, backend: Backend, *, several: bool, into: str = ""
    ) -> None:
        """`several`: there will be more answers than one; `into`: the table INSERT names."""
        self._form = form
        self._out = out
        self._backend = backend
        self._results = ResultsFrame(out, several=several and form == "json")
        self._writer: LostText | None = None
        self._named = into
        self._replays: dict[str, Replay] = {}
        self._replay: Replay | None = None
        self._into: Into | None = None
        self.lost = ""
        """Which texts of the last answer the format could not hold, in words."""

    async def look(self, query: Query, read: ReadTable) -> None:
        """What INSERT must know before the statement runs. Raises ConfigInvalid for rows it cannot
        put back.
        """
        if self._form == "insert":
            syntax = syntax_of(self._backend)
            self._replays[query.text] = await replay(query, syntax, self._named, read)

    def begin(self, query: Query) -> None:
        """What stands before an answer."""
        self._writer = None
        self.lost = ""
        self._replay = self._replays.get(query.text)
        self._results.begin(self._number())

    def take(self, rows: Sequence[tuple[Value, ...]], so_far: Result) -> None:
        """Write rows, after the heading that the first of them needs."""
        if not so_far.columns:
            return
        if self._writer is None:
            heads = self._heads(so_far)
            writer = row_writer(self._form, self._out, heads)
            self._writer = LostText(writer, heads.columns, self._form)
        self._writer.write(rows if self._into is None else [self._into.row(row) for row in rows])

    def _heads(self, so_far: Result) -> Header:
        kinds = self._backend.result_kinds(so_far.type_codes)
        self._into = None if self._replay is None else self._replay.into(so_far.columns)
        if self._into is None:
            return header(self._backend, so_far.columns, kinds)
        into = self._into
        names = [column.name for column in into.columns]
        return header(
            self._backend,
            names or so_far.columns,
            [kinds[place] for place in into.places],
            into.table,
            into.columns,
        )

    def end(self, result: Result) -> None:
        """What stands behind an answer; in JSON, no columns are an empty array."""
        del result
        if self._writer is None and self._form == "json":
            writer = row_writer(self._form, self._out, Header((), ()))
            self._writer = LostText(writer, (), self._form)
        if self._writer is not None:
            self._writer.end()
            self.lost = self._writer.words
        self._results.end(self._more())

    def _number(self) -> int | None:
        """Of the statement, where it is not how many answers came."""
        return None

    def _more(self) -> str:
        """What JSON says of the statement besides its rows."""
        return ""

    def close(self) -> None:
        """There are no more answers."""
        self._results.close()
