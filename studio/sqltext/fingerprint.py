"""What a statement is, whatever values stand in it: the key of its history of plans."""

import hashlib

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import TokenKind, code, lex

_VALUES = frozenset({TokenKind.STRING, TokenKind.NUMBER, TokenKind.PARAMETER})


def normalised(text: str, syntax: Syntax) -> str:
    """The statement without comments, with one space between tokens, values as `?`.

    Lists of values of any length are alike: `IN (1, 2, 3)` is `in ( ? )`.
    """
    words: list[str] = []
    for token in code(lex(text, syntax)):
        if token.kind in _VALUES:
            word = "?"
        elif token.kind is TokenKind.WORD:
            word = token.word.lower()
        else:
            word = token.text
        if word == "?" and words[-2:] == ["?", ","]:
            words.pop()
            continue
        words.append(word)
    return " ".join(words).rstrip("; ")


def fingerprint(text: str, syntax: Syntax) -> str:
    """Sixteen hexadecimal digits, the same for statements that differ in values only."""
    data = normalised(text, syntax).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:16]
