"""Copying to the terminal's clipboard, with a file for terminals that have none."""

from textual.app import App

from studio.config.paths import state_folder, write_private

_MOST_OSC52 = 74_000
"""Characters that terminals take in one OSC 52 sequence: xterm's limit, before base64."""


def copy(app: App[object], text: str) -> None:
    """Put `text` on the clipboard (OSC 52) and into a private file, and say both."""
    path = state_folder() / "clipboard.txt"
    try:
        write_private(path, text)
        kept = f"; also in {path}"
    except (OSError, UnicodeEncodeError):
        kept = ""
    if len(text) > _MOST_OSC52:
        where = f"too long for the terminal's clipboard{kept}"
    else:
        app.copy_to_clipboard(text)
        noun = "character" if len(text) == 1 else "characters"
        where = f"copied {len(text):,} {noun}{kept}"
    app.notify(where, markup=False)
