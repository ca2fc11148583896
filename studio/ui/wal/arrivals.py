"""When commits were seen to come, and since when somebody holds a lock: a WAL keeps no times."""

from datetime import datetime
from typing import TYPE_CHECKING

from studio.wal.probe import Probe
from studio.wal.report import WalReport
from studio.wal.who import doings

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_COUNTED = 20
"""Commits of one look: a few ms each, by the process that reads them."""


class Arrivals:
    """The times at which commits were first seen, of one round of the WAL after the other; and
    since when each reader and writer is seen without a break.
    """

    def __init__(self) -> None:
        self.times: dict[int, str] = {}
        """By the commit's last frame. Those that were there before are not in it."""
        self.rows: dict[int, Mapping[str, Mapping[str, int]]] = {}
        """How many rows of each table and kind they changed, as far as that was counted."""
        self.seen: dict[tuple[int, str], str] = {}
        """By the process's number and what it does."""
        self._salt: tuple[str, str] | None = None
        self._last = 0
        self._has_looked = False

    def look(self, report: WalReport) -> None:
        """What is new came between this look and the one before."""
        salt = report.header.salt if report.header is not None else None
        if salt != self._salt:
            self.times, self.rows, self._salt, self._last = {}, {}, salt, 0
            # A mark of another round is another place.
            self.seen = {}
        if self._has_looked:
            frames = (one.commit.last_frame for one in report.commits)
            self.times |= {frame: _now() for frame in frames if frame > self._last}
        self._last, self._has_looked = report.mx_frame, True

    @property
    def uncounted(self) -> list[int]:
        """The newest of them whose rows were not counted."""
        return [frame for frame in sorted(self.times)[-_MOST_COUNTED:] if frame not in self.rows]

    def look_who(self, found: Probe) -> bool:
        """Who is there now; whether that is another than at the last look."""
        now = {(holder.pid, does) for holder, does in doings(found)}
        is_other = now != self.seen.keys()
        self.seen = {one: self.seen.get(one) or _now() for one in now}
        return is_other


def _now() -> str:
    return f"{datetime.now().astimezone():%H:%M:%S}"
