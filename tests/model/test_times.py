"""Times in a person's zone and in UTC, always marked which."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.times import TimesIn, time_rewritten, time_shown
from tests.zones import BERLIN, person_in

LEAST, MOST = map(datetime.fromisoformat, ("1900-01-01", "2200-01-01"))


@pytest.fixture(autouse=True)
def berlin():
    with person_in(BERLIN):
        yield


@pytest.mark.parametrize(
    ("at", "local"),
    [
        ("2026-01-06T09:00:00", "2026-01-06 10:00:00 +01:00"),
        # The clock is put forward at 01:00 UTC, and back; then 02:30 comes twice.
        ("2026-03-29T00:59:59", "2026-03-29 01:59:59 +01:00"),
        ("2026-03-29T01:00:00", "2026-03-29 03:00:00 +02:00"),
        ("2026-10-25T00:30:00", "2026-10-25 02:30:00 +02:00"),
        ("2026-10-25T01:30:00", "2026-10-25 02:30:00 +01:00"),
    ],
)
def test_a_local_time_has_the_offset_of_its_day(at: str, local: str):
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert time_shown(moment, TimesIn.LOCAL) == local
    for times in (TimesIn.UTC, TimesIn.STORED):
        assert time_shown(moment, times) == f"{at.replace('T', ' ')} UTC"


@pytest.mark.parametrize(
    ("text", "local", "utc"),
    [
        ("2026-01-06 09:00:00+00", "2026-01-06 10:00:00 +01:00", "2026-01-06 09:00:00 UTC"),
        ("2026-07-06 09:00:00.5-04", "2026-07-06 15:00:00.5 +02:00", "2026-07-06 13:00:00.5 UTC"),
        ("2026-01-06 14:30:00.123456+05:30", "2026-01-06 10:00:00.123456 +01:00",
         "2026-01-06 09:00:00.123456 UTC"),
        ("2026-01-06T09:00:00.123456789Z", "2026-01-06 10:00:00.123456789 +01:00",
         "2026-01-06 09:00:00.123456789 UTC"),
        ("2026-01-06T10:00:00+0100", "2026-01-06 10:00:00 +01:00", "2026-01-06 09:00:00 UTC"),
        # Before zones, offsets had seconds.
        ("1850-01-01 00:53:28+00:53:28", "1850-01-01 01:00:00 +01:00", "1850-01-01 00:00:00 UTC"),
    ],
)  # fmt: skip
def test_a_time_with_an_offset_is_the_same_time(text: str, local: str, utc: str):
    assert time_rewritten(text, TimesIn.LOCAL) == local
    assert time_rewritten(text, TimesIn.UTC) == utc
    assert time_rewritten(text, TimesIn.STORED) == ""


def test_an_offset_of_seconds_is_whole():
    with person_in("LMT-0:53:28"):
        shown = time_rewritten("1850-01-01 00:00:00+00", TimesIn.LOCAL)
    assert shown == "1850-01-01 00:53:28 +00:53:28"


@pytest.mark.parametrize(
    "text",
    [
        *("infinity", "-infinity", "", "now", "2026-01-06", "09:00:00+00"),
        "2026-01-06 09:00:00",
        "0044-03-15 12:00:00+00 BC",
        "10000-01-01 00:00:00+00",
        "0001-01-01 00:00:00+14",
        "9999-12-31 23:59:59-12",
        "2026-13-06 09:00:00+00",
        "2026-01-06 09:00:00+99",
        "２０２６-01-06 09:00:00+00",
        "2026-01-06 09:00:00+00\n",
        *(None, 1767690000, b"2026-01-06 09:00:00+00", True),
    ],
)
def test_what_is_no_such_time_stays_what_it_is(text: object):
    assert time_rewritten(text, TimesIn.UTC) == ""


@given(st.datetimes(LEAST, MOST), st.integers(-14 * 60, 14 * 60))
def test_both_ways_of_writing_are_one_moment(naive: datetime, minutes: int):
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    text = f"{naive.isoformat(' ', 'seconds')}{sign}{hours:02}:{rest:02}"
    at = datetime.fromisoformat(text)
    local, utc = time_rewritten(text, TimesIn.LOCAL), time_rewritten(text, TimesIn.UTC)
    assert datetime.fromisoformat(local.replace(" +", "+").replace(" -", "-")) == at
    assert datetime.fromisoformat(utc.replace(" UTC", "+00:00")) == at


def test_every_choice_comes_round():
    seen = [TimesIn.STORED]
    while (following := seen[-1].next) not in seen:
        seen.append(following)
    assert set(seen) == set(TimesIn)
