"""How rows of a PostgreSQL database are changed: every value is the server's own text."""

import logging
from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from typing import ClassVar, cast

import psycopg
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    FromClause,
    Insert,
    Select,
    TableClause,
    Update,
    bindparam,
    func,
    insert,
    literal_column,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import TEXT

from studio.backends.base import Opening, identifier
from studio.backends.halves.editing import Alike, Parameter, Spelled, ValueSlot, joined
from studio.backends.halves.following import Following, HeldLocks
from studio.backends.postgresql import ddl, inheriting, kinds, locking, spelling
from studio.backends.postgresql.dialect import Untyped
from studio.backends.postgresql.given_values import says_the_same, typed_text
from studio.backends.postgresql.overriding import OverridingInsert
from studio.backends.postgresql.values import NamedType
from studio.model.catalog import Column, ColumnKind, ForeignKey, Table, TableRef
from studio.model.document import JsonText
from studio.model.errors import ReadOnly, Refused
from studio.model.page import Shortened, Value

# A refused batch makes psycopg say "error ignored terminating pipeline" on standard error.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


_FORM = "text"
_READ_ONLY_BY_DEFAULT = (
    "the server makes this role, database or connection read-only (default_transaction_read_only"
    " is on): connect as a role that may write, or have that turned off"
)
_RAW = "raw text"
_JSON = "json"
_EXACT = {
    ColumnKind.INTEGER,
    ColumnKind.BOOLEAN,
    ColumnKind.UUID,
    ColumnKind.DATE,
    ColumnKind.TIMESTAMP,
    ColumnKind.BYTES,
    ColumnKind.ENUM,
}
"""Kinds whose `=` never calls two different shown values equal. The others have no `=` (json, xml,
point), or one that is too kind: numeric 1.0 = 1.00, citext, interval '1 mon' = '30 days', box by
area, texts under a nondeterministic collation."""
_EXACT_READING = "set_config('array_nulls', 'on', true), set_config('xmloption', 'content', true)"
"""What makes the server read a change's texts as it printed them, until the transaction ends."""
CAME_UP = (
    "extract(epoch FROM coalesce((SELECT max(backend_start) FROM pg_stat_activity"
    " WHERE backend_type = 'checkpointer'), pg_postmaster_start_time()))::text"
)
"""When the server last came up: its checkpointer is new also after a crash the postmaster survives,
but not every role may see it."""


