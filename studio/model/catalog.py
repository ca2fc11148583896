"""What a database holds, as one reflection saw it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from studio.model.relation import TableKind as TableKind
from studio.model.relation import TableRef as TableRef
from studio.model.relation import TableSummary as TableSummary
from studio.model.server import Server
from studio.model.table import Check as Check
from studio.model.table import Column as Column
from studio.model.table import ColumnKind as ColumnKind
from studio.model.table import ForeignKey as ForeignKey
from studio.model.table import IdentityKind as IdentityKind
from studio.model.table import Index as Index
from studio.model.table import IndexPart as IndexPart
from studio.model.table import Rule as Rule
from studio.model.table import Table as Table
from studio.model.table import Trigger as Trigger


@dataclass(frozen=True, slots=True)
class EnumType:
    """A named list of labels."""

    ref: TableRef
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """A type with rules of its own."""

    ref: TableRef
    base: str
    nullable: bool = True
    default: str | None = None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence:
    """A source of numbers."""

    ref: TableRef
    last_value: int | None = None
    owned_by: str | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    """A namespace. SQLite has one, called main."""

    name: str
    tables: tuple[Table, ...] = ()
    enums: tuple[EnumType, ...] = ()
    domains: tuple[Domain, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    is_system: bool = False


@dataclass(frozen=True)
class Catalog:
    """One reflection of one database."""

    server: Server
    schemas: tuple[Schema, ...]
    reflected_at: datetime
    notes: tuple[str, ...] = field(default=())
    """What could not be read, each as a sentence."""
    schema_version: str | None = None
    """What the engine says of its schema and is another after every change to it, as it was before
    this was read; None where there is no such thing.
    """

    @cached_property
    def _by_ref(self) -> Mapping[TableRef, Table]:
        return {table.ref: table for table in self.tables()}

    @cached_property
    def _referencing(self) -> Mapping[TableRef, tuple[tuple[Table, ForeignKey], ...]]:
        found: dict[TableRef, list[tuple[Table, ForeignKey]]] = {}
        for table in self.tables():
            for key in table.foreign_keys:
                found.setdefault(key.target, []).append((table, key))
        return {ref: tuple(pairs) for ref, pairs in found.items()}

    @cached_property
    def _children(self) -> Mapping[TableRef, tuple[Table, ...]]:
        found: dict[TableRef, list[Table]] = {}
        for table in self.tables():
            for parent in table.parents:
                found.setdefault(parent, []).append(table)
        return {ref: tuple(children) for ref, children in found.items()}

    def tables(self) -> Iterator[Table]:
        """Every relation of every schema."""
        for schema in self.schemas:
            yield from schema.tables

    def table(self, ref: TableRef) -> Table:
        """The relation called `ref`; raises KeyError."""
        return self._by_ref[ref]

    def find(self, ref: TableRef) -> Table | None:
        """The relation called `ref`, or None."""
        return self._by_ref.get(ref)

    def referencing(self, ref: TableRef) -> tuple[tuple[Table, ForeignKey], ...]:
        """The foreign keys that point at `ref`, with the tables that own them."""
        return self._referencing.get(ref, ())

    def below(self, ref: TableRef) -> tuple[Table, ...]:
        """The tables whose rows `ref` shows besides its own, at any depth."""
        found: dict[TableRef, Table] = {}
        waiting = list(self._children.get(ref, ()))
        while waiting:
            child = waiting.pop()
            if child.ref not in found:
                found[child.ref] = child
                waiting.extend(self._children.get(child.ref, ()))
        return tuple(found.values())
