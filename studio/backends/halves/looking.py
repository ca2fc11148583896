"""Running what somebody wrote inside a page of studio's own, where nothing may act.

For engines without `foresight`: one of the two is what lets SQL into a filter.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half


class ReadOnlyGuard(Protocol):
    """Refuse what acts, on a connection that is not of Purpose.QUERY."""

    def __call__(self, connection: Connection) -> AbstractContextManager[None]:
        """As long as the block runs: ReadOnly is raised for what could act, while it is compiled
        or run.
        """


LOOKING: Half[ReadOnlyGuard] = Half(
    "only_looking", "studio cannot keep your SQL from acting in {engine}"
)
"""A method `only_looking`."""
