"""Numbers that are times."""

import pytest

from studio.model.page import Value
from studio.ui.widgets.epochs import epoch_date, is_epoch_name


@pytest.mark.parametrize(
    ("value", "date"),
    [
        (1767690000, "2026-01-06 09:00:00 UTC"),
        (1767690000999, "2026-01-06 09:00:00 UTC"),
        (1767690000999999, "2026-01-06 09:00:00 UTC"),
        ("1767690000", "2026-01-06 09:00:00 UTC"),
        (42, ""),
        (-1767690000, ""),
        (10**10, ""),
        (10**30, ""),
        (1767690000.0, ""),
        (True, ""),
        (None, ""),
        ("２026010609", ""),
        ("2026-01-06", ""),
    ],
)
def test_only_whole_numbers_in_the_range_are_dates(value: Value, date: str) -> None:
    assert epoch_date(value) == date


@pytest.mark.parametrize(
    "name", ["created_at", "createdAt", "ts", "event_time", "expires_ms", "on"]
)
def test_names_of_times(name: str) -> None:
    assert is_epoch_name(name)


@pytest.mark.parametrize("name", ["id", "amount", "flat", "format", "rate", "phone", "hats"])
def test_names_of_other_things(name: str) -> None:
    assert not is_epoch_name(name)
