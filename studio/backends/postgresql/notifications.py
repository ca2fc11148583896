"""NOTIFY, as it comes to a session that holds LISTEN."""

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import psycopg

from studio.backends.halves.running import Notification

_MOST = 1_000
"""Kept until they are asked for: the oldest go."""
_came: WeakKeyDictionary[psycopg.Connection[Any], list[Notification]] = WeakKeyDictionary()


def collect(driver: psycopg.Connection[Any]) -> None:
    """Keep what comes while statements run: the driver tells it, and forgets it."""
    kept = _came.setdefault(driver, [])

    def hear(told: psycopg.Notify) -> None:
        kept.append(Notification(told.channel, told.payload, told.pid))
        del kept[:-_MOST]

    driver.add_notify_handler(hear)


def taken(driver: psycopg.Connection[Any]) -> Sequence[Notification]:
    """All that came, once; what waits in the socket is read, nothing is sent. Who asks for the
    first time hears what comes from then on.
    """
    if driver not in _came:
        collect(driver)
    line = driver.pgconn
    try:
        line.consume_input()
        while (told := line.notifies()) is not None:
            if line.notify_handler is not None:
                line.notify_handler(told)
    except psycopg.OperationalError:
        # The line fell: whoever runs the next statement finds out, and tells what went with it.
        pass
    kept = _came.get(driver, [])
    came = tuple(kept)
    kept.clear()
    return came
