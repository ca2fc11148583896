"""Conditions an index, or the rowid, would serve, were they written on the bare column."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from studio.backends.sqlite.plans.query_shape import lex, name_of
from studio.backends.sqlite.plans.query_terms import QueryTerm
from studio.sqltext.tokens import Token


class ColumnRewrite(NamedTuple):
    """A bare column in place of an expression that only shifts or converts it."""

    column: str
    """Lower case."""
    says: str
    doubt: str


def rewrite(
    term: QueryTerm, indexed: AbstractSet[str], rowids: AbstractSet[str]
) -> ColumnRewrite | None:
    """What to write instead of an expression over a column an index begins with, or over the rowid,
    which is always a whole number; None where no other spelling keeps the condition.
    """
    if not term.is_expression or term.use not in {"equality", "range"}:
        return None
    tokens, other_side, doubt = lex(term.column), "", "numbers"
    if shift := _shift(tokens):
        column, other_side = shift
    elif term.use == "range":
        # As text, 10 comes before 9.
        return None
    elif column := _joined_with_nothing(tokens):
        doubt = "text"
    else:
        column, other_side = _cast(tokens, rowids), ", and a number on the other side"
    if column not in indexed | rowids:
        return None
    only = "" if column in rowids else f"The same rows where {column} holds {doubt} only."
    return ColumnRewrite(column, f"Write {column} instead of {term.column}{other_side}.", only)


def _shift(tokens: Sequence[Token]) -> tuple[str, str] | None:
    """`id + 5`, `5 + id`, `id - 5`: the column, and what becomes of the other side."""
    if len(tokens) != 3 or tokens[1].text not in {"+", "-"}:  # noqa: PLR2004 - a sum of two
        return None
    name, sign, number = tokens
    if sign.text == "+" and name.text.isdecimal():
        name, number = number, name
    if not name_of(name) or not number.text.isdecimal():
        return None
    if not number.text.strip("0"):
        return name_of(name), ""
    back = "-" if sign.text == "+" else "+"
    return name_of(name), f", and put {back} {number.text} on the other side"


def _joined_with_nothing(tokens: Sequence[Token]) -> str:
    """The column of `ref || ''`."""
    match [token.text for token in tokens]:
        case [_, "||", "''"]:
            return name_of(tokens[0])
        case ["''", "||", _]:
            return name_of(tokens[2])
    return ""


def _cast(tokens: Sequence[Token], rowids: AbstractSet[str]) -> str:
    """The column of `CAST(id AS TEXT)`, where that is a rowid: another column may hold anything."""
    match [token.text.upper() for token in tokens]:
        case ["CAST", "(", _, "AS", _, ")"]:
            return name_of(tokens[2]) if name_of(tokens[2]) in rowids else ""
    return ""
