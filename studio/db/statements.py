"""One statement a person wrote, on a lane: the walls a read stays inside, and its answer in chunks.

The command line and the query tab run reads through here, so both refuse the same things.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from sqlalchemy import TextClause

from studio.db.fetching import Fetched
from studio.db.lane import CHUNK_ROWS, Lane
from studio.model.errors import ReadOnly
from studio.sqltext import keywords
from studio.sqltext.classify import classify, names_acting_function
from studio.sqltext.syntax import GENERIC, POSTGRESQL, SQLITE, Syntax
from studio.sqltext.tokens import code, lex

SYNTAXES = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
"""How the SQL of each engine that may be edited is read, by the backend's name."""
_BEYOND_READ_ONLY = (keywords.OPAQUE | keywords.MAINTENANCE | keywords.TRANSACTIONS) - {
    "PRAGMA",
    "ATTACH",
    "DETACH",
}
"""What a read-only transaction does not hold back: COPY … TO PROGRAM, CHECKPOINT, SET, a COMMIT
of the transaction that is the wall. SQLite's own refuse themselves."""


def syntax_of(backend: str) -> Syntax:
    """How the SQL of an engine is read."""
    return SYNTAXES.get(backend, GENERIC)


def passes_read_only(text: str, syntax: Syntax) -> str:
    """The keyword of a statement that a read-only transaction does not hold back; else empty."""
    facts = classify(text, syntax)
    tokens = code(lex(text, syntax))
    ambiguous = facts.keyword not in keywords.QUERIES and "\\" in text
    if facts.keyword in _BEYOND_READ_ONLY or names_acting_function(tokens, syntax) or ambiguous:
        return facts.keyword
    return ""


def refuse_beyond_read_only(text: str, syntax: Syntax) -> None:
    """The second wall, for what lies beyond the first: files, programs, sessions, signals."""
    if keyword := passes_read_only(text, syntax):
        raise ReadOnly(
            f"{keyword} can act where a read-only transaction does not hold it back: "
            "nothing was run. With --write it is"
        )


async def read(
    lane: Lane, text: str, syntax: Syntax, bound: TextClause | None = None, chunk: int = CHUNK_ROWS
) -> AsyncGenerator[Fetched, None]:
    """A statement's answer, from a read-only transaction of its own: none can undo it for the next.

    `bound` is the same statement with values bound to its names. Close it when leaving early.
    """
    sql = text if bound is None else bound
    if classify(text, syntax).keyword in keywords.QUERIES:
        # A server-side cursor: the server takes one query there, and nothing else.
        stream = cast("AsyncGenerator[Fetched, None]", lane.stream(sql, chunk_rows=chunk))
        async with aclosing(stream) as chunks:
            async for part in chunks:
                yield part
        return
    async with lane.transaction(read_only=True) as transaction:
        fetched = await transaction.fetch(sql)
        await transaction.rollback()
    yield fetched
