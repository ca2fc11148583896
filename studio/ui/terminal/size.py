"""How large the terminal is. Light: asked before Textual is imported."""

import os
from collections.abc import Mapping

_USUAL = os.terminal_size((80, 24))


def terminal_size(descriptor: int, environment: Mapping[str, str]) -> os.terminal_size:
    """Columns and rows: the terminal's own, else COLUMNS and LINES, else 80 × 24.

    The variables are what a shell knew when it exported them; the terminal knows it was resized.
    """
    try:
        columns, rows = os.get_terminal_size(descriptor)
    except (OSError, ValueError):
        columns = rows = 0
    return os.terminal_size(
        (
            columns or _given(environment, "COLUMNS") or _USUAL.columns,
            rows or _given(environment, "LINES") or _USUAL.lines,
        )
    )


def _given(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= 4 else 0  # noqa: PLR2004 no screen is wider
