"""SQLite: files, memory, and their WAL."""

import sqlite3
from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from typing import ClassVar, cast

import aiosqlite
from sqlalchemy import ColumnElement, Connection, Engine, Select

from studio.backends.base import Opening, Purpose, RowCounter, Target
from studio.backends.halves import Absent
from studio.backends.halves.editing import Editing
from studio.backends.halves.operators import Operators
from studio.backends.halves.schema_changes import SchemaChanges
from studio.backends.sqlite import (
    catalog,
    compiling,
    connecting,
    counting,
    failures,
    opening,
    replaying,
    sizes,
    staleness,
    values,
)
from studio.backends.sqlite.editing import SQLiteEditing
from studio.backends.sqlite.opening import SQLiteOpening
from studio.backends.sqlite.operators import OPERATORS
from studio.backends.sqlite.staleness import is_at_rest, wal_bytes
from studio.model.catalog import Catalog, Column, ColumnKind, Table, TableRef, TableSummary
from studio.model.errors import StatementFailed, StudioError
from studio.model.health import HealthFinding
from studio.model.page import RowCount, Value
from studio.model.server import Server
from studio.model.words import plural
from studio.sqltext.syntax import SQLITE, Syntax


class SQLite:
    """The engine of `studio.backends.base.Backend` for database files.

    BROWSE, QUERY, WATCH and REFLECT lanes look and leave no trace; QUERY also refuses ATTACH,
    and functions and PRAGMAs that may act (authorizer.py). Only an EDIT lane can write (in memory:
    every other but QUERY, too). Its connection is opened inside a read-only guard where closing
    it could checkpoint somebody's WAL, and refuses BEGIN and COMMIT once another file has taken
    the name; the caller needs to do nothing but
    close the lane.
    """

    name: ClassVar[str] = "sqlite"
    begin_write: ClassVar[str] = "BEGIN IMMEDIATE"
    """Takes the write lock at once: upgrading a read later fails instead of waiting."""
    begin_read: ClassVar[str] = "BEGIN"
    """The URI refuses writes: `mode=ro`."""
    editing: ClassVar[Editing] = SQLiteEditing()
    syntax: ClassVar[Syntax] = SQLITE
    operators: ClassVar[Operators] = OPERATORS
    schema_changes: ClassVar[SchemaChanges] = SchemaChanges(rebuilds=True)
    running: ClassVar[str] = "studio.backends.sqlite.running:SQLiteRunning"
    explaining: ClassVar[str] = "studio.backends.sqlite.plans.run:SQLiteExplaining"
    proving: ClassVar[str] = "studio.backends.sqlite.plans.proving:SQLiteProving"
    completing: ClassVar[str] = "studio.backends.sqlite.completing:SQLiteCompleting"
    stored_objects: ClassVar[str] = "studio.backends.sqlite.stored_objects:SQLiteObjects"
    profiling: ClassVar[str] = "studio.backends.sqlite.profiling:SQLiteProfiling"
    checking: ClassVar[str] = "studio.backends.sqlite.doctor.checking:SQLiteChecking"
    bulk: ClassVar[str] = "studio.backends.sqlite.bulk:SQLiteBulk"
    activity: ClassVar[Absent] = Absent(
        "SQLite has no sessions; `studio wal FILE` shows who holds it"
    )
    bytecode: ClassVar[str] = "studio.backends.sqlite.plans.program:Program"
    wal_history: ClassVar[str] = "studio.backends.sqlite.wal_history:SQLiteWalHistory"
    housekeeping: ClassVar[str] = "studio.backends.sqlite.housekeeping:SQLiteHousekeeping"

    # -- connecting ------------------------------------------------------------------------------

    def open(self, target: Target) -> Opening:
        """Look at the file from a helper process, and decide; about 50 ms."""
        return opening.open_file(target)

    def is_stale(self, opened: Opening) -> bool:
        """By four `stat` calls."""
        return staleness.is_stale(_ours(opened))

    def async_engine(self, opened: Opening, purpose: Purpose) -> Engine | None:
        """Over aiosqlite."""
        return connecting.async_engine(_ours(opened), purpose)

    def sync_engine(self, opened: Opening, purpose: Purpose) -> Engine:
        """Over sqlite3."""
        return connecting.sync_engine(_ours(opened), purpose)

    async def interrupt(self, driver_connection: object) -> None:
        """sqlite3_interrupt: the one call SQLite allows from another thread; under 1 ms."""
        if isinstance(driver_connection, aiosqlite.Connection):
            try:
                await driver_connection.interrupt()
            except ValueError:
                return  # closed meanwhile: nothing runs
        elif isinstance(driver_connection, sqlite3.Connection):
            driver_connection.interrupt()

    def storage_class(self, column: Column, value: Value) -> str:
        """See halves.storage_classes."""
        from studio.backends.sqlite.storage import storage_class  # noqa: PLC0415 - rarely wanted

        return storage_class(column, value)

    def translate(self, error: BaseException, sql: str = "") -> StudioError:
        """By SQLite's extended result code."""
        return failures.translate(error, sql)

    # -- what is there ---------------------------------------------------------------------------

    def server(self, connection: Connection, opened: Opening) -> Server:
        """The library, and what the WAL held when the file was looked at."""
        del connection
        ours = _ours(opened)
        return Server(
            engine=self.name,
            version=sqlite3.sqlite_version,
            version_number=sqlite3.sqlite_version_info,
            database=ours.label,
            read_only=not ours.writable,
            facts=self.facts(opened),
            product="SQLite",
        )

    def facts(self, opening: Opening) -> tuple[str, ...]:
        """The WAL, whose commits are only known as long as nobody wrote or checkpointed."""
        return tuple(_facts(_ours(opening)))

    def unreadable(self, opening: Opening, error: StatementFailed) -> HealthFinding | None:
        """See halves.unreadable."""
        from studio.backends.sqlite.doctor import damage  # noqa: PLC0415 - rarely wanted

        return damage.unreadable(_ours(opening), error)

    def contents(self, opening: Opening) -> Hashable | None:
        """By the stamp of the -wal, or of the file where nothing is in one."""
        return staleness.contents(_ours(opening))

    def outline(self, connection: Connection) -> tuple[TableSummary, ...]:
        """From `pragma_table_list`."""
        return catalog.read_outline(connection)

    def table(self, connection: Connection, ref: TableRef) -> Table:
        """Main's relations have no schema in their `ref`."""
        return catalog.read_table(connection, ref)

    def catalog(self, connection: Connection, server: Server) -> Catalog:
        """In four queries, or one more for each relation when one of them is broken."""
        return catalog.read_catalog(connection, server)

    def empty(self) -> AbstractContextManager[replaying.EmptySQLite]:
        """See halves.empty."""
        return replaying.empty()

    def understood(self, connection: Connection, statement: str) -> None:
        """By SQLite's own compiler."""
        compiling.understood(connection, statement)

    def only_looking(self, connection: Connection) -> AbstractContextManager[None]:
        """See halves.looking: by the authorizer of a QUERY connection."""
        return compiling.only_looking(connection)

    # -- rows ------------------------------------------------------------------------------------

    def shown(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
        """Any column can hold anything, so every value is measured."""
        del column
        return values.shown(value)

    def sort_key(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
        """Every value has its order: NULL, numbers, text by collation, bytes."""
        del column
        return value

    def nulls_first(self, *, descending: bool) -> bool:
        """NULL is the smallest value."""
        return not descending

    def bind(self, value: Value, column: Column | None) -> ColumnElement[object]:
        """Raises ValueError for what SQLite would change: NaN, integers over 64 bits."""
        del column
        return values.bind(value)

    def as_text(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
        """Numbers as SQLite writes them; bytes read as text."""
        del column
        return values.as_text(value)

    def contains(self, text: ColumnElement[object], needle: str) -> ColumnElement[bool]:
        """By LIKE."""
        return values.contains(text, needle)

    def parse(self, text: str, column: Column) -> Value:
        """By the column's affinity and declared name."""
        return values.parse(text, column)

    def estimate(
        self, connection: Connection, table: Table, selection: Select[tuple[object, ...]] | None
    ) -> RowCount | None:
        """SQLite has no estimate for a selection."""
        return counting.estimate(connection, table) if selection is None else None

    def closer_look(
        self, connection: Connection, table: Table
    ) -> Callable[[], RowCount | None] | None:
        """By sampled leaves, where rowids leave gaps or there are none."""
        return counting.closer_look(connection, table)

    def row_counter(self) -> RowCounter:
        """Counted when few, else by the span of their rowids."""
        return sizes.row_counts

    def result_kinds(self, type_codes: Sequence[object]) -> tuple[ColumnKind, ...]:
        """SQLite's results have no types: each value has its own."""
        return (ColumnKind.ANY,) * len(type_codes)


def _ours(opened: Opening) -> SQLiteOpening:
    return cast("SQLiteOpening", opened)


def _facts(ours: SQLiteOpening) -> list[str]:
    facts: list[str] = []
    size = wal_bytes(ours)
    if size:
        counted = _not_checkpointed(ours) if is_at_rest(ours) else ""
        facts.append(f"WAL {_size(size)}{counted}")
    return facts


def _not_checkpointed(ours: SQLiteOpening) -> str:
    pending = ours.probe.pending
    if pending is None:
        return ""
    if pending.commits is None:
        return ", many commits not checkpointed"
    if not pending.commits:
        return ", all of it checkpointed"
    return f", {plural(pending.commits, 'commit')} not checkpointed"


_STEP = 1000


def _size(size: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < _STEP or unit == "GB":
            break
        size /= _STEP
    return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"