class PostgreSQLEditing:
    """Writes row by row, each locked as it is touched."""

    replays_commit: ClassVar[bool] = True
    holds_whole_database: ClassVar[bool] = False
    prints: ClassVar[bool] = True
    dialect: ClassVar[Dialect] = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    driver: ClassVar[Dialect] = postgresql.dialect(paramstyle="format")  # type: ignore[no-untyped-call]

    # -- values ----------------------------------------------------------------------------------

    def fitted(self, value: Value, column: Column) -> Value:
        """The text the type reads."""
        if isinstance(value, str) and "\0" in value:
            raise ValueError("PostgreSQL stores no zero byte in text")
        if isinstance(value, bool) and column.kind is ColumnKind.BOOLEAN:
            return "t" if value else "f"
        if column.kind is ColumnKind.JSON and isinstance(value, bool | int | float | Decimal):
            return JsonText(typed_text(value))
        return typed_text(value)

    def reads_json(self, column: Column) -> bool:
        """json and jsonb."""
        return column.kind is ColumnKind.JSON

    def parameter(self, name: str, *, many: bool = False) -> BindParameter[object]:
        """A parameter without a type of its own."""
        return bindparam(name, type_=Untyped(), expanding=many)

    def slot(self, value: Value, column: Column | None) -> ValueSlot:
        """Text without a type: the server reads it as the column's own."""
        if isinstance(value, Shortened):
            raise Refused("a value was shown shortened; fetch it whole before changing its row")
        if column is not None:
            value = self.fitted(value, column)
        text = None if value is None else str(value)
        if isinstance(value, JsonText):
            return ValueSlot(_JSON, text)
        if text is not None and any("\udc80" <= sign <= "\udcff" for sign in text):
            return ValueSlot(_RAW, text.encode("utf-8", "surrogateescape").hex(), as_is=False)
        return ValueSlot(_FORM, text, as_is=not _is_object_name(column))

    def alike(
        self, values: Sequence[Value], types: Set[type], column: Column | None
    ) -> Alike | None:
        """Texts of a page, which are Unicode and without a zero byte."""
        del column
        if not types <= {str, type(None)}:
            return None
        text = joined(values)
        return None if text is None or "\0" in text else Alike(_FORM, values)

    def stored(
        self, form: str, parameter: Parameter, column: Column | None
    ) -> ColumnElement[object]:
        """As it is: untyped text takes the column's type."""
        given: ColumnElement[object] = parameter
        if form == _RAW:
            # Bytes of a SQL_ASCII database that are not UTF-8 travel as hexadecimal digits.
            decoded = func.decode(parameter, literal_column("'hex'"))
            given = func.convert_from(decoded, literal_column("'SQL_ASCII'"))
        if _is_object_name(column) and column is not None:
            # Their "=" is oid's, which would read the name as a number.
            return sql_cast(given, NamedType(column.type_name))
        return given

    def same(
        self, form: str, here: ColumnElement[object], parameter: Parameter, column: Column | None
    ) -> ColumnElement[bool]:
        """`=`: no index serves IS NOT DISTINCT FROM."""
        return here == self.stored(form, parameter, column)

    def unchanged(
        self, form: str, here: ColumnElement[object], parameter: Parameter, column: Column | None
    ) -> ColumnElement[bool]:
        """IS NOT DISTINCT FROM, on the text where the type's own equality says too little."""
        given = self.stored(form, parameter, column)
        if form == _JSON:
            return says_the_same(here, given)
        if column is None or column.kind in _EXACT or _is_plain_text(column):
            return here.is_not_distinct_from(given)
        text = sql_cast(here, TEXT).collate("C")
        typed = sql_cast(sql_cast(given, NamedType(column.type_name)), TEXT)
        return text.is_not_distinct_from(typed)

    def default(self, column: Column) -> ColumnElement[object]:
        """DEFAULT, which an UPDATE may set here."""
        del column
        return literal_column("DEFAULT")

    def literal(self, form: str, value: object) -> str:
        """A quoted text, read by the column's type."""
        del form
        if value is None:
            return "NULL"
        text = str(value)
        raw = text.encode("utf-8", "surrogateescape")
        if len(text) != len(raw.decode("utf-8", "ignore")):
            # Of a SQL_ASCII database: bytes that no file of text can hold.
            return f"convert_from(decode('{raw.hex()}', 'hex'), 'SQL_ASCII')"
        return ddl.literal(text)

    def numbered(self, columns: Sequence[Column]) -> str:
        """GENERATED ALWAYS takes no value otherwise."""
        return "OVERRIDING SYSTEM VALUE" if any(column.identity for column in columns) else ""

    def insert(
        self, table: Table, target: TableClause, values: Mapping[str, ColumnElement[object]]
    ) -> Insert:
        """Chosen numbers in identity columns need saying so."""
        named = {identifier(name): value for name, value in values.items()}
        chosen = any(column.identity and column.name in values for column in table.columns)
        made = OverridingInsert(target) if chosen else insert(target)
        return made.values(named)

    def update(self, table: Table, target: TableClause) -> Update:
        """UPDATE alone: it never removes another row."""
        del table
        return update(target)

    def counts_rows(self, table: Table) -> bool:
        """Always."""
        del table
        return True

    def numbers_once(self, table: Table) -> tuple[str, ...]:
        """Sequences never go back, not even with a transaction."""
        return tuple(
            column.name
            for column in table.columns
            if column.identity or (column.default or "").startswith("nextval(")
        )

    def has_spellings(self, text: str, column: Column) -> bool:
        """Texts and labels have one."""
        return spelling.has_spellings(text, column)

    def respelled(self, connection: Connection, given: Sequence[Spelled]) -> Sequence[str]:
        """Read by the type's input function, written by its output function."""
        return spelling.respelled(connection, given)

    def stores_as_given(self, types: Set[type], column: Column) -> bool:
        """Built-in types without a length or precision. A domain may have either."""
        del types
        return spelling.stores_as_given(column)

    # -- where a row lies ------------------------------------------------------------------------

    def shows_others(self, table: Table) -> bool:
        """One that others inherit from."""
        return inheriting.shows_others(table)

    def told_apart(self, table: Table) -> Table:
        """By table and place."""
        return inheriting.told_apart(table)

    def homes(
        self, connection: Connection, rows: Sequence[Mapping[str, Value]]
    ) -> Sequence[TableRef | None]:
        """By `tableoid`."""
        return inheriting.homes(connection, rows)

    def own_rows(
        self, query: Select[tuple[object, ...]], table: Table, target: FromClause
    ) -> Select[tuple[object, ...]]:
        """ONLY, which is how a foreign key reads: none holds for tables that inherit."""
        is_spread = inheriting.shows_others(table)
        return query.with_hint(target, "ONLY", "postgresql") if is_spread else query

    def keeps(self, value: Value, column: Column) -> bool:
        """The type reads the same text the same way again."""
        del value, column
        return True

    # -- transactions ----------------------------------------------------------------------------

    def key(self, connection: Connection, opening: Opening) -> str:
        """The cluster's own number and the database's."""
        del opening
        row = connection.exec_driver_sql(
            "SELECT (pg_control_system()).system_identifier::text, current_database()::text"
        ).fetchone()
        cluster, name = cast("tuple[str, str]", tuple(row or ("", "")))
        return f"postgresql:{cluster}/{name}"

    def schema_version(self, connection: Connection) -> None:
        """PostgreSQL counts no such changes."""
        del connection

    def prepare(self, connection: Connection, *, defer: bool) -> str | None:
        """The id lets a lost COMMIT be asked about, together with when the server came up."""
        if defer:
            connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")
        row = connection.exec_driver_sql(
            f"SELECT txid_current()::text || '@' || {CAME_UP},"
            f" current_setting('default_transaction_read_only'), {_EXACT_READING}"
        ).fetchone()
        if row is not None and row[1] == "on":
            raise ReadOnly(_READ_ONLY_BY_DEFAULT)
        return str(row[0]) if row is not None else None

    def transaction_outcome(self, connection: Connection, transaction_id: str) -> str | None:
        """txid_status: the server remembers recent transactions.

        One that crashed since then gives ids again whose WAL had not reached the disk. What had
        not is not committed; that somebody committed under the id says nothing of us.
        """
        number, _, came_up = transaction_id.partition("@")
        row = connection.exec_driver_sql(
            f"SELECT CASE WHEN %s IN ('', {CAME_UP}) THEN txid_status(t.id)::text"
            " WHEN t.id >= txid_snapshot_xmax(txid_current_snapshot()) THEN 'aborted'"
            " WHEN txid_status(t.id) IN ('aborted', 'in progress') THEN 'aborted' END"
            " FROM (SELECT %s::bigint AS id) AS t",
            (came_up, number),
        ).fetchone()
        return str(row[0]) if row is not None and row[0] is not None else None

    def enforce(self, connection: Connection) -> None:
        """What waits for COMMIT is checked now."""
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")

    def watch(self, connection: Connection, tables: Sequence[Table]) -> None:
        """The server counts by itself."""

    def watched(self, connection: Connection, tables: Sequence[Table]) -> Mapping[TableRef, int]:
        """This transaction's own statistics."""
        del tables
        found = connection.exec_driver_sql(
            "SELECT schemaname::text, relname::text,"
            " (n_tup_ins + n_tup_upd + n_tup_del)::text FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 ORDER BY 1, 2"
        )
        return {
            TableRef(str(schema), str(name)): int(rows) for schema, name, rows in found.fetchall()
        }

    def written(self, connection: Connection) -> Mapping[TableRef | None, int]:
        """This transaction's own statistics."""
        return dict[TableRef | None, int](self.watched(connection, ()).items())

    def locks(self, connection: Connection) -> tuple[str, ...]:
        """Relations others cannot use as they like, and why."""
        return locking.held(connection)

    def follow(self, connection: Connection, statement: str) -> Following:
        """The server counts by itself."""
        del statement
        return Following("", lambda: self.watched(connection, ()))

    def hold(self, connection: Connection, patience_s: float) -> HeldLocks:
        """By `idle_in_transaction_session_timeout`."""
        return locking.hold(connection, patience_s)

    def waiting(self, connection: Connection, session: str) -> tuple[str, ...]:
        """By `pg_blocking_pids`."""
        return locking.waiting(connection, session)

    def session(self, connection: Connection) -> str:
        """The process id the server gave; a pooler makes one up, and then nobody is found."""
        driver = connection.connection.driver_connection
        return str(driver.info.backend_pid) if isinstance(driver, psycopg.Connection) else ""

    def holding(self, connection: Connection, session: str) -> tuple[str, ...]:
        """By `pg_blocking_pids`."""
        return locking.holding(connection, session)

    def holding_database(self, opening: Opening) -> tuple[str, ...]:
        """Nobody can."""
        del opening
        return ()

    # -- foreign keys ----------------------------------------------------------------------------

    def enforces(self, key: ForeignKey) -> bool:
        """Always."""
        del key
        return True

    def referring(
        self, here: ColumnElement[object], child: Column | None, parent: Column | None
    ) -> ColumnElement[object]:
        """As it is: the server compares by the parent's collation, and so names the same rows as
        equality does, unless that is nondeterministic.
        """
        del child, parent
        return here

    def lock_rows(self) -> bool:
        """A parent locked FOR UPDATE gets no new children."""
        return True


def _is_object_name(column: Column | None) -> bool:
    return column is not None and kinds.bare(column.type_name) in kinds.OBJECT_NAMES


def _is_plain_text(column: Column) -> bool:
    """Only a column's own collation can be nondeterministic; citext and bpchar are not these."""
    name = column.type_name
    return column.collation is None and (name == "text" or name.startswith("character varying"))
