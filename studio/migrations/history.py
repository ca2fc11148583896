"""History tables: found by their columns in any database, read through a small protocol."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeAlias

from studio.backends.base import Backend
from studio.backends.halves.printing import PrintedQuery
from studio.backends.halves.schema_extras import Extras
from studio.backends.halves.scratch import Scratch
from studio.model.catalog import Catalog, TableRef
from studio.model.page import Value

Row: TypeAlias = Mapping[str, Value]
"""One row of a history table; names in lower case."""

MAX_ROWS = 200_000
"""A longer history is cut, and that is noted."""


@dataclass(frozen=True)
class LiveTable:
    """A table of the database with its columns' names and types."""

    ref: TableRef
    columns: tuple[tuple[str, str], ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """The columns' names in lower case."""
        return frozenset(name.lower() for name, _ in self.columns)

    def type_of(self, column: str) -> str:
        """The type of a column in lower case; "" when there is none."""
        return next((kind.lower() for name, kind in self.columns if name.lower() == column), "")


@dataclass(frozen=True, slots=True)
class Printed:
    """Ways to have the engine say what it understands; both raise StudioError where it does not."""

    expression: Callable[[str, TableRef | None], str]
    """An expression, over the columns of a table, as the engine itself writes it."""
    query: Callable[[str], PrintedQuery]
    """What a query would give, and how."""


class HistoryReader(Protocol):
    """What migration status needs of a database: reading, nothing else."""

    @property
    def engine(self) -> str:
        """sqlite, postgresql, …"""
        ...

    @property
    def backend(self) -> Backend:
        """What the engine's halves are asked of."""
        ...

    def tables(self) -> Sequence[LiveTable]:
        """Every ordinary table; system schemas left out."""
        ...

    def rows(self, table: TableRef, columns: Sequence[str]) -> Sequence[tuple[Value, ...]]:
        """All rows, in storage order where the engine has one; raises StudioError."""
        ...

    def catalog(self) -> Catalog:
        """The live schema; raises StudioError."""
        ...

    def scratch(self) -> AbstractContextManager[Scratch]:
        """A place beside the database's own schemas that leaves nothing behind.

        Only where a person allowed it. Raises Unsupported, Refused, StudioError.
        """
        ...

    def printing(self) -> AbstractContextManager[Printed]:
        """A way to have expressions written anew; on a connection of its own.

        Raises Unsupported, StudioError.
        """
        ...

    def extras(self) -> Extras:
        """Row policies and what came with extensions; on a connection of its own.

        Nothing where the engine has neither. Raises StudioError.
        """
        ...

    def count(self, table: TableRef, column: str | None = None) -> int:
        """How many rows a table has, or how many hold a value in `column`; raises StudioError."""
        ...


@dataclass(frozen=True, slots=True)
class HistoryShape:
    """The columns by which a tool's history table is known."""

    required: frozenset[str]
    optional: frozenset[str] = frozenset()
    open: bool = False
    """Whether columns beyond these may be there."""
    names: frozenset[str] = frozenset()
    """When given, columns alone prove nothing: the name must be one of these, in lower case."""

    def fits(self, table: LiveTable) -> bool:
        """Whether `table` can be this tool's history."""
        return self.fits_columns(table) and (not self.names or table.ref.name.lower() in self.names)

    def fits_columns(self, table: LiveTable) -> bool:
        """Whether the columns fit: enough where the configuration names the table."""
        columns = table.names
        if not self.required <= columns:
            return False
        return self.open or columns <= self.required | self.optional


def shape(
    required: str, optional: str = "", *, is_open: bool = False, names: str = ""
) -> HistoryShape:
    """A HistoryShape from space-separated names."""
    return HistoryShape(
        frozenset(required.split()), frozenset(optional.split()), is_open, frozenset(names.split())
    )


@dataclass(frozen=True, slots=True)
class LiveSchema:
    """A database's schema as it was when its histories were read; outlives the connection."""

    backend: Backend
    catalog: Catalog
    histories: frozenset[TableRef]
    """Tables that are migration tools' own."""
    scratch: Callable[[], AbstractContextManager[Scratch]]
    """As `HistoryReader.scratch`: on a connection of its own."""
    printing: Callable[[], AbstractContextManager[Printed]]
    """As `HistoryReader.printing`: on a connection of its own."""
    extras: Callable[[], Extras] = Extras
    """As `HistoryReader.extras`: on a connection of its own."""


class Database:
    """One database during one look at it: its tables once, each history once."""

    def __init__(self, reader: HistoryReader) -> None:
        self.reader = reader
        self._rows: dict[TableRef, tuple[Row, ...]] = {}

    @cached_property
    def tables(self) -> tuple[LiveTable, ...]:
        """Every table, as the reader lists them."""
        return tuple(self.reader.tables())

    @cached_property
    def _by_name(self) -> dict[str, list[LiveTable]]:
        found: dict[str, list[LiveTable]] = {}
        for table in self.tables:
            found.setdefault(table.ref.name.lower(), []).append(table)
        return found

    def find(self, wanted: TableRef) -> LiveTable | None:
        """The table called so; without a schema the default one is preferred."""
        alike = self._by_name.get(wanted.name.lower(), [])
        named = [t for t in alike if t.ref.name == wanted.name] or list(alike)
        if wanted.schema is not None:
            exact = [t for t in named if t.ref.schema == wanted.schema]
            # One namespace only (SQLite): a configured schema means nothing there.
            named = exact or [t for t in named if t.ref.schema in {None, "main"}]
        named.sort(key=lambda t: t.ref.schema not in {None, "main", "public"})
        return named[0] if named else None

    def rows(self, table: LiveTable) -> tuple[Row, ...]:
        """All rows of a history table; raises StudioError."""
        known = self._rows.get(table.ref)
        if known is None:
            names = tuple(name for name, _ in table.columns)
            keys = tuple(name.lower() for name in names)
            fetched = self.reader.rows(table.ref, names)[:MAX_ROWS]
            known = tuple(dict(zip(keys, row, strict=True)) for row in fetched)
            self._rows[table.ref] = known
        return known
