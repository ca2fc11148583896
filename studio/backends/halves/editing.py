"""What an engine does its own way when rows are changed: the optional half of the protocol.

A backend that can change rows under studio's guards has an attribute `editing`; one without it is
read-only, honestly. Public and versioned like `studio.backends.base`.
"""

from collections.abc import Mapping, Sequence, Set
from typing import ClassVar, NamedTuple, Protocol

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
)

from studio.backends.base import Backend, Opening
from studio.backends.halves import Half, required
from studio.backends.halves.following import Following, HeldLocks
from studio.model.catalog import Column, ForeignKey, Table, TableRef
from studio.model.page import Value


class ValueSlot(NamedTuple):
    """A value on its way into a statement that many changes share."""

    form: str
    """Which expression carries it; changes with equal forms share a statement."""
    value: object
    """What the driver binds."""
    as_is: bool = True
    """Whether the parameter alone is the value, with no expression around it."""


class Spelled(NamedTuple):
    """A text on its way into a column."""

    type_name: str
    text: str


class Alike(NamedTuple):
    """Values of one column that all travel the same way."""

    form: str
    values: Sequence[object]
    """What the driver binds."""


Parameter = BindParameter[object] | ColumnElement[object]
"""Where a slot's value goes: a bound parameter, or a literal in SQL that is only read."""


