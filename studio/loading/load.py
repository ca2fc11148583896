"""Rows of a file into a table, in one transaction, whole or not at all."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from studio.backends.halves import required
from studio.backends.halves.bulk import BULK, Bulk
from studio.backends.halves.editing import editing
from studio.backends.target import Purpose
from studio.db.session import Session
from studio.db.too_late import to_its_end
from studio.db.transaction import Transaction
from studio.loading.columns import names_of, proposed
from studio.loading.fitting import Fitting
from studio.loading.source import RowSource
from studio.model.catalog import Table, TableRef
from studio.model.errors import ConfigInvalid, ConnectionLost, StatementFailed
from studio.model.page import Value

_BATCH_ROWS = 2000
_BATCH_BYTES = 4 * 2**20
MOST_BAD = 100
"""Bad rows that are told of; the next one ends the reading."""
_SAVE = "studio_rows"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is not taken."""

    line: int
    message: str
    code: str = ""


@dataclass(slots=True)
class Loaded:
    """What came of it."""

    table: TableRef
    columns: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """Names of the file that the database makes values for itself."""
    created: str = ""
    """The statement that made the table; empty: it was there."""
    rows: int = 0
    bad: list[BadRow] = field(default_factory=list)
    is_cut: bool = False
    """There may be more bad rows behind those."""
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    values: tuple[Value, ...]


async def load(
    session: Session,
    ref: TableRef,
    source: RowSource,
    *,
    create: bool,
    trial: bool,
    tell: Callable[[int], None],
) -> Loaded:
    """Insert every row of `source`, or none. `create`: make the table first; `trial`: roll back.

    Raises ConfigInvalid, ReadOnly, Unsupported, StudioError.
    """
    bulk, rules = required(session.backend, BULK), editing(session.backend)
    names = names_of(source)
    made = _create_statement(ref, source, names, bulk) if create else ""
    lane = session.lane(Purpose.EDIT)
    try:
        async with lane.transaction() as transaction:
            if made:
                await transaction.fetch(made)
            table = await transaction.run(lambda c: session.backend.table(c, ref))
            fitting = Fitting(table, names, bulk, rules)
            loading = _Loading(transaction, bulk, table, fitting)
            loading.loaded.created = made
            await loading.take(source, tell)
            # What a file says wrong is seen before what the database refuses of a batch.
            loading.loaded.bad.sort(key=lambda row: row.line)
            if loading.loaded.bad or trial:
                await transaction.rollback()
            else:
                loading.loaded.is_kept = True
        return loading.loaded
    finally:
        await to_its_end(lane.close())


def _create_statement(ref: TableRef, source: RowSource, names: Sequence[str], bulk: Bulk) -> str:
    if not names:
        raise ConfigInvalid(f"{source.name} has no columns")
    kinds = proposed(source, names)
    columns = ", ".join(f"{_quoted(name)} {bulk.type_name(kinds[name])}" for name in names)
    return f"CREATE TABLE {'.'.join(_quoted(p) for p in ref if p is not None)} ({columns})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class _Loading:
    """One file on its way into one table."""

    def __init__(
        self, transaction: Transaction, bulk: Bulk, table: Table, fitting: Fitting
    ) -> None:
        self.loaded = Loaded(table.ref, fitting.columns, fitting.left_out)
        self._transaction = transaction
        self._bulk = bulk
        self._table = table
        self._fitting = fitting

    async def take(self, source: RowSource, tell: Callable[[int], None]) -> None:
        """Insert the rows, batch by batch, until they end or too many are bad."""
        for batch in _batches(self._rows(source)):
            await self._insert(batch)
            tell(self.loaded.rows)
            if self.loaded.is_cut:
                return

    def _rows(self, source: RowSource) -> Iterator[_Row]:
        for line, row in self._fitting.rows(source):
            if isinstance(row, ValueError):
                self._refuse(BadRow(line, str(row)))
            else:
                yield _Row(line, row)
            if self.loaded.is_cut:
                return

    # -- into the table --------------------------------------------------------------------------

    async def _insert(self, rows: Sequence[_Row]) -> None:
        """Insert `rows`; those that are refused are found by halves."""
        if self.loaded.is_cut:
            return
        try:
            await self._transaction.run(lambda connection: self._send(connection, rows))
        except ConnectionLost:
            raise
        except (StatementFailed, ValueError) as error:
            await self._transaction.run(_undo)
            if len(rows) > 1:
                half = len(rows) // 2
                await self._insert(rows[:half])
                await self._insert(rows[half:])
                return
            code = error.code if isinstance(error, StatementFailed) else ""
            message = error.message if isinstance(error, StatementFailed) else str(error)
            self._refuse(BadRow(rows[0].line, message, code))
        else:
            self.loaded.rows += len(rows)

    def _send(self, connection: Connection, rows: Sequence[_Row]) -> None:
        connection.exec_driver_sql(f"SAVEPOINT {_SAVE}")
        self._bulk.insert(
            connection, self._table, self.loaded.columns, [row.values for row in rows]
        )
        connection.exec_driver_sql(f"RELEASE SAVEPOINT {_SAVE}")

    def _refuse(self, row: BadRow) -> None:
        if len(self.loaded.bad) == MOST_BAD:
            self.loaded.is_cut = True
        else:
            self.loaded.bad.append(row)


def _undo(connection: Connection) -> None:
    connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {_SAVE}")
    connection.exec_driver_sql(f"RELEASE SAVEPOINT {_SAVE}")


def _batches(rows: Iterator[_Row]) -> Iterator[list[_Row]]:
    batch: list[_Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(len(value) for value in row.values if isinstance(value, str | bytes))
        if len(batch) >= _BATCH_ROWS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
