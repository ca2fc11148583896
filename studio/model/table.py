"""One relation: its columns, keys, indexes and triggers. Light: the first rows wait for it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from studio.model.relation import TableKind, TableRef

if TYPE_CHECKING:
    from studio.model.policies import Policing


class ColumnKind(StrEnum):
    """studio's own idea of a type: grids align and editors switch on it, never on a type's name."""

    INTEGER = "integer"
    REAL = "real"
    DECIMAL = "decimal"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    INTERVAL = "interval"
    JSON = "json"
    UUID = "uuid"
    BYTES = "bytes"
    ENUM = "enum"
    ARRAY = "array"
    RANGE = "range"
    COMPOSITE = "composite"
    NETWORK = "network"
    ANY = "any"
    """SQLite columns without an affinity that says more."""
    OTHER = "other"

    @property
    def is_number(self) -> bool:
        """Whether values align right."""
        return self in {ColumnKind.INTEGER, ColumnKind.REAL, ColumnKind.DECIMAL}


class IdentityKind(StrEnum):
    """What tells one row of a table from every other."""

    PRIMARY_KEY = "primary key"
    UNIQUE = "unique key"
    """A unique index over columns that are all NOT NULL, without a predicate or an expression."""
    ROWID = "rowid"
    CTID = "ctid"
    """PostgreSQL's physical place: changes with every update of the row, so good within one
    moment only.
    """
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Column:
    """One column, with its type as the database writes it."""

    name: str
    type_name: str
    kind: ColumnKind
    nullable: bool = True
    default: str | None = None
    """The default's expression as SQL text."""
    generated: str | None = None
    """The expression of a generated column; "" when it is generated but the text is not known."""
    identity: bool = False
    """PostgreSQL GENERATED AS IDENTITY, or SQLite's rowid alias: the database numbers new rows."""
    choices: tuple[str, ...] = ()
    """The labels of an enum, or the values of a `CHECK (c IN (…))`."""
    hidden: bool = False
    """Not part of `SELECT *` (a virtual table's hidden column)."""
    collation: str | None = None
    comment: str | None = None
    affinity: str = ""
    """SQLite's affinity where the type's name does not say it: ANY of a STRICT table."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference to rows of another table; composite by nature, both tuples are of one length."""

    name: str | None
    columns: tuple[str, ...]
    target: TableRef
    target_columns: tuple[str, ...]
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    deferrable: bool = False
    inherited: bool = False
    """Of a partition: the same reference its partitioned table has."""


@dataclass(frozen=True, slots=True)
class IndexPart:
    """One key of an index: a column, or an expression."""

    column: str | None
    expression: str | None = None
    descending: bool = False
    nulls_first: bool | None = None
    """None: as the engine does without being told."""
    collation: str | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """An index, or the index behind a unique constraint."""

    name: str
    parts: tuple[IndexPart, ...]
    unique: bool = False
    constraint: bool = False
    """Made by a PRIMARY KEY, UNIQUE or EXCLUDE constraint, not by CREATE INDEX."""
    predicate: str | None = None
    """The WHERE of a partial index."""
    included: tuple[str, ...] = ()
    method: str = "btree"
    valid: bool = True
    bytes: int | None = None
    sql: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The plain columns, in order; expressions left out."""
        return tuple(part.column for part in self.parts if part.column is not None)


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK (or EXCLUDE) constraint, with the database's own text."""

    name: str | None
    expression: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """Code that runs when rows change."""

    name: str
    timing: str
    """BEFORE, AFTER or INSTEAD OF."""
    events: tuple[str, ...]
    """INSERT, UPDATE, DELETE, TRUNCATE."""
    sql: str = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """A statement the database rewrites a change into, or runs beside it."""

    name: str
    event: str
    """INSERT, UPDATE or DELETE."""
    instead: bool = False
    """Whether the change itself is not made (where the rule's condition holds)."""


@dataclass(frozen=True, slots=True)
class Table:
    """A relation with its columns, keys, indexes, checks and triggers."""

    ref: TableRef
    kind: TableKind
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    checks: tuple[Check, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    rules: tuple[Rule, ...] = ()
    """Those that are enabled."""
    parents: tuple[TableRef, ...] = ()
    """The tables that show its rows as their own: it inherits from them, or is a partition."""
    identity: tuple[str, ...] = ()
    """The columns that name one row; a name that is not in `columns` is the engine's own
    (`rowid`, `ctid`).
    """
    identity_kind: IdentityKind = IdentityKind.NONE
    unnamed_because: str = ""
    """Why nothing names one row, where that is not for want of a key; a few words."""
    row_estimate: int | None = None
    bytes: int | None = None
    """On disk, without indexes."""
    options: tuple[str, ...] = ()
    """STRICT, WITHOUT ROWID, UNLOGGED, PARTITION BY …: words for the structure tab."""
    comment: str | None = None
    sql: str = ""
    """Every statement that makes it, its indexes and triggers: as stored, or as the server would
    write them.
    """
    unread: tuple[str, ...] = ()
    """Columns this user may not read; hidden."""
    refused: tuple[str, ...] = ()
    """What this user may not do with its rows: INSERT, UPDATE, DELETE."""
    row_security: bool = False
    """Whether policies may hide rows from this user, or keep them from being changed."""
    policing: "Policing | None" = None
    """Its row policies; None where nobody asked for them, or a source does not tell."""

    def column(self, name: str) -> Column:
        """The column called `name`; raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names in the table's order, hidden ones too."""
        return tuple(column.name for column in self.columns)

    @property
    def has_identity(self) -> bool:
        """Whether one row can be told from every other."""
        return self.identity_kind is not IdentityKind.NONE
