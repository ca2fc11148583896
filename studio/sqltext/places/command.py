"""A statement that makes, changes or names things, with a cursor in it."""

from collections.abc import Mapping
from dataclasses import replace

from studio.sqltext.places.place import Place, WantedHere
from studio.sqltext.places.shape import StatementShape

_KINDS: Mapping[str, str] = {
    "TABLE": "table",
    "VIEW": "view",
    "INDEX": "index",
    "SEQUENCE": "sequence",
    "TYPE": "type",
    "DOMAIN": "domain",
    "FUNCTION": "function",
    "PROCEDURE": "procedure",
    "ROUTINE": "function",
    "AGGREGATE": "function",
    "TRIGGER": "trigger",
    "SCHEMA": "schema",
    "COLUMN": "column",
}
_COLUMN_RULES = (
    *("NOT NULL", "PRIMARY KEY", "DEFAULT", "REFERENCES", "UNIQUE", "CHECK", "NULL", "COLLATE"),
    *("GENERATED ALWAYS AS", "GENERATED ALWAYS AS IDENTITY", "CONSTRAINT", "AUTOINCREMENT"),
)
_BETWEEN_KIND_AND_NAME = frozenset({"CONCURRENTLY", "IF", "EXISTS", "NOT", "ONLY", "TABLE"})


class SqlCommand:
    """One statement whose first word says what it does."""

    def __init__(self, shape: StatementShape, at: int, base: Place) -> None:
        self.shape = shape
        self.marks = shape.marks
        self.at = at
        self.base = base
        self.prev = shape.mark(at - 1)
        self.paren = self._paren()

    def _paren(self) -> int:
        index = self.at - 1
        while index >= 0:
            if self.marks[index] == ")":
                index = self.shape.opening[index]
            elif self.marks[index] == "(":
                return index
            if index < 0:
                break
            index -= 1
        return -1

    def nothing(self) -> Place:
        """Nothing may stand here but the person's own word."""
        return self.base

    def words(self, *words: str) -> Place:
        """Only these keywords."""
        return replace(self.base, wanted=WantedHere.WORDS, words=words)

    def object(self, kind: str, *words: str) -> Place:
        """A thing of one kind."""
        return replace(self.base, wanted=WantedHere.OBJECT, kind=kind, words=words)

    def relation(self, *words: str) -> Place:
        """A relation that can be written to."""
        return replace(self.base, wanted=WantedHere.TARGET, words=words)

    def column(self, of: tuple[str, ...], *words: str) -> Place:
        """A column of one relation."""
        listed = self.shape.names_in(self.paren) if self.paren >= 0 else ()
        return replace(self.base, wanted=WantedHere.COLUMN, of=of, words=words, listed=listed)

    def kind_at(self, index: int) -> tuple[str, int]:
        """The kind that stands at `index`, and the token behind it; "" where none does."""
        if self.shape.mark(index) == "MATERIALIZED":
            return "materialized view", index + 2
        if self.shape.mark(index) == "FOREIGN":
            return "table", index + 2
        kind = _KINDS.get(self.shape.mark(index), "")
        return kind, index + bool(kind)

    def name_from(self, index: int) -> tuple[tuple[str, ...], int]:
        """The name behind `IF EXISTS` and its like, from `index` on."""
        while self.shape.mark(index) in _BETWEEN_KIND_AND_NAME:
            index += 1
        return self.shape.dotted(index)

    def name_ending(self, index: int) -> tuple[str, ...]:
        """The dotted name that ends in front of the token `index`."""
        start = index - 1
        while self.shape.mark(start - 1) == ".":
            start -= 2
        return self.shape.dotted(start)[0]

    def in_brackets(self, table: tuple[str, ...]) -> Place | None:
        """Inside the parentheses of a key, a reference or a condition."""
        before = self.shape.mark(self.paren - 1)
        if before in {"KEY", "UNIQUE"}:
            return self.column(table) if self.prev in {"(", ","} else self.nothing()
        if before == "CHECK":
            return self.column(table)
        if self.shape.is_name(self.paren - 1):
            name = self.name_ending(self.paren)
            if self.shape.mark(self.paren - 2 * len(name)) == "REFERENCES":
                return replace(self.column(name), kind="key")
        return None

    def column_rules(self, items: int) -> Place:
        """In the definition of a column of which `items` tokens stand in front of the cursor."""
        if self.prev in {"REFERENCES", "LIKE"}:
            return self.relation()
        if items == 0:
            return self.words("CONSTRAINT", "PRIMARY KEY", "FOREIGN KEY", "UNIQUE", "CHECK")
        if items == 1:
            return replace(self.base, wanted=WantedHere.TYPE)
        if self.prev == "DEFAULT":
            return self.words("CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "NULL", "FALSE")
        if self.prev in {"CONSTRAINT", "COLLATE"}:
            return self.nothing()
        if self.prev == "ON":
            return self.words("DELETE", "UPDATE")
        if self.prev in {"DELETE", "UPDATE"}:
            return self.words("CASCADE", "SET NULL", "RESTRICT", "NO ACTION", "SET DEFAULT")
        if self.prev == "NOT":
            return self.words("NULL")
        if self.prev in {"PRIMARY", "FOREIGN"}:
            return self.words("KEY")
        return self.words(*_COLUMN_RULES, "ON DELETE", "ON UPDATE")
