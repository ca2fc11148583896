"""Rows as JSON, strictly: no word JSON has not, and nothing that could steer a terminal.

The contract stands in README.md.
"""

import json
import re
from collections.abc import Sequence

from studio.edits.journal.json_values import json_value
from studio.export.header import Header
from studio.export.printable import STEERING
from studio.model.page import Value

_HIDDEN = re.compile(rf"[{STEERING}\ud800-\udfff]")
"""What json.dumps leaves as it is and a terminal obeys; and halves of characters, in names."""


class JsonObjects:
    """Rows of one header as JSON objects."""

    def __init__(self, header: Header) -> None:
        """A column's name that comes again gets a number."""
        self._columns = list(zip(unique(header.columns), header.kinds, strict=True))

    def text(self, row: Sequence[Value]) -> str:
        """One row, in one line."""
        cells = zip(self._columns, row, strict=True)
        found = {name: json_value(value, kind) for (name, kind), value in cells}
        return harmless(json.dumps(found, ensure_ascii=False, allow_nan=False))


def unique(names: Sequence[str]) -> list[str]:
    """Names that are all different: a second `id` is `id_2`."""
    seen: dict[str, None] = {}
    for name in names:
        candidate, number = name, 1
        while candidate in seen:
            number += 1
            candidate = f"{name}_{number}"
        seen[candidate] = None
    return list(seen)


def harmless(text: str) -> str:
    """JSON text with what could steer a terminal, or is no character, as escapes."""
    return _HIDDEN.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"
