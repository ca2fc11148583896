"""Copying to the terminal's clipboard, with a file for what it cannot take."""

import asyncio
import atexit
import os
from collections.abc import Mapping
from pathlib import Path
from shutil import which

from textual.app import App

from studio.config.paths import state_folder, write_private

_MOST_OSC52 = 74_000
"""Characters that terminals take in one OSC 52 sequence: xterm's limit, before base64."""
_WITHOUT = {"TERM": {"linux", "dumb", "vt100", "vt220"}, "TERM_PROGRAM": {"Apple_Terminal"}}
"""Terminals that are known to have no clipboard for programs."""
_MULTIPLEXERS = ("tmux", "screen")
"""How TERM begins inside of them, also at the far end of ssh."""
_IF_TAKEN = ", if tmux or screen passes it on (tmux: set-clipboard on)"
_TMUX_S = 5.0


def copy(app: App[object], text: str, called: str = "") -> None:
    """Put `text` on the clipboard (OSC 52), or where there is none into a private file that goes
    with this process; say which. What is `called` something is shown itself: it has to be short
    and harmless.
    """
    noun = "character" if len(text) == 1 else "characters"
    said = f"copied {called}: {text}" if called else f"copied {len(text):,} {noun}"
    tmux = which("tmux") if "TMUX" in os.environ else None
    if reason := _not_taken(text, os.environ):
        app.notify(f"{reason}: {_kept(text)}", markup=False)
    elif tmux is not None:
        app.run_worker(_copy_through_tmux(app, tmux, text, said), exit_on_error=False)
    else:
        app.copy_to_clipboard(text)
        inside = os.environ.get("TERM", "").startswith(_MULTIPLEXERS)
        app.notify(f"{said}{_IF_TAKEN if inside else ''}", markup=False)


async def _copy_through_tmux(app: App[object], tmux: str, text: str, said: str) -> None:
    """tmux leaves out what programs send to the clipboard, unless it is told otherwise; what its
    own command puts there it passes on.
    """
    if await _is_loaded(tmux, text.encode()):
        app.notify(f"{said}, also into tmux's buffer", markup=False)
    else:  # older than 3.2, or gone
        app.copy_to_clipboard(text)
        app.notify(f"{said}{_IF_TAKEN}", markup=False)


async def _is_loaded(tmux: str, data: bytes) -> bool:
    try:
        process = await asyncio.create_subprocess_exec(
            tmux,
            *("load-buffer", "-w", "-"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        await asyncio.wait_for(process.communicate(data), _TMUX_S)
    except TimeoutError:
        process.kill()
        await process.wait()
    return process.returncode == 0


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
