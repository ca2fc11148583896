"""How texts are written, seen from afar: `email`, `uuid`, `AAA-999`."""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from studio.model.profile import ValueShape

_MOST = 8
"""Shapes that are told; beyond that they say nothing."""
_LONGEST = 24
"""Characters of a shape."""
_READ = 120
"""Characters of a text that are looked at where it is of no known kind."""
_MOST_DIGITS = 8
"""A longer run of one sign is told by the sign alone; letters always are."""
_KNOWN = (
    ("uuid", re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")),
    ("email", re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")),
    ("url", re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://\S+")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("date and time", re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\S{0,6}")),
    ("whole number", re.compile(r"[-+]?\d+")),
    ("number", re.compile(r"[-+]?\d+\.\d+")),
    ("hex", re.compile(r"(?:[0-9a-f]{16,}|[0-9A-F]{16,})")),
    ("json", re.compile(r"\{.*\}|\[.*\]", re.DOTALL)),
)


def shape_of(text: str) -> str:
    """The kind of a text, else its letters as `A` and `a`, its digits as `9`, and the rest."""
    if not text:
        return "empty"
    for name, known in _KNOWN:
        if known.fullmatch(text):
            return f"{name} ({len(text)})" if name == "hex" else name
    if len(text) > _READ or len(text.split()) > 2:  # noqa: PLR2004 a name has two words
        return "text of several words" if " " in text else "long text"
    runs = ((sign, sum(1 for _ in run)) for sign, run in groupby(map(_sign, text)))
    shape = "".join(
        sign * (1 if sign in "Aa" or count > _MOST_DIGITS else count) for sign, count in runs
    )
    return shape if len(shape) <= _LONGEST else f"{shape[: _LONGEST - 1]}…"


def _sign(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character


def shapes(texts: Iterable[str]) -> tuple[ValueShape, ...]:
    """The shapes most of `texts` have."""
    counted = Counter(map(shape_of, texts))
    return tuple(ValueShape(pattern, count) for pattern, count in counted.most_common(_MOST))
