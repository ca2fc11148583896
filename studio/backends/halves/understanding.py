"""Whether an engine understands a statement, told before anybody is asked about running it."""

from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half


class Understands(Protocol):
    """Compile a statement, and run nothing."""

    def __call__(self, connection: Connection, statement: str) -> None:
        """Raises StatementFailed, with its place, for what the engine would not run."""


UNDERSTANDING: Half[Understands] = Half(
    "understood", "{engine} tells what is wrong with a statement when it runs"
)
"""A method `understood`."""
