"""What the place of a cursor wants, found by the words and signs around it."""

from dataclasses import replace

from studio.sqltext.places import following
from studio.sqltext.places.around import Around
from studio.sqltext.places.commands import command_place
from studio.sqltext.places.place import Looked, Place, WantedHere
from studio.sqltext.places.query import QuerySource
from studio.sqltext.places.shape import StatementShape
from studio.sqltext.places.signs import NOT_AN_ALIAS, SET_OPERATIONS
from studio.sqltext.places.spot import OPERAND_FOLLOWS, Spot
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind


def look(around: Around, syntax: Syntax) -> Looked:
    """What the cursor of `around` stands in."""
    has_word = around.word_end > around.word_start or bool(around.quote)
    at = len(around.left)
    typed = (Token(TokenKind.WORD, around.word or "_", around.word_start),) if has_word else ()
    tokens = (*around.left, *typed, *around.right)
    # What is being typed is no keyword yet.
    marks = [*around.left_marks, *("" for _ in typed), *around.right_marks]
    shape = StatementShape(tokens, marks, syntax, at if has_word else -1)
    if not around.is_code:
        return Looked(around, shape, Place(WantedHere.NOTHING, shape.queries[0]), at)
    return Looked(around, shape, _Finder(shape, at).find(), at)


_MEANT_AT_LEAST = 4
_IN_TEXT = frozenset({"LIKE", "ILIKE", "GLOB", "REGEXP", "TO", "ESCAPE", "LIMIT", "OFFSET"})


