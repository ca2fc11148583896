"""From the settings to the first frame, and the app that goes on from it."""

import argparse
import os
import signal
import sys

from studio.backends.target import Target
from studio.config.paths import config_folder
from studio.config.settings import Settings
from studio.config.themes import DEFAULT, ThemeSpec, load_theme, wanted_theme
from studio.model.errors import ConfigInvalid
from studio.process.signals import ENDING, Ending
from studio.rows.first_rows.process import FirstRowsProcess
from studio.ui.startup.first_frame import frame_here

_ENDING = (*ENDING, signal.SIGINT)
"""With ctrl+c taken for a key, an interrupt comes from outside."""


def run(
    arguments: argparse.Namespace,
    target: Target | None,
    settings: Settings,
    first_rows: FirstRowsProcess | None,
) -> int:
    """Paint, then run the UI; its exit code. Raises ConfigInvalid, the terminal being as it was."""
    theme = _theme(getattr(arguments, "theme", None), settings)
    frame = frame_here(os.environ)
    terminals = [s.fileno() for s in (sys.__stdin__, sys.__stderr__) if s is not None]
    with Ending(_ENDING, terminals) as ending:
        try:
            if frame is not None:
                frame.paint(theme, os.environ)
            from studio.ui import app  # noqa: PLC0415 a person sees something before Textual is there

            code = app.run(app.request_from(arguments, target, settings, first_rows, frame, ending))
            ending.finish(code)
            return code
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
