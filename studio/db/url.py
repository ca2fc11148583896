"""A target as people write it → Target: which engine, which address, what may be shown."""

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from studio.backends.target import Target
from studio.model.errors import ConfigInvalid

_URL = re.compile(r"^([A-Za-z][A-Za-z0-9]*)(?:\+[A-Za-z0-9_]+)?://")
_KEYWORD = re.compile(
    r"(?:^|\s)(?:host|hostaddr|dbname|service|port|user|sslmode|passfile)\s*=", re.IGNORECASE
)
_SECRET_KEYWORD = re.compile(
    # An unquoted value goes on to the next keyword: libpq would refuse its spaces, but what stands
    # behind them is still the password.
    r"((?:password|passphrase|token|secret)\s*=\s*)('(?:[^'\\]|\\.)*'|.+?(?=\s+\w+\s*=|$))",
    re.IGNORECASE | re.DOTALL,
)
_SECRET_PARAMETER = re.compile(
    r"((?:^|[?&])[^=&]*(?:password|passwd|token|secret|api_?key)[^=&]*=)[^&]*", re.IGNORECASE
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
    if match := _URL.match(text):
        scheme = match.group(1).lower()
        if scheme == "sqlite":
            return _file(_sqlite_path(text), read_only=read_only)
        name = "postgresql" if scheme == "postgres" else scheme
        return Target(name, text, redact(text), password, read_only)
    if _KEYWORD.search(text) and not Path(text).exists():
        return Target("postgresql", text, redact(text), password, read_only)
    return _file(text, read_only=read_only)


def _file(path: str, *, read_only: bool) -> Target:
    expanded = str(Path(path).expanduser()) if path.startswith("~") else path
    return Target("sqlite", expanded, expanded, None, read_only)


def _sqlite_path(url: str) -> str:
    """The file of `sqlite:///relative`, `sqlite:////absolute`, `sqlite+aiosqlite:///…`; queries
    are dropped.
    """
    rest = url.split("://", 1)[1]
    path = rest.split("?", 1)[0].removeprefix("/")
    path = unquote(path)
    return path.removeprefix("file:") or ":memory:"


def redact(text: str) -> str:
    """`text` without passwords: in the user part, in parameters, and in libpq keywords.

    A text that cannot be taken apart is not shown at all.
    """
    if not _URL.match(text):
        return _SECRET_KEYWORD.sub(r"\1***", text)
    try:
        parts = urlsplit(text)
    except ValueError:
        return text.split("://", 1)[0] + "://…"
    user, at, host = parts.netloc.rpartition("@")
    if at:
        user = user.split(":", 1)[0] + (":***" if ":" in user else "")
    query = _SECRET_PARAMETER.sub(r"\1***", parts.query)
    # Not urlunsplit: it drops the slashes of a URL without a host (duckdb:////a/file).
    return f"{parts.scheme}://{user}{at}{host}{parts.path}{'?' if query else ''}{query}"
