"""The program an engine would run for a statement, for experts."""

from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half


class Bytecode(Protocol):
    """Read the program."""

    def __call__(self, connection: Connection, statement: str) -> str:
        """As a table; runs nothing. Raises StudioError."""


BYTECODE: Half[Bytecode] = Half("bytecode", "only SQLite has bytecode to show")
"""A method `bytecode`."""
