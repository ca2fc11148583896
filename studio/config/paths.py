"""Where studio keeps things, by each platform's own rules (XDG on Linux)."""

import os
from pathlib import Path
from tempfile import mkstemp

from platformdirs import PlatformDirs

_DIRS = PlatformDirs("studio", appauthor=False)


def config_folder() -> Path:
    """What the person wrote: config.toml, themes."""
    return Path(_DIRS.user_config_dir)


def data_folder() -> Path:
    """What studio made and the person would miss: the demo database."""
    return Path(_DIRS.user_data_dir)


def state_folder() -> Path:
    """What studio remembers: journals, history, choices."""
    return Path(_DIRS.user_state_dir)


def write_private(path: Path, text: str) -> None:
    """Replace `path` by `text`, whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A name of its own: another thread, or another studio, may be replacing the same file.
    descriptor, draft = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def write_whole(path: Path, text: str) -> None:
    """Replace a file that is anybody's to read, at once: nobody sees half of it. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
