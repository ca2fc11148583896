"""A lane: one connection with one owner, one statement at a time, stoppable at any moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from time import perf_counter
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from studio.backends.base import Backend
from studio.db.wire import Wire, Work
from studio.model.errors import ConnectionLost, StatementFailed, StudioError
from studio.model.page import Value

T = TypeVar("T")

CHUNK_ROWS = 500
_STOP_S = 1.0
"""How long closing waits for a statement that was told to stop."""
_AGAIN_S = 0.01
"""How often an interrupt is repeated: one that comes before the first step is lost."""


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


class TransactionState(StrEnum):
    """Where a transaction is: what an error at this moment can mean."""

    OPEN = "open"
    COMMITTING = "committing"
    """COMMIT was sent; a connection lost now leaves the outcome unknown."""
    COMMITTED = "committed"
    ROLLED_BACK = "rolled back"


class Stopped(StudioError):
    """A transaction that may not commit any more."""


class Transaction:
    """A transaction on a lane. Ends with its `async with` block: commit, or rollback on any
    exception; or all of it is one `Lane.transact`.
    """

    def __init__(self, lane: "Lane") -> None:
        self._lane = lane
        self._deciding = Lock()
        self._may_commit = True
        self._began: float | None = None
        self._ended: float | None = None
        self.state = TransactionState.OPEN

    @property
    def has_begun(self) -> bool:
        """Whether BEGIN came through: it may hold locks, or did."""
        return self._began is not None

    @property
    def is_open(self) -> bool:
        """Whether it began, and neither COMMIT nor ROLLBACK came through."""
        ended = {TransactionState.COMMITTED, TransactionState.ROLLED_BACK}
        return self.has_begun and self.state not in ended

    @property
    def held_ms(self) -> float:
        """How long it has held its locks, or did."""
        if self._began is None:
            return 0.0
        return ((self._ended or perf_counter()) - self._began) * 1000

    def stop(self) -> bool:
        """Let it not commit; False: too late, COMMIT was sent."""
        with self._deciding:
            if self.state in {TransactionState.COMMITTING, TransactionState.COMMITTED}:
                return False
            self._may_commit = False
            return True

    async def run(self, work: Work[T]) -> T:
        """Do `work` inside the transaction."""
        return await self._lane.in_turn(work)

    async def fetch(
        self, statement: Executable | str, parameters: Sequence[object] = ()
    ) -> Fetched:
        """Run one statement inside the transaction."""
        return await self.run(lambda connection: fetch(connection, statement, parameters))

    async def rollback(self) -> None:
        """Undo everything now; the block may go on to its end, nothing is committed."""
        await self._lane.in_turn(self.roll_back)

    # -- on the connection's thread --------------------------------------------------------------

    def begin(self, connection: Connection, statement: str) -> None:
        """`statement` begins it."""
        fetch(connection, statement)
        self._began = perf_counter()

    def commit(self, connection: Connection) -> None:
        """Raises Stopped when somebody stopped it; nobody can from here on."""
        with self._deciding:
            if not self._may_commit:
                raise Stopped("stopped before COMMIT")
            self.state = TransactionState.COMMITTING
        fetch(connection, "COMMIT")
        self.state = TransactionState.COMMITTED
        self._ended = perf_counter()

    def roll_back(self, connection: Connection) -> None:
        """Undo everything."""
        connection.exec_driver_sql("ROLLBACK")
        self.state = TransactionState.ROLLED_BACK
        self._ended = perf_counter()


class Lane:
    """One connection, opened when first needed, closed when idle, reopened when it broke between
    statements.
    """

    def __init__(
        self,
        backend: Backend,
        connect: Callable[[], Awaitable[Wire]],
        is_stale: Callable[[], bool],
        idle_close_s: float | None = None,
        on_reconnect: Callable[[], None] | None = None,
        timeout_s: float = 0,
    ) -> None:
        self.backend = backend
        self._connect = connect
        self._is_stale = is_stale
        self._idle_close_s = idle_close_s
        self._on_reconnect = on_reconnect
        self._timeout_s = timeout_s or None
        self._turn = asyncio.Lock()
        self._wire: Wire | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None
        self._in_transaction = False
        self._was_lost = False
        self._running: asyncio.Future[Any] | None = None
        self.running_since: float | None = None
        """`perf_counter()` when the current statement began; None when idle."""

    @property
    def is_open(self) -> bool:
        """Whether it has a connection now."""
        return self._wire is not None

    async def open(self) -> None:
        """Connect now. Raises StudioError."""
        async with self._turn:
            await self._ready()
            self._rest()

    # -- statements ------------------------------------------------------------------------------

    async def run(self, work: Work[T]) -> T:
        """Do `work` alone on this connection; cancelled, stop it inside the database first.

        Raises StudioError. A connection that was lost while idle is opened again, once, before
        `work` is tried again: only work that reads belongs here, writes belong in `transaction`.
        """
        async with self._turn:
            had_wire = self._wire is not None
            try:
                return await self.in_turn(work)
            except ConnectionLost:
                if not had_wire:
                    raise
                self._was_lost = True
                return await self.in_turn(work)
            finally:
                self._rest()

    async def fetch(
        self, statement: Executable | str, parameters: Sequence[object] = ()
    ) -> Fetched:
        """Run one statement to its end. Text goes to the driver as it is, `parameters` in its own
        style.
        """
        return await self.run(lambda connection: fetch(connection, statement, parameters))

    async def stream(
        self,
        statement: Executable | str,
        parameters: Sequence[object] = (),
        chunk_rows: int = CHUNK_ROWS,
    ) -> AsyncIterator[Fetched]:
        """A read's answer in chunks, inside a read-only transaction that ends with the iteration.

        Close it (`contextlib.aclosing`) when leaving early: the cursor holds a snapshot.
        """
        async with self.transaction(read_only=True) as transaction:
            started = perf_counter()
            result = await transaction.run(
                lambda connection: _execute(connection, statement, parameters, stream=True)
            )
            try:
                while True:
                    chunk = await transaction.run(lambda _: _chunk(result, chunk_rows, started))
                    yield chunk
                    if len(chunk.rows) < chunk_rows:
                        return
            finally:
                if self._wire is not None:
                    await transaction.run(lambda _: result.close())

    @asynccontextmanager
    async def transaction(self, *, read_only: bool = False) -> AsyncIterator[Transaction]:
        """The lane for one transaction: nobody else gets a turn until it ends."""
        async with self._turn:
            begin = self.backend.begin_read if read_only else self.backend.begin_write
            transaction = Transaction(self)
            try:
                await self.in_turn(lambda connection: transaction.begin(connection, begin))
            except asyncio.CancelledError:
                # The interrupt may have come after BEGIN had done its work.
                if self._wire is not None:
                    await asyncio.shield(self._roll_back(transaction))
                self._rest()
                raise
            self._in_transaction = True
            try:
                yield transaction
                if transaction.state is TransactionState.OPEN and read_only:
                    # A read has nothing to commit. What a function did that a read-only
                    # transaction does not hold back (NOTIFY, catalogs) is undone here.
                    await transaction.rollback()
                elif transaction.state is TransactionState.OPEN:
                    await self.in_turn(transaction.commit)
            except BaseException:
                if transaction.state is not TransactionState.ROLLED_BACK and self._wire is not None:
                    await asyncio.shield(self._roll_back(transaction))
                raise
            finally:
                self._in_transaction = False
                self._rest()

    async def transact(
        self, work: Work[T], transaction: Transaction | None = None, *, keep: bool = True
    ) -> T:
        """BEGIN, `work` and COMMIT (or ROLLBACK, for `keep=False`) in one go: locks are held for
        what the database needs, however busy the event loop is. An exception rolls back.

        `transaction` tells how far it came, and stops it; one made by nobody is only stopped by
        cancelling, which may be too late.
        """
        whole = transaction or Transaction(self)
        begin = self.backend.begin_write

        def run(connection: Connection) -> T:
            whole.begin(connection, begin)
            done = work(connection)
            (whole.commit if keep else whole.roll_back)(connection)
            return done

        async with self._turn:
            try:
                return await self.in_turn(run)
            except BaseException:
                self._in_transaction = True
                if whole.is_open and self._wire is not None:
                    await asyncio.shield(self._roll_back(whole))
                raise
            finally:
                self._in_transaction = False
                self._rest()

    async def _roll_back(self, transaction: Transaction) -> None:
        try:
            await transaction.rollback()
        except StudioError:
            # The first error is the one to tell; a connection that cannot roll back is dropped,
            # and with it the server rolls back.
            await self._drop()

    async def in_turn(self, work: Work[T]) -> T:
        """Do `work`; the caller holds the turn."""
        wire = await self._ready()
        self.running_since = perf_counter()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._done(wire, work)
        except TimeoutError as error:
            # Only ours: what a driver raises was translated.
            raise StatementFailed(
                f"stopped: it took longer than {self._timeout_s:g} s",
                hint="statement_timeout_s in config.toml allows more",
            ) from error
        finally:
            self.running_since = None

    async def _done(self, wire: Wire, work: Work[T]) -> T:
        running = asyncio.ensure_future(wire.run(work))
        # Closing stops it too; then nobody may be left to hear how it ended.
        running.add_done_callback(_heard)
        self._running = running
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            # Cancelling the statement's own task would leave SQLite's thread running and then
            # block in close; interrupting takes about a millisecond and keeps the connection.
            while not running.done():
                await self.backend.interrupt(wire.driver)
                await asyncio.wait([running], timeout=_AGAIN_S)
            raise
        except (DBAPIError, SQLAlchemyError, OSError) as error:
            translated = self.backend.translate(_original(error), _statement(error))
            if isinstance(translated, ConnectionLost) or getattr(
                error, "connection_invalidated", False
            ):
                await self._drop()
            raise translated from error

    # -- the connection --------------------------------------------------------------------------

    async def _ready(self) -> Wire:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._closing is not None:
            await self._closing
            self._closing = None
        if self._wire is not None and not self._in_transaction and self._is_stale():
            await self._drop()
        if self._wire is None:
            if self._in_transaction:
                raise ConnectionLost("the connection was lost inside a transaction")
            try:
                self._wire = await self._connect()
            except (SQLAlchemyError, OSError) as error:
                raise self.backend.translate(_original(error)) from error
            if self._was_lost and self._on_reconnect is not None:
                self._on_reconnect()
            self._was_lost = False
        return self._wire

    def _rest(self) -> None:
        if self._idle_close_s is not None and self._wire is not None:
            loop = asyncio.get_running_loop()
            self._idle = loop.call_later(self._idle_close_s, self._close_idle)

    def _close_idle(self) -> None:
        self._idle = None
        if not self._turn.locked() and self._wire is not None:
            self._closing = asyncio.ensure_future(self._drop())

    async def _drop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    async def interrupt(self) -> None:
        """Stop what runs now, if anything does; its caller gets the engine's own error."""
        if self._wire is not None and self.running_since is not None:
            await self.backend.interrupt(self._wire.driver)

    async def _stop(self) -> None:
        give_up = perf_counter() + _STOP_S
        while (running := self._running) is not None and not running.done():
            if self._wire is None or perf_counter() > give_up:
                return
            await self.backend.interrupt(self._wire.driver)
            await asyncio.wait([running], timeout=_AGAIN_S)

    async def rest(self) -> None:
        """Close the connection when nothing runs on it any more."""
        async with self._turn:
            await self.close()

    async def close(self) -> None:
        """Close the connection; the lane opens a new one when used again. What runs is stopped
        first: a server would not notice, and work on for nobody.
        """
        await self._stop()
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._closing is not None:
            await self._closing
            self._closing = None
        await self._drop()


def fetch(
    connection: Connection, statement: Executable | str, parameters: Sequence[object] = ()
) -> Fetched:
    """Run one statement to its end on a blocking-style connection."""
    started = perf_counter()
    result = _execute(connection, statement, parameters)
    if not result.returns_rows:
        elapsed = (perf_counter() - started) * 1000
        return Fetched((), (), (), result.rowcount, elapsed)
    return _chunk(result, None, started)


def _execute(
    connection: Connection,
    statement: Executable | str,
    parameters: Sequence[object] = (),
    *,
    stream: bool = False,
) -> CursorResult[tuple[object, ...]]:
    options = {"stream_results": True} if stream else {}
    if isinstance(statement, str):
        bound = tuple(parameters) or None
        return connection.exec_driver_sql(statement, bound, execution_options=options)
    result = connection.execute(statement, execution_options=options)
    return cast("CursorResult[tuple[object, ...]]", result)


def _chunk(result: CursorResult[tuple[object, ...]], size: int | None, started: float) -> Fetched:
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


def _heard(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()


def _original(error: BaseException) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _statement(error: BaseException) -> str:
    return error.statement or "" if isinstance(error, DBAPIError) else ""
