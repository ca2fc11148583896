"""The values a CHECK allows, where it is a list: `c IN ('a', 'b')`, `c = 'a' OR c = 'b'`, with
`OR c IS NULL` or without, or as PostgreSQL prints these.
"""

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, seen, unquoted

_WRAPS = frozenset({"(", ")", "CHECK"})
_LITERALS = frozenset({TokenKind.STRING, TokenKind.NUMBER})


def listed_values(expression: str, syntax: Syntax) -> tuple[str, tuple[str, ...]]:
    """The column, and the literals as they are written; both empty for any other condition."""
    tokens = [t for t in seen(expression, syntax) if t.mark not in _WRAPS or t.text == "CHECK"]
    tokens = [t for t in tokens if t.mark != "CHECK"]
    names: set[str] = set()
    values: list[str] = []
    for part in _parted(tokens):
        if [token.mark for token in part[1:]] == ["IS", "NULL"]:
            names.add(unquoted(part[0], syntax))
            continue
        name, found = _listed(part, syntax)
        names.add(name)
        values += found
    if len(names) != 1 or "" in names or not values:
        return "", ()
    return names.pop(), tuple(dict.fromkeys(values))


def _parted(tokens: list[Token]) -> list[list[Token]]:
    """What OR connects."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.mark == "OR":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _listed(tokens: list[Token], syntax: Syntax) -> tuple[str, tuple[str, ...]]:
    """The same of one part."""
    if len(tokens) < 3 or tokens[0].kind not in {TokenKind.WORD, TokenKind.NAME}:  # noqa: PLR2004
        return "", ()
    rest = _without_casts(tokens[1:])
    marks = [token.mark for token in rest]
    if marks[:1] == ["IN"]:
        rest = rest[1:]
    elif marks[:4] == ["=", "ANY", "ARRAY", "["]:
        rest = [token for token in rest[4:] if token.text != "]"]
    elif marks[:1] == ["="]:
        rest = rest[1:2] if len(rest) == 2 else []  # noqa: PLR2004
    else:
        return "", ()
    values, commas = rest[::2], rest[1::2]
    if (
        not values
        or any(t.kind not in _LITERALS for t in values)
        or any(t.text != "," for t in commas)
    ):
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
