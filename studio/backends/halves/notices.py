"""What a server says besides its answers."""

from collections.abc import Callable
from typing import Protocol

from studio.backends.halves import Half


class Listen(Protocol):
    """Hears what a server says besides its answers: notices and warnings."""

    def __call__(
        self, driver_connection: object, tell: Callable[[str], None]
    ) -> Callable[[], None]:
        """Call `tell` with each notice, until what this returns is called."""


NOTICES: Half[Listen] = Half("listen", "{engine} says nothing besides its answers")
"""A method `listen`."""
