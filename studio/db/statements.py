"""One statement a person wrote, on a lane: the walls a read stays inside, and its answer in chunks.

The command line and the query tab run reads through here, so both refuse the same things.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection, Executable

from studio.backends.base import Backend
from studio.backends.halves import Absent, ask
from studio.backends.halves.foresight import FORESIGHT
from studio.db.fetching import Fetched
from studio.db.lane import CHUNK_ROWS, Lane
from studio.db.wire import Work
from studio.model.errors import ReadOnly
from studio.sqltext import keywords
from studio.sqltext.classify import classify, names_acting_function
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import code, lex

WITH_WRITE = "With --write it is"
_BEYOND_READ_ONLY = (keywords.OPAQUE | keywords.MAINTENANCE | keywords.TRANSACTIONS) - {
    "PRAGMA",
    "ATTACH",
    "DETACH",
}
"""What a read-only transaction does not hold back: COPY … TO PROGRAM, CHECKPOINT, SET, a COMMIT
of the transaction that is the wall. SQLite's own refuse themselves."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement with values bound to names in it."""

    clause: Executable
    numbered: str
    """The same with `$1`, `$2`, … for the names: what the server gets to parse."""


def passes_read_only(text: str, syntax: Syntax) -> str:
    """The keyword of a statement that a read-only transaction does not hold back; else empty.

    Which functions act is asked of the engine, not of the text, where it can tell.
    """
    facts = classify(text, syntax)
    ambiguous = facts.keyword not in keywords.QUERIES and "\\" in text
    named = not syntax.exact and names_acting_function(code(lex(text, syntax)), syntax)
    return facts.keyword if facts.keyword in _BEYOND_READ_ONLY or named or ambiguous else ""


def refuse_beyond_read_only(text: str, syntax: Syntax, way_out: str = "") -> None:
    """The wall before the database is asked: files, programs, sessions, signals.

    Raises ReadOnly, ended with `way_out`.
    """
    if keyword := passes_read_only(text, syntax):
        reason = f"{keyword} can act where a read-only transaction does not hold it back"
        raise ReadOnly(_refusal(reason, way_out))


def beyond_read_only(
    backend: Backend, connection: Connection, text: str, *, planned: bool = False
) -> str:
    """Why a read-only transaction would not hold back what a statement calls; empty: it does.

    Everything that runs or plans (`planned`) SQL of a person asks here first, in the transaction
    it goes on in. Raises StudioError.
    """
    foresees = ask(backend, FORESIGHT)
    return "" if isinstance(foresees, Absent) else foresees(connection, text, planned=planned)


def wall(backend: Backend, text: str, way_out: str = "", *, known: str = "") -> Work[None]:
    """Raises ReadOnly for what `beyond_read_only` tells of; `way_out` says what can be done.

    `known`: a statement that is run anyway: what calls the same and no more is let through.
    """

    def refuse(connection: Connection) -> None:
        reason = beyond_read_only(backend, connection, text)
        if not reason or (known and reason == beyond_read_only(backend, connection, known)):
            return
        raise ReadOnly(_refusal(reason, way_out))

    return refuse


def _refusal(reason: str, way_out: str) -> str:
    return f"{reason}: nothing was run. {way_out}".rstrip(" .")


async def read(
    lane: Lane,
    text: str,
    syntax: Syntax,
    bound: Bound | None = None,
    *,
    chunk: int = CHUNK_ROWS,
    way_out: str = "",
) -> AsyncGenerator[Fetched, None]:
    """A statement's answer, from a read-only transaction of its own: none can undo it for the next.

    Raises ReadOnly, ended with `way_out`, for one that would act beyond such a transaction.
    `bound` is the same statement with values bound to its names. Close it when leaving early.
    """
    sql = text if bound is None else bound.clause
    before = wall(lane.backend, text if bound is None else bound.numbered, way_out)
    if classify(text, syntax).keyword in keywords.QUERIES:
        # A server-side cursor: the server takes one query there, and nothing else.
        stream = lane.stream(sql, chunk_rows=chunk, before=before)
        async with aclosing(cast("AsyncGenerator[Fetched, None]", stream)) as chunks:
            async for part in chunks:
                yield part
        return
    async with lane.transaction(read_only=True) as transaction:
        await transaction.run(before)
        fetched = await transaction.fetch(sql)
        await transaction.rollback()
    yield fetched
