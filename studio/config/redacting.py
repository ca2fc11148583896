"""Addresses without their secrets. Imports nothing heavy: every command asks here first."""

import re
from urllib.parse import SplitResult, urlsplit

_URL = re.compile(r"^([A-Za-z][A-Za-z0-9]*)(?:\+[A-Za-z0-9_]+)?://")
_SECRET_KEYWORD = re.compile(
    # An unquoted value goes on to the next keyword: libpq would refuse its spaces, but what stands
    # behind them is still the password.
    r"((?:password|passphrase|token|secret)\s*=\s*)('(?:[^'\\]|\\.)*'|.+?(?=\s+\w+\s*=|$))",
    re.IGNORECASE | re.DOTALL,
)
_SECRET_PARAMETER = re.compile(
    r"((?:^|[?&])[^=&]*(?:password|passwd|token|secret|api_?key)[^=&]*=)[^&]*", re.IGNORECASE
)
_EMPTY_PARAMETER = re.compile(_SECRET_PARAMETER.pattern.removesuffix("[^&]*") + r"(?=&|$)", re.I)
_SECRET_OF_HOST = re.compile(r"(;\s*(?:password|pwd)\s*=)[^;]*", re.IGNORECASE)
"""As SQL Server's addresses have it."""
_USER = re.compile(r"[^/?#:@\[\]]*:")
_PORTS = re.compile(r"\d*(?:,[^:/?#@]*:\d*)*")
_HIDDEN = r"\1***"
_LOOKS_SECRET = re.compile(r"[^\s/@:]*:[^\s@]*@", re.DOTALL)
"""A user and a password, in whatever else that is."""


def redact(text: str) -> str:
    """`text` without passwords: in the user part, in parameters, and in libpq keywords.

    A text that cannot be taken apart is not shown at all.
    """
    if not _URL.match(text):
        return _LOOKS_SECRET.sub("…@", _SECRET_KEYWORD.sub(_HIDDEN, text))
    try:
        parts = urlsplit(text)
    except ValueError:
        return text.split("://", 1)[0] + "://…"
    if broken := _password_that_breaks(text, parts):
        kept, rest = broken
        return f"{kept}:***@{_SECRET_PARAMETER.sub(_HIDDEN, rest)}"
    user, at, host = parts.netloc.rpartition("@")
    if at:
        user = user.split(":", 1)[0] + (":***" if ":" in user else "")
    query = _SECRET_PARAMETER.sub(_HIDDEN, parts.query)
    host = _SECRET_OF_HOST.sub(_HIDDEN, host)
    # Not urlunsplit: it drops the slashes of a URL without a host (duckdb:////a/file).
    return f"{parts.scheme}://{user}{at}{host}{parts.path}{'?' if query else ''}{query}"


def _password_that_breaks(text: str, parts: SplitResult) -> tuple[str, str] | None:
    """What stands before and behind a password with a `/`, `?` or `#` in it: by the rules of URLs
    it ends there, and its rest is path, parameters or nothing. None: there is none.
    """
    start = len(parts.scheme) + len("://")
    user, last, end = _USER.match(text, start), text.rfind("@"), start + len(parts.netloc)
    if user is None or last < end:
        return None
    is_parameter = re.search(r"\?.*=", text[end:last], re.DOTALL) is not None
    is_whole = "@" in parts.netloc or _PORTS.fullmatch(text, user.end(), end) is not None
    if is_parameter and is_whole:
        return None
    return text[: user.end() - 1], text[last + 1 :]


def holds_password(text: str) -> bool:
    """Whether an address has a password in it."""
    # An empty one is none: nothing is given away.
    text = text.replace(":@", "@", 1)
    if _URL.match(text):
        text = _EMPTY_PARAMETER.sub("", text)
        shown = redact(text)
        if shown.endswith("://…"):
            return _LOOKS_SECRET.search(text) is not None
        return "***" in shown and "***" not in text
    named = any(found[2].strip("' ") for found in _SECRET_KEYWORD.finditer(text))
    return named or bool(_LOOKS_SECRET.search(text))
