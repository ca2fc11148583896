"""Statements without the secrets that stand in them: what may be kept of them."""

import re
from collections.abc import Sequence

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, lex

LEFT_OUT = "<secret>"
"""In place of a value. No engine takes it: a statement that lost one cannot run by mistake."""
_NAMES = r"pass(?:word|wd|phrase)|pwd|secret|token|api_?key|private_?key|credential"
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
_USER_PART = re.compile(r"(://[^\s/:@'\"]*:)[^\s@'\"]+(?=@)")
_IN_TEXT = re.compile(
    # libpq's keywords, parameters of a URL, members of a JSON object, psql's own variables.
    rf"((?:{_NAMES})\w*[\"']?\s*[=:]\s*)(\"[^\"]*\"|'{{2}}[^']*'{{2}}|[^\s'\"&;,)}}]+)",
    re.IGNORECASE,
)
_QUOTED = frozenset({TokenKind.STRING, TokenKind.BROKEN})
_VALUES = _QUOTED | {TokenKind.NAME, TokenKind.NUMBER}
_BETWEEN = frozenset({"=", ":=", "=>", "TO"})


def without_secrets(text: str, syntax: Syntax) -> str:
    """`text` with `LEFT_OUT` for what stands behind PASSWORD, PROGRAM, IDENTIFIED BY and names
    like these, and without the passwords inside strings and comments. The same text: it has none.
    """
    tokens = lex(text, syntax)
    seen = [place for place, token in enumerate(tokens) if token.is_code]
    parts = [_inside(token) for token in tokens]
    for nth, place in enumerate(seen):
        if _is_secret(tokens, seen, nth):
            parts[place] = LEFT_OUT
    return "".join(parts)


def names_secret(name: str) -> bool:
    """Whether what is called so is nobody else's to see."""
    return _SECRET_NAME.search(name) is not None


def _is_secret(tokens: Sequence[Token], seen: Sequence[int], nth: int) -> bool:
    value = tokens[seen[nth]]
    if value.kind not in _VALUES or nth == 0:
        return False
    before = tokens[seen[nth - 1]]
    if before.mark in _BETWEEN and nth > 1:
        return _names_secret(tokens[seen[nth - 2]])
    if value.kind not in _QUOTED:
        return False
    if before.mark == "BY" and nth > 1:
        return tokens[seen[nth - 2]].mark == "IDENTIFIED"
    if before.mark == "," and nth > 1:
        # The name and the value of set_config.
        name = tokens[seen[nth - 2]]
        return name.kind is TokenKind.STRING and _is_short_name(name.text)
    return before.mark == "PROGRAM" or (
        before.kind in {TokenKind.WORD, TokenKind.NAME} and _names_secret(before)
    )


def _names_secret(token: Token) -> bool:
    is_name = token.kind in {TokenKind.WORD, TokenKind.NAME}
    return is_name and names_secret(token.text)


def _is_short_name(quoted: str) -> bool:
    name = quoted.strip("'")
    return names_secret(name) and re.fullmatch(r"[\w.]+", name) is not None


def _inside(token: Token) -> str:
    if token.kind not in {*_QUOTED, TokenKind.COMMENT, TokenKind.META, TokenKind.DATA}:
        return token.text
    text = _USER_PART.sub(rf"\1{LEFT_OUT}", token.text)
    return _IN_TEXT.sub(rf"\1{LEFT_OUT}", text)
