"""The person's own editor, started in the terminal studio lends it."""

import os
import shlex
import subprocess
from pathlib import Path
from shutil import which

from textual.app import App, SuspendNotSupported


class NoEditor(Exception):
    """The editor cannot be used; `str()` is a sentence."""


def edit(app: App[object], path: Path) -> int:
    """Let the person edit `path` with $VISUAL, $EDITOR or vi; what it ended with.

    Returns when the editor has ended. Raises NoEditor.
    """
    given = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        words = shlex.split(given)
    except ValueError:
        raise NoEditor("$EDITOR cannot be read: a quote in it never closes") from None
    if not words or which(words[0]) is None:
        raise NoEditor(f"{words[0] if words else 'the editor'} is not there: set $EDITOR")
    try:
        with app.suspend():
            ended = subprocess.run([*words, str(path.absolute())], check=False)  # noqa: S603 the person's own editor
    except SuspendNotSupported:
        raise NoEditor("this terminal cannot be handed to an editor") from None
    except OSError as error:
        raise NoEditor(f"{words[0]} cannot be started: {error.strerror}") from None
    return ended.returncode
