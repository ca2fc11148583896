"""Relations by name: all that a list of tables needs, and the first screen imports."""

from enum import StrEnum
from typing import NamedTuple


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

    # Enum's own is written in Python: a catalog asks for it ten thousand times.
    __hash__ = str.__hash__

    @property
    def is_plain(self) -> bool:
        """Whether it has rows of its own that an application put there."""
        return self in {TableKind.TABLE, TableKind.PARTITIONED}

    @property
    def is_internal(self) -> bool:
        """Whether it is the engine's own."""
        return self in {TableKind.SYSTEM, TableKind.SHADOW}


class TableRef(NamedTuple):
    """How everyone names a relation; quoting happens only where SQL is written."""

    schema: str | None
    name: str

    def __str__(self) -> str:
        """`schema.name`, unquoted, for people."""
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


class TableSummary(NamedTuple):
    """What a tree shows of a relation before it is opened: cheap to list by the thousand, which a
    frozen dataclass is not.
    """

    ref: TableRef
    kind: TableKind
    row_estimate: int | None = None
    exact: bool = False
    """Whether `row_estimate` is a count."""
    bytes: int | None = None
    comment: str | None = None
