"""Whole numbers that are times: seconds, milliseconds or microseconds since 1970."""

import re
from datetime import UTC, datetime, timedelta

from studio.model.row_page import Value
from studio.model.times import TimesIn, time_shown

_NAMES = re.compile(
    r"(?:(?:^|_)(?:at|on|time|ts|timestamp|date|epoch|when|created|updated|modified|deleted|"
    r"expires|expiry)|[a-z](?:At|On|Time|Ts|Timestamp|Date))(?:_(?:s|ms|us))?$"
)
_LEAST_S, _MOST_S = 10**8, 4_102_444_800
"""From 1973, below which numbers are amounts, to 2100; in the three units they never overlap."""
_UNITS = (1, 10**3, 10**6)
_START = datetime(1970, 1, 1, tzinfo=UTC)
_MANY_DAYS_S = 60 * 86_400
_DIGITS = re.compile(r"[0-9]{9,16}")


def is_epoch_name(name: str) -> bool:
    """Whether a column of that name holds times."""
    return _NAMES.search(name) is not None


def epoch_date(value: Value, times: TimesIn = TimesIn.UTC) -> str:
    """`2026-01-06 09:00:00 UTC` of a number that may be one; "" of anything else."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if type(value) is not int:
        return ""
    for per_second in _UNITS:
        if _LEAST_S * per_second <= value < _MOST_S * per_second:
            return time_shown(_START + timedelta(seconds=value // per_second), times)
    return ""


def date_of(seconds: float, span: float) -> str:
    """Seconds since 1970 as a date, with the time where `span`, which is shown, is of days only; a
    number beyond the calendar stays one.
    """
    try:
        at = _START + timedelta(seconds=seconds)
    except OverflowError:
        return f"{seconds:,.0f} s"
    return f"{at:%Y-%m-%d}" if span >= _MANY_DAYS_S else f"{at:%Y-%m-%d %H:%M:%S}"
