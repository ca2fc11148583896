"""The nouns of a statement's shape: queries, what they read from, what WITH defines."""

from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class QuerySource:
    """One thing a query reads from or writes to."""

    parts: tuple[str, ...] = ()
    """The dotted name, as the engine folds it; empty for a query in parentheses."""
    written: str = ""
    """How columns of it are qualified: the alias, or the name, as it stands in the text."""
    alias: str = ""
    """The same, as the engine folds it; empty for a query without an alias."""
    has_alias: bool = False
    columns: tuple[str, ...] = ()
    """The names a column list gives, left to right."""
    query: "QueryBlock | None" = None
    """What it is, where it is a query in parentheses."""
    is_call: bool = False
    called_with: int = 0
    """How many arguments a call has."""
    lateral: bool = False
    with_ordinality: bool = False
    start: int = 0
    """The first of its tokens."""
    end: int = 0
    is_target: bool = False
    """Whether it is what INSERT, UPDATE, DELETE or MERGE writes to."""
    behind_comma: int = 0
    """How many commas of FROM stand in front of it."""
    shared: tuple[str, ...] = ()
    """The columns USING names for its join."""
    is_natural: bool = False
    on_start: int = 0
    """The token behind its ON; 0 where there is none."""
    joined: bool = False
    """Whether JOIN stands in front of it."""


@dataclass(eq=False, slots=True)
class CommonTable:
    """What WITH defines."""

    name: str
    columns: tuple[str, ...]
    query: "QueryBlock | None"
    index: int
    """Where it stands in its WITH."""
    start: int = 0
    """The token of its name."""


@dataclass(eq=False, slots=True)
class QueryBlock:
    """One query: a branch of a set operation, a subquery, or the statement itself."""

    start: int
    end: int
    parent: "QueryBlock | None" = None
    within: QuerySource | None = None
    """The item of the parent's FROM that it is."""
    table: CommonTable | None = None
    """What WITH makes of it."""
    first: "QueryBlock | None" = None
    """The first branch, where this is a later one of a set operation."""
    verb: str = ""
    with_tables: list[CommonTable] = field(default_factory=list)
    is_recursive: bool = False
    target: QuerySource | None = None
    sources: list[QuerySource] = field(default_factory=list)
    """What FROM and its like name, and a target first where it is read as well."""
    clauses: list[tuple[int, str]] = field(default_factory=list)
    """The token that begins each, and its words."""
    filled: tuple[str, ...] | None = None
    """The column list of an INSERT."""
    filled_from: int = 0
    """The parenthesis that opens that list."""
    is_apart: bool = False
    """Whether it sees nothing of its parent's sources: the SELECT of an INSERT, a CTE."""

    def clause_at(self, index: int) -> tuple[int, str]:
        """Where the clause that the token place `index` is in begins, and its words."""
        found = (self.start, "")
        for start, name in self.clauses:
            if start >= index:
                break
            found = (start, name)
        return found

    def clause(self, name: str) -> tuple[int, int] | None:
        """First and last token (exclusive) behind the words of the clause `name`."""
        for place, (start, found) in enumerate(self.clauses):
            if found == name:
                later = self.clauses[place + 1 :]
                return start + len(name.split()), later[0][0] if later else self.end
        return None
