"""`studio [TARGET]`: the terminal UI."""

import argparse
import gc


def run(arguments: argparse.Namespace) -> int:
    """Open the UI; its exit code."""
    # A collection while classes are made by the thousand finds nothing and delays the first frame.
    gc.disable()
    from studio.ui import app  # noqa: PLC0415 only this command needs Textual

    gc.freeze()
    gc.enable()
    return app.run(app.request_from(arguments))
