"""A place to run schema statements in that leaves nothing behind: the optional half of a backend.

A backend that has such a place offers a method `scratch`; the others do not. Public and versioned
like `studio.backends.base`.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from studio.backends.base import Backend, Opening
from studio.backends.halves import Half, required
from studio.model.catalog import Table
from studio.model.stored import StoredPart, StoredRoutine


class Scratch(Protocol):
    """An empty schema of its own inside a transaction that is always rolled back."""

    def run(self, statement: str) -> bool:
        """Run one statement; False when it was left out, because it changes no schema.

        Raises Refused for what could reach outside, StudioError for what the database refuses.
        """

    def tables(self) -> tuple[Table, ...]:
        """Tables with their policies, and views, named without the scratch; raises StudioError."""

    def routines(self) -> tuple[StoredRoutine, ...]:
        """Functions and procedures, named without the scratch; raises StudioError."""

    def parts(self) -> tuple[StoredPart, ...]:
        """The server's own words for the rest, named without the scratch; raises StudioError."""


class Scratches(Protocol):
    """Makes a scratch, in which schema statements may run."""

    def __call__(self, opening: Opening) -> AbstractContextManager[Scratch]:
        """A scratch in the database of `opening`; raises Refused and ConnectFailed."""


SCRATCH: Half[Scratches] = Half("scratch", "{engine} has no scratch to replay migrations in")
"""A method `scratch`."""


def scratch_in(engine: Backend, opening: Opening) -> AbstractContextManager[Scratch]:
    """A scratch in the database of `opening`; raises Unsupported, Refused and ConnectFailed."""
    return required(engine, SCRATCH)(opening)
