"""What is remembered of each table of one connection: one private JSON file in the state folder."""

import json
from typing import Any

from studio.config import paths
from studio.config.statements import folder_of


class ByTable:
    """Values by table, the one kept last at the end. Where they cannot be read there are none."""

    def __init__(self, kind: str, connection: str) -> None:
        """`kind`: the folder of what is remembered; `connection`: its address."""
        self._path = paths.state_folder() / kind / f"{folder_of(connection)}.json"

    def read(self) -> dict[str, Any]:
        """What is kept, as somebody else may have written it: nothing about its shape is sure."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def write(self, kept: dict[str, Any]) -> None:
        """Keep these alone, if that can be done: what is only remembered stops nobody's work."""
        try:
            paths.write_private(self._path, json.dumps(kept))
        except OSError:
            return
