"""One driver connection, asyncio or blocking, behind one face."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.util.concurrency import greenlet_spawn

T = TypeVar("T")
Work = Callable[[Connection], T]


class Wire(Protocol):
    """A driver connection that runs blocking-style work off the event loop."""

    driver: object
    """The driver's own connection, for interrupts."""

    async def run(self, work: Work[T]) -> T:
        """Do `work` with the SQLAlchemy connection."""

    async def close(self) -> None:
        """Give the connection back to nobody; safe to call on a broken one."""


class AsyncWire:
    """Over an asyncio driver: aiosqlite, psycopg."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.driver: object = connection.connection.driver_connection

    @classmethod
    async def connect(cls, engine: Engine) -> "AsyncWire":
        """One connection of an engine that `asyncio_engine` made."""
        return cls(await greenlet_spawn(engine.connect))

    async def run(self, work: Work[T]) -> T:
        """Do `work` in SQLAlchemy's greenlet: it reads as blocking, and blocks nobody."""
        return await greenlet_spawn(work, self._connection)

    async def close(self) -> None:
        """Close, broken or not."""
        await self.run(_close_connection)


class ThreadWire:
    """Over a driver that blocks: the connection lives on a thread of its own."""

    def __init__(self, connection: Connection, executor: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._executor = executor
        self.driver: object = connection.connection.driver_connection

    @classmethod
    async def connect(cls, engine: Engine) -> "ThreadWire":
        """One connection of `engine`, made on the thread that will own it."""
        executor = ThreadPoolExecutor(1, thread_name_prefix="lane")
        try:
            loop = asyncio.get_running_loop()
            connection = await loop.run_in_executor(executor, engine.connect)
        except BaseException:
            executor.shutdown(wait=False)
            raise
        return cls(connection, executor)

    async def run(self, work: Work[T]) -> T:
        """Do `work` on the thread."""
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, work, self._connection
        )

    async def close(self) -> None:
        """Close, broken or not, and end the thread."""
        try:
            await self.run(_close_connection)
        finally:
            self._executor.shutdown(wait=False)


def _close_connection(connection: Connection) -> None:
    try:
        connection.close()
    except SQLAlchemyError:
        connection.invalidate()
