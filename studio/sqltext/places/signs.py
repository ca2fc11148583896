"""The words and signs of one statement, and which parenthesis closes which."""

from collections.abc import Iterator, Sequence

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, unquoted

QUERY_WORDS = frozenset({"SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "MERGE"})
SET_OPERATIONS = frozenset({"UNION", "INTERSECT", "EXCEPT"})
ENDS_FROM = frozenset(
    {"WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", "SELECT"}
    | {"RETURNING", "SET", "VALUES", "WHEN", "INTO", "FROM", "DO", "WITH"}
    | SET_OPERATIONS
)
JOIN_WORDS = frozenset({"JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "OUTER"})
NOT_AN_ALIAS = (
    ENDS_FROM
    | JOIN_WORDS
    | frozenset({"ON", "USING", "AS", "TABLESAMPLE", "INDEXED", "NOT", "LATERAL", "AND", "OR"})
    | frozenset({"UPDATE", "DELETE", "INSERT", "MERGE", "DEFAULT", "OVERRIDING", "THEN", "ONLY"})
)


class StatementSigns:
    """One statement as words and signs."""

    def __init__(
        self, tokens: Sequence[Token], marks: list[str], syntax: Syntax, cursor: int = -1
    ) -> None:
        self.tokens = tokens
        self.marks = marks
        """A keyword in capitals or a sign for each token; "" for anything else."""
        self.cursor = cursor
        """The token that is being typed, neither keyword nor alias yet; -1 where there is none."""
        self.syntax = syntax
        self.closing, self.opening = _pairs(self.marks)

    def mark(self, index: int) -> str:
        """A keyword in capitals or a sign; "" for anything else, and outside the statement."""
        return self.marks[index] if 0 <= index < len(self.marks) else ""

    def is_name(self, index: int) -> bool:
        """Whether the token can be a name."""
        if not 0 <= index < len(self.tokens):
            return False
        kind = self.tokens[index].kind
        return kind is TokenKind.WORD or kind is TokenKind.NAME

    def name(self, index: int) -> str:
        """The name a token stands for, as the engine folds it."""
        return unquoted(self.tokens[index], self.syntax)

    def dotted(self, index: int) -> tuple[tuple[str, ...], int]:
        """The dotted name that begins at `index`, and the token behind it."""
        parts: list[str] = []
        while self.is_name(index):
            parts.append(self.name(index))
            index += 1
            if self.mark(index) != "." or not self.is_name(index + 1):
                break
            if self.marks[index + 1] in NOT_AN_ALIAS:
                break
            index += 1
        return tuple(parts), index

    def behind(self, index: int) -> int:
        """The token behind the parenthesis that opens at `index`."""
        return min(self.closing[index] + 1, len(self.marks))

    def items(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """What commas part, between two tokens, parentheses passed over."""
        first = index = start
        while index < end:
            mark = self.marks[index]
            if mark == "(" and self.closing[index] < len(self.marks):
                index = self.closing[index]
            elif mark == ",":
                yield first, index
                first = index + 1
            index += 1
        if first < end:
            yield first, end

    def names_in(self, opening: int) -> tuple[str, ...]:
        """The names of a list in parentheses."""
        end = min(self.closing[opening], len(self.marks))
        return tuple(
            self.name(first)
            for first, _ in self.items(opening + 1, end)
            if self.is_name(first) and first != self.cursor
        )


def _pairs(marks: Sequence[str]) -> tuple[list[int], list[int]]:
    """For each opening parenthesis the place of its end, and for each closing one its start."""
    size = len(marks)
    closing, opening = [size] * size, [-1] * size
    stack: list[int] = []
    for index, mark in enumerate(marks):
        if mark == "(":
            stack.append(index)
        elif mark == ")" and stack:
            opening[index] = stack.pop()
            closing[opening[index]] = index
    return closing, opening
