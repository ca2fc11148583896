"""Do advised indexes help? The engine builds them where nobody sees it, measures, and takes
them away (README, §4).
"""

from collections.abc import Sequence

from studio.backends.halves import required
from studio.backends.halves.proving import PROVING, Proof
from studio.db.session import Session
from studio.explain.rolled_back import SessionLanes
from studio.model.finding import IndexHint


async def prove(
    session: Session, sql: str, hints: Sequence[IndexHint], timeout_s: float = 60.0
) -> Proof:
    """Try indexes together on one statement that reads; the database is as before afterwards.

    Raises Refused when a table is too large, Unsupported where the engine tries none, StudioError.
    """
    prover = required(session.backend, PROVING)
    return await prover.prove(SessionLanes(session), sql, hints, timeout_s)
