"""What a write-ahead log tells: its commits, and the rows each changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from studio.backends.halves import Half
from studio.backends.target import Opening, Target
from studio.wal.changes import Changes
from studio.wal.probe import Probe
from studio.wal.remains import Remains
from studio.wal.report import WalReport

RowCounts = Mapping[int, Mapping[str, Mapping[str, int]]]
"""By a commit's last frame, its table and `insert`, `update` or `delete`."""
Progress = Callable[[int, int], bool]
"""Told the bytes that are written and how many there will be, it answers whether to stop."""


def never(_done: int, _total: int) -> bool:
    """Go on to the end."""
    return False


class WalHistory(Protocol):
    """Reads the files as bytes, in a process apart: nothing is opened, locked or changed.

    A commit is named by its last frame. Each call blocks for a moment, and raises ConnectFailed,
    Busy, Refused for a commit that cannot be rebuilt, ConfigInvalid for a table never there.
    """

    def staying(self) -> "WalHistory":
        """The same of one target for who asks again and again: it keeps a process that reads only
        what moved. Close it.
        """

    def stop(self) -> None:
        """End what a staying one reads now: that question raises ConnectFailed."""

    def close(self) -> None:
        """Let a staying one go."""

    def report(self, target: Target) -> tuple[Probe, WalReport]:
        """What lies there and who uses it, every commit in the WAL, and what a rollback journal
        would undo that was left.
        """

    def users(self, target: Target, found: Probe) -> Probe:
        """The same with who uses it by now: cheap enough to be asked every second."""

    def rows_of_commit(self, target: Target, commit: int, table: str | None = None) -> Changes:
        """The rows a commit changed, by table."""

    def row_counts(self, target: Target, commits: Sequence[int]) -> RowCounts:
        """How many rows some commits changed, without those where it cannot be told."""

    def rows_between(
        self, target: Target, first: int, second: int, table: str | None = None
    ) -> Changes:
        """The rows that are different in the second of two commits; 0 is the main file alone."""

    def rows_to_undo(self, target: Target, table: str | None = None) -> Changes:
        """The rows that a dead program's rollback journal would undo, as that program changed them.
        Nothing is undone.
        """

    def deleted_rows(self, target: Target) -> Remains:
        """Deleted rows whose bytes can still be read. Nothing writes them back."""

    def save_state(self, target: Target, commit: int, output: Path, ask: Progress = never) -> int:
        """Write the database as of a commit to a new file; its bytes. It appears only when it is
        whole, and nothing is left of one that was stopped.
        """

    def visit(self, target: Target, commit: int, ask: Progress = never) -> Opening:
        """The whole database as of a commit, opened so that nothing can be written: a private file,
        gone with the opening. A session of it is one like any other.
        """

    def follow(self, target: Target) -> Iterator[dict[str, Any]]:
        """Commits as they happen, each a document; blocks until the next."""


WAL_HISTORY: Half[WalHistory] = Half("wal_history", "{engine} keeps no WAL beside a file")
"""The place of a class, `module:Name`."""
