"""Where a statement of a query tab runs: asked about and undone at will, or as it stands."""

from enum import Enum, auto

from studio.queries.own_session import OwnSession
from studio.sqltext.classify import Classification, StatementKind
from studio.sqltext.script import ScriptStep
from studio.sqltext.session_state import acts_on_session_only, only_copies_out
from studio.sqltext.syntax import Syntax


class RunPlace(Enum):
    """The two ways to run one statement."""

    ASKED = auto()
    """A transaction of its own, asked about before it is kept; a read: behind the walls."""
    AS_IT_STANDS = auto()
    """In the session, with nothing around it but what the mode asks for."""


def place_of(step: ScriptStep, facts: Classification, own: OwnSession, syntax: Syntax) -> RunPlace:
    """Where `step` runs now."""
    is_order = facts.kind is StatementKind.TRANSACTION
    if own.reads_only or own.held.is_open or is_order or step.data is not None:
        return RunPlace.AS_IT_STANDS
    if acts_on_session_only(step.text, syntax, facts.keyword):
        return RunPlace.AS_IT_STANDS
    if only_copies_out(step.text, syntax, facts.keyword):
        return RunPlace.AS_IT_STANDS
    if own.is_manual and not facts.outside_transaction:
        return RunPlace.AS_IT_STANDS
    return RunPlace.ASKED
