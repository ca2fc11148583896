"""Colours only as the terminal takes them: where it takes none, none are sent.

Textual's own answer to NO_COLOR is shades of grey, and to a terminal without colours all of them.
Light: the first frame asks before Textual is imported.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver

_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_ALL_OFF = "\x1b[0m"
_WITHOUT = frozenset({"dumb", "unknown", "vt100", "vt102", "vt220", "vt320", "vt420"})
_EXTENDED = frozenset({"38", "48"})
_WORDS_OF_EXTENDED = {"2": 4, "5": 2}
"""Numbers after 38 or 48, by the first of them: `2;r;g;b` and `5;n`."""
_COLOURS = frozenset(str(n) for n in (*range(30, 50), *range(90, 108)))


def is_colourless(environment: Mapping[str, str]) -> bool:
    """Whether NO_COLOR or the kind of terminal asks for none."""
    term = environment.get("TERM", "")
    return "NO_COLOR" in environment or term in _WITHOUT or term.endswith(("-mono", "-m"))


def without_colours(text: str) -> str:
    """The same with its attributes (bold, reverse, …) and none of its colours."""
    return _SGR.sub(_attributes, text)


def _attributes(found: re.Match[str]) -> str:
    words = found[1].split(";")
    kept = list(_not_colours(iter(words)))
    if not kept:
        # Without a number it would put everything off.
        return ""
    return _ALL_OFF if kept in (["0"], [""]) else f"\x1b[{';'.join(kept)}m"


def _not_colours(words: Iterator[str]) -> Iterator[str]:
    for word in words:
        if word in _EXTENDED:
            for _ in range(_WORDS_OF_EXTENDED.get(next(words, ""), 1) - 1):
                next(words, None)
        elif word not in _COLOURS:
            yield word


def colourless_output(kind: "type[Driver]") -> "type[Driver]":
    """The same driver, sending no colours."""

    class Colourless(kind):  # type: ignore[valid-type, misc]
        def write(self, data: str) -> None:
            super().write(without_colours(data))

    return Colourless
