"""JSON that was given as JSON, not as the text a database keeps: equal by what it says."""

import json
import re
from decimal import Decimal

BEYOND = r"\\u0000|\\u[dD][89abAB]|[eE][+-]?[0-9]{4}|[0-9]{255}"
"""Text of JSON with something not every reader of JSON can hold: zero bytes, halves of characters,
numbers beyond any. A regular expression that Python and PostgreSQL read alike."""
_BEYOND = re.compile(BEYOND)
_TYPE = "$type"


class JsonText(str):
    """A JSON document as text that somebody else may have written differently: its spaces, the
    order of its keys and the zeros behind its numbers say nothing.
    """

    __slots__ = ()


def document(text: str) -> object:
    """What the text of a JSON document says, where any program that reads JSON and writes it again
    keeps that; otherwise None. Null, texts, and objects that look like studio's typed values have
    other words.
    """
    if _BEYOND.search(text):
        return None
    try:
        found: object = json.loads(
            text, parse_float=_kept, parse_int=_whole, object_pairs_hook=_distinct
        )
    except (ValueError, RecursionError):
        return None
    is_taken = isinstance(found, str) or (isinstance(found, dict) and _TYPE in found)
    return None if is_taken else found


def _kept(digits: str) -> float:
    number = float(digits)
    if Decimal(repr(number)) != Decimal(digits):
        raise ValueError(digits)
    return number


def _whole(digits: str) -> int:
    number = int(digits)
    if not -(2**63) <= number < 2**63:
        raise ValueError(digits)
    return number


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is said twice")
    return found


def same_document(one: str, other: str) -> bool:
    """Whether two texts of JSON say the same."""
    try:
        return bool(json.loads(one, parse_float=Decimal) == json.loads(other, parse_float=Decimal))
    except (ValueError, RecursionError):
        return one == other
