"""What people type on the left of a comparison, where an engine computes it: `total * 2`,
`profile->>'age'`.
"""

import re
from collections.abc import Callable

from studio.backends.halves.operators import Operators
from studio.model.term import Constant, Named, Operation, Term
from studio.rows.literal import Literal, quoted
from studio.rows.scan import FilterInvalid, Scanner

SIGNS = {
    "=": "=",
    "==": "=",
    "!=": "!=",
    "<>": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
    "~": "contains",
    "!~": "not contains",
}
"""Signs of every engine, and what each says."""
_PATHS = {"->", "->>"}
_WORD = re.compile(r"[^\W\d]\w*")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DEPTH = 40


class Terms:
    """Reads terms at a place in the text."""

    def __init__(self, at: Scanner, operators: Operators) -> None:
        self._at = at
        self._binds = operators.computes
        self._known = dict.fromkeys((*SIGNS, *sorted(operators.compares), *operators.computes))
        self._depth = self._made = 0

    def sign(self) -> str | None:
        """The operator that is next, not taken. Raises FilterInvalid for signs that are none."""
        return self._at.operator(self._known)

    def term(self) -> Term | None:
        """Take a term that has a column in it; None, and nothing taken, where none begins."""
        start = self._at.skip()
        begins = self._at.text[start : start + 1]
        named = self._at.column()
        if named is not None:
            return self._continued(Named(named), 0)
        # A number or a parenthesis begins other things too.
        found = None
        if begins in {"(", "'"} or begins.isdigit():
            found = self._tried(lambda: self._operand(0))
        if found is None or isinstance(found, Constant) or not _has_column(found):
            self._at.position = start
            return None
        return found

    def _tried(self, read: Callable[[], Term]) -> Term | None:
        try:
            return read()
        except FilterInvalid:
            return None

    def _continued(self, left: Term, least: int) -> Term:
        while (sign := self.sign()) is not None and self._binds.get(sign, -1) >= least:
            self._made += 1
            if self._made > _DEPTH:
                raise self._at.error("a simpler filter, with fewer operators")
            self._at.take(sign)
            left = Operation(sign, left, self._operand(self._binds[sign] + 1, sign))
        return left

    def _operand(self, least: int, after: str = "") -> Term:
        self._depth += 1
        try:
            if self._depth > _DEPTH:
                raise self._at.error("a simpler filter, nested less deeply")
            return self._continued(self._single(after), least)
        finally:
            self._depth -= 1

    def _single(self, after: str) -> Term:
        if (name := self._at.column()) is not None:
            return Named(name)
        if (number := self._at.number()) is not None:
            return Constant(number, is_number=True)
        start = self._at.skip()
        if self._at.text[start : start + 1] in {"'", "e", "E"}:
            text = self._at.quoted() if "'" in self._at.text[start : start + 2] else None
            if text is not None:
                return Constant(text)
        if after in _PATHS and (word := self._at.match(_WORD)) is not None:
            return Constant(word.group())
        if self._at.sign("("):
            inner = self._operand(0)
            if not self._at.sign(")"):
                raise self._at.error("a closing )")
            return inner
        raise self._at.error("a column, a number, or a text in quotes")


def constant(literal: Literal) -> Constant:
    """The right side of a comparison whose left has no column's type."""
    match literal.value:
        case None | str():
            is_number = not literal.quoted and bool(_NUMBER.fullmatch(literal.text))
            return Constant(literal.text, is_number)
        case bytes(raw):
            return Constant(f"\\x{raw.hex()}")
        case bool(truth):
            return Constant("true" if truth else "false")
    text = str(literal.value)
    return Constant(text, bool(_NUMBER.fullmatch(text)))


def written(term: Term, operators: Operators, name: Callable[[str], str]) -> str:
    """The text that reads as `term` again; `name` writes a column's name."""
    match term:
        case Named(column):
            return name(column)
        case Constant(text, is_number):
            return text if is_number else quoted(text)
        case Operation(sign, left, right):
            binds = operators.computes.get(sign, 0)
            sides = [written(side, operators, name) for side in (left, right)]
            for place, side in enumerate((left, right)):
                if isinstance(side, Operation):
                    looser = operators.computes.get(side.operator, 0) < binds + place
                    sides[place] = f"({sides[place]})" if looser else sides[place]
            return f"{sides[0]} {sign} {sides[1]}"


def _has_column(term: Term) -> bool:
    match term:
        case Operation(_, left, right):
            return _has_column(left) or _has_column(right)
    return isinstance(term, Named)
