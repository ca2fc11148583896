"""One place of a statement: what stands around it, as far as every question needs that."""

from dataclasses import replace

from studio.sqltext.places import following
from studio.sqltext.places.place import Place, WantedHere
from studio.sqltext.places.query import QuerySource
from studio.sqltext.places.shape import StatementShape
from studio.sqltext.tokens import TokenKind

OPERAND_FOLLOWS = frozenset(
    {"SELECT", "DISTINCT", "ALL", "WHERE", "AND", "OR", "NOT", "ON", "HAVING", "BY", "CASE", "WHEN"}
    | {"THEN", "ELSE", "BETWEEN", "LIKE", "ILIKE", "IN", "SET", "RETURNING", "LIMIT", "OFFSET"}
    | {"GLOB", "MATCH", "REGEXP", "TO", "ANY", "SOME", "FILTER", "ESCAPE", "FROM", "CHECK"}
    | {"INTERVAL", "ARRAY", "DEFAULT", "VALUES", "USING", "IF"}
)
_EQUALITIES = frozenset({"=", "<>", "!=", "==", "FROM"})
_COMPARISONS = _EQUALITIES | {"<", ">", "<=", ">="}


class Spot:
    """A place."""

    def __init__(self, shape: StatementShape, at: int) -> None:
        self.shape = shape
        self.marks = shape.marks
        self.qualifier: tuple[str, ...] = ()
        self.at = self._before_qualifier(at)
        self.prev = shape.mark(self.at - 1)
        self.query = shape.innermost(self.at)
        self.clause_start, self.clause = self.query.clause_at(self.at)
        self.paren = self._paren()
        self.base = Place(
            WantedHere.NOTHING,
            self.query,
            self.qualifier,
            self.at,
            self.clause,
            extras=self._extras(),
        )

    def _before_qualifier(self, at: int) -> int:
        parts: list[str] = []
        while self.shape.mark(at - 1) == "." and self.shape.is_name(at - 2):
            parts.insert(0, self.shape.name(at - 2))
            at -= 2
        self.qualifier = tuple(parts)
        return at

    def _paren(self) -> int:
        """The innermost parenthesis that is open here, within this query; -1: none is."""
        index, floor = self.at - 1, self.query.start
        while index >= floor:
            if self.marks[index] == ")":
                index = self.shape.opening[index]
                if index < 0:
                    return -1
            elif self.marks[index] == "(":
                return index
            index -= 1
        return -1

    def _extras(self) -> dict[str, tuple[str, ...]]:
        """Rows that go by a name of their own here."""
        found: dict[str, tuple[str, ...]] = {}
        target = self.query.target
        conflict = self.query.clause("ON CONFLICT")
        if target is not None and conflict is not None and self.at > conflict[0]:
            found["excluded"] = target.parts
        if self.marks[:1] == ["CREATE"] and "TRIGGER" in self.marks[1:4]:
            table, events = self._trigger()
            if table and "INSERT" not in events:
                found["old"] = table
            if table and "DELETE" not in events:
                found["new"] = table
        return found

    def _trigger(self) -> tuple[tuple[str, ...], frozenset[str]]:
        for index, mark in enumerate(self.marks):
            if mark == "ON":
                events = {"INSERT", "UPDATE", "DELETE"} & set(self.marks[:index])
                alone = frozenset(events) if len(events) == 1 else frozenset[str]()
                return self.shape.dotted(index + 1)[0], alone
            if mark == "BEGIN":
                break
        return (), frozenset()

    def at_clause_depth(self) -> bool:
        """Whether no parenthesis was opened since the clause began."""
        return self.paren < self.clause_start

    def words(self, *words: str) -> Place:
        """Only these keywords."""
        return replace(self.base, wanted=WantedHere.WORDS, words=words)

    # -- operands --------------------------------------------------------------------------------

    def wants_operand(self) -> bool:
        """Whether an operand is wanted here, or one has just ended."""
        token = self.shape.tokens[self.at - 1]
        if token.kind is TokenKind.OPERATOR:
            return token.text != "*" or not self._is_star(self.at - 1)
        if token.kind is TokenKind.PUNCTUATION:
            return token.text in {"(", ",", "["} or self._is_behind_distinct_on()
        return self.prev in OPERAND_FOLLOWS

    def _is_behind_distinct_on(self) -> bool:
        opening = self.shape.opening[self.at - 1] if self.prev == ")" else -1
        return (
            opening > 1
            and self.shape.mark(opening - 1) == "ON"
            and self.shape.mark(opening - 2) == "DISTINCT"
        )

    def _is_star(self, index: int) -> bool:
        return self.shape.mark(index - 1) in {"SELECT", "DISTINCT", ",", ".", "(", "RETURNING"}

    def operand(
        self,
        *,
        compared: tuple[str, ...] = (),
        takes_values: bool = False,
        column: str = "",
        column_index: int = -1,
        join: QuerySource | None = None,
    ) -> Place:
        """An operand, with what it is compared with."""
        if not compared and not column and column_index < 0:
            compared, takes_values = self._compared()
        if self.clause == "SET" and len(compared) == 1 and self._is_assignment():
            column, compared, takes_values = compared[0], (), True
        return replace(
            self.base,
            wanted=WantedHere.OPERAND,
            compared=compared,
            takes_values=takes_values,
            column=column,
            column_index=column_index,
            join=join,
            call=self._call(),
            words=following.in_operand(self.prev),
        )

    def _is_assignment(self) -> bool:
        return (
            self.prev == "="
            and self.at_clause_depth()
            and (self.shape.mark(self.at - 3) in {"SET", ","})
        )

    def _call(self) -> tuple[str, ...]:
        paren = self.paren
        if paren > 0 and self.shape.is_name(paren - 1) and self.prev in {"(", ","}:
            return self.name_before(paren)
        return ()

    def _compared(self) -> tuple[tuple[str, ...], bool]:
        if self.prev in _COMPARISONS and (self.prev != "FROM" or self._is_distinct_from()):
            back = 4 if self.prev == "FROM" and self.shape.mark(self.at - 3) == "NOT" else 3
            end = self.at - 1 if self.prev != "FROM" else self.at - back
            return self.name_before(end), self.prev in _EQUALITIES
        if self.prev == "WHEN":
            return self._cased(), True
        if (end := self._between()) or (end := self._in_array()):
            return self.name_before(end), True
        if self.prev == "SELECT" and self.shape.mark(self.query.start - 1) == "(":
            before = self.shape.mark(self.query.start - 2)
            if before == "IN" or before in _COMPARISONS:
                return self.name_before(self.query.start - 2), False
        return (), False

    def _is_distinct_from(self) -> bool:
        return self.shape.mark(self.at - 2) == "DISTINCT"

    def _between(self) -> int:
        """The token BETWEEN whose lower or upper bound stands here; 0: none does."""
        if self.prev == "BETWEEN":
            return self.at - 1
        index = self.at - 2 if self.prev == "AND" else 0
        while index > self.clause_start and self.marks[index] not in {"AND", "OR", "(", "BETWEEN"}:
            index = self.shape.opening[index] - 1 if self.marks[index] == ")" else index - 1
        return index if index > 0 and self.marks[index] == "BETWEEN" else 0

    def _in_array(self) -> int:
        """The comparison in front of the `ANY (ARRAY[` whose item stands here; 0: none does."""
        index = self.at - 1
        while index > self.clause_start and self.shape.tokens[index].text != "[":
            if self.shape.tokens[index].text in {"]", "("}:
                return 0
            index -= 1
        found = self.marks[max(index - 3, 0) : index]
        is_array = self.prev in {"[", ","} and found[1:] == ["(", "ARRAY"]
        is_compared = is_array and found[0] in {"ANY", "SOME", "ALL"}
        return index - 4 if is_compared and self.marks[index - 4] in _COMPARISONS else 0

    def _cased(self) -> tuple[str, ...]:
        """What `CASE x WHEN` compares."""
        depth, index = 0, self.at - 2
        while index >= self.query.start:
            mark = self.marks[index]
            if mark == "END":
                depth += 1
            elif mark == "CASE" and depth == 0:
                parts, end = self.shape.dotted(index + 1)
                return parts if self.shape.mark(end) == "WHEN" else ()
            elif mark == "CASE":
                depth -= 1
            index -= 1
        return ()

    def name_before(self, end: int) -> tuple[str, ...]:
        """The dotted name that ends in front of the token `end`."""
        if self.shape.mark(end - 1) == "NOT":
            end -= 1
        parts: list[str] = []
        index = end - 1
        while self.shape.is_name(index):
            parts.insert(0, self.shape.name(index))
            if self.shape.mark(index - 1) != ".":
                break
            index -= 2
        return tuple(parts)
