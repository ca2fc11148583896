"""The sessions of a moment in groups, and the figures of the head line."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from studio.activity.forest import Node, below, forest
from studio.model.activity import Moment, ServerSession

_OLD_XMIN = 1_000_000
"""Fewer transactions behind than this are no news."""


@dataclass(frozen=True, slots=True)
class Oldest:
    """Who keeps the oldest rows from being cleaned up."""

    age: int
    """In transactions."""
    pid: int | None
    name: str
    """Where there is no session: the prepared transaction, or the slot."""


@dataclass(frozen=True, slots=True)
class SortedMoment:
    """A moment, sorted."""

    moment: Moment
    trees: tuple[Node, ...]
    running: tuple[ServerSession, ...]
    """By the age of the statement; those in the forest stand there."""
    idle_in_transaction: tuple[ServerSession, ...]
    """By the age of the transaction."""
    prepared: tuple[Node, ...]
    """Prepared transactions that nobody waits for, the oldest first."""
    others: tuple[ServerSession, ...]
    """Idle, in the background, or hidden."""

    @property
    def clients(self) -> int:
        """Connections of clients, our own with them: so many of `limit` are taken."""
        return sum(self.clients_by_database.values())

    @property
    def clients_by_database(self) -> Counter[str]:
        """The same by the database they are connected to."""
        moment = self.moment
        every = (*moment.sessions, *moment.ours)
        return Counter(session.database or "" for session in every if session.is_client)

    @property
    def active(self) -> int:
        """Clients whose statement runs or waits; who waits does so, hidden or not."""
        waiting = {wait.pid for wait in self.moment.waits}
        return sum(
            s.is_client and (s.is_active or (s.is_hidden and s.pid in waiting))
            for s in self.moment.sessions
        )

    @property
    def waiting(self) -> int:
        """Sessions that wait for a lock."""
        return len(self.moment.waits) + sum(more.count for more in self.moment.more_waits)

    @property
    def idle(self) -> int:
        """Sessions that hold a transaction open and do nothing, waited for or not."""
        return sum(s.is_idle_in_transaction for s in self.moment.sessions)

    @property
    def hidden(self) -> int:
        """Sessions whose doings our role may not see; the server's own processes are none."""
        senders = {standby.pid for standby in self.moment.standbys}
        hidden = (session for session in self.moment.sessions if session.is_hidden)
        return sum(s.database is not None or s.pid in senders for s in hidden)

    @property
    def hides(self) -> bool:
        """Whether the figures but `waiting` are only what our role sees: more may be true."""
        return bool(self.hidden) and not self.moment.sees_all

    @property
    def longest_transaction_s(self) -> float | None:
        """The age of the oldest transaction of a session."""
        ages = [s.transaction_s for s in self.moment.sessions if s.transaction_s is not None]
        return max(ages, default=None)

    @property
    def oldest(self) -> Oldest | None:
        """Who holds the oldest snapshot."""
        return max(_holders(self.moment), key=lambda found: found.age, default=None)

    @property
    def is_old(self) -> bool:
        """Whether the oldest snapshot is worth a word."""
        return self.oldest is not None and self.oldest.age > _OLD_XMIN


def standing(moment: Moment) -> SortedMoment:
    """Sort a moment."""
    trees = forest(moment)
    placed = {node.pid for tree in trees for node in (tree, *below(tree))}
    left = [session for session in moment.sessions if session.pid not in placed]
    workers = {s.pid for s in left if s.leader is not None}
    running = [s for s in left if s.is_active and s.pid not in workers and _is_of_interest(s)]
    idle = [s for s in left if s.is_idle_in_transaction]
    shown = {s.pid for s in (*running, *idle)} | workers
    others = [s for s in left if s.pid not in shown]
    waited_for = {tree.gid for tree in trees}
    prepared = tuple(
        Node(None, one.gid, None, one, None)
        for one in sorted(moment.prepared, key=lambda p: (-p.age_s, p.gid))
        if one.gid not in waited_for
    )
    return SortedMoment(moment, trees, _by_age(running), _by_age(idle), prepared, _by_age(others))


def _is_of_interest(session: ServerSession) -> bool:
    return session.is_client or session.backend in {"autovacuum worker", "parallel worker"}


def _by_age(sessions: Iterable[ServerSession]) -> tuple[ServerSession, ...]:
    return tuple(sorted(sessions, key=lambda s: (-(s.age_s or 0.0), s.pid)))


def _holders(moment: Moment) -> Iterator[Oldest]:
    for session in moment.sessions:
        if session.xmin_age is not None:
            yield Oldest(session.xmin_age, session.pid, "")
    for prepared in moment.prepared:
        if prepared.xid_age is not None:
            yield Oldest(prepared.xid_age, None, f"prepared '{prepared.gid}'")
    for slot in moment.slots:
        if slot.xmin_age is not None:
            yield Oldest(slot.xmin_age, slot.pid, f"slot {slot.name}")
