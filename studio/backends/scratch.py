"""A place to run schema statements in that leaves nothing behind: the optional half of a backend.

A backend that has such a place offers a method `scratch`; the others do not. Public and versioned
like `studio.backends.base`.
"""

from contextlib import AbstractContextManager
from typing import Protocol, cast

from studio.backends.base import Backend, Opening
from studio.model.catalog import Table
from studio.model.errors import Unsupported


class Scratch(Protocol):
    """An empty schema of its own inside a transaction that is always rolled back."""

    def run(self, statement: str) -> bool:
        """Run one statement; False when it was left out, because it changes no schema.

        Raises Refused for what could reach outside, StudioError for what the database refuses.
        """

    def tables(self) -> tuple[Table, ...]:
        """What the statements made, named without the scratch schema; raises StudioError."""


class _Scratching(Protocol):
    def scratch(self, opening: Opening) -> AbstractContextManager[Scratch]: ...


def scratch_in(engine: Backend, opening: Opening) -> AbstractContextManager[Scratch]:
    """A scratch in the database of `opening`; raises Unsupported, Refused and ConnectFailed."""
    if getattr(engine, "scratch", None) is None:
        raise Unsupported(f"{engine.name} has no scratch to replay migrations in")
    return cast("_Scratching", engine).scratch(opening)
