"""Any other engine that SQLAlchemy has a dialect for: few capabilities, all honest."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    String,
    bindparam,
    case,
    cast,
    create_engine,
    event,
    func,
)
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.types import NullType

from studio.backends import generic_catalog as reflection
from studio.backends import generic_counting as counting
from studio.backends import generic_values as values
from studio.backends.base import Opening, Purpose, Target
from studio.model.catalog import (
    Catalog,
    Column,
    ColumnKind,
    Table,
    TableKind,
    TableRef,
    TableSummary,
)
from studio.model.errors import (
    ConnectFailed,
    ConstraintFailed,
    DatabaseMissing,
    Refused,
    StatementFailed,
    StudioError,
)
from studio.model.page import SHOWN_BYTES, RowCount, Value
from studio.model.server import Server

_PACKAGES = {
    "access": "sqlalchemy-access",
    "awsathena": "PyAthena[SQLAlchemy]",
    "bigquery": "sqlalchemy-bigquery",
    "clickhouse": "clickhouse-sqlalchemy",
    "clickhousedb": "clickhouse-connect",
    "cockroachdb": "sqlalchemy-cockroachdb",
    "databricks": "databricks-sqlalchemy",
    "db2": "ibm-db-sa",
    "duckdb": "duckdb-engine",
    "firebird": "sqlalchemy-firebird",
    "hana": "sqlalchemy-hana",
    "ibm_db_sa": "ibm-db-sa",
    "impala": "impyla",
    "mariadb": "mariadb",
    "monetdb": "sqlalchemy-monetdb",
    "mssql": "pyodbc",
    "mysql": "mysqlclient",
    "oracle": "oracledb",
    "presto": "PyHive[presto]",
    "redshift": "sqlalchemy-redshift",
    "snowflake": "snowflake-sqlalchemy",
    "sqlite": "SQLAlchemy",
    "teradatasql": "teradatasqlalchemy",
    "trino": "trino[sqlalchemy]",
    "vertica": "vertica-sqlalchemy-dialect",
}
"""The package that brings a dialect or, for SQLAlchemy's own dialects, its usual driver."""

_NULLS_HIGH = {"cockroachdb", "crate", "db2", "ibm_db_sa", "oracle", "redshift", "snowflake"}
_NULLS_LAST = {"clickhouse", "clickhousedb", "duckdb", "presto", "trino"}
"""Engines where NULLs come last whichever way the order runs; everywhere else they are low."""

_STOPS = ("interrupt", "cancel")
"""What drivers call the method that stops a running statement from another thread."""


