"""`studio [TARGET]`: the terminal UI. Light: what reads the first rows is on its way at once."""

import argparse
import gc
import os

from studio.backends.target import Target
from studio.config.settings import load_settings
from studio.db.url import parse
from studio.model.errors import ConfigInvalid
from studio.rows.first_rows.process import FirstRowsProcess, start

_SCREENLESS = frozenset({"dumb", "unknown"})


def run(arguments: argparse.Namespace) -> int:
    """Open the UI; its exit code. Raises ConfigInvalid, the terminal being as it was."""
    if os.environ.get("TERM") in _SCREENLESS:
        raise ConfigInvalid(
            f"TERM={os.environ['TERM']} is a terminal without a screen, and studio draws one: set "
            "TERM to what it is (xterm-256color fits most), or ask without a screen: "
            "studio query, schema, explain, migrations, apply"
        )
    # Collecting while classes are made by the thousand finds nothing; the main screen turns it on
    # again once the first rows are there.
    gc.disable()
    settings = load_settings()
    target = _target(arguments)
    first_rows = _start_reading(arguments, target, settings.page_rows)
    try:
        from studio.cli import screen  # noqa: PLC0415 the look is on its way by now

        return screen.run(arguments, target, settings, first_rows)
    finally:
        if first_rows is not None:
            first_rows.stop()


def _target(arguments: argparse.Namespace) -> Target | None:
    """What to open; None: the person chooses."""
    if not arguments.target:
        return None
    return parse(arguments.target, read_only=getattr(arguments, "read_only", False))


def _start_reading(
    arguments: argparse.Namespace, target: Target | None, page_rows: int
) -> FirstRowsProcess | None:
    """Let a helper process read the first rows meanwhile; a question about them waits for ours."""
    asked = [getattr(arguments, name, None) for name in ("where", "order", "query")]
    if target is None or any(asked):
        return None
    return start(target, getattr(arguments, "table", None), page_rows)
