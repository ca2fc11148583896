"""What went with a connection that was lost, in words that say no more than is known."""

import asyncio
from dataclasses import replace
from time import monotonic

from studio.backends.base import Purpose
from studio.backends.halves import required
from studio.backends.halves.editing import EDITING
from studio.backends.halves.running import TransactionNow
from studio.db.session import Session
from studio.model.errors import StudioError
from studio.queries.held import Held
from studio.queries.query import Query
from studio.sqltext.classify import StatementKind

NONE = TransactionNow.NONE
_AGAIN_S = 0.2
ENDS = frozenset({"COMMIT", "END", "PREPARE", "RELEASE"})
"""What may have kept a transaction when the line fell before the answer came."""


def lost_at(sent: Query | None, held: Held) -> str:
    """What went with a connection that was lost while `sent` ran; empty: nothing that is known."""
    if sent is None or sent.facts.kind is StatementKind.READ:
        return gone(held)
    keyword = sent.facts.keyword
    if not held.is_open or keyword in ENDS:
        unknown = f"whether {keyword} was kept is not known: look"
        return "; ".join(filter(None, (unknown, gone(replace(held, transaction=NONE)))))
    return gone(held)


def gone(held: Held) -> str:
    """What a connection takes along that is lost, in words."""
    words = [f"nothing since {held.since} was kept"] if held.is_open else []
    if held.kept:
        words.append(f"session state is gone ({', '.join(held.kept)})")
    return "; ".join(words)


async def became(session: Session, transaction_id: str, patience_s: float = 5.0) -> str:
    """What became of a transaction whose COMMIT was not answered, asked on another connection;
    empty: it cannot be known.
    """
    rules, until = required(session.backend, EDITING), monotonic() + patience_s
    while True:
        try:
            outcome = await session.lane(Purpose.WATCH).run(
                lambda c: rules.transaction_outcome(c, transaction_id)
            )
        except StudioError:
            outcome = None
        if outcome == "committed":
            return "the line fell at COMMIT, and it was committed (asked the server)"
        if outcome == "aborted":
            return "the line fell at COMMIT, and nothing was kept (asked the server)"
        if outcome is None or monotonic() > until:
            return ""
        await asyncio.sleep(_AGAIN_S)
