"""`studio [TARGET]`: the terminal UI."""

import argparse
import gc
import os

from studio.config.paths import config_folder
from studio.config.settings import Settings, load_settings
from studio.config.themes import DEFAULT, ThemeSpec, load_theme, wanted_theme
from studio.db.url import parse
from studio.model.errors import ConfigInvalid
from studio.rows.first_look import Looking, begin
from studio.ui.first_frame import frame_here


def run(arguments: argparse.Namespace) -> int:
    """Open the UI; its exit code. Raises ConfigInvalid, the terminal being as it was."""
    settings = load_settings()
    theme = _theme(getattr(arguments, "theme", None), settings)
    frame = frame_here(os.environ)
    try:
        if frame is not None:
            frame.paint(theme, os.environ)
        looking = _look(arguments, settings)
        # Collecting while classes are made by the thousand finds nothing; the main screen turns it
        # on again once the first rows are there.
        gc.disable()
        from studio.ui import app  # noqa: PLC0415 only this command needs Textual

        return app.run(app.request_from(arguments, settings, looking, frame))
    finally:
        if frame is not None:
            frame.leave()


def _theme(asked: str | None, settings: Settings) -> ThemeSpec:
    """The theme to start with; what was asked for must be there, what was remembered may not."""
    try:
        return load_theme(wanted_theme(asked, settings))
    except ConfigInvalid as error:
        if not asked and not settings.theme:
            return load_theme(DEFAULT)
        if asked or error.path is not None:
            raise
        raise ConfigInvalid(error.message, config_folder() / "config.toml") from error


def _look(arguments: argparse.Namespace, settings: Settings) -> Looking | None:
    """Let a helper process read the first rows meanwhile; a question about them waits for ours."""
    asked = [getattr(arguments, name, None) for name in ("where", "order", "query")]
    if not arguments.target or any(asked):
        return None
    target = parse(arguments.target, read_only=getattr(arguments, "read_only", False))
    return begin(target, getattr(arguments, "table", None), settings.page_rows)