class _Finder(Spot):
    """Looks at one place."""

    # -- where -----------------------------------------------------------------------------------

    def find(self) -> Place:
        """What is wanted."""
        if self._begins():
            return replace(self.base, wanted=WantedHere.START)
        if self.prev == "::":
            return replace(self.base, wanted=WantedHere.TYPE)
        if self.prev == "AS":
            return self._behind_as()
        if self.prev == "COLLATE":
            return replace(self.base, wanted=WantedHere.OBJECT, kind="collation")
        found = command_place(self.shape, self.at, self.base)
        if found is not None:
            return found
        if self.clause == "WITH" and not self._in_subquery():
            return self._in_with()
        if self.query.table is not None and self.at == self.query.start:
            return replace(self.base, wanted=WantedHere.START)
        if self.paren >= 0 and (found := self._in_parentheses()) is not None:
            return found
        return self._in_clause()

    def _begins(self) -> bool:
        before = self.marks[: self.at]
        if not before or self.shape.tokens[self.at - 1].text == ";":
            return True
        if before[0] == "EXPLAIN":
            rest = [m for m in before[1:] if m not in {"ANALYZE", "VERBOSE", "QUERY", "PLAN"}]
            if not rest or (rest[0] == "(" and self.shape.closing[1] == self.at - 1):
                return self.prev != "QUERY"
        return self.prev == "BEGIN" and before[0] == "CREATE"

    def _in_subquery(self) -> bool:
        return self.query.start > self.clause_start

    def _behind_as(self) -> Place:
        paren = self.paren
        if paren >= 0 and self.shape.mark(paren - 1) in {"CAST", "TRY_CAST"}:
            return replace(self.base, wanted=WantedHere.TYPE)
        if self.clause == "WITH" and not self._in_subquery():
            return self.words("(", "MATERIALIZED", "NOT MATERIALIZED")
        if self.marks[0] == "CREATE" and not self.query.clauses:
            return replace(self.base, wanted=WantedHere.START)
        return self.base

    def _in_with(self) -> Place:
        """Between WITH and the verb: names are the person's own."""
        closes_table = any(
            table.query is not None and table.query.end == self.at - 1
            for table in self.query.with_tables
        )
        if closes_table:
            return self.words(*following.BEHIND_WITH)
        if self.prev in {"WITH", ",", "RECURSIVE", "(", "MATERIALIZED"}:
            return self.words("RECURSIVE") if self.prev == "WITH" else self.base
        return self.words("AS")

    # -- in parentheses --------------------------------------------------------------------------

    def _in_parentheses(self) -> Place | None:
        """What the parenthesis around the cursor is for, where it is not an expression's."""
        paren, before = self.paren, self.shape.mark(self.paren - 1)
        at_item = self.prev in {"(", ","}
        if self.query.filled_from == paren and paren > 0:
            wanted = WantedHere.FILLED if at_item else WantedHere.NOTHING
            return replace(self.base, wanted=wanted, listed=self._listed())
        if before == "USING" and self.clause in {"FROM", "USING"}:
            return replace(
                self.base, wanted=WantedHere.SHARED, join=self._last_source(), listed=self._listed()
            )
        if before == "OVER" or (self.clause == "WINDOW" and before == "AS"):
            return self._in_window()
        if before == "CONFLICT":
            return replace(self.base, wanted=WantedHere.UNIQUE, listed=self._listed())
        if before == "SET":
            return replace(self.base, wanted=WantedHere.CHANGED, listed=self._listed())
        if self.clause == "VALUES" and before in {"VALUES", ","} and at_item:
            return self._in_values()
        if before == "IN" and at_item:
            place = self.operand(compared=self.name_before(paren - 1), takes_values=True)
            written = self.shape.tokens[paren + 1 : self.shape.closing[paren]]
            place = replace(place, listed=tuple(token.text for token in written))
            return replace(place, words=("SELECT", *place.words)) if self.prev == "(" else place
        if self._names_columns(paren):
            return self.base
        if before == "RAISE" and self.prev == "(":
            return self.words(*following.RAISED)
        if before == "WITHIN" or (before == "GROUP" and self.prev == "("):
            return self.words("ORDER BY")
        if before == "FILTER" and self.prev == "(":
            return self.words("WHERE")
        if before in {"EXISTS", "FROM", "JOIN"} and self.prev == "(":
            if before == "EXISTS":
                return self.words("SELECT")
            return replace(self.base, wanted=WantedHere.RELATION, words=("SELECT", "VALUES"))
        return None

    def _listed(self) -> tuple[str, ...]:
        return self.shape.names_in(self.paren)

    def _last_source(self) -> QuerySource | None:
        before = [source for source in self.query.sources if source.start < self.at]
        return max(before, key=lambda source: source.start, default=None)

    def _names_columns(self, paren: int) -> bool:
        """Whether the parenthesis lists the names of an alias."""
        if self.clause not in {"FROM", "USING"} or not self._is_named(paren):
            return False
        before = self.shape.mark(paren - 2)
        if before in {"AS", ")"}:
            return True
        if before in {"LATERAL", "JOIN", "FROM", ",", "("}:
            return False  # It is called.
        return any(s.has_alias and s.start < paren - 1 <= s.end for s in self.query.sources)

    def _is_named(self, paren: int) -> bool:
        """Whether a name stands in front of a parenthesis, and no keyword."""
        return self.shape.is_name(paren - 1) and self.shape.mark(paren - 1) not in NOT_AN_ALIAS

    def _in_window(self) -> Place:
        if self.prev in {"(", "BASE"}:
            return self.words(*following.IN_WINDOW)
        if self.prev in {"PARTITION", "ORDER"}:
            return self.words("BY")
        if self.prev in {"ROWS", "RANGE", "GROUPS"}:
            return self.words(*following.FRAMES)
        if (bounds := self._bounds()) is not None:
            return self.words(*bounds)
        if self.wants_operand():
            return self.operand()
        return self.words(*following.BEHIND_WINDOW_ITEM)

    def _bounds(self) -> tuple[str, ...] | None:
        """What may stand in the frame of a window, where the cursor is behind ROWS and its like."""
        frame = [m for m in self.marks[self.paren : self.at] if m in following.FRAME_WORDS]
        if not frame or self.prev == ",":
            return None
        return following.IN_FRAME.get(self.prev, following.BEHIND_BOUND)

    def _in_values(self) -> Place:
        index = 0
        for first, _ in self.shape.items(self.paren + 1, self.at):
            index += first < self.at
        index = sum(1 for _ in self.shape.items(self.paren + 1, self.at)) - (
            self.prev not in {"(", ","}
        )
        filled = self.query.filled
        names = filled or ()
        column = names[index] if index < len(names) else ""
        return self.operand(column=column, column_index=-1 if filled else index, takes_values=True)

    # -- in a clause -----------------------------------------------------------------------------

    def _in_clause(self) -> Place:
        clause = self.clause
        if self.prev == "ALL" and self.shape.mark(self.at - 2) in SET_OPERATIONS:
            return self.words("SELECT", "VALUES")
        if self._is_misspelt():
            return replace(self.operand(), wanted=WantedHere.ITEM)
        if clause in {"FROM", "USING"}:
            return self._in_from()
        if clause == "UPDATE" and self.query.verb == "UPDATE":
            if self.prev in {"UPDATE", "ONLY"} or self.shape.mark(self.at - 2) == "OR":
                return replace(self.base, wanted=WantedHere.TARGET, words=("OR",))
            return self.words("OR" if self.prev == "UPDATE" else "SET", "AS")
        if clause == "INTO":
            if self.prev == "INTO":
                return replace(self.base, wanted=WantedHere.TARGET)
            return self.words(*following.behind_into(self.query.verb))
        if clause == "ON CONFLICT":
            return self._in_conflict()
        if clause == "SET" and self.prev in {"SET", ","} and self.at_clause_depth():
            return replace(self.base, wanted=WantedHere.CHANGED, listed=self._set_already())
        if clause == "WINDOW" and self.at_clause_depth():
            return self.words("AS") if self.prev not in {"WINDOW", ","} else self.base
        if self.query.verb == "INSERT" and self.prev == "ON":
            return self.words("CONFLICT")
        if self.query.verb == "MERGE" and clause == "WHEN" and self.at_clause_depth():
            if self.prev in {"WHEN", "NOT"}:
                return self.words("MATCHED", "NOT MATCHED")
            if self.prev == "THEN":
                return self.words(*following.BEHIND_THEN)
        if self.prev == "NOT" and self.shape.mark(self.at - 2) == "IS":
            return self.words("NULL", "TRUE", "FALSE", "DISTINCT FROM", "UNKNOWN")
        if self.prev == "NOT" and self._ends_operand(self.at - 2):
            return self.words(*following.NEGATED)
        if self.wants_operand():
            return self._wanted_operand()
        return self._behind_operand()

    def _is_misspelt(self) -> bool:
        """Whether the first word is meant as SELECT: FROM says what may be selected."""
        word = self.prev
        return (
            self.at == self.query.start + 1
            and bool(self.query.sources)
            and word[:1] == "S"
            and len(word) >= _MEANT_AT_LEAST
            and set(word) <= set("SELECT")
            and word not in {"SELECT", "SET"}
        )

    def _ends_operand(self, index: int) -> bool:
        """Whether the token at `index` is the end of an operand."""
        if index < self.query.start:
            return False
        token = self.shape.tokens[index]
        if token.kind is TokenKind.OPERATOR:
            return False
        if token.kind is TokenKind.PUNCTUATION:
            return token.text in {")", "]"}
        return self.marks[index] not in OPERAND_FOLLOWS

    def _set_already(self) -> tuple[str, ...]:
        bounds = self.query.clause("SET")
        if bounds is None:
            return ()
        items = self.shape.items(*bounds)
        return tuple(self.shape.name(i) for i, _ in items if self._is_set(i))

    def _is_set(self, index: int) -> bool:
        return self.shape.is_name(index) and self.shape.mark(index + 1) == "="

    def _in_from(self) -> Place:
        last = self._last_source()
        if last is not None and last.on_start and last.on_start <= self.at and not self._is_next():
            return self._in_on(last)
        if self.paren > self.clause_start and self._is_named(self.paren):
            # The arguments of a function.
            return self.operand() if self.wants_operand() else self._behind_operand()
        if self.prev in {"FROM", "JOIN", ",", "USING", "ONLY", "(", "LATERAL"}:
            return replace(
                self.base,
                wanted=WantedHere.RELATION,
                joins=self.prev == "JOIN"
                and not {"NATURAL", "CROSS"} & set(self.marks[self.at - 3 : self.at]),
                words=("SELECT",) if self.prev == "(" else ("LATERAL",),
            )
        if self.prev == "TABLESAMPLE":
            return replace(self.words("BERNOULLI", "SYSTEM"), kind="option")
        if self.prev == "BY" and self.shape.mark(self.at - 2) == "INDEXED":
            of = last.parts if last is not None else ()
            return replace(self.base, wanted=WantedHere.OBJECT, kind="index", of=of)
        if self.prev in following.AFTER:
            return self.words(*following.AFTER[self.prev])
        if self.prev in following.JOINS:
            return self.words(*following.JOINS[self.prev])
        needs_on = bool(last is not None and last.joined and not last.on_start and not last.shared)
        return self.words(*following.behind_source(self.query.verb, needs_on=needs_on))

    def _is_next(self) -> bool:
        """Whether another item of FROM is begun here, behind the condition of the last one."""
        return self.prev in {"JOIN", *following.JOINS} or (
            self.prev == "," and self._at_from_depth()
        )

    def _at_from_depth(self) -> bool:
        return self.paren < self.clause_start

    def _in_on(self, join: QuerySource) -> Place:
        if not self.wants_operand():
            words = following.BEHIND_CONDITION + following.behind_source(self.query.verb)
            return self._behind_operand(words)
        place = self.operand(join=join)
        at_start = self.at == join.on_start or self.prev in {"AND", "ON"}
        if at_start or (self.prev == "(" and self.paren >= join.on_start):
            return replace(place, wanted=WantedHere.CONDITION)
        return place

    def _in_conflict(self) -> Place:
        if self.prev == "CONFLICT":
            return self.words("(", "ON CONSTRAINT", "DO NOTHING", "DO UPDATE SET")
        if self.prev == "ON":
            return self.words("CONSTRAINT")
        if self.prev == "CONSTRAINT":
            return replace(self.base, wanted=WantedHere.CONSTRAINT)
        if self.prev == "DO":
            return self.words("NOTHING", "UPDATE SET")
        return self.words("DO NOTHING", "DO UPDATE SET", "WHERE")

    # -- operands --------------------------------------------------------------------------------

    def _wanted_operand(self) -> Place:
        place = self.operand()
        at_item = self.at_clause_depth() and self.prev in {
            ",", "BY", "SELECT", "DISTINCT", "ALL", "RETURNING"
        }  # fmt: skip
        if self.prev in _IN_TEXT:
            return replace(place, wanted=WantedHere.NOTHING)
        if self.clause == "ORDER BY" and at_item:
            return replace(place, wanted=WantedHere.ORDER)
        if self.clause == "GROUP BY" and at_item:
            return replace(place, wanted=WantedHere.GROUP)
        if self.clause in {"SELECT", "RETURNING"} and at_item:
            first = self.prev == "SELECT"
            words = (("DISTINCT", "ALL") if first else ()) + place.words
            return replace(place, wanted=WantedHere.ITEM, words=words)
        if self.clause == "WHERE" and self.prev in {"WHERE", "AND"} and self.at_clause_depth():
            return replace(place, wanted=WantedHere.CONDITION)
        return place

    def _behind_operand(self, words: tuple[str, ...] | None = None) -> Place:
        """What may follow an operand that is whole."""
        if self.prev in following.AFTER:
            return self.words(*following.AFTER[self.prev])
        if self.paren >= self.clause_start and words is None:
            inner = following.in_parentheses(self.shape.mark(self.paren - 1))
            return self.words(*inner)
        if words is None:
            words = following.behind_operand(self.clause, self.query.verb)
        if self._in_case():
            words = ("THEN", "ELSE", "END", "WHEN", "AND", "OR", *words)
        is_call = self.prev == ")"
        if is_call and self.clause in {"SELECT", "ORDER BY", "RETURNING"}:
            words = (*words, "OVER", "FILTER", "WITHIN GROUP")
        if self.prev == "OVER":
            return replace(self.base, wanted=WantedHere.WINDOW, words=("(",))
        return self.words(*words)

    def _in_case(self) -> bool:
        marks = self.marks[self.clause_start : self.at]
        return marks.count("CASE") > marks.count("END")
