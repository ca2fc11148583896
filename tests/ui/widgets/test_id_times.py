"""Ids that tell when they were made."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.ui.widgets.id_times import id_time


@pytest.mark.parametrize(
    ("value", "time"),
    [
        # The examples of RFC 9562, appendix A: 2022-02-22 14:22:22 in New York.
        ("C232AB00-9414-11EC-B3C8-9F6BDECED846", "made 2022-02-22 19:22:22 UTC"),
        ("1EC9414C-232A-6B00-B3C8-9F6BDECED846", "made 2022-02-22 19:22:22 UTC"),
        ("017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "made 2022-02-22 19:22:22 UTC"),
        ("017f22e279b07cc398c4dc0c0c07398f", "made 2022-02-22 19:22:22 UTC"),
        # The example of the ULID specification.
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "made 2016-07-30 23:54:10 UTC"),
        # Version 4 is chance, and so is what only looks like an id.
        ("919108f7-52d1-4320-9bac-f847db4148a8", ""),
        ("00000000-0000-7000-8000-000000000000", ""),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAU", ""),
        ("81ARZ3NDEKTSV4RRFFQ69G5FAV", ""),
        ("ABCDEFGHJKMNPQRSTVWXYZABCD", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_the_time_an_id_was_made_at(value, time: str) -> None:
    assert id_time(value) == time


@given(number=st.integers(0, 2**128 - 1), version=st.sampled_from([1, 4, 6, 7]))
def test_no_id_is_too_odd(number: int, version: int) -> None:
    id_time(str(uuid.UUID(int=number & ~(0xF << 76) | version << 76)))


def test_ones_own_uuid_says_now() -> None:
    now = datetime.now(tz=UTC)
    days = {f"{now + timedelta(days=days):%Y-%m-%d}" for days in (-1, 0, 1)}
    assert id_time(str(uuid.uuid1()))[5:15] in days
