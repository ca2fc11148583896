"""What there is to connect to: environment, .env files, pg services, SQLite files nearby."""

import os
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as ConfigError
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from studio.config import dotenv
from studio.config.paths import data_folder
from studio.config.redacting import redact

_URL_NAMES = ("DATABASE_URL", "POSTGRES_URL", "PG_URL", "DB_URL", "SQLITE_URL")
_ENV_FILES = (".env.local", ".env.development", ".env")
_SQLITE_SUFFIXES = frozenset({".db", ".sqlite", ".sqlite3", ".db3"})
_SKIPPED = frozenset({"node_modules", ".git", ".venv", "venv", "__pycache__", "target", "dist"})
_MOST_FOLDERS = 400
_MOST_FILES = 40
_DEPTH = 3


@dataclass(frozen=True, slots=True)
class FoundTarget:
    """Something that can be opened."""

    target: str
    """What `studio TARGET` would take; may hold a password, so show `label`."""
    label: str
    source: str
    """Where it was found: `.env`, `DATABASE_URL`, `2.1 MB`, …"""


def discover(folder: Path) -> Iterator[FoundTarget]:
    """Everything to connect to from `folder`: closest and most likely first. Opens no database."""
    seen: set[str] = set()
    for found in (*_from_environment(folder), *_services(), *_files(folder), *_demo()):
        if found.target not in seen:
            seen.add(found.target)
            yield found


def _from_environment(folder: Path) -> Iterator[FoundTarget]:
    for name in _URL_NAMES:
        if value := os.environ.get(name):
            yield FoundTarget(value, redact(value), f"${name}")
    for file in _ENV_FILES:
        values = dotenv.read(folder / file)
        for name in _URL_NAMES:
            if value := values.get(name):
                yield FoundTarget(value, redact(value), f"{name} in {file}")


def _services() -> Iterator[FoundTarget]:
    path = Path(os.environ.get("PGSERVICEFILE", "~/.pg_service.conf")).expanduser()
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (ConfigError, OSError, UnicodeDecodeError):
        return
    for name in parser.sections():
        yield FoundTarget(f"service={name}", f"service={name}", path.name)


def _files(folder: Path) -> Iterator[FoundTarget]:
    newest = sorted(_sqlite_files(folder), key=lambda pair: pair[1].st_mtime, reverse=True)
    for path, stat in newest[:_MOST_FILES]:
        shown = str(path.relative_to(folder))
        yield FoundTarget(str(path), shown, _size(stat.st_size))


def _sqlite_files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """SQLite files below `folder`, told by suffix; links to folders are not followed."""
    base = len(folder.parts)
    for count, (here, folders, names) in enumerate(os.walk(folder)):
        if count >= _MOST_FOLDERS:
            return
        place = Path(here)
        deep = len(place.parts) - base >= _DEPTH
        folders[:] = [] if deep else sorted(f for f in folders if f not in _SKIPPED)
        for name in names:
            path = place / name
            if path.suffix.lower() in _SQLITE_SUFFIXES:
                # Never opened to look inside: closing it again would drop every POSIX lock that a
                # connection of this process holds on the file.
                with suppress(OSError):
                    stat = path.stat()
                    if S_ISREG(stat.st_mode):
                        yield path, stat


def _demo() -> Iterator[FoundTarget]:
    path = data_folder() / "demo" / "demo.db"
    if path.is_file():
        yield FoundTarget(str(path), "demo", "studio demo")


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004 decimal units
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
