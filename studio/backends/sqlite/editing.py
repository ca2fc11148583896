"""How rows of a SQLite file are changed: storage classes kept, collations not trusted."""

from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from math import isinf, isnan
from pathlib import Path
from typing import ClassVar, cast

from sqlalchemy import (
    BLOB,
    TEXT,
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    Insert,
    TableClause,
    Update,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    update,
)
from sqlalchemy import (
    cast as sql_cast,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import NullType

from studio.backends.base import Opening, identifier
from studio.backends.editing import Alike, Parameter, Slot, joined
from studio.backends.sqlite import catalog, ddl
from studio.backends.sqlite.types import Affinity, affinity
from studio.model.catalog import Column, ColumnKind, ForeignKey, Table, TableKind, TableRef
from studio.model.errors import Refused
from studio.model.page import Shortened, Value

_PLAIN = "value"
_RAW_TEXT = "raw text"
_INTEGER = "integer"
_REAL = "real"
_SETTLED = {ColumnKind.INTEGER, ColumnKind.REAL, ColumnKind.DECIMAL, ColumnKind.BOOLEAN}
"""Kinds whose affinity leaves a number no choice of storage class."""
_PLAIN_TYPES = frozenset({type(None), str, bytes})
_NUMBERS = frozenset({int, float})
_NULL = Slot(_PLAIN, None)
_COUNTS = "studio row counts"
_ABORTING = "OR ABORT"
"""Overrides ON CONFLICT in the table's definition, whose REPLACE deletes rows nobody named."""
_KEEPS_QUIET = {"REPLACE", "IGNORE", "FAIL", "ROLLBACK"}
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class SQLiteEditing:
    """Writes under one lock for the whole file."""

    replays_commit: ClassVar[bool] = False
    holds_whole_database: ClassVar[bool] = True
    dialect: ClassVar[Dialect] = sqlite.dialect(paramstyle="named")
    driver: ClassVar[Dialect] = sqlite.dialect(paramstyle="qmark")

    # -- values ----------------------------------------------------------------------------------

    def fitted(self, value: Value, column: Column) -> Value:
        """JSON's numbers and texts in the storage class the column would keep them in."""
        if isinstance(value, bool):
            value = int(value)
        if isinstance(value, Decimal):
            return _number(value, column)
        if isinstance(value, int):
            return _whole_number(value, column)
        if isinstance(value, float):
            if isnan(value):
                raise ValueError("SQLite stores NaN as NULL: say null")
            if isinf(value) and _keeps_text(column):
                return "Inf" if value > 0 else "-Inf"
            if column.kind is ColumnKind.INTEGER and value.is_integer() and abs(value) < 2**53:
                return int(value)
        return value

    def parameter(self, name: str, *, many: bool = False) -> BindParameter[object]:
        """A parameter that takes whatever class its value has."""
        return bindparam(name, type_=NullType(), expanding=many)

    def slot(self, value: Value, column: Column | None) -> Slot:
        """Numbers carry their class where the column would let another number look equal."""
        if value is None:
            return _NULL
        if isinstance(value, Shortened):
            raise Refused("a value was shown shortened; fetch it whole before changing its row")
        if isinstance(value, Decimal):
            value = str(value)
        if isinstance(value, str):
            return _text_slot(value)
        settled = column is None or column.kind in _SETTLED
        if isinstance(value, int):
            return Slot(_PLAIN if settled else _INTEGER, int(value))
        return Slot(_REAL if isinstance(value, float) and not settled else _PLAIN, value)

    def alike(
        self, values: Sequence[Value], types: Set[type], column: Column | None
    ) -> Alike | None:
        """Texts that are UTF-8, bytes, and numbers where their class needs no saying."""
        if types in ({int}, {float}) and column is not None and column.kind not in _SETTLED:
            return Alike(_INTEGER if types == {int} else _REAL, values)
        numbers = _NUMBERS if column is None or column.kind in _SETTLED else frozenset()
        if not types <= _PLAIN_TYPES | numbers:
            return None
        if str in types and joined(values) is None:
            return None
        return Alike(_PLAIN, values)

    def stored(
        self, form: str, parameter: Parameter, column: Column | None
    ) -> ColumnElement[object]:
        """Text that is not UTF-8 travels as bytes: the driver cannot bind it as text."""
        del column
        return sql_cast(parameter, TEXT) if form == _RAW_TEXT else parameter

    def same(
        self, form: str, here: ColumnElement[object], parameter: Parameter, column: Column | None
    ) -> ColumnElement[bool]:
        """Plain equality, so the key's index serves it."""
        if form == _RAW_TEXT:
            return self.unchanged(form, here, parameter, column)
        return here == parameter

    def unchanged(
        self, form: str, here: ColumnElement[object], parameter: Parameter, column: Column | None
    ) -> ColumnElement[bool]:
        """IS, byte for byte whatever collation the column has."""
        if form == _RAW_TEXT:
            raw = sql_cast(here, BLOB).is_not_distinct_from(parameter)
            return and_(raw, func.typeof(here) == literal_column("'text'"))
        if column is not None and (column.collation or "BINARY").upper() != "BINARY":
            here = cast("ColumnElement[object]", here.collate("BINARY"))
        is_it = here.is_not_distinct_from(parameter)
        if form in {_INTEGER, _REAL}:
            return and_(is_it, func.typeof(here) == literal_column(f"'{form}'"))
        return is_it

    def default(self, column: Column) -> ColumnElement[object]:
        """SQLite has no DEFAULT keyword in UPDATE: the catalog's own text of it."""
        return literal_column(f"({column.default})" if column.default else "NULL")

    def literal(self, form: str, value: object) -> str:
        """As the sqlite3 shell's .dump writes it."""
        if value is None:
            return "NULL"
        if isinstance(value, float):
            return _real(value)
        if isinstance(value, bytes):
            return f"X'{value.hex()}'"
        if isinstance(value, str):
            if "\0" in value:
                return f"CAST(X'{value.encode().hex()}' AS TEXT)"
            quoted = value.replace("'", "''")
            return f"'{quoted}'"
        return str(value)

    def insert(
        self, table: Table, target: TableClause, values: Mapping[str, ColumnElement[object]]
    ) -> Insert:
        """A plain INSERT; DEFAULT VALUES when there are none."""
        made = insert(target).values({identifier(name): value for name, value in values.items()})
        return made.prefix_with(_ABORTING) if _has_conflict_clause(table) else made

    def update(self, table: Table, target: TableClause) -> Update:
        """A plain UPDATE, except where the table's own ON CONFLICT would remove other rows."""
        made = update(target)
        return made.prefix_with(_ABORTING) if _has_conflict_clause(table) else made

    def counts_rows(self, table: Table) -> bool:
        """INSTEAD OF triggers leave changes() at nothing certain."""
        return table.kind is not TableKind.VIEW

    def keeps(self, value: Value, column: Column) -> bool:
        """A text may become a number in a numeric column, a number a text in a text column."""
        del column
        return value is None or isinstance(value, (bytes, int, float, str, Decimal))

    # -- transactions ----------------------------------------------------------------------------

    def key(self, connection: Connection, opening: Opening) -> str:
        """The file's real path."""
        del connection
        address = opening.target.address
        return f"sqlite:{address if address == ':memory:' else Path(address).resolve()}"

    def schema_version(self, connection: Connection) -> str:
        """SQLite's own count."""
        return catalog.schema_version(connection)

    def prepare(self, connection: Connection, *, defer: bool) -> str | None:
        """Cycles of foreign keys wait for COMMIT; SQLite forgets this setting with the
        transaction.
        """
        if defer:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        return None

    def fate(self, connection: Connection, transaction_id: str) -> str | None:
        """SQLite keeps no record of transactions."""
        del connection, transaction_id
        return None

    def enforce(self, connection: Connection) -> None:
        """Nothing to force: a violation left shows at COMMIT, and `foreign_key_check` finds it."""

    def watch(self, connection: Connection, tables: Sequence[Table]) -> None:
        """Temporary triggers, gone with the rollback: the only count SQLite gives per table."""
        connection.exec_driver_sql(
            f'CREATE TEMP TABLE "{_COUNTS}" (place INTEGER PRIMARY KEY, rows INTEGER NOT NULL)'
        )
        for place, table in _countable(tables):
            connection.exec_driver_sql(
                f'INSERT INTO temp."{_COUNTS}" VALUES ({place:d}, 0)',
            )
            for event in ("INSERT", "UPDATE", "DELETE"):
                connection.exec_driver_sql(
                    f'CREATE TEMP TRIGGER "studio counts {place:d} {event}" AFTER {event}'
                    f" ON {_quoted(table.ref)} BEGIN"
                    f' UPDATE "{_COUNTS}" SET rows = rows + 1 WHERE place = {place:d}; END'
                )

    def watched(self, connection: Connection, tables: Sequence[Table]) -> Mapping[TableRef, int]:
        """What the triggers counted."""
        found = connection.exec_driver_sql(
            f'SELECT place, rows FROM temp."{_COUNTS}" WHERE rows > 0 ORDER BY place'
        )
        return {tables[int(place)].ref: int(rows) for place, rows in found.fetchall()}

    def locks(self, connection: Connection) -> tuple[str, ...]:
        """One lock, for every table."""
        del connection
        return ("the write lock of the whole file",)

    # -- foreign keys ----------------------------------------------------------------------------

    def enforces(self, key: ForeignKey) -> bool:
        """Edit connections have foreign_keys = ON."""
        del key
        return True

    def referring(
        self, here: ColumnElement[object], child: Column | None, parent: Column | None
    ) -> ColumnElement[object]:
        """Under the parent's collation (foreignkeys, §3)."""
        wanted = (parent.collation if parent else None) or "BINARY"
        own = (child.collation if child else None) or "BINARY"
        return (
            here
            if wanted.upper() == own.upper()
            else cast("ColumnElement[object]", here.collate(wanted))
        )

    def lock_rows(self) -> bool:
        """BEGIN IMMEDIATE keeps every other writer out."""
        return False


def _text_slot(value: str) -> Slot:
    try:
        value.encode()
    except UnicodeEncodeError:
        try:
            return Slot(_RAW_TEXT, value.encode("utf-8", "surrogateescape"), as_is=False)
        except UnicodeEncodeError as error:
            half = f"U+{ord(value[error.start]):04X}"
            raise ValueError(f"the text holds {half}, a lone surrogate: half a character") from None
    return Slot(_PLAIN, value)


def _has_conflict_clause(table: Table) -> bool:
    if "CONFLICT" not in (table.sql or "").upper():
        return False
    words = [token.upper for token in ddl.tokens(table.sql or "")]
    return any(
        words[at : at + 2] == ["ON", "CONFLICT"] and words[at + 2] in _KEEPS_QUIET
        for at in range(len(words) - 2)
    )


def _keeps_text(column: Column) -> bool:
    return affinity(column.type_name) is Affinity.TEXT


def _whole_number(value: int, column: Column) -> Value:
    if not _SMALLEST <= value <= _LARGEST:
        raise ValueError(f"{value} does not fit in 64 bits, SQLite's largest integer")
    if _keeps_text(column):
        return str(value)
    return float(value) if column.kind is ColumnKind.REAL else value


def _number(value: Decimal, column: Column) -> Value:
    if value.is_nan():
        raise ValueError("SQLite stores NaN as NULL: say null")
    if column.kind in {ColumnKind.TEXT, ColumnKind.JSON, ColumnKind.BYTES}:
        return str(value)
    is_whole = value.is_finite() and value == value.to_integral_value()
    if is_whole and column.kind is not ColumnKind.REAL and _SMALLEST <= value <= _LARGEST:
        return int(value)
    number = float(value)
    if isinf(number) and value.is_finite():
        raise ValueError(f"{value} does not fit in a REAL, SQLite's largest number")
    return number


def _real(value: float) -> str:
    if isinf(value):
        return "9e999" if value > 0 else "-9e999"
    return repr(value)


def _quoted(ref: TableRef) -> str:
    schema, name = (ref.schema or "main").replace('"', '""'), ref.name.replace('"', '""')
    return f'"{schema}"."{name}"'


def _countable(tables: Sequence[Table]) -> list[tuple[int, Table]]:
    return [(i, table) for i, table in enumerate(tables) if table.kind is TableKind.TABLE]
