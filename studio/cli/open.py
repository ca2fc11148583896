"""`studio [TARGET]`: the terminal UI. Light: what reads the first rows is on its way at once."""

import argparse
import gc

from studio.config.settings import load_settings
from studio.db.url import parse
from studio.rows.first_look import Looking, begin


def run(arguments: argparse.Namespace) -> int:
    """Open the UI; its exit code. Raises ConfigInvalid, the terminal being as it was."""
    # Collecting while classes are made by the thousand finds nothing; the main screen turns it on
    # again once the first rows are there.
    gc.disable()
    settings = load_settings()
    looking = _look(arguments, settings.page_rows)
    try:
        from studio.cli import screen  # noqa: PLC0415 the look is on its way by now

        return screen.run(arguments, settings, looking)
    finally:
        if looking is not None:
            looking.stop()


def _look(arguments: argparse.Namespace, page_rows: int) -> Looking | None:
    """Let a helper process read the first rows meanwhile; a question about them waits for ours."""
    asked = [getattr(arguments, name, None) for name in ("where", "order", "query")]
    if not arguments.target or any(asked):
        return None
    target = parse(arguments.target, read_only=getattr(arguments, "read_only", False))
    return begin(target, getattr(arguments, "table", None), page_rows)
