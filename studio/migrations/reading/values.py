"""Values of history tables, whatever a driver made of them."""

import re
from datetime import UTC, datetime

from studio.model.page import Shortened, Value

_TRUE = frozenset({"1", "t", "true", "yes", "y", "on"})
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_SECONDS_BELOW = 100_000_000_000
"""A larger number cannot be seconds in this age, so it is milliseconds."""


def as_text(value: Value) -> str:
    """The value as text; "" for NULL."""
    if isinstance(value, Shortened):
        value = value.head
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def as_int(value: Value) -> int | None:
    """A whole number, from a number or its decimal text; None when it is none."""
    if isinstance(value, bool | int):
        return int(value)
    try:
        return int(as_text(value).strip().partition(".")[0])
    except ValueError:
        return None


def as_bool(value: Value) -> bool:
    """Truth as any engine writes it; NULL is false."""
    if isinstance(value, int | float):
        return value != 0
    if value in {b"\x00", b"\x01"}:
        return value == b"\x01"
    return as_text(value).strip().lower() in _TRUE


def as_hex(value: Value) -> str:
    r"""Bytes as lower-case hex, also from PostgreSQL's `\x…` text."""
    if isinstance(value, bytes):
        return value.hex()
    text = as_text(value).strip()
    return text[2:].lower() if text[:2] in {"\\x", "0x"} else text.lower()


def as_time(value: Value) -> str | None:
    """ISO 8601 from text or from an epoch in seconds or milliseconds; other text as it is."""
    text = as_text(value).strip()
    if not text:
        return None
    if _WHOLE.fullmatch(text):
        return _from_epoch(int(text))
    try:
        moment = datetime.fromisoformat(_widened(text))
    except ValueError:
        return "".join(c for c in text if c.isprintable())
    exact = "milliseconds" if moment.microsecond and moment.microsecond % 1000 == 0 else "auto"
    return moment.isoformat(timespec=exact).replace("+00:00", "Z")


def _from_epoch(number: int) -> str | None:
    seconds = number if abs(number) < _SECONDS_BELOW else number / 1000
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return str(number)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _widened(text: str) -> str:
    """Fractions beyond microseconds cut: Python reads six digits, some tools write nine."""
    head, dot, rest = text.partition(".")
    if not dot:
        return text
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{head}.{rest[:digits][:6]}{rest[digits:]}"
