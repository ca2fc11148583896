"""A session: one database, how it was opened, and its lanes by purpose."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from studio.backends.base import Backend, Opening, Purpose, Target
from studio.backends.registry import backend
from studio.db.lane import Lane
from studio.db.wire import AsyncWire, ThreadWire, Wire
from studio.model.catalog import Catalog, Table, TableRef, TableSummary
from studio.model.errors import ConnectionLost, ReadOnly
from studio.model.page import RowCount
from studio.model.server import Server

T = TypeVar("T")
_REST_S = 2.0
_READING = {Purpose.BROWSE, Purpose.WATCH}
"""Lanes whose statements are studio's own, and may be given a limit."""


class Session:
    """An open database. Owns its lanes; `close` leaves nothing behind."""

    def __init__(self, engine: Backend, opening: Opening) -> None:
        self.backend = engine
        self.opening = opening
        self.server: Server | None = None
        """Known after `identify`."""
        self.on_reconnect: Callable[[], None] | None = None
        """Called when a lane had to open a new connection because the old one was lost."""
        self._lanes: dict[Purpose, Lane] = {}
        self._opened_by: dict[Purpose, Opening] = {}
        """The decision by which each lane was connected."""
        self._async_engines: dict[Purpose, Engine | None] = {}
        self._sync_engines: dict[Purpose, Engine] = {}

    @classmethod
    async def open(cls, target: Target) -> "Session":
        """Decide how to open `target`; connects only when a lane is first used. Raises
        StudioError.
        """
        engine = backend(target.backend)
        return cls(engine, await asyncio.to_thread(engine.open, target))

    async def identify(self) -> Server:
        """Ask who is at the other end, once: the first real connection. Raises StudioError."""
        if self.server is None:
            lane = self.lane(Purpose.BROWSE)
            self.server = await lane.run(lambda c: self.backend.server(c, self.opening))
        return self.server

    def lane(self, purpose: Purpose) -> Lane:
        """The lane for `purpose`, made when first asked for. Raises ReadOnly for EDIT where
        nothing may be written.
        """
        if purpose is Purpose.EDIT and not self.opening.writable:
            raise ReadOnly(
                self.opening.not_writable_because or f"{self.opening.label} is read-only"
            )
        if purpose not in self._lanes:
            self._lanes[purpose] = Lane(
                self.backend,
                lambda: self._connect(purpose),
                lambda: self._is_stale(purpose),
                self.opening.idle_close_s,
                self._reconnected,
                self.opening.target.statement_timeout_s if purpose in _READING else 0,
            )
        return self._lanes[purpose]

    async def reflect(self, read: Callable[[Connection], T]) -> T:
        """Run a blocking catalog read in a thread, on a short-lived connection. Raises
        StudioError.
        """
        await self._refresh()
        lane = Lane(self.backend, self._connect_blocking, lambda: False)
        try:
            return await lane.run(read)
        finally:
            await lane.close()

    async def glance(self, read: Callable[[Connection], T]) -> T:
        """Run a blocking catalog read of a few statements, on the browse lane's connection where
        there is one: opening it only for this takes longer than one of our own. Raises StudioError.
        """
        lane = self.lane(Purpose.BROWSE)
        return await (lane.run(read) if lane.is_open else self.reflect(read))

    async def outline(self) -> tuple[TableSummary, ...]:
        """Every relation, cheaply."""
        return await self.reflect(self.backend.outline)

    async def row_counts(self, refs: Sequence[TableRef]) -> Mapping[TableRef, RowCount]:
        """About how many rows each of `refs` has, as far as that is cheap and not yet known."""
        count = self.backend.row_counter()
        return await self.reflect(lambda c: count(c, refs)) if count is not None else {}

    async def table(self, ref: TableRef) -> Table:
        """One relation, whole, over the browse lane: the first rows do not wait for the catalog."""
        return await self.lane(Purpose.BROWSE).run(lambda c: self.backend.table(c, ref))

    async def catalog(self) -> Catalog:
        """Everything, in bulk."""
        server = await self.identify()
        return await self.reflect(lambda c: self.backend.catalog(c, server))

    async def close(self) -> None:
        """Close every lane and engine."""
        for lane in self._lanes.values():
            await lane.close()
        self._lanes.clear()
        await self._dispose()

    def _reconnected(self) -> None:
        if self.on_reconnect is not None:
            self.on_reconnect()

    def _is_stale(self, purpose: Purpose) -> bool:
        """Whether a lane's connection no longer fits: another lane may have found that out."""
        is_old = self._opened_by.get(purpose) is not self.opening
        return is_old or self.backend.is_stale(self.opening)

    async def _refresh(self) -> None:
        """Decide again how to open when the first decision no longer fits."""
        if self.backend.is_stale(self.opening):
            self.opening = await asyncio.to_thread(self.backend.open, self.opening.target)
            await self._dispose()

    async def _dispose(self) -> None:
        for engine in self._async_engines.values():
            if engine is not None:
                engine.dispose()
        for blocking in self._sync_engines.values():
            blocking.dispose()
        self._async_engines.clear()
        self._sync_engines.clear()

    async def _connect(self, purpose: Purpose) -> Wire:
        await self._refresh()
        try:
            return await self._wire(purpose)
        except ConnectionLost:
            if not self.backend.is_stale(self.opening):
                raise
            # It changed between the decision and the connection: decide once more.
            await self._refresh()
            return await self._wire(purpose)

    async def _wire(self, purpose: Purpose) -> Wire:
        self._opened_by[purpose] = self.opening
        if purpose is Purpose.EDIT and self.opening.edits_alone:
            await self._rest_others()
        if purpose is Purpose.EDIT:
            # While it holds locks, nothing it does waits for the event loop.
            return await ThreadWire.connect(self._blocking_engine(purpose))
        if purpose not in self._async_engines:
            self._async_engines[purpose] = self.backend.async_engine(self.opening, purpose)
        engine = self._async_engines[purpose]
        if engine is not None:
            return await AsyncWire.connect(engine)
        return await ThreadWire.connect(self._blocking_engine(purpose))

    async def _rest_others(self) -> None:
        """Let the other lanes finish and close; one that takes long is the engine's to refuse."""
        others = [lane for purpose, lane in self._lanes.items() if purpose is not Purpose.EDIT]
        resting = [asyncio.ensure_future(lane.rest()) for lane in others]
        if not resting:
            return
        _, late = await asyncio.wait(resting, timeout=_REST_S)
        for task in late:
            task.cancel()

    async def _connect_blocking(self) -> Wire:
        return await ThreadWire.connect(self._blocking_engine(Purpose.REFLECT))

    def _blocking_engine(self, purpose: Purpose) -> Engine:
        if purpose not in self._sync_engines:
            self._sync_engines[purpose] = self.backend.sync_engine(self.opening, purpose)
        return self._sync_engines[purpose]


def described(server: Server, opening: Opening) -> str:
    """The words beside a database's name: engine, version, and how it was opened."""
    words = [f"{server.product or server.engine} {server.version}", *server.facts]
    if opening.how and opening.how not in words:
        words.append(opening.how)
    return " · ".join(words)


def read_once(target: Target, read: Callable[[Connection, Backend, Opening], T]) -> T:
    """Open, run one blocking read, close: for commands without an event loop. Raises
    StudioError.
    """
    engine = backend(target.backend)
    opening = engine.open(target)
    blocking = engine.sync_engine(opening, Purpose.REFLECT)
    try:
        with blocking.connect() as connection:
            return read(connection, engine, opening)
    except SQLAlchemyError as error:
        raise engine.translate(getattr(error, "orig", None) or error) from error
    finally:
        blocking.dispose()
