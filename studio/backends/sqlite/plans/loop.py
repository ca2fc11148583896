"""One loop of a SQLite plan: its table, its conditions and what it is searched by."""

from dataclasses import dataclass

from studio.backends.sqlite.plans.query_plan import IndexFacts, PlanStep, TableFacts
from studio.backends.sqlite.plans.query_shape import FromItem, SelectScope
from studio.backends.sqlite.plans.query_terms import QueryTerm, single_extreme
from studio.backends.sqlite.plans.rewrites import ColumnRewrite

GUESSED_ROWS, GUESSED_PART = 10.0, 4.0
"""SQLite's guesses without sqlite_stat1: rows to a value of an index, and what a bound divides by
(https://sqlite.org/optoverview.html)."""


@dataclass(frozen=True, slots=True)
class Loop:
    """One SCAN or SEARCH."""

    step: PlanStep
    table: str
    """The table it reads; the printed object when that is no table."""
    is_base: bool
    facts: TableFacts | None
    position: int
    """0 for the outermost loop of its query, counted among its siblings."""
    in_correlated: bool
    scope: SelectScope | None
    item: FromItem | None
    usable: tuple[QueryTerm, ...]
    """Conditions an index could serve at this place in the nesting."""
    defeated: tuple[QueryTerm, ...] = ()
    """Expressions over a column that an index holds bare."""
    rewrites: tuple[tuple[QueryTerm, ColumnRewrite], ...] = ()
    """Expressions that only shift or convert a column an index, or the rowid, finds bare."""
    unserved_likes: tuple[QueryTerm, ...] = ()
    """LIKE 'x%' on a column whose index has the wrong collation, or none."""
    arms: tuple[QueryTerm, ...] = ()
    """The sides of an OR: with an index for each, all could be searched."""
    hidden: tuple[QueryTerm, ...] = ()
    """Columns behind a unary plus."""
    joined: tuple[QueryTerm, ...] = ()
    """Equalities with a table read after this one, where that one is narrowed by a constant: with
    an index on them the loops could change places.
    """
    wildcards: tuple[QueryTerm, ...] = ()
    """LIKE that begins with a wildcard."""
    names: frozenset[str] = frozenset()
    """Of every table and index, lower case: a new one needs another."""

    @property
    def rows(self) -> int | None:
        """Rows of the table, counted or as sqlite_stat1 has it."""
        if self.facts is None:
            return None
        return self.facts.rows if self.facts.rows is not None else self.facts.counted_by_stat1

    @property
    def could_search(self) -> bool:
        """Whether a condition is there that some index would serve."""
        return bool(
            self.usable or self.defeated or self.rewrites or self.unserved_likes or self.arms
        )

    def begins_index(self, column: str) -> bool:
        """Whether an index, or the table itself, begins with a column."""
        if self.facts is None:
            return False
        indexes = (index.columns[:1] for index in self.facts.indexes if not index.partial)
        first = {(name or "").lower() for names in indexes for name in names}
        return column in first | rowid_names(self.facts)

    @property
    def is_full_scan(self) -> bool:
        """Whether a base table, or an index of it, is read from start to end."""
        step = self.step
        if not self.is_base or step.virtual or step.constraints:
            return False
        # SEARCH without an index is how min() and max() are called; a condition leaves nothing of
        # their shortcut.
        return step.kind == "SCAN" or (not step.index and bool(self.usable))

    @property
    def reads_all_for_extreme(self) -> bool:
        """Whether min() or max() looks at every row: a SEARCH that names no index has none."""
        step = self.step
        return self.is_base and step.kind == "SEARCH" and not (step.index or step.constraints)

    @property
    def skips(self) -> bool:
        """Whether an index is searched once for every value of its first column."""
        return any(part.startswith("ANY(") for part in self.step.constraints)

    @property
    def searched(self) -> tuple[str, ...]:
        """Columns its constraints name, lower case."""
        return tuple(part.rstrip("=?<>").strip().lower() for part in self.step.constraints)

    @property
    def equalities(self) -> tuple[str, ...]:
        """Columns its constraints fix to one value."""
        return tuple(
            part.removesuffix("=?").lower() for part in self.step.constraints if part.endswith("=?")
        )

    def used_index(self) -> IndexFacts | None:
        """The index it uses, as far as the facts know it."""
        return self.facts.index(self.step.index) if self.facts and self.step.index else None

    def finds_one(self) -> bool:
        """Whether it returns at most one row each time."""
        if self.step.kind != "SEARCH":
            return False
        if self.step.index == "INTEGER PRIMARY KEY":
            return self.step.constraints == ("rowid=?",)
        if self.step.index == "PRIMARY KEY" and self.facts:
            return len(self.equalities) == len(self.facts.primary_key) > 0
        index = self.used_index()
        return bool(index and index.unique and len(self.equalities) == len(index.columns))

    def rows_expected(self) -> float:
        """About how many rows it reads each time, where no statistics tell: as SQLite itself
        guesses, ten for a value of an index and a quarter of the table for a bound.
        """
        rows, fixed = float(self.rows or 0), len(self.equalities)
        if self.finds_one():
            return 1.0
        if self.step.kind != "SEARCH" or self.skips:
            return rows
        if not self.step.constraints:
            return rows if self.reads_all_for_extreme and self._is_unordered() else 1.0
        index = self.used_index()
        is_told = index is not None and len(index.rows_per_key) >= fixed > 0
        found = (self.rows_each_time() or 0.0) if is_told else GUESSED_ROWS if fixed else rows
        bounds = 0 if is_told else len(self.step.constraints) - fixed
        return max(1.0, min(rows, found) / GUESSED_PART**bounds)

    def _is_unordered(self) -> bool:
        """Whether min() or max() has neither an index nor the rowid to go to the end of."""
        column = single_extreme(self.scope) if self.scope else ""
        return not column or not self.begins_index(column)

    def rows_each_time(self) -> float | None:
        """About how many rows it returns each time; None when nothing tells."""
        if self.finds_one():
            return 1.0
        index = self.used_index()
        fixed = len(self.equalities)
        if index and fixed and len(index.rows_per_key) >= fixed:
            return index.rows_per_key[fixed - 1]
        return self.rows


def rowid_names(facts: TableFacts) -> set[str]:
    """What names the table's rowid, lower case; a column of such a name hides it."""
    hidden = {name.lower() for name in facts.columns}
    alias = {facts.rowid_alias.lower()} if facts.rowid_alias else set()
    return {"rowid", "_rowid_", "oid"} - hidden | alias
