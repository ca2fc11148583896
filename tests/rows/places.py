"""A database with one table at a time, on either engine, behind one face."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Connection

from studio.backends.base import Backend, Purpose
from studio.backends.registry import backend
from studio.db.url import parse
from studio.model.catalog import Table, TableRef
from studio.model.page import Direction, PageKey, PageRequest, RowPage
from studio.rows.pages import planned_page, read_page

Row = tuple[object, ...]


class Place:
    """One engine: a writer of its own, and the connection that studio would browse with."""

    name: str

    def __init__(self, address: str, backend: Backend, browse: Connection) -> None:
        self.address = address
        self.backend = backend
        self.browse = browse

    def run(self, statement: str, rows: Sequence[Row] | None = None) -> None:
        """Run a statement as somebody else would; with rows, once for each."""
        raise NotImplementedError

    def make(self, definition: str, rows: Sequence[Row], name: str = "t") -> Table:
        """The table, new, holding `rows`; `definition` is what stands between the parentheses."""
        self.run(f"DROP TABLE IF EXISTS {name}")
        body, _, options = definition.partition(" -- ")
        self.run(f"CREATE TABLE {name} ({body}) {options}")
        self.insert(rows, name)
        return self.table(name)

    def insert(self, rows: Sequence[Row], name: str = "t") -> None:
        if rows:
            marks = ", ".join([self.mark] * len(rows[0]))
            self.run(f"INSERT INTO {name} VALUES ({marks})", rows)

    mark = "?"

    def table(self, name: str = "t") -> Table:
        return self.backend.table(self.browse, TableRef(None, name))

    def page(self, table: Table, request: PageRequest) -> RowPage:
        return read_page(self.browse, planned_page(request, table, self.backend), request)

    def plans(self, table: Table, request: PageRequest) -> list[str]:
        """What the engine says it would do for each statement of a page."""
        planned = planned_page(request, table, self.backend)
        found = []
        for statement in planned.statements:
            compiled = statement.limit(request.limit + 1).compile(
                dialect=self.browse.dialect, compile_kwargs={"render_postcompile": True}
            )
            parameters: object = compiled.params
            if compiled.positional:
                parameters = tuple(compiled.params[name] for name in compiled.positiontup or ())
            rows = self.browse.exec_driver_sql(f"{self.explain} {compiled}", parameters)
            found.append("\n".join(str(row[-1]) for row in rows))
        return found

    explain = "EXPLAIN QUERY PLAN"


class SQLitePlace(Place):
    name = "sqlite"

    def __init__(self, address: str, backend: Backend, browse: Connection) -> None:
        super().__init__(address, backend, browse)
        self.writer = sqlite3.connect(address, isolation_level=None)

    def run(self, statement: str, rows: Sequence[Row] | None = None) -> None:
        if rows is None:
            self.writer.execute(statement)
            return
        self.writer.execute("BEGIN")
        self.writer.executemany(statement, rows)
        self.writer.execute("COMMIT")


class PostgresPlace(Place):
    name = "postgresql"
    mark = "%s"
    explain = "EXPLAIN"

    def __init__(self, address: str, backend: Backend, browse: Connection) -> None:
        super().__init__(address, backend, browse)
        self.writer = psycopg.connect(address, autocommit=True)

    def run(self, statement: str, rows: Sequence[Row] | None = None) -> None:
        cursor = self.writer.cursor()
        if rows is None:
            cursor.execute(statement.encode())
        else:
            cursor.executemany(statement.encode(), rows)


@contextmanager
def sqlite_place(folder: Path) -> Iterator[Place]:
    path = folder / "place.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        # With a WAL there from the start, the browsing connection sees what is written later.
        connection.execute("CREATE TABLE first (i)")
        with _browsing(str(path)) as (backend, browse):
            place = SQLitePlace(str(path), backend, browse)
            try:
                yield place
            finally:
                place.writer.close()


@contextmanager
def postgres_place(url: str) -> Iterator[Place]:
    with _browsing(url) as (backend, browse):
        place = PostgresPlace(url, backend, browse)
        try:
            yield place
        finally:
            place.writer.close()


@contextmanager
def _browsing(address: str) -> Iterator[tuple[Backend, Connection]]:
    target = parse(address)
    found = backend(target.backend)
    engine = found.sync_engine(found.open(target), Purpose.BROWSE)
    try:
        with engine.connect() as browse:
            yield found, browse
    finally:
        engine.dispose()


def walk(
    place: Place, table: Table, request: PageRequest, start: PageKey | None = None
) -> Iterator[RowPage]:
    """Every page from `start` to the end of the request's direction."""
    while True:
        page = place.page(table, _from(request, start))
        yield page
        if not page.more:
            return
        start = page.keys[0 if request.direction is Direction.BACKWARD else -1]


def _from(request: PageRequest, start: PageKey | None) -> PageRequest:
    return PageRequest(
        request.table, request.order, request.filters, start, request.direction, request.limit
    )


def all_rows(place: Place, table: Table, request: PageRequest) -> list[tuple[object, ...]]:
    """The rows of a whole walk, in the request's order."""
    pages = list(walk(place, table, request))
    if request.direction is Direction.BACKWARD:
        pages.reverse()
    return [row for page in pages for row in page.rows]
