"""What an engine can do before any driver is imported.

Asked through `studio.backends.registry`, since the engine's own object brings its driver: a guest
names a class of these methods in the entry point group `studio.backends.early`.
"""

from typing import Protocol

from studio.backends.target import Target


class Early(Protocol):
    """The half that is asked while the first screen is painted. Light: it imports no driver."""

    def begin(self, target: Target) -> None:
        """Start what another process can do."""

    def may_be_read_twice(self, target: Target) -> bool:
        """Whether two processes may look at one database: a second one reads the first rows."""

    def look_here(self, target: Target) -> bool:
        """Look from this process, which must have opened nothing yet; whether one more connection
        may look at its rows at once. Raises StudioError.
        """
