"""Where a COPY of PostgreSQL takes its rows from or sends them to."""

from enum import Enum
from itertools import pairwise

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import code, lex


class CopyStream(Enum):
    """Rows that go over the connection itself."""

    IN = "from stdin"
    OUT = "to stdout"


_DIRECTIONS = {"FROM": CopyStream.IN, "TO": CopyStream.OUT}


def copy_stream(text: str, syntax: Syntax) -> CopyStream | None:
    """Whether the statement streams rows, and which way; None for files, programs, and every other
    statement. PostgreSQL takes STDIN for STDOUT and the other way round: only FROM and TO count.
    """
    head = text.lstrip()[:4].upper()
    if head != "COPY" and not head.startswith(("--", "/*")):
        return None
    tokens = code(lex(text, syntax))
    if not tokens or tokens[0].word != "COPY":
        return None
    depth = 0
    for token, following in pairwise(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.word in _DIRECTIONS:
            streams = following.word in {"STDIN", "STDOUT"}
            return _DIRECTIONS[token.word] if streams else None
    return None
