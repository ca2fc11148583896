"""Times as they are shown: in a person's zone or in UTC, never without saying which."""

import re
from datetime import UTC, datetime
from enum import StrEnum

_WITH_OFFSET = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)(?P<fraction>\.\d+)?"
    r"(?P<offset>Z|[-+]\d\d(?::?\d\d(?::?\d\d)?)?)",
    re.ASCII,
)
"""ISO 8601 as PostgreSQL writes `timestamptz`, and as programs write it into SQLite."""

_CLOCK = len("2026-01-06 09:00:00")


class TimesIn(StrEnum):
    """Which zone times are shown in."""

    STORED = "stored"
    """As the database writes them; numbers and ids, which say nothing of a zone, in UTC."""
    LOCAL = "local"
    UTC = "utc"

    @property
    def next(self) -> "TimesIn":
        """What is shown when this one was seen."""
        order = [TimesIn.STORED, TimesIn.LOCAL, TimesIn.UTC]
        return order[(order.index(self) + 1) % len(order)]


def time_shown(at: datetime, times: TimesIn = TimesIn.UTC, fraction: str = "") -> str:
    """`2026-01-06 09:00:00 UTC`, or `2026-01-06 10:00:00 +01:00` with the offset that the person's
    zone has at that time; `fraction` of the second as it is written. `at` has a zone. A time that
    the calendar of the other zone does not have (year 0 or 10000) is "".
    """
    try:
        there = at.astimezone(None if times is TimesIn.LOCAL else UTC)
    except (OverflowError, ValueError):
        return ""
    text = there.isoformat(" ", "seconds")
    zone = text[_CLOCK:] if times is TimesIn.LOCAL else "UTC"
    return f"{text[:_CLOCK]}{fraction} {zone}"


def time_rewritten(text: object, times: TimesIn) -> str:
    """The same for a time that is written with its offset; "" where that is not wanted, or for
    anything else: a time without an offset is in nobody knows which zone.
    """
    if times is TimesIn.STORED or not isinstance(text, str):
        return ""
    found = _WITH_OFFSET.fullmatch(text)
    if found is None:
        return ""
    try:
        at = datetime.fromisoformat(found["time"] + found["offset"])
    except ValueError:
        return ""
    return time_shown(at, times, found["fraction"] or "")
