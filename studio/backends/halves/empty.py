"""An empty database of an engine's own, in memory: for schema statements that anybody may have
written.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from studio.backends.halves import Half
from studio.model.catalog import Table
from studio.model.server import Server


class Empty(Protocol):
    """A database nobody else sees. It reaches no file, loads no code, and does not run for long."""

    def run(self, script: str) -> None:
        """Run statements; raises StatementFailed."""

    def tables(self, server: Server) -> tuple[Table, ...]:
        """Tables and views, read as in the database of `server`; raises StudioError."""


class MakesEmpty(Protocol):
    """Makes an empty database of the engine."""

    def __call__(self) -> AbstractContextManager[Empty]:
        """Gone at the end of the block."""


EMPTY: Half[MakesEmpty] = Half("empty", "{engine} cannot make a database in memory")
"""A method `empty`."""
