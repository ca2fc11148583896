"""`studio query --report`: what became of each statement of a script, as one JSON document."""

import json
from collections.abc import Sequence
from typing import TextIO

from studio.db.transaction import InTurn
from studio.edits.journal.json_values import json_value
from studio.export.json_text import harmless
from studio.model.catalog import ColumnKind
from studio.model.page import Value
from studio.queries.outcome import StepFailure, StepOutcome
from studio.queries.query import Query
from studio.queries.result import Result

_Json = object


class JsonReport:
    """Keeps rows until their statement's outcome is known, and writes it then."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._rows: list[Sequence[_Json]] = []
        self._before = '{"statements": [\n'

    async def before(self, query: Query, run: InTurn) -> None:
        """Nothing needs to be known."""

    def begin(self, query: Query) -> None:
        """Rows come."""
        del query
        self._rows = []

    def take(self, rows: Sequence[tuple[Value, ...]], so_far: Result) -> None:
        """Some of them."""
        del so_far
        self._rows += [[_value(value) for value in row] for row in rows]

    def end(self, result: Result) -> None:
        """`told` says more."""

    def told(self, outcome: StepOutcome) -> None:
        """One line a statement."""
        text = json.dumps(self._entry(outcome), ensure_ascii=False, allow_nan=False)
        self._out.write(self._before + harmless(text))
        self._before, self._rows = ",\n", []

    def close(self) -> None:
        """There are no more."""
        self._out.write("\n]}\n")
        self._out.flush()

    def _entry(self, outcome: StepOutcome) -> dict[str, _Json]:
        entry: dict[str, _Json] = {
            "line": outcome.step.line,
            "begins": outcome.step.begins,
            "outcome": outcome.became.value,
        }
        if outcome.result.columns or outcome.became.value == "rows":
            entry |= {"columns": list(outcome.result.columns), "rows": self._rows}
        if outcome.result.is_cut:
            entry["cut"] = True
        if outcome.row_count >= 0:
            entry["row_count"] = outcome.row_count
        if outcome.command:
            entry["command"] = outcome.command
        if outcome.result.notices:
            entry["notices"] = list(outcome.result.notices)
        if outcome.failure is not None:
            entry["error"] = error_json(outcome.failure)
        if outcome.transaction is not None:
            entry["transaction"] = outcome.transaction.value
        return entry


def error_json(failure: StepFailure) -> dict[str, _Json]:
    """What is told of an error, with its place in the script."""
    trouble = failure.trouble
    found: dict[str, _Json] = {"code": trouble.code, "message": trouble.message}
    if failure.line is not None and failure.column is not None:
        found |= {"line": failure.line, "column": failure.column}
    if trouble.detail:
        found["detail"] = trouble.detail
    if trouble.hint:
        found["hint"] = trouble.hint
    if trouble.context:
        found["context"] = list(trouble.context)
    if trouble.internal is not None:
        query, position = trouble.internal
        found["internal"] = {"query": query, "position": position}
    return found


def _value(value: Value) -> _Json:
    """The server's text as it is, SQLite's values as JSON."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    return json_value(value, ColumnKind.ANY) if isinstance(value, float) else value
