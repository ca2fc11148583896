"""What a write-ahead log tells: its commits, and the rows each changed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from studio.backends.halves import Half
from studio.backends.target import Target
from studio.wal.changes import Changes
from studio.wal.probe import Probe
from studio.wal.report import WalReport


class WalHistory(Protocol):
    """Reads the files as bytes, in a process apart: nothing is opened, locked or changed.

    A commit is named by its last frame. Each call blocks for a moment, and raises ConnectFailed,
    Busy, Refused for a commit that cannot be rebuilt, ConfigInvalid for a table never there.
    """

    def report(self, target: Target) -> tuple[Probe, WalReport]:
        """What lies there and who uses it, and every commit in the WAL."""

    def rows_of_commit(self, target: Target, commit: int, table: str | None = None) -> Changes:
        """The rows a commit changed, by table."""

    def rows_between(
        self, target: Target, first: int, second: int, table: str | None = None
    ) -> Changes:
        """The rows that are different in the second of two commits; 0 is the main file alone."""

    def save_state(self, target: Target, commit: int, output: Path) -> int:
        """Write the database as of a commit to a new file; its bytes."""

    def follow(self, target: Target) -> Iterator[dict[str, Any]]:
        """Commits as they happen, each a document; blocks until the next."""


WAL_HISTORY: Half[WalHistory] = Half("wal_history", "{engine} keeps no WAL beside a file")
"""The place of a class, `module:Name`."""
