"""`studio [TARGET]`: the terminal UI."""

import argparse
import gc

from studio.config.settings import Settings
from studio.db.url import parse
from studio.rows.first_look import Looking, begin


def run(arguments: argparse.Namespace) -> int:
    """Open the UI; its exit code."""
    looking = _look(arguments)
    # Collecting while classes are made by the thousand finds nothing; the main screen turns it on
    # again once the first rows are there.
    gc.disable()
    from studio.ui import app  # noqa: PLC0415 only this command needs Textual

    return app.run(app.request_from(arguments, looking))


def _look(arguments: argparse.Namespace) -> Looking | None:
    """Let a helper process read the first rows meanwhile; a question about them waits for ours."""
    asked = [getattr(arguments, name, None) for name in ("where", "order", "query")]
    if not arguments.target or any(asked):
        return None
    target = parse(arguments.target, read_only=getattr(arguments, "read_only", False))
    return begin(target, getattr(arguments, "table", None), Settings().page_rows)
