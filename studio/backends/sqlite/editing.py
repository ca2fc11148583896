"""How rows of a SQLite file are changed: storage classes kept, collations not trusted."""

from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from math import isnan
from pathlib import Path
from typing import ClassVar, cast

from sqlalchemy import (
    BLOB,
    TEXT,
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    FromClause,
    Insert,
    Select,
    TableClause,
    Update,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import NullType

from studio.backends.base import Opening, identifier
from studio.backends.halves.editing import Alike, Parameter, Spelled, ValueSlot, joined
from studio.backends.halves.following import Following, HeldLocks
from studio.backends.sqlite import catalog, ddl, following, holding, storing
from studio.backends.sqlite.literals import real_text, text_literal
from studio.backends.sqlite.types import Affinity, kept_by
from studio.model.catalog import Column, ForeignKey, Table, TableKind, TableRef
from studio.model.errors import Refused
from studio.model.page import Shortened, Value

_PLAIN = "value"
_RAW_TEXT = "raw text"
_INTEGER = "integer"
_REAL = "real"
_PLAIN_TYPES = frozenset({type(None), str, bytes})
_NULL = ValueSlot(_PLAIN, None)
_ALWAYS_KEPT: frozenset[type] = frozenset({type(None), bytes})
_KEPT: Mapping[Affinity, frozenset[type]] = {
    Affinity.INTEGER: frozenset[type]({*_ALWAYS_KEPT, int}),
    Affinity.TEXT: frozenset[type]({*_ALWAYS_KEPT, str}),
    Affinity.BLOB: frozenset[type]({*_ALWAYS_KEPT, int, float, str}),
    Affinity.REAL: frozenset[type]({*_ALWAYS_KEPT, float}),
    Affinity.NUMERIC: frozenset[type]({*_ALWAYS_KEPT, int}),
}
_ABORTING = "OR ABORT"
"""Overrides ON CONFLICT in the table's definition, whose REPLACE deletes rows nobody named."""
_KEEPS_QUIET = {"REPLACE", "IGNORE", "FAIL", "ROLLBACK"}


class SQLiteEditing:
    """Writes under one lock for the whole file."""

    replays_commit: ClassVar[bool] = False
    holds_whole_database: ClassVar[bool] = True
    prints: ClassVar[bool] = False
    dialect: ClassVar[Dialect] = sqlite.dialect(paramstyle="named")
    driver: ClassVar[Dialect] = sqlite.dialect(paramstyle="qmark")

    # -- values ----------------------------------------------------------------------------------

    def fitted(self, value: Value, column: Column) -> Value:
        """A number with a point or an exponent is a REAL, one without an INTEGER; then in the class
        the column's affinity gives it.
        """
        return storing.kept(value, column)

    def reads_json(self, column: Column) -> bool:
        """Never: JSON is kept as text, byte for byte."""
        del column
        return False

    def parameter(self, name: str, *, many: bool = False) -> BindParameter[object]:
        """A parameter that takes whatever class its value has."""
        return bindparam(name, type_=NullType(), expanding=many)

    def slot(self, value: Value, column: Column | None) -> ValueSlot:
        """Numbers carry their class where the column would let another number look equal."""
        if value is None:
            return _NULL
        if isinstance(value, Shortened):
            raise Refused("a value was shown shortened; fetch it whole before changing its row")
        if isinstance(value, str):
            return _text_slot(value)
        if isinstance(value, bytes):
            return ValueSlot(_PLAIN, value)
        number = storing.real(value) if isinstance(value, Decimal) else value
        number = storing.fits(int(number)) if isinstance(number, int) else number
        if isnan(number):
            raise ValueError("SQLite stores NaN as NULL: say null")
        if not storing.needs_class(number, column):
            return ValueSlot(_PLAIN, number)
        return ValueSlot(_REAL if isinstance(number, float) else _INTEGER, number)

    def alike(
        self, values: Sequence[Value], types: Set[type], column: Column | None
    ) -> Alike | None:
        """Texts that are UTF-8, bytes, and numbers where their class needs no saying."""
        if not types <= _PLAIN_TYPES:
            return _alike_numbers(values, types, column)
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
        """Literals that SQLite of any encoding reads back as the value they say."""
        del form
        if value is None:
            return "NULL"
        if isinstance(value, float):
            return real_text(value)
        if isinstance(value, bytes):
            return f"X'{value.hex()}'"
        if isinstance(value, str):
            return text_literal(value)
        return str(value)

    def numbered(self, columns: Sequence[Column]) -> str:
        """A rowid takes any number."""
        del columns
        return ""

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

    def numbers_once(self, table: Table) -> tuple[str, ...]:
        """Without AUTOINCREMENT a new row gets the highest number and one: again, once that row is
        gone (autoinc, §2).
        """
        if "AUTOINCREMENT" not in table.options:
            return ()
        return tuple(column.name for column in table.columns if column.identity)

    def has_spellings(self, text: str, column: Column) -> bool:
        """A value is as it is fitted."""
        del text, column
        return False

    def respelled(self, connection: Connection, given: Sequence[Spelled]) -> Sequence[str]:
        """Literals as they are: the engine keeps no other spelling of a value."""
        del connection
        return [one.text for one in given]

    def stores_as_given(self, types: Set[type], column: Column) -> bool:
        """Where the affinity has nothing to convert (datatype3, §3)."""
        kept = _KEPT[kept_by(column)]
        return types <= kept or types <= _ALWAYS_KEPT

    # -- where a row lies ------------------------------------------------------------------------

    def shows_others(self, table: Table) -> bool:
        """Never: SQLite knows no inheritance."""
        del table
        return False

    def told_apart(self, table: Table) -> Table:
        """As it is."""
        return table

    def homes(
        self, connection: Connection, rows: Sequence[Mapping[str, Value]]
    ) -> Sequence[TableRef | None]:
        """Nothing is named so here."""
        del connection
        return [None] * len(rows)

    def own_rows(
        self, query: Select[tuple[object, ...]], table: Table, target: FromClause
    ) -> Select[tuple[object, ...]]:
        """They all are."""
        del table, target
        return query

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

    def transaction_outcome(self, connection: Connection, transaction_id: str) -> str | None:
        """SQLite keeps no record of transactions."""
        del connection, transaction_id
        return None

    def enforce(self, connection: Connection) -> None:
        """Nothing to force: a violation left shows at COMMIT, and `foreign_key_check` finds it."""

    def watch(self, connection: Connection, tables: Sequence[Table]) -> None:
        """By temporary triggers."""
        following.watch(connection, _countable(tables))

    def watched(self, connection: Connection, tables: Sequence[Table]) -> Mapping[TableRef, int]:
        """What the triggers counted."""
        return following.watched(connection, _countable(tables))

    def written(self, connection: Connection) -> Mapping[TableRef | None, int]:
        """One total for all tables: without temporary triggers SQLite has no other."""
        return {None: int(connection.exec_driver_sql("SELECT total_changes()").scalar_one())}

    def locks(self, connection: Connection) -> tuple[str, ...]:
        """One lock, for every table."""
        del connection
        return ("the write lock of the whole file",)

    def follow(self, connection: Connection, statement: str) -> Following:
        """By temporary triggers, where SQLite's own count would not tell all."""
        return following.follow(connection, statement)

    def hold(self, connection: Connection, patience_s: float) -> HeldLocks:
        """SQLite ends nothing by itself: no transaction of studio's waits here."""
        del patience_s
        return HeldLocks("", self.locks(connection))

    def waiting(self, connection: Connection, session: str) -> tuple[str, ...]:
        """SQLite keeps no list of them."""
        del connection, session
        return ()

    def session(self, connection: Connection) -> str:
        """SQLite gives connections no names."""
        del connection
        return ""

    def holding(self, connection: Connection, session: str) -> tuple[str, ...]:
        """Nor does it know who they are."""
        del connection, session
        return ()

    def holding_database(self, opening: Opening) -> tuple[str, ...]:
        """Processes with a write lock on the file or its -shm, as the system lists them."""
        return holding.writers(opening)

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


def _alike_numbers(
    values: Sequence[Value], types: Set[type], column: Column | None
) -> Alike | None:
    """Numbers of one class, all of which can be bound."""
    if types == {int}:
        numbers = cast("Sequence[int]", values)
        if not (min(numbers) > storing.SMALLEST and max(numbers) <= storing.LARGEST):
            return None
        form = _INTEGER
    elif types == {float}:
        reals = cast("Sequence[float]", values)
        if isnan(sum(map(abs, reals))) or storing.SMALLEST in reals:
            return None
        form = _REAL
    else:
        return None
    return Alike(form if storing.needs_class(values[0], column) else _PLAIN, values)


def _text_slot(value: str) -> ValueSlot:
    try:
        value.encode()
    except UnicodeEncodeError:
        try:
            return ValueSlot(_RAW_TEXT, value.encode("utf-8", "surrogateescape"), as_is=False)
        except UnicodeEncodeError as error:
            half = f"U+{ord(value[error.start]):04X}"
            raise ValueError(f"the text holds {half}, a lone surrogate: half a character") from None
    return ValueSlot(_PLAIN, value)


def _has_conflict_clause(table: Table) -> bool:
    if "CONFLICT" not in (table.sql or "").upper():
        return False
    words = [token.mark for token in ddl.tokens(table.sql or "")]
    return any(
        words[at : at + 2] == ["ON", "CONFLICT"] and words[at + 2] in _KEEPS_QUIET
        for at in range(len(words) - 2)
    )


def _countable(tables: Sequence[Table]) -> list[TableRef]:
    return [table.ref for table in tables if table.kind is TableKind.TABLE]
