"""The reader migration status uses over studio's own database layer: looks, never writes."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from sqlalchemy import (
    ColumnClause,
    Connection,
    Executable,
    TableClause,
    column,
    func,
    select,
    table,
)
from sqlalchemy.exc import SQLAlchemyError

from studio.backends.base import Backend, Purpose, Target, identifier
from studio.backends.halves import Absent, ask, required
from studio.backends.halves.printing import PRINTING, QUERY_PRINTING, PrintedQuery, Prints
from studio.backends.halves.schema_extras import SCHEMA_EXTRAS, Extras, ReadsExtras
from studio.backends.halves.scratch import Scratch, scratch_in
from studio.backends.registry import backend
from studio.db.url import parse
from studio.migrations.history import MAX_ROWS, LiveTable, Printed
from studio.model.catalog import Catalog, TableKind, TableRef
from studio.model.page import Value
from studio.model.server import Server

_WITH_HISTORY = frozenset({TableKind.TABLE, TableKind.PARTITIONED})


class DatabaseReader:
    """One open, read-only connection."""

    def __init__(
        self, connection: Connection, engine: Backend, server: Server, where: Target
    ) -> None:
        self._connection = connection
        self._where = where
        self._backend = engine
        self._server = server
        self._catalog: Catalog | None = None

    @property
    def engine(self) -> str:
        """The backend's name."""
        return self._server.engine

    @property
    def backend(self) -> Backend:
        """The engine behind the connection."""
        return self._backend

    def catalog(self) -> Catalog:
        """The live schema, read once."""
        if self._catalog is None:
            try:
                self._catalog = self._backend.catalog(self._connection, self._server)
            except SQLAlchemyError as error:
                raise self._backend.translate(getattr(error, "orig", None) or error) from error
        return self._catalog

    def tables(self) -> Sequence[LiveTable]:
        """Every ordinary table with its columns."""
        return [
            LiveTable(found.ref, tuple((c.name, c.type_name) for c in found.columns))
            for schema in self.catalog().schemas
            if not schema.is_system
            for found in schema.tables
            if found.kind in _WITH_HISTORY
        ]

    def rows(self, ref: TableRef, columns: Sequence[str]) -> Sequence[tuple[Value, ...]]:
        """All rows, at most MAX_ROWS; raises StudioError."""
        wanted: list[ColumnClause[object]] = [column(identifier(name)) for name in columns]
        return self._fetch(select(*wanted).select_from(_relation(ref)).limit(MAX_ROWS))

    def count(self, ref: TableRef, name: str | None = None) -> int:
        """Rows, or rows with a value in one column; raises StudioError."""
        what = func.count() if name is None else func.count(column(identifier(name)))
        ((number,),) = self._fetch(select(what).select_from(_relation(ref)))
        return int(str(number))

    def scratch(self) -> AbstractContextManager[Scratch]:
        """On a connection of its own: this one only reads."""
        return scratch_in(self._backend, self._backend.open(replace(self._where, read_only=False)))

    @contextmanager
    def printing(self) -> Iterator[Printed]:
        """On a connection of its own: this one may be closed by then."""
        prints = required(self._backend, PRINTING)
        with connect_to(self._where) as other:
            yield other.printed_by(prints)

    def extras(self) -> Extras:
        """On a connection of its own, where the engine has any."""
        reads = ask(self._backend, SCHEMA_EXTRAS)
        if isinstance(reads, Absent):
            return Extras()
        with connect_to(self._where) as other:
            return other.extras_by(reads)

    def extras_by(self, reads: ReadsExtras) -> Extras:
        """As this connection sees them."""
        return reads(self._connection)

    def printed_by(self, prints: Prints) -> Printed:
        """What writes expressions on this connection, and says what a query would do."""

        def expression(text: str, table: TableRef | None) -> str:
            return prints(self._connection, text, table)

        def query(text: str) -> PrintedQuery:
            return required(self._backend, QUERY_PRINTING)(self._connection, text)

        return Printed(expression, query)

    def _fetch(self, statement: Executable) -> Sequence[tuple[Value, ...]]:
        try:
            result = self._connection.execute(statement)
            return [tuple(row) for row in result]
        except SQLAlchemyError as error:
            raise self._backend.translate(getattr(error, "orig", None) or error) from error


@contextmanager
def connect(target: str) -> Iterator[DatabaseReader]:
    """A reader of what `target` names, closed at the end of the block; raises StudioError."""
    with connect_to(parse(target, read_only=True)) as reader:
        yield reader


@contextmanager
def connect_to(where: Target) -> Iterator[DatabaseReader]:
    """A reader of a target that is taken apart already: its password may have been asked for."""
    engine = backend(where.backend)
    opening = engine.open(where)
    blocking = engine.sync_engine(opening, Purpose.REFLECT)
    try:
        with blocking.connect() as connection:
            server = engine.server(connection, opening)
            yield DatabaseReader(connection, engine, server, where)
    except SQLAlchemyError as error:
        raise engine.translate(getattr(error, "orig", None) or error) from error
    finally:
        blocking.dispose()


def _relation(ref: TableRef) -> TableClause:
    schema = identifier(ref.schema) if ref.schema is not None else None
    return table(identifier(ref.name), schema=schema)
