"""What went with a connection that was lost, in words that say no more than is known."""

from dataclasses import replace

from studio.backends.halves.running import TransactionNow
from studio.queries.held import Held
from studio.queries.query import Query
from studio.sqltext.classify import StatementKind

_NONE = TransactionNow.NONE
_ENDS = frozenset({"COMMIT", "END", "PREPARE", "RELEASE"})
"""What may have kept a transaction when the line fell before the answer came."""


def lost_at(sent: Query | None, held: Held) -> str:
    """What went with a connection that was lost while `sent` ran; empty: nothing that is known."""
    if sent is None or sent.facts.kind is StatementKind.READ:
        return gone(held)
    keyword = sent.facts.keyword
    if not held.is_open or keyword in _ENDS:
        unknown = f"whether {keyword} was kept is not known: look"
        return "; ".join(filter(None, (unknown, gone(replace(held, transaction=_NONE)))))
    return gone(held)


def gone(held: Held) -> str:
    """What a connection takes along that is lost, in words."""
    words = [f"nothing since {held.since} was kept"] if held.is_open else []
    if held.kept:
        words.append(f"session state is gone ({', '.join(held.kept)})")
    return "; ".join(words)
