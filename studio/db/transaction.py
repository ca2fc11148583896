"""A transaction: how far it came, what it holds, and whether it may still commit."""

from collections.abc import Sequence
from enum import StrEnum
from threading import Lock
from time import perf_counter
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Executable

from studio.db.fetching import Fetched, fetch
from studio.db.wire import Work
from studio.model.errors import StudioError

T = TypeVar("T")


class InTurn(Protocol):
    """What does work on a lane's connection."""

    async def __call__(self, work: Work[T]) -> T:
        """Do `work`."""


class TransactionState(StrEnum):
    """Where a transaction is: what an error at this moment can mean."""

    OPEN = "open"
    COMMITTING = "committing"
    """COMMIT was sent; a connection lost now leaves the outcome unknown."""
    COMMITTED = "committed"
    ROLLED_BACK = "rolled back"


class StoppedBeforeCommit(StudioError):
    """A transaction that may not commit any more."""


class Transaction:
    """A transaction on a lane: an `async with` block of `Lane.transaction`, which commits at its
    end and rolls back on any exception, or all of one `Lane.transact`.
    """

    def __init__(self, in_turn: InTurn) -> None:
        """`in_turn` does work on the connection, for who holds its turn."""
        self._in_turn = in_turn
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
        return await self._in_turn(work)

    async def fetch(
        self, statement: Executable | str, parameters: Sequence[object] = ()
    ) -> Fetched:
        """Run one statement inside the transaction."""
        return await self.run(lambda connection: fetch(connection, statement, parameters))

    async def rollback(self) -> None:
        """Undo everything now; the block may go on to its end, nothing is committed."""
        await self._in_turn(self.roll_back_on)

    # -- on the connection's thread --------------------------------------------------------------

    def begin_on(self, connection: Connection, statement: str) -> None:
        """`statement` begins it."""
        fetch(connection, statement)
        self._began = perf_counter()

    def commit_on(self, connection: Connection) -> None:
        """Raises StoppedBeforeCommit when somebody stopped it; nobody can from here on."""
        with self._deciding:
            if not self._may_commit:
                raise StoppedBeforeCommit("stopped before COMMIT")
            self.state = TransactionState.COMMITTING
        fetch(connection, "COMMIT")
        self.state = TransactionState.COMMITTED
        self._ended = perf_counter()

    def roll_back_on(self, connection: Connection) -> None:
        """Undo everything."""
        connection.exec_driver_sql("ROLLBACK")
        self.state = TransactionState.ROLLED_BACK
        self._ended = perf_counter()
