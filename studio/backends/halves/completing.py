"""What completion offers besides relations: functions, types, keywords, settings."""

from typing import TYPE_CHECKING, Protocol

from studio.backends.halves import Absent, Half, ask
from studio.model.vocabulary import SessionNames, Vocabulary

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from studio.backends.base import Backend


class Completing(Protocol):
    """The half of an engine that knows its own words."""

    def vocabulary(self, connection: "Connection") -> Vocabulary:
        """Everything at once; may block, reads only."""

    def session_names(self, connection: "Connection") -> SessionNames:
        """What only this session sees. Outside of any transaction; waits for nobody's lock. Raises
        the driver's errors, StatementFailed.
        """


COMPLETING: Half[Completing] = Half("completing", "{engine} completes relations and columns only")
"""An attribute `completing`: the half, or its place."""


def vocabulary_of(backend: "Backend", connection: "Connection") -> Vocabulary:
    """The words of an engine; the standard's where it does not say."""
    found = ask(backend, COMPLETING)
    return Vocabulary() if isinstance(found, Absent) else found.vocabulary(connection)


def session_names_of(backend: "Backend", connection: "Connection") -> SessionNames:
    """What only this session sees; nothing where the engine does not say."""
    found = ask(backend, COMPLETING)
    return SessionNames() if isinstance(found, Absent) else found.session_names(connection)
