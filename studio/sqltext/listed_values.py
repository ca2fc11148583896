"""The values a CHECK allows, where it is a list: `c IN ('a', 'b')`, or as PostgreSQL prints it."""

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, seen, unquoted

_WRAPS = frozenset({"(", ")", "CHECK"})
_LITERALS = frozenset({TokenKind.STRING, TokenKind.NUMBER})


def listed_values(expression: str, syntax: Syntax) -> tuple[str, tuple[str, ...]]:
    """The column, and the literals as they are written; both empty for any other condition."""
    tokens = [t for t in seen(expression, syntax) if t.mark not in _WRAPS or t.text == "CHECK"]
    tokens = [t for t in tokens if t.mark != "CHECK"]
    if len(tokens) < 3 or tokens[0].kind not in {TokenKind.WORD, TokenKind.NAME}:  # noqa: PLR2004
        return "", ()
    rest = _without_casts(tokens[1:])
    marks = [token.mark for token in rest]
    if marks[:1] == ["IN"]:
        rest = rest[1:]
    elif marks[:4] == ["=", "ANY", "ARRAY", "["]:
        rest = [token for token in rest[4:] if token.text != "]"]
    else:
        return "", ()
    values, commas = rest[::2], rest[1::2]
    if any(t.kind not in _LITERALS for t in values) or any(t.text != "," for t in commas):
        return "", ()
    return unquoted(tokens[0], syntax), tuple(token.text for token in values)


def _without_casts(tokens: list[Token]) -> list[Token]:
    """The tokens without `::type`, whatever words the type has."""
    kept: list[Token] = []
    in_type = False
    for token in tokens:
        if token.text == "::":
            in_type = True
        elif in_type and (token.kind is TokenKind.WORD or token.kind is TokenKind.NAME):
            in_type = token.mark not in {"IN", "ANY"}
            if not in_type:
                kept.append(token)
        elif in_type and token.text in {"[", "]"} and not kept[-1:]:
            continue
        else:
            in_type = False
            kept.append(token)
    return kept
