"""What a connection can add to a plan, and names as PostgreSQL would read them back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from studio.model.catalog import Catalog, Table, TableRef


def _no_statistics() -> Mapping[tuple[TableRef, str], float]:
    return MappingProxyType({})


def _no_partitions() -> "MappingProxyType[TableRef, Partition]":
    return MappingProxyType({})


class Partition(NamedTuple):
    """How a partition belongs to a table."""

    key: str
    """What the table right above it is partitioned by, like `RANGE (at)`."""
    root: TableRef
    """The table that all of them are: an index on it is one on each of them."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a connection can add to a plan; everything here may be missing."""

    catalog: Catalog | None = None
    distinct: Mapping[tuple[TableRef, str], float] = field(default_factory=_no_statistics)
    """Distinct values per column; pg_stats' negative shares already multiplied by the row count."""

    shared_buffers: float | None = None
    """Blocks."""
    partitions: Mapping[TableRef, Partition] = field(default_factory=_no_partitions)
    """What is known of those tables that are partitions."""

    def table(self, schema: str, name: str) -> Table | None:
        """The table a plan names; without a schema, the only one of that name."""
        if self.catalog is None:
            return None
        if schema:
            return self.catalog.find(TableRef(schema, name))
        named = [table for table in self.catalog.tables() if table.ref.name == name]
        return named[0] if len(named) == 1 else None


NOTHING_KNOWN = Knowledge()


@lru_cache(maxsize=1024)
def quoted(name: str) -> str:
    """An identifier as PostgreSQL would read it back."""
    from sqlalchemy.dialects.postgresql import dialect  # noqa: PLC0415 - 200 ms only a plan with a hint pays

    preparer = dialect().identifier_preparer  # type: ignore[no-untyped-call]
    return str(preparer.quote(name))


def qualified(schema: str | None, name: str) -> str:
    """A table or function by its full name, as PostgreSQL would read it back."""
    return ".".join(quoted(part) for part in (schema, name) if part)
