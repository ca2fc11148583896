"""What completion offers besides relations: functions, types, keywords, settings."""

from typing import TYPE_CHECKING, Protocol

from studio.backends.halves import Absent, Half, ask
from studio.model.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from studio.backends.base import Backend


class Completing(Protocol):
    """The half of an engine that knows its own words."""

    def vocabulary(self, connection: "Connection") -> Vocabulary:
        """Everything at once; may block, reads only."""


COMPLETING: Half[Completing] = Half("completing", "{engine} completes relations and columns only")
"""An attribute `completing`: the half, or its place."""


def vocabulary_of(backend: "Backend", connection: "Connection") -> Vocabulary:
    """The words of an engine; the standard's where it does not say."""
    found = ask(backend, COMPLETING)
    return Vocabulary() if isinstance(found, Absent) else found.vocabulary(connection)
