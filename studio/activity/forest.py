"""The forest from those in the way down to those who wait."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from studio.model.activity import Moment, PreparedTransaction, ServerSession, Wait

Key = int | str
"""A pid, or the gid of a prepared transaction behind `gid:`."""
_GID = "gid:"


@dataclass(frozen=True, slots=True)
class Node:
    """One who is in the way of its children."""

    pid: int | None
    gid: str | None
    session: ServerSession | None
    """None: it is in no session, or in one that is not seen."""
    prepared: PreparedTransaction | None
    wait: Wait | None
    """What it waits for itself; None at the root of a tree, unless that is a circle."""
    is_queued: bool = False
    """It waits only because the one above stands before it in the queue."""
    is_circle: bool = False
    """Nobody above waits for nothing: the server will end one of them."""
    is_above: bool = False
    """It stands elsewhere too, with those who wait for it."""
    workers: int = 0
    """Parallel workers of its statement."""
    children: tuple["Node", ...] = ()

    @property
    def blocks(self) -> int:
        """How many wait below, on all levels; each counts once."""
        return len({node.pid for node in below(self)})

    @property
    def waited_s(self) -> float:
        """How long those below have waited, all together."""
        each = {node.pid: node.wait.waiting_s or 0.0 for node in below(self) if node.wait}
        return sum(each.values())


def below(node: Node) -> Iterator[Node]:
    """Everybody who waits for `node`, on all levels, as they stand."""
    for child in node.children:
        yield child
        yield from below(child)


def forest(moment: Moment) -> tuple[Node, ...]:
    """Who is in the way and waits for nobody, the costliest first."""
    return _Grown(moment).trees()


class _Grown:
    def __init__(self, moment: Moment) -> None:
        self._sessions = {session.pid: session for session in moment.sessions}
        self._waits = {wait.pid: self._dated(wait) for wait in moment.waits}
        self._prepared = {_GID + prepared.gid: prepared for prepared in moment.prepared}
        self._workers: dict[int, int] = {}
        for session in moment.sessions:
            if session.leader is not None:
                self._workers[session.leader] = self._workers.get(session.leader, 0) + 1
        self._children: dict[Key, list[tuple[int, bool]]] = {}
        by_time = sorted(self._waits.values(), key=lambda w: (-(w.waiting_s or 0.0), w.pid))
        for wait in by_time:
            for blocker in wait.blockers:
                key: Key = _GID + (blocker.gid or "") if blocker.pid is None else blocker.pid
                self._children.setdefault(key, []).append((wait.pid, blocker.is_queued))
        self._drawn: set[Key] = set()

    def trees(self) -> tuple[Node, ...]:
        tops: list[Key] = [key for key in self._children if key not in self._waits]
        found = [self._node(key) for key in tops]
        # Whom no root reaches waits in a circle, or behind one.
        circles = []
        while left := [pid for pid in self._waits if pid not in self._drawn]:
            circles.append(self._node(self._in_circle(left[0]), is_circle=True))
        found.sort(key=lambda node: (-node.blocks, -node.waited_s, node.pid or 0, node.gid or ""))
        return tuple(circles + found)

    def _in_circle(self, pid: int) -> int:
        """Up from one to the next in the way, until one comes again: that one is in the circle."""
        seen: set[int] = set()
        while pid not in seen:
            seen.add(pid)
            above = [b.pid for b in self._waits[pid].blockers if b.pid in self._waits]
            pid = next((one for one in above if one is not None), pid)
        return pid

    def _node(
        self,
        key: Key,
        above: tuple[Key, ...] = (),
        *,
        is_queued: bool = False,
        is_circle: bool = False,
    ) -> Node:
        pid = key if isinstance(key, int) else None
        comes_again = key in self._drawn
        self._drawn.add(key)
        children = () if comes_again else tuple(self._children.get(key, ()))
        return Node(
            pid,
            key.removeprefix(_GID) if isinstance(key, str) else None,
            self._sessions.get(pid) if pid is not None else None,
            self._prepared.get(key) if isinstance(key, str) else None,
            self._waits.get(pid) if pid is not None else None,
            is_queued=is_queued,
            is_circle=is_circle or key in above,
            is_above=comes_again,
            workers=self._workers.get(pid, 0) if pid is not None else 0,
            children=tuple(
                self._node(child, (*above, key), is_queued=queued) for child, queued in children
            ),
        )

    def _dated(self, wait: Wait) -> Wait:
        """In its first instants a wait has no time of its own: then since its statement began."""
        session = self._sessions.get(wait.pid)
        if wait.waiting_s is not None or session is None:
            return wait
        return replace(wait, waiting_s=session.query_s)
