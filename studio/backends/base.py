"""What an engine must answer: the protocol every backend implements.

Public and versioned, together with `studio.model`: a third party ships a package with an entry
point in
the group `studio.backends`. Functions that take a `Connection` are plain and may block:
`studio.db` decides
which thread they run in. None of them may write.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

from sqlalchemy import ColumnElement, Connection, Engine, Select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.elements import quoted_name

from studio.model.catalog import Catalog, Column, ColumnKind, Table, TableRef, TableSummary
from studio.model.errors import StudioError
from studio.model.page import RowCount, Value
from studio.model.server import Server


class Purpose(StrEnum):
    """What a connection is for. One owner each, one statement at a time."""

    BROWSE = "browse"
    """Pages of rows; read-only."""
    QUERY = "query"
    """The person's own statements and transactions."""
    EDIT = "edit"
    """Opened to apply a change set, closed after it."""
    WATCH = "watch"
    """Counts and health; read-only."""
    REFLECT = "reflect"
    """The catalog, read in a thread; read-only."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a person wants to go, before anything was opened."""

    backend: str
    """A backend's name, as the registry knows it."""
    address: str = field(repr=False)
    """A file path, a URL or a libpq string; may hold a password, so it has no repr."""
    shown: str
    """The address without secrets."""
    password: str | None = field(default=None, repr=False)
    """Given apart from the address: asked for, or from STUDIO_PASSWORD."""
    read_only: bool = False
    """Writes are refused whatever the database would allow."""

    def __str__(self) -> str:
        """The address without secrets."""
        return self.shown


@dataclass(frozen=True, slots=True)
class Opening:
    """How one database is opened, decided before the first connection. Engines extend it."""

    target: Target
    label: str
    """What the top line calls it: `app.db`, `shop on db.example`."""
    how: str
    """A few words: "read-only beside its WAL", "immutable"."""
    why: str
    """One sentence: the reason for `how`, and what it means for what is seen."""
    writable: bool
    """Whether an EDIT lane may be opened at all."""
    not_writable_because: str = ""
    edits_alone: bool = False
    """An EDIT connection needs this process's other connections to the database closed first."""
    idle_close_s: float | None = None
    """Seconds after which an unused connection is closed; None: kept."""


class Backend(Protocol):
    """One engine. Stateless, one instance."""

    name: ClassVar[str]
    schemes: ClassVar[tuple[str, ...]]
    """URL schemes this engine answers to, without a driver: `postgresql`, `postgres`."""
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

    def async_engine(self, opening: Opening, purpose: Purpose) -> AsyncEngine | None:
        """An AUTOCOMMIT engine without a pool of its own, or None when the driver only blocks."""

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
        """Everything, in bulk."""

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

    def result_kinds(self, type_codes: Sequence[object]) -> tuple[ColumnKind, ...]:
        """The kinds of a result's columns, from the driver's cursor description."""


def identifier(name: str) -> quoted_name:
    """A name from the catalog, always quoted: hostile, empty and reserved ones are all legal."""
    return quoted_name(name, quote=True)
