"""A lane: one connection with one owner, one statement at a time, stoppable at any moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from time import perf_counter
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from studio.backends.base import Backend
from studio.backends.halves import ask
from studio.backends.halves.cancelling import CANCELS_CONNECTING
from studio.db.fetching import Fetched, chunk, execute, fetch
from studio.db.transaction import Transaction, TransactionState
from studio.db.wire import Wire, Work
from studio.model.errors import ConnectionLost, StatementFailed, StudioError

T = TypeVar("T")

CHUNK_ROWS = 500
_STOP_S = 1.0
"""How long closing waits for a statement that was told to stop, or for a connection that comes."""
_AGAIN_S = 0.01
"""How often an interrupt is repeated: one that comes before the first step is lost."""


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
        self.around_closing: Callable[[], AbstractContextManager[None]] = nullcontext
        """Entered while the connection is closed."""
        self.may_rest: Callable[[], bool] = lambda: True
        """Whether its connection may be given up for another lane's when nothing runs on it."""
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

    async def once(self, work: Work[T]) -> T:
        """Do `work` alone on this connection, and never again: what it did before a connection was
        lost may hold. Raises StudioError.
        """
        async with self._turn:
            try:
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
        before: Work[None] | None = None,
    ) -> AsyncIterator[Fetched]:
        """A read's answer in chunks, inside a read-only transaction that ends with the iteration.

        `before` is done first, inside it, and may refuse. Close the iterator
        (`contextlib.aclosing`) when leaving early: the cursor holds a snapshot.
        """
        async with self.transaction(read_only=True) as transaction:
            if before is not None:
                await transaction.run(before)
            started = perf_counter()
            result = await transaction.run(
                lambda connection: execute(connection, statement, parameters, stream=True)
            )
            try:
                while True:
                    read = await transaction.run(lambda _: chunk(result, chunk_rows, started))
                    yield read
                    if len(read.rows) < chunk_rows:
                        return
            finally:
                if self._wire is not None:
                    await transaction.run(lambda _: result.close())

    @asynccontextmanager
    async def transaction(self, *, read_only: bool = False) -> AsyncIterator[Transaction]:
        """The lane for one transaction: nobody else gets a turn until it ends."""
        async with self._turn:
            begin = self.backend.begin_read if read_only else self.backend.begin_write
            transaction = Transaction(self.in_turn)
            try:
                await self.in_turn(lambda connection: transaction.begin_on(connection, begin))
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
                    await self._commit(transaction)
            except BaseException:
                if transaction.is_open and self._wire is not None:
                    await asyncio.shield(self._roll_back(transaction))
                raise
            finally:
                self._in_transaction = False
                self._rest()

    async def transact(
        self,
        work: Work[T],
        transaction: Transaction | None = None,
        *,
        keep: bool | Callable[[T], bool] = True,
    ) -> T:
        """BEGIN, `work` and COMMIT in one go: locks are held for what the database needs, however
        busy the event loop is. An exception rolls back, and so does an answer not to `keep`.

        `transaction` tells how far it came, and stops it. A cancel that comes when all of it holds
        already is not heard.
        """
        whole = transaction or Transaction(self.in_turn)
        begin = self.backend.begin_write
        done: list[T] = []

        def run(connection: Connection) -> T:
            whole.begin_on(connection, begin)
            answer = work(connection)
            done.append(answer)
            is_kept = keep(answer) if callable(keep) else keep
            (whole.commit_on if is_kept else whole.roll_back_on)(connection)
            return answer

        async with self._turn:
            try:
                return await self.in_turn(run)
            except asyncio.CancelledError:
                # Whoever waits would tell that nothing happened.
                task = asyncio.current_task()
                if whole.state is TransactionState.COMMITTED and task is not None:
                    task.uncancel()
                    return done[0]
                await self._undone(whole)
                raise
            except BaseException:
                await self._undone(whole)
                raise
            finally:
                self._rest()

    async def _undone(self, whole: Transaction) -> None:
        """Roll back what a failure left open."""
        if not whole.is_open or self._wire is None:
            return
        self._in_transaction = True
        try:
            await asyncio.shield(self._roll_back(whole))
        finally:
            self._in_transaction = False

    async def _commit(self, transaction: Transaction) -> None:
        """A cancel that comes when all of it holds already comes too late, and is not heard: who
        waits would tell that nothing happened.
        """
        try:
            await self.in_turn(transaction.commit_on)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if transaction.state is not TransactionState.COMMITTED or task is None:
                raise
            task.uncancel()

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
            # A second cancel changes nothing: whoever hears of the first goes on on this wire.
            while not running.done():
                with suppress(asyncio.CancelledError):
                    await self.backend.interrupt(wire.driver)
                    await asyncio.wait([running], timeout=_AGAIN_S)
            raise
        except wire.errors as error:
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
        await self._closed()
        if self._wire is not None and not self._in_transaction and self._is_stale():
            await self._drop()
        if self._wire is None:
            if self._in_transaction:
                raise ConnectionLost("the connection was lost inside a transaction")
            try:
                self._wire = await self._connected()
            except (SQLAlchemyError, OSError) as error:
                raise self.backend.translate(_original(error)) from error
            if self._was_lost and self._on_reconnect is not None:
                self._on_reconnect()
            self._was_lost = False
        return self._wire

    async def _closed(self) -> None:
        """Wait until a connection that is being closed is. A cancel ends the waiting only."""
        if self._closing is not None:
            await asyncio.shield(self._closing)
            self._closing = None

    async def _connected(self) -> Wire:
        connecting = asyncio.ensure_future(self._connect())
        try:
            return await asyncio.shield(connecting)
        except asyncio.CancelledError:
            # A driver in a thread connects all the same, and a lane has one connection: SQLite's
            # last close may take away the -wal that the next one just opened.
            patience_s = 0 if ask(self.backend, CANCELS_CONNECTING) is True else _STOP_S
            self._closing = asyncio.ensure_future(_unwanted(connecting, patience_s))
            raise

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
            with self.around_closing():
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
        await self._closed()
        await self._drop()


async def _unwanted(connecting: asyncio.Task[Wire], patience_s: float) -> None:
    """Close what nobody waits for any more, or stop connecting to what does not answer."""
    await asyncio.wait([connecting], timeout=patience_s)
    connecting.cancel()
    try:
        wire = await connecting
    except (asyncio.CancelledError, SQLAlchemyError, OSError, StudioError):
        return
    await wire.close()


def _heard(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()


def _original(error: BaseException) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _statement(error: BaseException) -> str:
    return error.statement or "" if isinstance(error, DBAPIError) else ""
