"""SQLite's answer to EXPLAIN QUERY PLAN, and what a database can add to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One row of EXPLAIN QUERY PLAN, read by its grammar."""

    id: int
    """A bytecode address: unstable, only for telling rows apart."""
    parent: int
    """0 for the top."""
    kind: str
    """SCAN, SEARCH, TEMP_BTREE, CO_ROUTINE, …; OTHER for a line the grammar does not know."""
    raw: str
    """The line as SQLite wrote it."""
    object: str = ""
    """What a SCAN or SEARCH reads, as printed: since 3.36 the alias alone."""
    table: str = ""
    """The table behind `object`, where old SQLite printed it or the FROM clause told it."""
    index: str = ""
    covering: bool = False
    automatic: bool = False
    partial: bool = False
    constraints: tuple[str, ...] = ()
    virtual: str = ""
    """A virtual table's own plan: "0:M2"."""
    join: str = ""
    detail: str = ""
    correlated: bool = False
    cost: int = 0
    """`notused`: 10·log2 of the loop's cost in some builds, else 0."""

    @property
    def is_loop(self) -> bool:
        """Whether rows come out of it one by one."""
        return self.kind in {"SCAN", "SEARCH"}


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """One index of a SQLite table."""

    name: str
    columns: tuple[str | None, ...]
    """None for an expression."""
    collations: tuple[str, ...] = ()
    unique: bool = False
    partial: bool = False
    rows_per_key: tuple[float, ...] = ()
    """From sqlite_stat1: average rows for one value of the first column, of the first two, …"""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What rules need to know of one SQLite table."""

    name: str
    rows: int | None = None
    """None when nobody counted."""
    columns: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()
    rowid_alias: str = ""
    """The INTEGER PRIMARY KEY column."""
    without_rowid: bool = False
    indexes: tuple[IndexFacts, ...] = ()
    virtual: bool = False
    counted_by_stat1: int | None = None

    def index(self, name: str) -> IndexFacts | None:
        """The index called `name`, or None."""
        return next((index for index in self.indexes if index.name == name), None)


def _no_tables() -> Mapping[str, TableFacts]:
    return MappingProxyType({})


def _no_views() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """The tables of one SQLite database, by lower-case name."""

    tables: Mapping[str, TableFacts] = field(default_factory=_no_tables)
    has_stat1: bool | None = None
    """None when nobody looked."""
    views: Mapping[str, str] = field(default_factory=_no_views)
    """Lower-case name → the statement that made it."""

    def table(self, name: str) -> TableFacts | None:
        """The table called `name`; SQLite does not tell cases apart."""
        return self.tables.get(name.lower())


@dataclass(frozen=True, slots=True)
class Actuals:
    """What running a statement on SQLite measured; never per node."""

    rows_returned: int
    wall_ms: float
    """The best of the runs."""
    first_ms: float
    """The first run: with whatever was not cached yet."""
    vm_steps: int | None = None
    exact: bool = True
    """False: `vm_steps` was counted by a progress handler, in thousands."""
    fullscan_steps: int | None = None
    sorts: int | None = None
    autoindex_rows: int | None = None
    rows_per_loop: tuple[tuple[str, int], ...] = ()
    """Alias → rows that reached that loop, measured by rewriting the statement."""
    pages: tuple[tuple[str, int], ...] = ()
    """Table or index → pages it has, from dbstat."""
    notes: tuple[str, ...] = ()
