"""A declared schema, as far as its source tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from studio.model.catalog import (
    Column,
    ColumnKind,
    ForeignKey,
    Index,
    IndexPart,
    Table,
    TableKind,
    TableRef,
)
from studio.model.notes import Note
from studio.model.stored import StoredPart, StoredRoutine

NOT_STATED = "\0not stated"
"""A default the source leaves to something else: it is not compared."""

BARE = "\0bare"
"""The method of an index whose source may leave out direction and predicate: its name counts."""


KEYS, CHECKS, ENUMS, NUMBERING, INDEXES = "keys", "checks", "enums", "numbering", "indexes"
VIEWS, VIEW_INDEXES, POLICIES = "views", "view indexes", "policies"
TRIGGERS, ROUTINES = "triggers", "routines"
KNOWS_ALL = frozenset({
    KEYS, CHECKS, ENUMS, NUMBERING, INDEXES, VIEWS, VIEW_INDEXES, POLICIES, TRIGGERS, ROUTINES,
})  # fmt: skip
"""Views, indexes of materialized ones, row policies, triggers, functions and procedures, primary
keys, conditions, labels of enums, identity and generated columns, and of indexes how they are made:
their method, their expressions, where NULLs go, and which rows are in them."""


@dataclass(frozen=True, slots=True)
class DeclaredSchema:
    """Tables as declared; a schema of None is wherever unqualified names go."""

    tables: tuple[Table, ...]
    source: str
    """Where this comes from, for a note."""
    notes: tuple[Note, ...] = ()
    ignored: frozenset[str] = frozenset()
    """Names of tables that are the tool's own business."""
    exact: bool = False
    """Whether this is the schema after what is applied, and nothing that waits is mixed in."""
    knows: frozenset[str] = frozenset()
    """Which parts beyond columns, keys to other tables and indexes it tells: see KNOWS_ALL."""
    printed: bool = False
    """Whether views and policies are in the words of the server that is compared."""
    routines: tuple[StoredRoutine, ...] = ()
    parts: tuple[StoredPart, ...] | None = None
    """The server's own words for the rest; None where they are not known."""
    has_types: bool = True
    """Whether the types are the database's own words."""
    explained: frozenset[tuple[str, str]] = field(default=frozenset())
    """(kind, object) of differences that pending migrations account for."""


def column(
    name: str, type_name: str, *, nullable: bool, default: str | None = None, identity: bool = False
) -> Column:
    """A declared column."""
    return Column(name, type_name, ColumnKind.OTHER, nullable, default, identity=identity)


def generated(column: Column, expression: str) -> Column:
    """The column as one the database works out."""
    return replace(column, default=NOT_STATED, generated=expression)


def table(
    ref: TableRef,
    columns: Mapping[str, Column],
    primary_key: tuple[str, ...],
    foreign_keys: tuple[ForeignKey, ...],
    indexes: tuple[Index, ...],
) -> Table:
    """A declared table."""
    return Table(ref, TableKind.TABLE, tuple(columns.values()), primary_key, foreign_keys, indexes)


def index(
    name: str, columns: tuple[str, ...], *, unique: bool = False, constraint: bool = False
) -> Index:
    """A declared index over plain columns."""
    parts = tuple(IndexPart(c) for c in columns)
    return Index(name, parts, unique, constraint)
