"""Behind a pooler (pgbouncer and its kind) a session is shared, so nothing is set on it.

What reads brackets each statement with a read-only transaction of its own instead, and what makes
values' text exact is set inside it.
"""

from typing import Any, Self

from psycopg import AsyncConnection, AsyncCursor, Connection, Cursor
from psycopg.abc import Params, QueryNoTemplate
from psycopg.pq import TransactionStatus

_CONTROL = (b"BEGIN", b"START", b"COMMIT", b"END", b"ROLLBACK", b"ABORT")


def bracket(connection: Connection[Any], opening: bytes) -> None:
    """From now on, run `opening` and each statement in a read-only transaction."""

    class Bracketed(Cursor[Any]):
        def execute(  # type: ignore[override]
            self,
            query: QueryNoTemplate,
            params: Params | None = None,
            *,
            prepare: bool | None = None,
            binary: bool | None = None,
        ) -> Self:
            if not _stands_alone(self.connection, query):
                return super().execute(query, params, prepare=prepare, binary=binary)
            aside = Cursor(self.connection)
            aside.execute(b"BEGIN READ ONLY; " + opening)
            try:
                super().execute(query, params, prepare=prepare, binary=binary)
            except BaseException:
                if not self.connection.closed:
                    aside.execute(b"ROLLBACK")
                raise
            aside.execute(b"COMMIT")
            return self

    connection.cursor_factory = Bracketed


def bracket_async(connection: AsyncConnection[Any], opening: bytes) -> None:
    """The same for asyncio."""

    class Bracketed(AsyncCursor[Any]):
        async def execute(  # type: ignore[override]
            self,
            query: QueryNoTemplate,
            params: Params | None = None,
            *,
            prepare: bool | None = None,
            binary: bool | None = None,
        ) -> Self:
            if not _stands_alone(self.connection, query):
                return await super().execute(query, params, prepare=prepare, binary=binary)
            aside = AsyncCursor(self.connection)
            await aside.execute(b"BEGIN READ ONLY; " + opening)
            try:
                await super().execute(query, params, prepare=prepare, binary=binary)
            except BaseException:
                if not self.connection.closed:
                    await aside.execute(b"ROLLBACK")
                raise
            await aside.execute(b"COMMIT")
            return self

    connection.cursor_factory = Bracketed


def _stands_alone(
    connection: Connection[Any] | AsyncConnection[Any], query: QueryNoTemplate
) -> bool:
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        return False
    text = query.encode() if isinstance(query, str) else query
    return not (isinstance(text, bytes) and text.lstrip().upper().startswith(_CONTROL))
