"""Counts, sizes and owners in sentences, everywhere the same."""

from datetime import datetime

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_THOUSAND = 1000


def plural(count: int, noun: str, nouns: str = "") -> str:
    """`1 row`, `2,000 rows`; `nouns` where the plural is not the noun with an s."""
    return f"{count:,} {noun if count == 1 else nouns or f'{noun}s'}"


def possessive(name: str) -> str:
    """`ada's`, `customers'`."""
    return f"{name}'" if name.endswith(("s", "S")) else f"{name}'s"


def file_size(count: int) -> str:
    """Bytes as people say them: 3.1 MB."""
    value, unit = float(count), 0
    while value >= _THOUSAND and unit < len(_UNITS) - 1:
        value, unit = value / _THOUSAND, unit + 1
    return f"{count} byte{'s' * (count != 1)}" if not unit else f"{value:.1f} {_UNITS[unit]}"


def local_time(at: str) -> str:
    """`2026-12-01 14:02:05`: an ISO 8601 moment by the clock of this machine; what is none, as it
    is.
    """
    try:
        return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError):
        return at
