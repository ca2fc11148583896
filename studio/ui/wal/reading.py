"""What the WAL page shows, read by a process that stays, and whether that has moved."""

from pathlib import Path
from typing import TYPE_CHECKING

from studio.backends.halves.wal_history import WalHistory
from studio.backends.target import Target
from studio.model.errors import StudioError
from studio.ui.terminal.detached import detached
from studio.ui.wal.arrivals import Arrivals
from studio.wal.probe import Probe, Stamp, stamp

if TYPE_CHECKING:
    from studio.wal.report import WalReport

_BESIDE = ("", "-wal", "-shm")


class WalReading:
    """The WAL of one file, as it was read last."""

    def __init__(self, history: WalHistory, target: Target) -> None:
        self._history, self._target = history, target
        self.read: tuple[Probe, WalReport] | None = None
        self.arrivals = Arrivals()
        self._seen: tuple[Stamp | None, ...] = ()

    def has_moved(self) -> bool:
        """By `stat` alone: opening the files here would drop SQLite's locks on them."""
        return self._stamps() != self._seen

    def _stamps(self) -> tuple[Stamp | None, ...]:
        return tuple(stamp(Path(f"{self._target.address}{suffix}")) for suffix in _BESIDE)

    async def again(self) -> None:
        """Read what moved. Raises StudioError."""
        self._seen = self._stamps()
        found, report = await detached(lambda _stop: self._history.report(self._target))
        self.arrivals.look(report)
        self.arrivals.look_who(found)
        self.read = found, report

    async def count(self) -> bool:
        """Count the rows of commits that were seen to come; whether there is anything new."""
        frames = self.arrivals.uncounted
        if not frames:
            return False
        try:
            found = await detached(lambda _stop: self._history.row_counts(self._target, frames))
        except StudioError:
            # Begun anew meanwhile: the next look lists others.
            return False
        self.arrivals.rows |= {frame: found.get(frame, {}) for frame in frames}
        return True

    async def look_who(self) -> bool:
        """Read who is there; whether that is another. A mark of a reader, or a lock, changes no
        file's time.
        """
        if self.read is None:
            return False
        before = found, report = self.read
        try:
            found = await detached(lambda _stop: self._history.users(self._target, found))
        except StudioError:
            # Its files say why, by the next look.
            return False
        if self.read is not before:
            # What was read meanwhile is newer.
            return False
        self.read = found, report
        return self.arrivals.look_who(found)
