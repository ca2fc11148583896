"""What an engine must answer: the protocol every backend implements.

Public and versioned, together with `studio.model`: a third party ships a package with an entry
point in
the group `studio.backends`. Functions that take a `Connection` are plain and may block:
`studio.db` decides
which thread they run in. None of them may write.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar, NamedTuple, Protocol, cast, runtime_checkable

from sqlalchemy import ColumnElement, Connection, Engine, NullPool, Select, create_engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.sql.elements import quoted_name

from studio.backends.target import Opening, Purpose, Target
from studio.model.catalog import Catalog, Column, ColumnKind, Table, TableRef, TableSummary
from studio.model.errors import StudioError
from studio.model.page import RowCount, Value
from studio.model.server import Server

__all__ = [
    "Backend",
    "Copied",
    "CopyingDialect",
    "Opening",
    "Purpose",
    "RowCounter",
    "Target",
    "asyncio_engine",
    "copied",
    "identifier",
]


RowCounter = Callable[[Connection, Sequence[TableRef]], Mapping[TableRef, RowCount]]
"""Leaves out the tables of which nothing is known."""


class Backend(Protocol):
    """One engine. Stateless, one instance."""

    name: ClassVar[str]
    begin_write: ClassVar[str]
    """The statement that opens a transaction which will write."""
    begin_read: ClassVar[str]
    """The statement that opens a transaction in which the database refuses writes, where it can."""

    # -- connecting ------------------------------------------------------------------------------

    def open(self, target: Target) -> Opening:
        """Decide how to open; blocks; raises ConnectFailed, Refused."""

    def is_stale(self, opening: Opening) -> bool:
        """Whether what was decided no longer fits (file replaced, a WAL appeared). Cheap: a few
        stats.
        """

    def async_engine(self, opening: Opening, purpose: Purpose) -> Engine | None:
        """What `asyncio_engine` makes, or None when the driver only blocks."""

    def sync_engine(self, opening: Opening, purpose: Purpose) -> Engine:
        """The same, blocking: for reflection, and for lanes where there is no async driver."""

    async def interrupt(self, driver_connection: object) -> None:
        """Stop what runs on this driver connection now, and keep the connection usable."""

    def translate(self, error: BaseException, sql: str = "") -> StudioError:
        """A driver's exception as one of ours; ConnectionLost when the connection is gone."""

    # -- what is there ---------------------------------------------------------------------------

    def server(self, connection: Connection, opening: Opening) -> Server:
        """Version, capabilities, and the words for the top line."""

    def outline(self, connection: Connection) -> tuple[TableSummary, ...]:
        """Every relation a person could open, cheaply; system ones last."""

    def table(self, connection: Connection, ref: TableRef) -> Table:
        """One relation, whole; `ref.schema` None means where an unqualified name is found.

        Raises StatementFailed when there is no such relation.
        """

    def catalog(self, connection: Connection, server: Server) -> Catalog:
        """Every schema with all its relations and their parts."""

    # -- rows ------------------------------------------------------------------------------------

    def shown(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
        """`value`, cut on the server when it is longer than SHOWN_BYTES."""

    def sort_key(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
        """`value` as something that has an order and equality (PostgreSQL's json: its text)."""

    def nulls_first(self, *, descending: bool) -> bool:
        """Where the engine puts NULLs when an ORDER BY does not say."""

    def bind(self, value: Value, column: Column | None) -> ColumnElement[object]:
        """A value a page showed, as a bound parameter that compares and stores exactly."""

    def as_text(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
        """`value` as text, for searching."""

    def contains(self, text: ColumnElement[object], needle: str) -> ColumnElement[bool]:
        """Whether `text` holds `needle`, ignoring case; `needle` has no wildcards."""

    def parse(self, text: str, column: Column) -> Value:
        """What a person typed for `column` as a value to bind; raises ValueError with the type's
        rule.
        """

    def estimate(
        self, connection: Connection, table: Table, selection: Select[tuple[object, ...]] | None
    ) -> RowCount | None:
        """About how many rows `table` has (or `selection` returns), in milliseconds; None: no
        idea.
        """

    def row_counter(self) -> RowCounter | None:
        """What says about how many rows each of many tables has, in a fraction of a millisecond
        for each; None where the outline said all that is known without reading.
        """

    def result_kinds(self, type_codes: Sequence[object]) -> tuple[ColumnKind, ...]:
        """The kinds of a result's columns, from the driver's cursor description."""


class Copied(NamedTuple):
    """Rows an engine sent outside of any result: one column, a line each."""

    column: str
    type_code: object
    rows: Sequence[tuple[Value]]


@runtime_checkable
class CopyingDialect(Protocol):
    """A dialect with statements whose rows the driver does not take as a result (COPY)."""

    def copied(self, connection: Connection, statement: str) -> Copied | None:
        """Run such a statement; None, and nothing was run, for any other. Raises Unsupported for
        one that would wait for rows.
        """


def copied(connection: Connection, statement: str) -> Copied | None:
    """See `CopyingDialect.copied`; None for every statement of a dialect without such."""
    dialect = connection.dialect
    return dialect.copied(connection, statement) if isinstance(dialect, CopyingDialect) else None


def identifier(name: str) -> quoted_name:
    """A name from the catalog, always quoted: hostile, empty and reserved ones are all legal."""
    return quoted_name(name, quote=True)


def asyncio_engine(url: str, connect: Callable[[], Awaitable[object]]) -> Engine:
    """An AUTOCOMMIT engine over an asyncio driver, every connection of it new and private.

    Use its connections inside SQLAlchemy's `greenlet_spawn` only. It is the engine inside an
    AsyncEngine; `sqlalchemy.ext.asyncio` itself would import the whole ORM, 80 ms before the first
    rows.
    """

    def creator() -> DBAPIConnection:
        dbapi = engine.dialect.dbapi
        if dbapi is None:
            raise AssertionError(url)
        return cast("DBAPIConnection", dbapi.connect(async_creator_fn=connect))

    engine = create_engine(
        url,
        creator=creator,
        poolclass=NullPool,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
    )
    return engine
