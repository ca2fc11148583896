"""The person's own editor, started in the terminal studio lends it."""

import os
import shlex
import subprocess
from pathlib import Path
from shutil import which
from typing import Protocol, cast

from textual.app import App, SuspendNotSupported

from studio.ui.terminal.detached import detached


class NoEditor(Exception):
    """The editor cannot be used; `str()` is a sentence."""


class _Lender(Protocol):
    """An app that tells the program to which it lent its terminal when it is told to end."""

    lent_to: subprocess.Popen[bytes] | None


async def edit(app: App[object], path: Path) -> int:
    """Let the person edit `path` with $VISUAL, $EDITOR or vi; what it ended with.

    Returns when the editor has ended; everything else goes on meanwhile. Cancelled, it tells the
    editor to end. Raises NoEditor.
    """
    words = _command(path)
    try:
        with app.suspend():
            return await _run(cast("_Lender", app), words)
    except SuspendNotSupported:
        raise NoEditor("this terminal cannot be handed to an editor") from None
    except OSError as error:
        raise NoEditor(f"{words[0]} cannot be started: {error.strerror}") from None


def _command(path: Path) -> list[str]:
    given = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        words = shlex.split(given)
    except ValueError:
        raise NoEditor("$EDITOR cannot be read: a quote in it never closes") from None
    if not words or which(words[0]) is None:
        raise NoEditor(f"{words[0] if words else 'the editor'} is not there: set $EDITOR")
    return [*words, str(path.absolute())]


async def _run(lender: _Lender, command: list[str]) -> int:
    process = lender.lent_to = subprocess.Popen(command)  # noqa: ASYNC220, S603 the person's own editor
    try:
        return await detached(lambda _stop: process.wait())
    finally:
        lender.lent_to = None
        if process.poll() is None:
            # It may ask about what is not saved, or keep it; killed, it could not.
            process.terminate()
