"""Names a text makes for its session: savepoints, what is prepared or declared, channels.

Looked for in the text in front of the cursor, the last one first: no session is asked on a key, and
a name that stood in a comment costs nothing.
"""

import re
from collections.abc import Mapping

_FARTHEST = 64 * 1024
"""Characters in front of the cursor that are looked through."""
_NAME = r'\s+((?:[^\W\d]|_)[\w$]*|"(?:[^"]|"")+")'
_MADE: Mapping[str, re.Pattern[str]] = {
    "savepoint": re.compile(r"(?<!release )(?<!to )\bsavepoint" + _NAME, re.IGNORECASE),
    "prepared": re.compile(r"(?<!deallocate )\bprepare" + _NAME, re.IGNORECASE),
    "cursor": re.compile(r"\bdeclare" + _NAME, re.IGNORECASE),
    "channel": re.compile(r"(?<!un)\blisten" + _NAME, re.IGNORECASE),
}
KINDS = frozenset(_MADE)


def made_names(kind: str, text: str, position: int) -> tuple[str, ...]:
    """The names of one kind as they are written, the last one first; none for unknown kinds."""
    pattern = _MADE.get(kind)
    if pattern is None:
        return ()
    found = pattern.findall(text, max(0, position - _FARTHEST), position)
    # What is being typed there is no name yet.
    return tuple(dict.fromkeys(reversed(found)))
