"""Copying to the terminal's clipboard, with a file for what it cannot take."""

import atexit
import os
from collections.abc import Mapping
from pathlib import Path

from textual.app import App

from studio.config.paths import state_folder, write_private

_MOST_OSC52 = 74_000
"""Characters that terminals take in one OSC 52 sequence: xterm's limit, before base64."""
_WITHOUT = {"TERM": {"linux", "dumb", "vt100", "vt220"}, "TERM_PROGRAM": {"Apple_Terminal"}}
"""Terminals that are known to have no clipboard for programs."""


def copy(app: App[object], text: str, called: str = "") -> None:
    """Put `text` on the clipboard (OSC 52), or where there is none into a private file that goes
    with this process; say which. What is `called` something is shown itself: it has to be short
    and harmless.
    """
    noun = "character" if len(text) == 1 else "characters"
    said = f"copied {called}: {text}" if called else f"copied {len(text):,} {noun}"
    if reason := _not_taken(text, os.environ):
        said = f"{reason}: {_kept(text)}"
    else:
        app.copy_to_clipboard(text)
    app.notify(said, markup=False)


def _not_taken(text: str, environment: Mapping[str, str]) -> str:
    """Why the terminal would not take `text`; empty when it would."""
    if any(environment.get(name) in values for name, values in _WITHOUT.items()):
        return "this terminal has no clipboard for programs"
    return "too long for the terminal's clipboard" if len(text) > _MOST_OSC52 else ""


def _kept(text: str) -> str:
    path = state_folder() / "clipboard.txt"
    try:
        write_private(path, text)
    except (OSError, UnicodeEncodeError) as error:
        return f"not copied, and {path} cannot be written ({error})"
    atexit.register(_remove, path)
    return f"until studio ends it is in {path}"


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
