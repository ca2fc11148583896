"""The two sides of a comparison, and the names its differences go by."""

from dataclasses import dataclass, field

from studio.migrations.drift.reconcile import DdlWriter
from studio.migrations.drift.same import Same
from studio.model.catalog import Table, TableRef
from studio.model.stored import StoredRoutine


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared: only namespaces the declaration speaks of."""

    declared: dict[TableRef, Table]
    live: dict[TableRef, Table]
    ignored: frozenset[str]
    has_types: bool
    writer: DdlWriter
    knows: frozenset[str] = frozenset()
    same: Same = field(default_factory=Same)
    ordered: bool = False
    """Whether declared columns stand in the order they were made in."""
    printed: bool = False
    """Whether declared views, policies and code are in the engine's own words."""
    routines: tuple[StoredRoutine, ...] = ()
    """As declared, where unqualified names go."""
    live_routines: tuple[StoredRoutine, ...] = ()


def named(ref: TableRef) -> str:
    """`schema.table`; the table alone where there is one namespace only."""
    return ref.name if ref.schema in {None, "main"} else f"{ref.schema}.{ref.name}"
