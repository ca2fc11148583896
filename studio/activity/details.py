"""Everything known of one line."""

from collections.abc import Iterator

from studio.activity import words
from studio.activity.ending import advice
from studio.activity.lines import ActivityLine
from studio.activity.standing import SortedMoment
from studio.model.activity import ServerSession


def details(line: ActivityLine, at: SortedMoment) -> Iterator[tuple[str, str]]:
    """Labels and values; text of the database comes as it is."""
    node = line.node
    if node is not None and node.wait is not None:
        wait = node.wait
        yield "waits for", f"{wait.on}{f' {wait.row}' if wait.row else ''}"
        if wait.parent:
            yield "part of", wait.parent
        yield "lock", f"{wait.lock} {wait.mode}".strip()
        behind = [str(b.pid) if b.pid is not None else f"prepared '{b.gid}'" for b in wait.blockers]
        yield "behind", ", ".join(behind)
        yield "waiting for", words.age(wait.waiting_s)
    if node is not None and node.blocks:
        yield "in the way of", str(node.blocks)
    if node is not None and (node.blocks or node.gid is not None) and (helps := advice(node)):
        yield "helps", helps
    if node is not None and node.prepared is not None:
        yield "prepared", f"by {node.prepared.owner} in {node.prepared.database}"
        yield "since", words.age(node.prepared.age_s)
    if line.session is not None:
        yield from _session(line.session)
        workers = [s.pid for s in at.moment.sessions if s.leader == line.session.pid]
        if workers:
            yield "workers", ", ".join(map(str, workers))


def _session(session: ServerSession) -> Iterator[tuple[str, str]]:
    yield "role", session.role or "-"
    yield "database", session.database or "-"
    yield "application", session.application or "-"
    yield "client", session.client or "local"
    yield "backend", session.backend or words.HIDDEN
    yield "state", session.state or (words.HIDDEN if session.is_hidden else "-")
    for label, seconds in (
        ("state since", session.state_s),
        ("statement", session.query_s if session.is_active else None),
        ("transaction", session.transaction_s),
        ("connected", session.connected_s),
    ):
        if seconds is not None:
            yield label, words.age(seconds)
    if session.is_active and session.usual_ms is not None:
        yield "usually", f"{words.took(session.usual_ms)}, by pg_stat_statements"
    if session.wait:
        yield "waits in", session.wait
    if session.xid is not None:
        yield "written", f"perhaps: it has transaction id {session.xid}"
    if session.xmin_age is not None:
        yield "xmin age", f"{session.xmin_age:,} transactions"
    if session.progress is not None:
        p = session.progress
        done = f" {p.done:,} of {p.total:,}" if p.done is not None and p.total else ""
        yield "progress", f"{p.what} {p.on}: {p.phase}{done}"
    yield (
        ("runs" if session.is_active else "last ran"),
        (words.HIDDEN if session.is_hidden else session.query or "-"),
    )
