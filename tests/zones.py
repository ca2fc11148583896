"""Where the person of a test is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
"""By its rule, so that no file of zones is needed."""


@contextmanager
def person_in(zone: str) -> Iterator[None]:
    """The process's own zone is `zone` meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        try:
            yield
        finally:
            patch.undo()
            time.tzset()
