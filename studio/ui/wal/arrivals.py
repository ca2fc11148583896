"""When commits were seen to come: a WAL keeps no times."""

from datetime import datetime

from studio.wal.report import WalReport


class Arrivals:
    """The times at which commits were first seen, of one round of the WAL after the other."""

    def __init__(self) -> None:
        self.times: dict[int, str] = {}
        """By the commit's last frame. Those that were there before are not in it."""
        self._salt: tuple[str, str] | None = None
        self._last = 0
        self._has_looked = False

    def look(self, report: WalReport) -> None:
        """What is new came between this look and the one before."""
        salt = report.header.salt if report.header is not None else None
        if salt != self._salt:
            self.times, self._salt, self._last = {}, salt, 0
        if self._has_looked:
            now = f"{datetime.now().astimezone():%H:%M:%S}"
            frames = (one.commit.last_frame for one in report.commits)
            self.times |= {frame: now for frame in frames if frame > self._last}
        self._last, self._has_looked = report.mx_frame, True