class Editing(Protocol):
    """How one engine writes rows. Stateless; functions with a `Connection` may block."""

    replays_commit: ClassVar[bool]
    """Whether the engine can say later what became of a transaction, by its id."""
    holds_whole_database: ClassVar[bool]
    """Whether one writing transaction keeps every other writer out (SQLite)."""

    prints: ClassVar[bool]
    """Whether every value is the engine's own text, whatever its type (PostgreSQL)."""

    dialect: ClassVar[Dialect]
    """Writes SQL that is only read: no driver's own placeholders, no percent signs doubled."""
    driver: ClassVar[Dialect]
    """Writes SQL for the driver, its placeholders told apart by place alone."""

    # -- values ----------------------------------------------------------------------------------

    def fitted(self, value: Value, column: Column) -> Value:
        """A value from outside (JSON) as a page of this engine would show it; raises ValueError."""

    def reads_json(self, column: Column) -> bool:
        """Whether a value of `column` may be given as a `JsonText`, compared by what it says."""

    def parameter(self, name: str, *, many: bool = False) -> BindParameter[object]:
        """Where a slot's value is bound; `many`: a list of them, for IN."""

    def slot(self, value: Value, column: Column | None) -> ValueSlot:
        """How `value` is bound. Raises Refused for a shortened one."""

    def alike(
        self, values: Sequence[Value], types: Set[type], column: Column | None
    ) -> Alike | None:
        """What `slot` says of each of `values`, where it says the same of all and no NULL needs
        care; None: ask it one by one. `types`: those among them.
        """

    def stored(
        self, form: str, parameter: Parameter, column: Column | None
    ) -> ColumnElement[object]:
        """The expression that stores it."""

    def same(
        self, form: str, here: ColumnElement[object], parameter: Parameter, column: Column | None
    ) -> ColumnElement[bool]:
        """Whether an identity column holds it: something an index serves."""

    def unchanged(
        self, form: str, here: ColumnElement[object], parameter: Parameter, column: Column | None
    ) -> ColumnElement[bool]:
        """Whether a column still holds it, exactly, NULL being equal to NULL."""

    def default(self, column: Column) -> ColumnElement[object]:
        """What sets `column` to its default in an UPDATE."""

    def literal(self, form: str, value: object) -> str:
        """A slot's value as SQL text, for SQL that is read or saved and never run here."""

    def numbered(self, columns: Sequence[Column]) -> str:
        """What an INSERT that gives values to all of `columns` says before VALUES, so that it is
        taken also where one numbers itself; empty: nothing.
        """

    def insert(
        self, table: Table, target: TableClause, values: Mapping[str, ColumnElement[object]]
    ) -> Insert:
        """The INSERT of `values`, also where a column numbers itself. It never replaces a row."""

    def update(self, table: Table, target: TableClause) -> Update:
        """An UPDATE without values and conditions yet. It never removes another row."""

    def counts_rows(self, table: Table) -> bool:
        """Whether the engine tells how many rows a write of `table` touched."""

    def numbers_once(self, table: Table) -> tuple[str, ...]:
        """The columns whose numbers the engine gives to new rows, and never again."""

    def has_spellings(self, text: str, column: Column) -> bool:
        """Whether the engine may write `text`, once stored in `column`, in another way."""

    def respelled(self, connection: Connection, given: Sequence[Spelled]) -> Sequence[str]:
        """How the engine writes each of `given`; raises the driver's error for what is no value."""

    def stores_as_given(self, types: Set[type], column: Column) -> bool:
        """Whether values of these types surely stand in `column` as they were given, but for what
        a trigger does: no rounding, no padding, no other storage class.
        """

    # -- where a row lies ------------------------------------------------------------------------

    def shows_others(self, table: Table) -> bool:
        """Whether rows of `table` may lie in tables that inherit from it, under the same keys."""

    def told_apart(self, table: Table) -> Table:
        """`table`, its rows named by where they lie if it shows those of others too."""

    def homes(
        self, connection: Connection, rows: Sequence[Mapping[str, Value]]
    ) -> Sequence[TableRef | None]:
        """For rows named as `told_apart` says: the very table each is in; None: not known."""

    def own_rows(
        self, query: Select[tuple[object, ...]], table: Table, target: FromClause
    ) -> Select[tuple[object, ...]]:
        """`query` without the rows that `table`, which is `target` in it, only shows."""

    def keeps(self, value: Value, column: Column) -> bool:
        """Whether `value`, once stored, still passes `unchanged` with itself."""

    # -- transactions ----------------------------------------------------------------------------

    def key(self, connection: Connection, opening: Opening) -> str:
        """What tells this database from every other, the same however it was named."""

    def schema_version(self, connection: Connection) -> str | None:
        """As `Catalog.schema_version`: while it is the same, so is every table."""

    def prepare(self, connection: Connection, *, defer: bool) -> str | None:
        """First thing in the transaction; `defer`: constraints wait for COMMIT where they may.

        Returns the transaction's id where the engine can be asked about it later.
        """

    def transaction_outcome(self, connection: Connection, transaction_id: str) -> str | None:
        """committed, aborted, in progress; None when the engine does not know."""

    def enforce(self, connection: Connection) -> None:
        """Check deferred constraints now; raises what COMMIT would."""

    def watch(self, connection: Connection, tables: Sequence[Table]) -> None:
        """Begin counting the rows a trial changes in any of `tables`."""

    def watched(self, connection: Connection, tables: Sequence[Table]) -> Mapping[TableRef, int]:
        """Rows changed since `watch`, cascades and triggers included; tables without any left
        out.
        """

    def written(self, connection: Connection) -> Mapping[TableRef | None, int]:
        """Rows this connection (None: in whatever table) or transaction has written so far,
        cascades and triggers included.
        """

    def locks(self, connection: Connection) -> tuple[str, ...]:
        """What this transaction holds, in words."""

    def follow(self, connection: Connection, statement: str) -> Following:
        """Begin counting what one statement will change, which runs next in this transaction."""

    def hold(self, connection: Connection, patience_s: float) -> HeldLocks:
        """Let the engine itself end this transaction when it hears nothing for somewhat longer
        than `patience_s`; and what it holds.
        """

    def waiting(self, connection: Connection, session: str) -> tuple[str, ...]:
        """Who waits for what `session` holds, in words, as another connection sees it."""

    def session(self, connection: Connection) -> str:
        """How `waiting` and `holding` know this connection, without asking the server."""

    def holding(self, connection: Connection, session: str) -> tuple[str, ...]:
        """Whom `session` waits for, in words, as another connection sees it."""

    def holding_database(self, opening: Opening) -> tuple[str, ...]:
        """Who keeps writers out of the whole database, seen from beside it; blocks."""

    # -- foreign keys ----------------------------------------------------------------------------

    def enforces(self, key: ForeignKey) -> bool:
        """Whether the engine checks `key` on our connections."""

    def referring(
        self, here: ColumnElement[object], child: Column | None, parent: Column | None
    ) -> ColumnElement[object]:
        """A column that refers, as its foreign key compares it: by the rules of the parent."""

    def lock_rows(self) -> bool:
        """Whether rows read before a delete need a lock to stay as read (FOR UPDATE)."""


EDITING: Half[Editing] = Half("editing", "rows of a {engine} database cannot be changed from here")
"""An attribute `editing`."""


def editing(backend: Backend) -> Editing:
    """How `backend` changes rows. Raises Unsupported when it does not."""
    return required(backend, EDITING)


def joined(values: Sequence[Value]) -> str | None:
    """Every text among `values` in one; None when a driver could not send it as Unicode."""
    text = "".join([value for value in values if isinstance(value, str)])
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return None
    return text
