"""Ids that hold the time they were made at: UUID versions 1, 6 and 7 (RFC 9562), and ULID."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from studio.model.page import Value
from studio.model.table import ColumnKind
from studio.model.times import TimesIn, time_rewritten, time_shown

_UUID = re.compile(r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[167][0-9a-fA-F]{3}-?[89abAB][0-9a-fA-F]{3}-?"
                   r"[0-9a-fA-F]{12}\Z")  # fmt: skip
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}\Z")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID_TIME = 10
"""Characters that hold its milliseconds."""
_START, _GREGORIAN = datetime(1970, 1, 1, tzinfo=UTC), datetime(1582, 10, 15, tzinfo=UTC)
_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""A time outside is chance: other texts may look like such ids."""
_PER_MICROSECOND = 10
_WITH_TICKS = {1, 6}
"""Versions that count tenths of microseconds since the calendar's reform."""


def id_time(value: Value, times: TimesIn = TimesIn.UTC) -> str:
    """`made 2026-01-06 09:00:00 UTC`; "" where an id holds no time, or the value is none."""
    if not isinstance(value, str):
        return ""
    if _UUID.match(value):
        at = _uuid_time(UUID(value))
    elif _ULID.match(value):
        at = _START + timedelta(milliseconds=_decoded(value[:_ULID_TIME]))
    else:
        return ""
    return f"made {time_shown(at, times)}" if _FIRST <= at < _LAST else ""


def time_beside(kind: ColumnKind, value: Value, times: TimesIn) -> str:
    """What stands beside a whole value: when an id was made, or a time with an offset in the zone
    that is wanted; "" where it would say nothing new.
    """
    if kind is not ColumnKind.TIMESTAMP:
        return id_time(value, times)
    return time_rewritten(value, times)


def _uuid_time(uuid: UUID) -> datetime:
    number = uuid.int
    if uuid.version not in _WITH_TICKS:
        return _START + timedelta(milliseconds=number >> 80)
    ticks = uuid.time
    if uuid.version != 1:
        ticks = (number >> 96 << 28) | (number >> 80 & 0xFFFF) << 12 | number >> 64 & 0xFFF
    return _GREGORIAN + timedelta(microseconds=ticks // _PER_MICROSECOND)


def _decoded(text: str) -> int:
    number = 0
    for character in text:
        number = number * len(_CROCKFORD) + _CROCKFORD.index(character)
    return number
