"""An expression as PostgreSQL deparses it, cut into words: a name with its qualifiers is one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from studio.sqltext.syntax import POSTGRESQL, ParameterStyle
from studio.sqltext.tokens import Token, TokenKind, seen

PRINTED = replace(
    POSTGRESQL,
    parameters=frozenset({ParameterStyle.DOLLAR_NUMBER}),
    nested_comments=False,
    dollar_quotes=False,
    copy_data=False,
    meta_commands=False,
)
"""What the server prints: no comment, no dollar quote, and a colon is part of a slice."""
INIT_PLAN = ("(", "InitPlan", "0", ")", ".")
LONGEST = 20_000
"""Characters of an expression we look at; a longer one is a list of constants."""


class PredicateWord(NamedTuple):
    """One word of an expression; a name with its qualifiers is one."""

    kind: TokenKind
    text: str
    qualifier: str = ""
    """What stands before the last dot of a name, as written."""
    column: str = ""
    """The last part of a name, as written; "" for what is no name."""

    @property
    def is_name(self) -> bool:
        """Whether it names something or is a word of SQL."""
        return bool(self.column)

    @property
    def is_cast(self) -> bool:
        """Whether a type follows."""
        return self.text == "::"


def lex(expression: str) -> list[PredicateWord]:
    """Cut an expression into its words.

    `(InitPlan 1).col1`, as 17 and later write a parameter, becomes `$1`.
    """
    tokens = seen(expression[:LONGEST], PRINTED)
    found: list[PredicateWord] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if number := _init_plan(tokens[place : place + 6]):
            found.append(PredicateWord(TokenKind.PARAMETER, f"${number}"))
            place += 6
        elif not _is_name(token):
            found.append(PredicateWord(token.kind, token.text))
            place += 1
        else:
            last = _last_part(tokens, place)
            qualifier = expression[token.start : tokens[last - 1].start] if last > place else ""
            text = expression[token.start : tokens[last].end]
            found.append(PredicateWord(tokens[last].kind, text, qualifier, tokens[last].text))
            place = last + 1
    return found


def _init_plan(tokens: Sequence[Token]) -> str:
    """The number in `(InitPlan 1).col1` when that comes next, else ""."""
    if tokens[0].text != "(" or len(tokens) <= len(INIT_PLAN):
        return ""
    number = tokens[2].text
    shape = tuple("0" if place == 2 else tokens[place].text for place in range(5))  # noqa: PLR2004 - the number's place
    return number if shape == INIT_PLAN and number.isdecimal() else ""


def _last_part(tokens: Sequence[Token], place: int) -> int:
    """The place of `c` in `a.b.c`, written without blanks; of the name itself when it is alone."""
    while (
        place + 2 < len(tokens)
        and tokens[place + 1].text == "."
        and tokens[place + 1].start == tokens[place].end
        and _is_name(tokens[place + 2])
    ):
        place += 2
    return place


def _is_name(token: Token) -> bool:
    return token.kind is TokenKind.WORD or token.kind is TokenKind.NAME
