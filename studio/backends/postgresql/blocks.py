"""The place inside a DO block that failed, from the server's own words about it."""

import re
from collections.abc import Sequence

from studio.sqltext.syntax import POSTGRESQL
from studio.sqltext.tokens import code, lex

_FRAME = re.compile(r"\binline_code_block\b\D*(\d+)")
"""The name is the server's own; the words around it may be in any language."""


def place_in_block(text: str, context: Sequence[str]) -> int | None:
    """Characters from the start of `text`, a DO statement, to the line that `context` tells of;
    None for anything else. Lines are counted from the one that holds the opening quote.
    """
    found = [match for match in map(_FRAME.search, context) if match is not None]
    tokens = code(lex(text, POSTGRESQL))
    if not found or not tokens or tokens[0].word != "DO":
        return None
    opening = next((token for token in tokens if token.text[:1] in {"$", "'"}), None)
    if opening is None:
        return None
    place = opening.start
    for _ in range(int(found[-1][1]) - 1):
        place = text.find("\n", place) + 1
        if place == 0:
            return None
    return place + len(text[place:]) - len(text[place:].lstrip())
