"""A moment as the document that `studio activity --json` prints; README.md has its keys."""

from studio.activity.forest import Node
from studio.activity.standing import SortedMoment
from studio.model.activity import CommandProgress, ServerSession

_PREPARED = "prepared"


def document(
    at: SortedMoment, *, only_waiting: bool = False, everything: bool = False
) -> dict[str, object]:
    """One look. `only_waiting`: the forest alone; `everything`: idle and background ones too."""
    moment = at.moment
    listed = [] if only_waiting else [*at.running, *at.idle_in_transaction]
    if everything and not only_waiting:
        listed += at.others
    oldest = at.oldest
    return {
        "server": {
            "version": moment.version,
            "database": moment.database,
            "in_recovery": moment.in_recovery,
            "sees_all": moment.sees_all,
            "hidden": at.hidden,
        },
        "at": moment.at,
        "ms": round(moment.ms),
        "counts": {
            "clients": at.clients,
            "limit": moment.limit,
            "active": at.active,
            "waiting": at.waiting,
            "idle_in_transaction": at.idle,
            "at_least": at.hides,
            "oldest_xmin_age": None if oldest is None else oldest.age,
        },
        "trees": [_node(tree, None) for tree in at.trees],
        "more_waiting": [
            {"lock": more.lock, "mode": more.mode, "on": more.on, "count": more.count}
            for more in moment.more_waits
        ],
        "sessions": [_session(session) for session in listed],
        "prepared": [
            {"gid": p.gid, "owner": p.owner, "database": p.database, "age_s": _s(p.age_s)}
            for p in moment.prepared
        ],
        "replication": [
            {
                "pid": s.pid,
                "name": s.name,
                "client": s.client,
                "state": s.state,
                "sync": s.sync,
                "lag_bytes": s.lag_bytes,
                "lag_s": _s(s.lag_s),
            }
            for s in moment.standbys
        ],
        "slots": [
            {
                "name": s.name,
                "kind": s.kind,
                "database": s.database,
                "active": s.is_active,
                "pid": s.pid,
                "retained_bytes": s.retained_bytes,
                "xmin_age": s.xmin_age,
            }
            for s in moment.slots
        ],
    }


def _node(node: Node, above: Node | None) -> dict[str, object]:
    found: dict[str, object] = {"pid": node.pid, "gid": node.gid, "who": who(node)}
    found |= _what(node)
    if node.wait is not None:
        found |= {
            "lock": node.wait.lock,
            "mode": node.wait.mode,
            "on": node.wait.on,
            "parent": node.wait.parent,
            "tuple": node.wait.row,
            "waiting_s": _s(node.wait.waiting_s),
            "direct": list(node.wait.direct),
            "queued": node.is_queued,
        }
    if node.is_circle:
        found["cycle"] = True
    if node.is_above:
        found["also_above"] = True
    found |= {"workers": node.workers, "blocks": node.blocks}
    found["waiting"] = [_node(child, node) for child in node.children]
    return found


def who(node: Node) -> str | None:
    """What a node is called: by its application, or what it is where it has none."""
    if node.gid is not None:
        return "prepared transaction"
    if node.session is None:
        return None
    is_client = node.session.backend in {None, "client backend"}
    return node.session.application if is_client else node.session.backend


def _what(node: Node) -> dict[str, object]:
    if node.prepared is not None:
        return {
            "role": node.prepared.owner,
            "database": node.prepared.database,
            "state": _PREPARED,
            "state_s": _s(node.prepared.age_s),
            "transaction_s": _s(node.prepared.age_s),
            "query": None,
        }
    if node.session is None:
        return {"state": _PREPARED if node.gid is not None else None, "query": None}
    session = node.session
    return {
        "role": session.role,
        "database": session.database,
        "application": session.application,
        "state": session.state,
        "state_s": _s(session.state_s),
        "transaction_s": _s(session.transaction_s),
        **_statement(session),
    }


def _statement(session: ServerSession) -> dict[str, object]:
    found: dict[str, object] = {
        "query": session.query,
        "last": session.query is not None and not session.is_active,
    }
    if session.is_hidden:
        found["hidden"] = True
    return found


def _session(session: ServerSession) -> dict[str, object]:
    return {
        "pid": session.pid,
        "leader_pid": session.leader,
        "backend": session.backend,
        "role": session.role,
        "database": session.database,
        "application": session.application,
        "client": session.client,
        "state": session.state,
        "state_s": _s(session.state_s),
        "transaction_s": _s(session.transaction_s),
        "query_s": _s(session.query_s),
        "usual_ms": None if session.usual_ms is None else round(session.usual_ms, 3),
        "wait": session.wait,
        "may_have_written": None if session.is_hidden else session.may_have_written,
        "xmin_age": session.xmin_age,
        **_statement(session),
        "progress": None if session.progress is None else _progress(session.progress),
    }


def _progress(progress: CommandProgress) -> dict[str, object]:
    return {
        "what": progress.what,
        "on": progress.on,
        "phase": progress.phase,
        "done": progress.done,
        "total": progress.total,
    }


def _s(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
