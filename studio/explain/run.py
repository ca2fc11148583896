"""Explain a statement on an open database: plan only, or measured and rolled back (README, §4)."""

from studio.backends.halves import Absent, ask
from studio.backends.halves.explaining import EXPLAINING
from studio.backends.halves.explaining import ExplainedRun as ExplainedRun
from studio.backends.halves.explaining import Request as Request
from studio.backends.registry import is_own
from studio.config.guests import Failed, awaited
from studio.db.session import Session
from studio.explain.rolled_back import SessionLanes
from studio.model.errors import StudioError, Unsupported


async def explain(session: Session, request: Request) -> ExplainedRun:
    """Explain one statement on the engine behind a session.

    Raises NeedsConsent, Refused, Unsupported where the engine has no plans to read, StudioError.
    """
    explaining = ask(session.backend, EXPLAINING)
    if isinstance(explaining, Absent):
        raise Unsupported(f"{explaining.why}.")
    if is_own(session.backend):
        return await explaining.explain(SessionLanes(session), request)
    found = await awaited(
        lambda: explaining.explain(SessionLanes(session), request), ours=(StudioError,)
    )
    if isinstance(found, Failed):
        raise Unsupported(f"The engine {session.backend.name} could not explain it: {found.why}")
    return found
