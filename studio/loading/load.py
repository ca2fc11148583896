"""Rows of a file into a table, in one transaction, whole or not at all."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from studio.backends.halves import required
from studio.backends.halves.bulk import BULK, Bulk
from studio.backends.halves.editing import Editing, editing
from studio.backends.target import Purpose
from studio.db.session import Session
from studio.db.too_late import to_its_end
from studio.db.transaction import Transaction
from studio.loading.columns import mapped, names_of, proposed
from studio.loading.reading import Record
from studio.loading.source import Source
from studio.model.catalog import Column, Table, TableRef
from studio.model.change import Assigned, Default
from studio.model.document import JsonText
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
    source: Source,
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
            loading = _Loading(transaction, bulk, rules, table, mapped(names, table))
            loading.loaded.left_out = tuple(n for n in names if n not in loading.mapping)
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


def _create_statement(ref: TableRef, source: Source, names: Sequence[str], bulk: Bulk) -> str:
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
        self,
        transaction: Transaction,
        bulk: Bulk,
        rules: Editing,
        table: Table,
        mapping: dict[str, str],
    ) -> None:
        self.mapping = mapping
        self.loaded = Loaded(table.ref, tuple(mapping.values()))
        self._transaction = transaction
        self._bulk = bulk
        self._rules = rules
        self._table = table
        self._columns = [table.column(name) for name in mapping.values()]

    async def take(self, source: Source, tell: Callable[[int], None]) -> None:
        """Insert the rows, batch by batch, until they end or too many are bad."""
        for batch in _batches(self._rows(source)):
            await self._insert(batch)
            tell(self.loaded.rows)
            if self.loaded.is_cut:
                return

    # -- rows of the file → rows of the table ----------------------------------------------------

    def _rows(self, source: Source) -> Iterator[_Row]:
        records = source.records()
        names: list[str] | None = None
        for record in records:
            if record.values is None and not record.problem and names is None:
                names = [name or "" for name in record.cells]
                continue
            try:
                row = self._row(record, names or [])
            except ValueError as error:
                self._refuse(BadRow(record.line, str(error)))
            else:
                if row is not None:
                    yield _Row(record.line, row)
            if self.loaded.is_cut:
                return

    def _row(self, record: Record, names: Sequence[str]) -> tuple[Value, ...] | None:
        """Its values in the table's columns; None for an empty line. Raises ValueError."""
        if record.problem:
            raise ValueError(record.problem)
        if record.values is not None:
            return self._typed(record)
        cells = record.cells
        if len(names) > 1 and len(cells) == 1 and cells[0] is None:
            return None
        if len(cells) != len(names):
            raise ValueError(f"{len(cells)} values for {len(names)} columns")
        by_name = dict(zip(names, cells, strict=True))
        return tuple(
            None if (cell := by_name[name]) is None else self._read(cell, column)
            for name, column in zip(self.mapping, self._columns, strict=True)
        )

    def _read(self, text: str, column: Column) -> Value:
        try:
            return self._bulk.read(text, column)
        except ValueError as error:
            raise ValueError(f"{column.name}: {error}") from error

    def _typed(self, record: Record) -> tuple[Value, ...]:
        values = record.values or {}
        unknown = values.keys() - self.mapping.keys() - set(self.loaded.left_out)
        if unknown:
            raise ValueError(f"{min(unknown)!r} is not among the columns of the first row")
        return tuple(
            self._fitted(values.get(name), column)
            for name, column in zip(self.mapping, self._columns, strict=True)
        )

    def _fitted(self, value: Assigned, column: Column) -> Value:
        if isinstance(value, Default):
            raise TypeError(value)
        if isinstance(value, JsonText) and not self._rules.reads_json(column):
            # A document, in a column of texts.
            return str(value)
        try:
            return self._rules.fitted(value, column)
        except ValueError as error:
            raise ValueError(f"{column.name}: {error}") from error

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
