"""Relations by name: all that a list of tables needs, and the first screen imports."""

from dataclasses import dataclass
from enum import StrEnum


class TableKind(StrEnum):
    """The kinds of relation that have rows."""

    TABLE = "table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    PARTITIONED = "partitioned table"
    PARTITION = "partition"
    FOREIGN = "foreign table"
    VIRTUAL = "virtual table"
    SHADOW = "shadow table"
    SYSTEM = "system table"
    TEMPORARY = "temporary table"

    @property
    def is_plain(self) -> bool:
        """Whether it has rows of its own that an application put there."""
        return self in {TableKind.TABLE, TableKind.PARTITIONED}

    @property
    def is_internal(self) -> bool:
        """Whether it is the engine's own."""
        return self in {TableKind.SYSTEM, TableKind.SHADOW}


@dataclass(frozen=True, slots=True, order=True)
class TableRef:
    """How everyone names a relation; quoting happens only where SQL is written."""

    schema: str | None
    name: str

    def __str__(self) -> str:
        """`schema.name`, unquoted, for people."""
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class TableSummary:
    """What a tree shows of a relation before it is opened: cheap to list by the thousand."""

    ref: TableRef
    kind: TableKind
    row_estimate: int | None = None
    exact: bool = False
    """Whether `row_estimate` is a count."""
    bytes: int | None = None
    comment: str | None = None
