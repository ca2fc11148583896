"""Behind a pooler (pgbouncer and its kind) a session is shared, so nothing is set on it.

What makes values' text exact is set inside each transaction instead, and what reads brackets each
statement that stands alone with a read-only one of its own.
"""

from typing import Any, Self

from psycopg import AsyncConnection, AsyncCursor, Connection, Cursor
from psycopg.abc import Params, QueryNoTemplate
from psycopg.pq import TransactionStatus

_BEGIN = (b"BEGIN", b"START")
_END = (b"COMMIT", b"END", b"ROLLBACK", b"ABORT")


def bracket(connection: Connection[Any], opening: bytes, *, alone: bool) -> None:
    """From now on, run `opening` in each transaction; with `alone`, also run each statement outside
    of one in a read-only transaction made for it.
    """

    class Bracketed(connection.cursor_factory):  # type: ignore[name-defined, misc]
        def execute(
            self,
            query: QueryNoTemplate,
            params: Params | None = None,
            *,
            prepare: bool | None = None,
            binary: bool | None = None,
        ) -> Self:
            query = _opened(self.connection, query, opening)
            if not (alone and _stands_alone(self.connection, query)):
                super().execute(query, params, prepare=prepare, binary=binary)
                return self
            framing = Cursor(self.connection)
            framing.execute(b"BEGIN READ ONLY; " + opening)
            try:
                super().execute(query, params, prepare=prepare, binary=binary)
            except BaseException:
                if not self.connection.closed:
                    framing.execute(b"ROLLBACK")
                raise
            framing.execute(b"COMMIT")
            return self

    connection.cursor_factory = Bracketed


def bracket_async(connection: AsyncConnection[Any], opening: bytes, *, alone: bool) -> None:
    """The same for asyncio."""

    class Bracketed(connection.cursor_factory):  # type: ignore[name-defined, misc]
        async def execute(
            self,
            query: QueryNoTemplate,
            params: Params | None = None,
            *,
            prepare: bool | None = None,
            binary: bool | None = None,
        ) -> Self:
            query = _opened(self.connection, query, opening)
            if not (alone and _stands_alone(self.connection, query)):
                await super().execute(query, params, prepare=prepare, binary=binary)
                return self
            framing = AsyncCursor(self.connection)
            await framing.execute(b"BEGIN READ ONLY; " + opening)
            try:
                await super().execute(query, params, prepare=prepare, binary=binary)
            except BaseException:
                if not self.connection.closed:
                    await framing.execute(b"ROLLBACK")
                raise
            await framing.execute(b"COMMIT")
            return self

    connection.cursor_factory = Bracketed


def _opened(
    connection: Connection[Any] | AsyncConnection[Any], query: QueryNoTemplate, opening: bytes
) -> QueryNoTemplate:
    """`query`; one that begins a transaction also runs `opening` in it, in the same round trip."""
    begins = _is_idle(connection) and (text := _text(query)).lstrip().upper().startswith(_BEGIN)
    return text.rstrip().rstrip(b";") + b"; " + opening if begins else query


def _stands_alone(
    connection: Connection[Any] | AsyncConnection[Any], query: QueryNoTemplate
) -> bool:
    text = _text(query).lstrip().upper()
    return _is_idle(connection) and text != b"" and not text.startswith((*_BEGIN, *_END))


def _is_idle(connection: Connection[Any] | AsyncConnection[Any]) -> bool:
    return connection.info.transaction_status is TransactionStatus.IDLE


def _text(query: QueryNoTemplate) -> bytes:
    """The query as it is sent; nothing where it is not given as text."""
    if isinstance(query, str):
        return query.encode("utf-8", "surrogateescape")
    return query if isinstance(query, bytes) else b""
