"""`studio [TARGET]`: the terminal UI."""

import argparse
import gc

from studio.backends.registry import begin
from studio.db.url import parse


def run(arguments: argparse.Namespace) -> int:
    """Open the UI; its exit code."""
    if arguments.target:
        begin(parse(arguments.target))
    # Collecting while classes are made by the thousand finds nothing; the main screen turns it on
    # again once the first rows are there.
    gc.disable()
    from studio.ui import app  # noqa: PLC0415 only this command needs Textual

    return app.run(app.request_from(arguments))
