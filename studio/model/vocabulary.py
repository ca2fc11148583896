"""The words of one engine and one database besides its relations: what completion may offer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from studio.model.catalog import Schema
from studio.model.relation import TableRef


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a function."""

    name: str
    """"" where it has none."""
    type_name: str
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Routine:
    """A function or a procedure, one overload of it."""

    name: str
    schema: str | None = None
    """None where it is the engine's own, found without a schema."""
    arguments: tuple[Argument, ...] = ()
    returns: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    """Names and types of what it gives as a source of rows."""
    relation: TableRef | None = None
    """The relation whose rows it gives."""
    is_set: bool = False
    """Whether it may stand in FROM."""
    is_aggregate: bool = False
    is_procedure: bool = False
    is_window: bool = False

    @property
    def gives_rows(self) -> bool:
        """Whether it is worth standing in FROM: it gives a set, or one row of several columns."""
        return not self.is_procedure and (self.is_set or len(self.columns) > 1)

    @property
    def is_for_triggers(self) -> bool:
        """Whether only a trigger can call it."""
        return self.returns in {"trigger", "event_trigger"}

    @property
    def signature(self) -> str:
        """Its arguments as a person reads them; nothing of those that have no name and no type."""
        words = (f"{a.name} {a.type_name}".strip() for a in self.arguments)
        return ", ".join(filter(None, words))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What one database understands."""

    verbs: tuple[str, ...] = ("SELECT", "WITH", "INSERT INTO", "UPDATE", "DELETE FROM")
    """What a statement begins with, by use."""
    keywords: frozenset[str] = frozenset()
    """Every keyword in capitals; empty: nobody knows, so all are taken for known."""
    quoted: frozenset[str] = frozenset()
    """Words in small letters that are no names without quotes."""
    bare: str = r"[A-Za-z_][A-Za-z0-9_]*"
    """The names that need no quotes, as a regular expression."""
    path: tuple[str, ...] = ()
    """The schemas in which a bare name is looked for, in order."""
    routines: tuple[Routine, ...] = ()
    common: tuple[str, ...] = ()
    """The functions people use most."""
    comparisons: tuple[str, ...] = ()
    """Keywords that compare, besides LIKE."""
    types: tuple[str, ...] = ()
    """The engine's own, common ones first."""
    own_types: tuple[TableRef, ...] = ()
    """Composites and others that people made; enums and domains are in the catalog."""
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By name, with the values of those that have a list of them."""
    shown: tuple[str, ...] = ()
    """Settings that can only be shown."""
    collations: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    """What makes virtual tables."""
    pragmas: Mapping[str, str] = field(default_factory=dict)
    """By name, with the kind of object each takes; "" for none."""
    moments: tuple[str, ...] = ("CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_TIME")
    """Values that are called without parentheses."""
    system_columns: tuple[str, ...] = ()
    """Columns every table has and `*` does not show."""
    system_tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Tables of the engine that the catalog leaves out, with their columns."""
    named_arguments: bool = False
    """Whether an argument of a function may be given by its name, with `=>`."""
    outputs_in_where: bool = False
    """Whether WHERE and HAVING see the names that the list of SELECT gives."""
    strict_order: bool = True
    """Whether a CTE sees only those before it, and ON nothing in front of a comma."""
    returning_sees_sources: bool = True
    """Whether RETURNING sees FROM's sources, and the target's alias."""
    names_calls: bool = True
    """Whether an item that is a call, a cast or a CASE has a name that a query around it sees."""
    rows_by_name: bool = True
    """Whether VALUES in FROM takes an alias with a list of columns."""


@dataclass(frozen=True)
class SessionNames:
    """What one session sees and no other: its temporary relations, the files it attached."""

    schemas: tuple[Schema, ...] = ()
    path: tuple[str, ...] = ()
    """The schemas in which a bare name is looked for there, in order; empty: as everywhere."""
