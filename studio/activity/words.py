"""What is said of sessions and waits, on the screen and by the command. Text of the database
comes as it is: who prints it makes it printable.
"""

from collections.abc import Iterator

from studio.activity.forest import Node
from studio.activity.standing import SortedMoment
from studio.model.activity import ServerSession
from studio.model.words import plural

HIDDEN = "hidden"
"""In place of what our role may not see, never nothing."""
_TENTH_S, _MINUTE, _HOUR, _DAY = 10, 60, 3600, 86_400
_SECOND_MS, _MINUTE_MS = 1000, 60_000
_UNITS = ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k"))


def age(seconds: float | None) -> str:
    """`3.2 s`, `44 s`, `5m 12s`, `1h 4m`, `3d 2h`; nothing where it is not known."""
    if seconds is None:
        return ""
    if seconds < _TENTH_S:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    for size, name, small, of in (
        (_MINUTE, "m", 1, "s"), (_HOUR, "h", _MINUTE, "m"), (_DAY, "d", _HOUR, "h"),
    ):  # fmt: skip
        if whole < size * (60 if of == "s" else 24) or name == "d":
            return f"{whole // size}{name} {whole % size // small}{of}"
    return ""


def short(number: int) -> str:
    """`3.1 M`."""
    for size, unit in _UNITS:
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return str(number)


def took(ms: float) -> str:
    """`12.3 ms`, `4.2 s`, `3.1 min`."""
    if ms < _SECOND_MS:
        return f"{ms:.1f} ms"
    return f"{ms / _SECOND_MS:.1f} s" if ms < _MINUTE_MS else f"{ms / _MINUTE_MS:.1f} min"


def head(at: SortedMoment) -> list[str]:
    """The figures of the head line, each a few words, the most important first."""
    moment = at.moment
    # Whose doings are hidden may be any of these, too.
    least = "≥" if at.hides else ""
    words = [
        f"clients {'~' if at.hides else ''}{at.clients}/{moment.limit}",
        f"active {least}{at.active}",
        f"waiting {at.waiting}",
        f"idle in tx {least}{at.idle}",
    ]
    if at.hides:
        words.insert(0, f"{at.hidden} hidden: GRANT pg_read_all_stats TO {moment.role}")
    if at.longest_transaction_s is not None:
        words.append(f"longest tx {least}{age(at.longest_transaction_s)}")
    oldest = at.oldest
    if oldest is not None and at.is_old:
        holder = str(oldest.pid) if not oldest.name else oldest.name
        words.append(f"oldest xmin {least}{short(oldest.age)} ({holder})")
    lags = [s.lag_s for s in moment.standbys if s.lag_s is not None]
    if lags:
        words.append(f"replication lag {age(max(lags))}")
    if moment.in_recovery:
        words.append("standby")
    return words


def doing(session: ServerSession) -> str:
    """What a session does, or waits for, in few words."""
    if session.is_hidden:
        return HIDDEN
    if session.progress is not None:
        share = session.progress.share
        return session.progress.what.lower() + ("" if share is None else f" {share:.0%}")
    if session.is_idle_in_transaction:
        is_failed = session.state is not None and session.state.endswith("(aborted)")
        return "idle in tx (failed)" if is_failed else "idle in tx"
    if session.wait and session.wait.startswith("Client "):
        return "idle" if session.state == "idle" else "client"
    if session.is_active and session.wait:
        return "lock" if session.wait.startswith("Lock ") else session.wait
    return session.state or session.wait or ""


def waits_for(node: Node, above: Node | None) -> str:
    """What a node waits for: `row account (0,2)`, `behind ALTER (917)`."""
    wait = node.wait
    if wait is None:
        return ""
    if node.is_circle and above is not None:
        return f"deadlock with {above.pid}"
    if node.is_queued and above is not None:
        return f"behind {first_word(above.session)} ({above.pid})"
    on = wait.on.removeprefix("public.")
    if wait.row is not None:
        return f"row {on} {wait.row}"
    return on


def culprit(node: Node) -> str:
    """What the root of a tree does."""
    if node.gid is not None:
        return f"prepared '{node.gid}'"
    if node.is_circle:
        return "deadlock"
    return HIDDEN if node.session is None else doing(node.session)


def node_age(node: Node) -> float | None:
    """How long a waiter waits, or the root of a tree does what it does."""
    if node.wait is not None:
        return node.wait.waiting_s
    if node.prepared is not None:
        return node.prepared.age_s
    return None if node.session is None else node.session.age_s


def node_person(node: Node) -> str:
    """Whose a node is."""
    if node.prepared is not None:
        return f"{node.prepared.owner} · -"
    return person(node.session)


def person(session: ServerSession | None) -> str:
    """`app · web`: role and application."""
    if session is None:
        return HIDDEN
    of = session.role or session.backend or "-"
    return f"{of} · {session.application or '-'}"


def statement(session: ServerSession | None) -> str:
    """A session's statement in one line; what is over already is marked `last:`."""
    if session is None or session.is_hidden:
        return HIDDEN
    if not session.query:
        return f"({session.backend})" if session.backend not in {None, "client backend"} else ""
    text = " ".join(session.query.split())
    return text if session.is_active else f"last: {text}"


def node_statement(node: Node) -> str:
    """The same of a node; of a prepared transaction, what can be done about it."""
    if node.gid is not None:
        return "no session: ROLLBACK or COMMIT PREPARED"
    return statement(node.session)


def remarks(node: Node) -> Iterator[str]:
    """What else is to be said of a node."""
    if node.is_above:
        yield "(also above)"
    if node.wait is None and (blocked := node.blocks):
        yield f"blocks {blocked}"
    if node.workers:
        yield f"+{plural(node.workers, 'worker')}"
    session = node.session
    if session is not None:
        yield from session_remarks(session)
    if node.is_circle and not node.is_above:
        yield "the server ends one of them within deadlock_timeout"


def session_remarks(session: ServerSession) -> Iterator[str]:
    """What else is to be said of a session."""
    if session.is_active and session.usual_ms is not None:
        yield f"usually {took(session.usual_ms)}"
    if session.is_idle_in_transaction and session.may_have_written:
        yield "may have written"
    if session.query is not None and "(to prevent wraparound)" in session.query:
        yield "do not end: it will start again"
    if session.progress is not None and session.progress.phase:
        yield session.progress.phase


def first_word(session: ServerSession | None) -> str:
    """The command a session runs, by its first word."""
    words = (session.query or "").split() if session is not None else []
    return words[0].upper()[:12] if words else "pid"
