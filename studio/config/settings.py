"""Every setting, its default, and what it means; what was chosen in the app is remembered apart."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from studio.config.paths import config_folder, state_folder, write_private
from studio.model.errors import ConfigInvalid


@dataclass(frozen=True, slots=True)
class Settings:
    """What config.toml may say. A key studio does not know is an error, never ignored."""

    theme: str = ""
    """A theme's name; empty: the one chosen last, else `dark`."""
    page_rows: int = 200
    """Rows a page asks for."""
    cache_mib: int = 16
    """Memory for rows already seen, per table tab."""
    statement_timeout_s: int = 0
    """PostgreSQL statement_timeout of reading lanes; 0: none."""
    query_rows: int = 50_000
    """Rows a query keeps; beyond that is paging or export."""
    query_mib: int = 64
    """Memory for the rows of one query."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Command id → keys, comma-separated; `[keys]` in the file."""
    production: tuple[str, ...] = ()
    """Texts that mark a connection as production when its address holds one of them."""


def load_settings(path: Path | None = None) -> Settings:
    """Read config.toml; defaults where it or a key is missing. Raises ConfigInvalid."""
    path = path or config_folder() / "config.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"cannot be read: {error}", path) from error
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigInvalid(f"is not TOML: {error}", path) from error
    known = {item.name: item for item in fields(Settings)}
    for key, value in said.items():
        if key not in known:
            raise ConfigInvalid(f"unknown setting {key!r}", path, _line_of(text, key))
        default = getattr(Settings(), key)
        if isinstance(default, tuple) and isinstance(value, list):
            said[key] = tuple(str(item) for item in value)
        elif not isinstance(value, type(default)):
            wanted = type(default).__name__
            raise ConfigInvalid(f"{key} must be a {wanted}", path, _line_of(text, key))
    return Settings(**said)


def _line_of(text: str, key: str) -> int | None:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.replace("[", "").strip().startswith(key):
            return number
    return None


def _remembered_file() -> Path:
    return state_folder() / "remembered.json"


def remembered() -> dict[str, str]:
    """What was chosen in the app earlier; {} where nothing, or nothing readable, was kept."""
    try:
        kept = json.loads(_remembered_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in kept.items()} if isinstance(kept, dict) else {}


def remember(key: str, value: str) -> None:
    """Keep one choice for the next start; a folder that cannot be written is no reason to stop."""
    kept = remembered() | {key: value}
    try:
        write_private(_remembered_file(), json.dumps(kept, indent=1, sort_keys=True))
    except OSError:
        return
