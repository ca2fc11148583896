"""One driver connection, asyncio or blocking, behind one face."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.util.concurrency import greenlet_spawn

from studio.model.errors import ConnectionLost

T = TypeVar("T")
Work = Callable[[Connection], T]


class Wire(Protocol):
    """A driver connection that runs blocking-style work off the event loop."""

    driver: object
    """The driver's own connection, for interrupts."""
    errors: tuple[type[Exception], ...]
    """What `run` may raise besides what `work` does: all that means a database or a driver."""

    async def run(self, work: Work[T]) -> T:
        """Do `work` with the SQLAlchemy connection."""

    async def close(self) -> None:
        """Give the connection back to nobody; safe to call on a broken one."""


class AsyncWire:
    """Over an asyncio driver: aiosqlite, psycopg."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._close = _closing(connection)
        self.driver: object = connection.connection.driver_connection
        self.errors = driver_errors(connection.engine)

    @classmethod
    async def connect(cls, engine: Engine) -> "AsyncWire":
        """One connection of an engine that `asyncio_engine` made."""
        return cls(await greenlet_spawn(engine.connect))

    async def run(self, work: Work[T]) -> T:
        """Do `work` in SQLAlchemy's greenlet: it reads as blocking, and blocks nobody."""
        return await greenlet_spawn(work, self._connection)

    async def close(self) -> None:
        """Close, broken or not."""
        await greenlet_spawn(self._close)


class ThreadWire:
    """Over a driver that blocks: the connection lives on a thread of its own."""

    def __init__(self, connection: Connection, executor: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._executor = executor
        self._close = _closing(connection)
        self._is_closed = False
        self.driver: object = connection.connection.driver_connection
        self.errors = driver_errors(connection.engine)

    @classmethod
    async def connect(cls, engine: Engine) -> "ThreadWire":
        """One connection of `engine`, made on the thread that will own it."""
        executor = ThreadPoolExecutor(1, thread_name_prefix="lane")
        connecting = asyncio.get_running_loop().run_in_executor(executor, engine.connect)

        def unwanted(done: asyncio.Future[Connection]) -> None:
            # Cancelled, the thread connects all the same, and nobody else knows what it made.
            if not done.cancelled() and done.exception() is None:
                executor.submit(_closing(done.result()))
            executor.shutdown(wait=False)

        try:
            connection = await asyncio.shield(connecting)
        except BaseException:
            connecting.add_done_callback(unwanted)
            raise
        return cls(connection, executor)

    async def run(self, work: Work[T]) -> T:
        """Do `work` on the thread. Raises ConnectionLost when it was closed meanwhile."""
        if self._is_closed:
            raise ConnectionLost("the connection was closed")
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, work, self._connection
        )

    async def close(self) -> None:
        """Close, broken or not, and end the thread."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await asyncio.get_running_loop().run_in_executor(self._executor, self._close)
        finally:
            self._executor.shutdown(wait=False)


def driver_errors(engine: Engine) -> tuple[type[Exception], ...]:
    """What working on a connection of `engine` may raise: SQLAlchemy does not always stand between
    the driver and us.
    """
    return (SQLAlchemyError, engine.dialect.loaded_dbapi.Error, OSError)


def _closing(connection: Connection) -> Callable[[], None]:
    """What closes `connection` for good, whatever state it is in."""
    own, errors = connection.connection.dbapi_connection, driver_errors(connection.engine)

    def close() -> None:
        try:
            connection.close()
        except errors:
            # SQLAlchemy rolls back before it closes, and lets go of what cannot.
            if own is not None:
                with suppress(*errors):
                    own.close()

    return close
