"""What is wrong with a database that no connection can read."""

from typing import TYPE_CHECKING, Protocol

from studio.backends.halves import Half
from studio.model.errors import StatementFailed
from studio.model.health import HealthFinding

if TYPE_CHECKING:
    from studio.backends.target import Opening


class TellsUnreadable(Protocol):
    """Tells damage from a refusal."""

    def __call__(self, opening: "Opening", error: StatementFailed) -> HealthFinding | None:
        """The finding that a refused connection is; None where the database is not at fault."""


UNREADABLE: Half[TellsUnreadable] = Half("unreadable", "{engine} has no damage to tell")
"""A method `unreadable`."""
