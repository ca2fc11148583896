"""A session: one database, how it was opened, and its lanes by purpose."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TypeVar
from weakref import WeakSet

from sqlalchemy import Connection, Engine

from studio.backends.base import Backend, Opening, Purpose, Target
from studio.backends.registry import backend
from studio.db.lane import Lane
from studio.db.turns import Turns, is_by_number, rested
from studio.db.wire import AsyncWire, ThreadWire, Wire, Work, driver_errors
from studio.model.catalog import Catalog, Table, TableRef, TableSummary
from studio.model.errors import ConnectFailed, ConnectionLost, ReadOnly
from studio.model.page import RowCount
from studio.model.server import Server

T = TypeVar("T")
Complete = Callable[[Connection, Backend, tuple[TableSummary, ...]], tuple[TableSummary, ...]]
_READING = {Purpose.BROWSE, Purpose.WATCH}
"""Lanes whose statements are studio's own, and may be given a limit."""


class Session:
    """An open database. Owns its lanes; `close` leaves nothing behind."""

    def __init__(self, engine: Backend, opening: Opening) -> None:
        self.backend = engine
        self.opening = opening
        self.server: Server | None = None
        """Known after `identify`."""
        self.waits_for: tuple[str, ...] = ()
        """Who holds the lock that a change of ours waits for right now, in words."""
        self.on_reconnect: Callable[[], None] | None = None
        """Called when a lane had to open a new connection because the old one was lost."""
        self.around_closing_edit: Callable[[], AbstractContextManager[None]] = nullcontext
        """Entered while the connection that writes is closed."""
        self.turns = Turns()
        """Of the lanes, where a server allows fewer connections than there are."""
        self._lanes: dict[Purpose, Lane] = {}
        self._opened_by: dict[Purpose, Opening] = {}
        """The decision by which each lane was connected."""
        self._async_engines: dict[Purpose, Engine | None] = {}
        self._sync_engines: dict[Purpose, Engine] = {}
        self._own = WeakSet[Lane]()

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
            if self.server.read_only_because and self.opening.writable:
                self._write_no_more(self.server)
        return self.server

    def _write_no_more(self, server: Server) -> None:
        """The server takes no writes, which only it could tell; connections stay as they are."""
        known = self.opening
        self.opening = replace(
            known,
            writable=False,
            not_writable_because=server.read_only_because,
            read_only_word=server.read_only_word,
        )
        for purpose, opened_by in self._opened_by.items():
            if opened_by is known:
                self._opened_by[purpose] = self.opening

    def lane(self, purpose: Purpose) -> Lane:
        """The lane for `purpose`, made when first asked for. Raises ReadOnly for EDIT where
        nothing may be written.
        """
        if purpose is Purpose.EDIT and not self.opening.writable:
            raise ReadOnly(
                self.opening.not_writable_because or f"{self.opening.label} is read-only"
            )
        if purpose is Purpose.WATCH and self.turns.are_taken:
            # Both read for studio itself: no reason to give up the connection in between.
            purpose = Purpose.BROWSE
        if purpose not in self._lanes:
            self._lanes[purpose] = self._new_lane(purpose)
        return self._lanes[purpose]

    def extra_lane(self, purpose: Purpose) -> Lane:
        """One more lane for a while, behind nobody's statement; who asks for it closes it."""
        return self._new_lane(purpose)

    def own_lane(self, *, writable: bool, begin: Work[None] | None = None) -> Lane:
        """A session of a person's own, on a thread: what it holds stays until it is closed, so it
        is never closed for being idle, nor reopened unasked; who asks for it closes it. `begin` is
        done first on each of its connections. Raises ReadOnly where nothing may be written.
        """
        if writable and not self.opening.writable:
            raise ReadOnly(
                self.opening.not_writable_because or f"{self.opening.label} is read-only"
            )
        purpose = Purpose.OWN if writable else Purpose.QUERY
        lane = Lane(self.backend, lambda: self._connect_own(purpose, begin), lambda: False)
        self._own.add(lane)
        return lane

    async def _connect_own(self, purpose: Purpose, begin: Work[None] | None) -> Wire:
        await self._refresh()
        if purpose is Purpose.OWN and self.opening.edits_alone:
            await rested(list(self._lanes.values()))

        async def connect() -> Wire:
            return await ThreadWire.connect(self._blocking_engine(purpose))

        try:
            wire = await connect()
        except ConnectFailed as error:
            if not is_by_number(error):
                raise
            wire = await self.turns.connect(error, connect, lambda: self._others(purpose))
        if begin is not None:
            try:
                await wire.run(begin)
            except BaseException:
                await wire.close()
                raise
        return wire

    def _new_lane(self, purpose: Purpose) -> Lane:
        lane = Lane(
            self.backend,
            lambda: self._connect(purpose),
            lambda: self._is_stale(purpose),
            self.opening.idle_close_s,
            self._reconnected,
            self.opening.target.statement_timeout_s if purpose in _READING else 0,
        )
        if purpose is Purpose.EDIT:
            lane.around_closing = self.around_closing_edit
        return lane

    def examining(self) -> Lane:
        """A lane for many blocking reads of the catalog in a thread, while everything else goes
        on; who asks for it closes it.
        """

        async def connect() -> Wire:
            await self._refresh()
            return await self._connect_blocking()

        return Lane(self.backend, connect, lambda: self.backend.is_stale(self.opening))

    async def reflect(self, read: Callable[[Connection], T]) -> T:
        """Run a blocking catalog read in a thread, on a short-lived connection; where the server
        allows no further one, on the browse lane's. Raises StudioError.
        """
        await self._refresh()
        lane = Lane(self.backend, self._connect_blocking, lambda: False)
        try:
            await lane.open()
            return await lane.run(read)
        except ConnectFailed as error:
            if lane.is_open or not is_by_number(error):
                raise
            if self._others(Purpose.REFLECT):
                self.turns.take(error)
        finally:
            await lane.close()
        return await self.lane(Purpose.BROWSE).run(read)

    async def glance(self, read: Callable[[Connection], T]) -> T:
        """Run a blocking catalog read of a few statements, on the browse lane's connection where
        there is one: opening it only for this takes longer than one of our own. Raises StudioError.
        """
        lane = self.lane(Purpose.BROWSE)
        return await (lane.run(read) if lane.is_open else self.reflect(read))

    async def outline(self, complete: Complete | None = None) -> tuple[TableSummary, ...]:
        """Every relation, cheaply; `complete` adds to what is known of them, in the same turn."""

        def read(connection: Connection) -> tuple[TableSummary, ...]:
            found = self.backend.outline(connection)
            return found if complete is None else complete(connection, self.backend, found)

        return await self.reflect(read)

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
        """Close every lane and engine; what a person's own sessions hold is lost."""
        for lane in (*self._lanes.values(), *self._own):
            await lane.close()
        self._lanes.clear()
        await self._dispose()
        self.opening.end()

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
        except ConnectFailed as error:
            if not is_by_number(error):
                raise
            return await self.turns.connect(
                error, lambda: self._wire(purpose), lambda: self._others(purpose)
            )

    def _others(self, purpose: Purpose) -> list[Lane]:
        """The lanes besides that have a connection now."""
        lanes = [lane for of, lane in self._lanes.items() if of is not purpose]
        return [lane for lane in (*lanes, *self._own) if lane.is_open and lane.may_rest()]

    async def _wire(self, purpose: Purpose) -> Wire:
        self._opened_by[purpose] = self.opening
        if purpose is Purpose.EDIT and self.opening.edits_alone:
            # Those that are about to connect as well.
            await rested([lane for of, lane in self._lanes.items() if of is not purpose])
        if purpose is Purpose.EDIT:
            # While it holds locks, nothing it does waits for the event loop.
            return await ThreadWire.connect(self._blocking_engine(purpose))
        if purpose not in self._async_engines:
            self._async_engines[purpose] = self.backend.async_engine(self.opening, purpose)
        engine = self._async_engines[purpose]
        if engine is not None:
            return await AsyncWire.connect(engine)
        return await ThreadWire.connect(self._blocking_engine(purpose))

    async def _connect_blocking(self) -> Wire:
        return await ThreadWire.connect(self._blocking_engine(Purpose.REFLECT))

    def _blocking_engine(self, purpose: Purpose) -> Engine:
        if purpose not in self._sync_engines:
            self._sync_engines[purpose] = self.backend.sync_engine(self.opening, purpose)
        return self._sync_engines[purpose]


def described(server: Server, opening: Opening) -> str:
    """The words beside a database's name: engine, version, what can be done, how it is read."""
    engine = f"{server.product or server.engine} {server.version}"
    words = (engine, may(server, opening), opening.how, *server.facts)
    return " · ".join(word for word in words if word)


def may(server: Server, opening: Opening) -> str:
    """What a person can do with the rows, and if only read them, why."""
    if opening.writable and not server.read_only_because:
        word = opening.editable_word
        return f"editable ({word})" if word else "editable"
    why = server.read_only_word or opening.read_only_word
    return f"read-only ({why})" if why else "read-only"


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
    except driver_errors(blocking) as error:
        raise engine.translate(getattr(error, "orig", None) or error) from error
    finally:
        blocking.dispose()
