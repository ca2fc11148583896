"""A target as people write it → Target: which engine, which address, what may be shown."""

import os
import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from studio.backends.target import Target
from studio.config.redacting import holds_password, redact
from studio.model.errors import ConfigInvalid

_URL = re.compile(r"^([A-Za-z][A-Za-z0-9]*)(?:\+[A-Za-z0-9_]+)?://")
_OF_FILES = {"sqlite", "file"}
_KEYWORD = re.compile(
    r"(?:^|\s)(?:host|hostaddr|dbname|service|port|user|sslmode|passfile)\s*=", re.IGNORECASE
)


def parse(text: str, *, read_only: bool = False, password: str | None = None) -> Target:
    """The target `text` names: a file path, a URL, or a libpq keyword string.

    Nothing is opened. Raises ConfigInvalid for an empty text. The password defaults to
    STUDIO_PASSWORD.
    """
    text = text.strip()
    if not text:
        raise ConfigInvalid("no database given: name a file, a URL, or a libpq string")
    if password is None:
        password = os.environ.get("STUDIO_PASSWORD") or None
    if (match := _URL.match(text)) and (scheme := match.group(1).lower()) not in _OF_FILES:
        name = "postgresql" if scheme == "postgres" else scheme
        return Target(name, text, redact(text), password, read_only)
    if _KEYWORD.search(text) and not Path(text).exists():
        return Target("postgresql", text, redact(text), password, read_only)
    return _of_file(text, read_only=read_only)


def _of_file(text: str, *, read_only: bool) -> Target:
    if _URL.match(text) and not text.startswith("file:"):
        path = _sqlite_path(text)
        if not path.startswith("file:"):
            return _file(path or ":memory:", read_only=read_only)
        return _file_uri(f"{path}?{urlsplit(text).query}", read_only=read_only)
    if Path(text).exists():
        return _file(text, read_only=read_only)
    if text.startswith("file:"):
        return _file_uri(text, read_only=read_only)
    if holds_password(text):
        raise ConfigInvalid(
            "this is no file, and no address studio can read (it is not repeated here, for it "
            "seems to hold a password): a URL is written postgresql://user@host/database"
        )
    return _file(text, read_only=read_only)


def _file_uri(text: str, *, read_only: bool) -> Target:
    """SQLite's own way to name a file: `file:app.db?mode=ro`. How it is read, studio decides."""
    place, _, query = text.removeprefix("file:").partition("?")
    given = dict(parse_qsl(query.partition("#")[0], keep_blank_values=True))
    if vfs := given.get("vfs"):
        raise ConfigInvalid(f"studio does not open files through a VFS of their own ({vfs})")
    path = unquote(place.partition("#")[0], errors="surrogateescape")
    if path.startswith("//"):
        host, _, path = path[2:].partition("/")
        if host not in {"", "localhost"}:
            raise ConfigInvalid(f"a file: URI names a file of this machine, and not of {host}")
        path = f"/{path}"
    if given.get("mode") == "memory" or path == ":memory:":
        path = ":memory:"
    return _file(path or ":memory:", read_only=read_only or given.get("mode") == "ro")


def _file(path: str, *, read_only: bool) -> Target:
    expanded = str(Path(path).expanduser()) if path.startswith("~") else path
    return Target("sqlite", expanded, expanded, None, read_only)


def _sqlite_path(url: str) -> str:
    """The file of `sqlite:///relative`, `sqlite:////absolute`, `sqlite+aiosqlite:///…`; queries
    are dropped.
    """
    rest = url.split("://", 1)[1]
    path = rest.split("?", 1)[0].removeprefix("/")
    return unquote(path)
