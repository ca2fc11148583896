"""One statement on a connection, and its answer as the driver gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import cast

from sqlalchemy import Connection, CursorResult, Executable

from studio.backends.base import copied
from studio.model.errors import StatementFailed
from studio.model.page import Value


@dataclass(frozen=True, slots=True)
class Fetched:
    """A statement's whole answer."""

    columns: tuple[str, ...]
    type_codes: tuple[object, ...]
    """From the driver's cursor description; `Backend.result_kinds` reads them."""
    rows: tuple[tuple[Value, ...], ...]
    row_count: int
    """Rows a write touched; -1 when the driver does not say."""
    elapsed_ms: float


class Written(Executable):
    """A statement as it was written, with values for parameters that its driver knows itself."""

    def __init__(self, text: str, values: Sequence[object] | Mapping[str, object]) -> None:
        self.text = text
        self.values = values


def fetch(
    connection: Connection, statement: Executable | str, parameters: Sequence[object] = ()
) -> Fetched:
    """Run one statement to its end on a blocking-style connection."""
    started = perf_counter()
    sent = copied(connection, statement) if isinstance(statement, str) else None
    if sent is not None:
        elapsed = (perf_counter() - started) * 1000
        rows = tuple(sent.rows)
        return Fetched((sent.column,), (sent.type_code,), rows, len(rows), elapsed)
    result = execute(connection, statement, parameters)
    if not result.returns_rows:
        elapsed = (perf_counter() - started) * 1000
        return Fetched((), (), (), result.rowcount, elapsed)
    return chunk(result, None, started)


def execute(
    connection: Connection,
    statement: Executable | str,
    parameters: Sequence[object] = (),
    *,
    stream: bool = False,
) -> CursorResult[tuple[object, ...]]:
    """Send one statement; `stream`: its rows stay with the server until they are read."""
    options = {"stream_results": True} if stream else {}
    if isinstance(statement, str | Written):
        text, values = (
            (statement, tuple(parameters))
            if isinstance(statement, str)
            else (statement.text, statement.values)
        )
        bound = (dict(values) if isinstance(values, Mapping) else tuple(values)) or None
        try:
            return connection.exec_driver_sql(text, bound, execution_options=options)
        except (ValueError, OverflowError) as error:
            # What a driver cannot even send: a zero byte, half a character, a number too large.
            raise StatementFailed(f"the statement cannot be sent: {error}", text) from error
    result = connection.execute(statement, execution_options=options)
    return cast("CursorResult[tuple[object, ...]]", result)


def chunk(result: CursorResult[tuple[object, ...]], size: int | None, started: float) -> Fetched:
    """Its next `size` rows, or all that are left; `started`: when it was sent."""
    # Before the rows: fetching the last one closes the cursor.
    description = result.cursor.description if result.cursor is not None else ()
    row_count = result.rowcount
    rows = result.fetchall() if size is None else result.fetchmany(size)
    return Fetched(
        columns=tuple(result.keys()),
        type_codes=tuple(column[1] for column in description or ()),
        rows=tuple(cast("tuple[Value, ...]", tuple(row)) for row in rows),
        row_count=row_count,
        elapsed_ms=(perf_counter() - started) * 1000,
    )
