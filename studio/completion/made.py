"""Names a text makes for its session: savepoints, what is prepared or declared, channels.

Looked for in the text in front of the cursor, the last one first: no session is asked on a key, and
a name that stood in a comment costs nothing.
"""

import re
from collections.abc import Mapping

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import TokenKind, scan

_FARTHEST = 64 * 1024
"""Characters in front of the cursor that are looked through."""
_LONGEST = 130
"""Of a name, in characters."""
_MADE: Mapping[str, re.Pattern[str]] = {
    "savepoint": re.compile(r"(?<!release )(?<!to )\bsavepoint\s+", re.IGNORECASE),
    "prepared": re.compile(r"(?<!deallocate )\bprepare\s+", re.IGNORECASE),
    "cursor": re.compile(r"\bdeclare\s+", re.IGNORECASE),
    "channel": re.compile(r"(?<!un)\blisten\s+", re.IGNORECASE),
}
_NAMES = frozenset({TokenKind.WORD, TokenKind.NAME})
KINDS = frozenset(_MADE)


def made_names(kind: str, text: str, position: int, syntax: Syntax) -> tuple[str, ...]:
    """The names of one kind as they are written, the last one first; none for unknown kinds."""
    pattern = _MADE.get(kind)
    if pattern is None:
        return ()
    found: list[str] = []
    for made in pattern.finditer(text, max(0, position - _FARTHEST), position):
        end = min(made.end() + _LONGEST, position)
        first = next(scan(text, syntax, made.end(), end), None)
        # What is being typed there is no name yet.
        if first is not None and first.kind in _NAMES and first.end < position:
            found.append(first.text)
    return tuple(dict.fromkeys(reversed(found)))
