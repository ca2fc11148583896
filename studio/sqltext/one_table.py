"""Whether a query's rows are rows of one table, each value that of the column it is called by."""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, code, lex, unquoted

_NAMES = {TokenKind.WORD, TokenKind.NAME}
_CHOOSING = {"WHERE", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR"}
"""What may stand behind the table: it chooses rows, and makes none."""
_MAKING = {"UNION", "INTERSECT", "EXCEPT", "GROUP", "HAVING", "JOIN", "WINDOW"}


@dataclass(frozen=True, slots=True)
class OneTable:
    """The table a query's rows are of, or why they are of none."""

    name: tuple[str, ...] = ()
    why_not: str = ""


def one_table(text: str, syntax: Syntax) -> OneTable:
    """`SELECT a, t.b FROM t WHERE …`, `SELECT * FROM t`, `TABLE t`; everything else is none."""
    tokens = [token for token in code(lex(text, syntax)) if token.text != ";"]
    first = tokens[0].word if tokens else ""
    if first == "TABLE":
        name, rest = _dotted(tokens[1:], syntax)
        return OneTable(name) if name and not rest else OneTable(why_not="it is no plain TABLE")
    if first != "SELECT":
        return OneTable(why_not=f"{first or 'it'} is no plain SELECT")
    begins = next((i for i, t in _outside(tokens) if t.word == "FROM"), None)
    if begins is None:
        return OneTable(why_not="it has no FROM")
    for item in _items(tokens[1:begins]):
        if not _is_column(item):
            said = " ".join(text[item[0].start : item[-1].end].split()) if item else "nothing"
            return OneTable(why_not=f"{said} is no column by its own name")
    return _source(tokens[begins + 1 :], syntax)


def _source(tokens: Sequence[Token], syntax: Syntax) -> OneTable:
    if tokens and tokens[0].word == "ONLY":
        tokens = tokens[1:]
    name, rest = _dotted(tokens, syntax)
    if not name:
        return OneTable(why_not="its FROM names no table")
    if rest and rest[0].word == "AS":
        rest = rest[1:]
    if rest and rest[0].kind in _NAMES and rest[0].word not in _CHOOSING | _MAKING:
        rest = rest[1:]
    if rest and rest[0].word not in _CHOOSING:
        return OneTable(why_not=f"{rest[0].text} makes rows of more than one table's own")
    for _, token in _outside(rest):
        if token.word in _MAKING:
            return OneTable(why_not=f"{token.text} makes rows of its own")
    return OneTable(name)


def _dotted(tokens: Sequence[Token], syntax: Syntax) -> tuple[tuple[str, ...], Sequence[Token]]:
    """The name that begins here, and what follows it."""
    parts: list[str] = []
    place = 0
    while place < len(tokens) and tokens[place].kind in _NAMES:
        parts.append(unquoted(tokens[place], syntax))
        place += 1
        if place >= len(tokens) or tokens[place].text != ".":
            return tuple(parts), tokens[place:]
        place += 1
    return (), tokens


def _items(tokens: Sequence[Token]) -> list[list[Token]]:
    items: list[list[Token]] = [[]]
    commas = {i for i, token in _outside(tokens) if token.text == ","}
    for place, token in enumerate(tokens):
        if place in commas:
            items.append([])
        else:
            items[-1].append(token)
    return items


def _is_column(item: Sequence[Token]) -> bool:
    """`a`, `t.a`, `*`, `t.*`."""
    if not item or (item[-1].text != "*" and item[-1].kind not in _NAMES):
        return False
    if any(token.kind not in _NAMES for token in item[:-1:2]):
        return False
    return len(item) % 2 == 1 and all(token.text == "." for token in item[1::2])


def _outside(tokens: Sequence[Token]) -> list[tuple[int, Token]]:
    """The tokens in no brackets."""
    found, depth = [], 0
    for place, token in enumerate(tokens):
        depth -= token.text in {")", "]"}
        if depth == 0:
            found.append((place, token))
        depth += token.text in {"(", "["}
    return found