class Generic:
    """One SQLAlchemy dialect with a blocking driver, read through what every engine shares."""

    name: ClassVar[str] = "generic"
    begin_write: ClassVar[str] = "BEGIN"
    begin_read: ClassVar[str] = "BEGIN"

    def __init__(self, scheme: str = "") -> None:
        self._scheme = scheme

    # -- connecting ------------------------------------------------------------------------------

    def open(self, target: Target) -> Opening:
        """See Backend.open. A file that is not there is never created."""
        url, dialect = _dialect(target)
        if target.read_only:
            raise Refused(
                f"studio has no way to keep {dialect.name} read-only: open {target} without"
                " --read-only (studio query: with --write), or with an account that may only read"
            )
        _require_file(url)
        return Opening(
            target=target,
            label=_label(url),
            how=f"through SQLAlchemy's {dialect.name} dialect",
            why=(
                f"studio has no engine of its own for {dialect.name}: it browses and sends"
                " your statements, and cannot promise that the connection only reads"
            ),
            writable=False,
            not_writable_because=f"studio does not know how to change {dialect.name} rows safely",
            read_only_word=f"no editing of {dialect.name}",
        )

    def is_stale(self, opening: Opening) -> bool:
        """Never: nothing was decided that could stop fitting."""
        del opening
        return False

    def async_engine(self, opening: Opening, purpose: Purpose) -> Engine | None:
        """None: lanes give the blocking driver a thread of its own."""
        del opening, purpose
        return None

    def sync_engine(self, opening: Opening, purpose: Purpose) -> Engine:
        """An engine whose connections hold no transaction nobody asked for."""
        del purpose
        url, _ = _dialect(opening.target)
        engine = create_engine(url, poolclass=NullPool)
        event.listen(engine, "connect", lambda driver, _: _autocommit(engine.dialect, driver))
        return engine

    async def interrupt(self, driver_connection: object) -> None:
        """Call the driver's own stop where it has one; without, the statement runs to its end."""
        for name in _STOPS:
            stop = getattr(driver_connection, name, None)
            if callable(stop):
                # In a thread: a stop over the network may block.
                await asyncio.to_thread(stop)
                return

    def translate(self, error: BaseException, sql: str = "") -> StudioError:
        """By the names PEP 249 gives exceptions; without a statement, connecting failed."""
        if isinstance(error, StudioError):
            return error
        message = values.printable(str(error)) or type(error).__name__
        if isinstance(error, NoSuchTableError):
            return StatementFailed(f"there is no relation {message}", sql)
        if not sql and not isinstance(error, SQLAlchemyError):
            return ConnectFailed(f"{message.rstrip('.! ')}; check the address, and that it answers")
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if kinds & {"IntegrityError", "ConstraintException"}:
            return ConstraintFailed(message, sql, type(error).__name__)
        return StatementFailed(message, sql, type(error).__name__)

    # -- what is there ---------------------------------------------------------------------------

    def server(self, connection: Connection, opening: Opening) -> Server:
        """What the dialect knows about the other end."""
        del opening
        dialect = connection.dialect
        known = dialect.server_version_info or ()
        number = tuple(n for n in known if isinstance(n, int))
        return Server(
            engine=dialect.name,
            version=reflection.version(connection) or ".".join(map(str, number)),
            version_number=number,
            database=_label(connection.engine.url),
            read_only=False,
            user=connection.engine.url.username or "",
        )

    def outline(self, connection: Connection) -> tuple[TableSummary, ...]:
        """What the Inspector lists, schema by schema."""
        return reflection.outline(connection).relations

    def table(self, connection: Connection, ref: TableRef) -> Table:
        """One relation through the Inspector, with what it cannot say left empty."""
        return reflection.table_of(connection, ref)

    def catalog(self, connection: Connection, server: Server) -> Catalog:
        """Every relation; what could not be read is a note."""
        return reflection.catalog(connection, server)

    # -- rows ------------------------------------------------------------------------------------

    def shown(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
        """Text cut by characters; kinds without a Python value of ours as the engine's text."""
        if column.kind in values.PLAIN:
            return value
        text = self.as_text(column, value)
        if column.kind in values.SHORT:
            return text
        return case(
            (func.length(text) > SHOWN_BYTES, func.substr(text, 1, SHOWN_BYTES + 1)), else_=text
        )

    def sort_key(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
        """The value; JSON by its text, since few engines order it."""
        return cast(value, String()) if column.kind is ColumnKind.JSON else value

    def nulls_first(self, *, descending: bool) -> bool:
        """As the engine's manual says; low where we know of none."""
        if self._scheme in _NULLS_LAST:
            return False
        return descending if self._scheme in _NULLS_HIGH else not descending

    def bind(self, value: Value, column: Column | None) -> ColumnElement[object]:
        """The driver's own value as it came; typed text is cast to the column's kind. Raises
        ValueError for text that is no Unicode.
        """
        if isinstance(value, str):
            # Drivers differ in what they raise for it, and some end the process.
            value.encode()
        bound: ColumnElement[object] = bindparam(None, value, type_=NullType(), unique=True)
        target = values.cast_target(value, column)
        return bound if target is None else cast(bound, target)

    def as_text(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object]:
        """The engine's own text of a value."""
        if column.kind is ColumnKind.TEXT:
            return value
        return cast(value, String())

    def contains(self, text: ColumnElement[object], needle: str) -> ColumnElement[bool]:
        """LIKE between percents, both sides in lower case as the engine lowers."""
        lowered: ColumnElement[str] = func.lower(text, type_=String())
        return lowered.like(func.lower(values.contained(needle)), escape="\\")

    def parse(self, text: str, column: Column) -> Value:
        """See Backend.parse."""
        return values.parse(text, column)

    def estimate(
        self, connection: Connection, table: Table, selection: Select[tuple[object, ...]] | None
    ) -> RowCount | None:
        """A table is counted while that is quick: no estimate is kept by every engine."""
        if selection is not None or table.kind is not TableKind.TABLE:
            return None
        return counting.count_quickly(connection, table.ref)

    def row_counter(self) -> None:
        """No idea without counting."""

    def result_kinds(self, type_codes: Sequence[object]) -> tuple[ColumnKind, ...]:
        """By the names drivers give their type codes."""
        return tuple(values.kind_named(str(code)) for code in type_codes)


def _dialect(target: Target) -> tuple[URL, Dialect]:
    """The URL with its password, and its dialect with the driver imported."""
    try:
        url = make_url(target.address)
        dialect_class = url.get_dialect()
    except NoSuchModuleError as error:
        raise ConnectFailed(_install(target.backend)) from error
    except ArgumentError as error:
        raise ConnectFailed(f"{target} is not a database URL studio can read") from error
    try:
        dialect_class.import_dbapi()
    except ImportError as error:
        driver = error.name or dialect_class.driver
        raise ConnectFailed(
            f"the driver {driver} is not installed: {_install(target.backend, driver)}"
        ) from error
    if target.password is not None:
        url = url.set(password=target.password)
    dialect = dialect_class()
    if dialect.is_async:
        raise ConnectFailed(
            f"{url.drivername} is an asynchronous driver: name a blocking one, or only"
            f" {url.get_backend_name()}://"
        )
    return url, dialect


def _install(scheme: str, driver: str | None = None) -> str:
    package = _PACKAGES.get(scheme, driver)
    if package is None:
        return (
            f"no SQLAlchemy dialect called {scheme} is installed: pip install the package that"
            f" brings it (sqlalchemy-{scheme} by custom)"
        )
    if driver is not None:
        return f"pip install {package}"
    return f"no SQLAlchemy dialect called {scheme} is installed: pip install {package}"


def _require_file(url: URL) -> None:
    """Refuse a database that looks like a path and is not there: file engines create it."""
    name = url.database
    if url.host or not name or name.startswith(":"):
        return
    path = Path(name)
    looks_like_path = len(path.parts) > 1 or path.suffix != ""
    if looks_like_path and ":" not in path.parts[0] and not path.exists():
        raise DatabaseMissing(f"there is no file {name}: check the name (nothing was created)")


def _label(url: URL) -> str:
    name = Path(url.database).name if url.database else url.get_backend_name()
    return f"{name} on {url.host}" if url.host else name


_settling = threading.Lock()


def _autocommit(dialect: Dialect, driver: object) -> None:
    """Make the connection commit each statement by itself, or at least never begin unasked."""
    try:
        dialect.set_isolation_level(driver, "AUTOCOMMIT")  # type: ignore[arg-type]
    except (SQLAlchemyError, NotImplementedError, AttributeError, TypeError, ValueError):
        with _settling:
            # SQLAlchemy's own begin and end fall away; BEGIN and COMMIT as text still work.
            for verb in ("do_begin", "do_commit", "do_rollback"):
                setattr(dialect, verb, _nothing)


def _nothing(driver: object) -> None:
    del driver
