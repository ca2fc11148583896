"""Addresses without their secrets. Imports nothing heavy: every command asks here first."""

import re
from urllib.parse import urlsplit

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
_LOOKS_SECRET = re.compile(r"[^\s/@:]*:[^\s@]*@", re.DOTALL)
"""A user and a password, in whatever else that is."""


def redact(text: str) -> str:
    """`text` without passwords: in the user part, in parameters, and in libpq keywords.

    A text that cannot be taken apart is not shown at all.
    """
    if not _URL.match(text):
        return _LOOKS_SECRET.sub("…@", _SECRET_KEYWORD.sub(r"\1***", text))
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


def holds_password(text: str) -> bool:
    """Whether an address has a password in it."""
    # An empty one is none: nothing is given away.
    text = text.replace(":@", "@", 1)
    if _URL.match(text):
        text = _EMPTY_PARAMETER.sub("", text)
        return "***" in redact(text) and "***" not in text
    named = any(found[2].strip("' ") for found in _SECRET_KEYWORD.finditer(text))
    return named or bool(_LOOKS_SECRET.search(text))
