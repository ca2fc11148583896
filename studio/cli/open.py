"""`studio [TARGET]`: the terminal UI."""

import argparse
import gc

from studio.config.paths import config_folder
from studio.config.settings import Settings, load_settings
from studio.config.themes import load_theme
from studio.db.url import parse
from studio.model.errors import ConfigInvalid
from studio.rows.first_look import Looking, begin


def run(arguments: argparse.Namespace) -> int:
    """Open the UI; its exit code. Raises ConfigInvalid before anything is painted."""
    settings = load_settings()
    _check_theme(getattr(arguments, "theme", None), settings)
    looking = _look(arguments, settings)
    # Collecting while classes are made by the thousand finds nothing; the main screen turns it on
    # again once the first rows are there.
    gc.disable()
    from studio.ui import app  # noqa: PLC0415 only this command needs Textual

    return app.run(app.request_from(arguments, settings, looking))


def _check_theme(asked: str | None, settings: Settings) -> None:
    """A theme that was asked for by name must be there; one only remembered may have gone."""
    if asked:
        load_theme(asked)
    elif settings.theme:
        try:
            load_theme(settings.theme)
        except ConfigInvalid as error:
            if error.path is not None:
                raise
            raise ConfigInvalid(error.message, config_folder() / "config.toml") from error


def _look(arguments: argparse.Namespace, settings: Settings) -> Looking | None:
    """Let a helper process read the first rows meanwhile; a question about them waits for ours."""
    asked = [getattr(arguments, name, None) for name in ("where", "order", "query")]
    if not arguments.target or any(asked):
        return None
    target = parse(arguments.target, read_only=getattr(arguments, "read_only", False))
    return begin(target, getattr(arguments, "table", None), settings.page_rows)
