"""What is asked before a statement is cancelled or a session ended, and the record that it was."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from studio.activity import words
from studio.activity.forest import Node, below
from studio.activity.standing import SortedMoment
from studio.config.paths import state_folder
from studio.model.activity import ServerSession
from studio.model.words import plural

_STATEMENT = 200
_DEMANDING = {"walsender", "autovacuum worker", "logical replication worker"}
"""Backends that somebody else relies on."""
_WAITS_FOR_STANDBY = "IPC SyncRep"
_COMMITTED = "It is committed here already, and only stops waiting for its standby."


def cannot_cancel(session: ServerSession) -> str:
    """Why a cancel would do nothing; empty: it would."""
    if session.is_idle_in_transaction:
        return (
            f"{session.pid} runs nothing: cancelling does not end its transaction, "
            "terminating does (K)"
        )
    if session.state is not None and not session.is_active:
        return f"{session.pid} runs nothing"
    return ""


def cancel_question(session: ServerSession) -> str:
    """Who, since when, and what it comes to."""
    return "\n".join(
        (
            f"Cancel the statement of {session.pid} ({words.person(session)}),"
            f" which runs for {words.age(session.query_s) or '?'}?",
            _cut(words.statement(session)),
            *_after_cancel(session),
        )
    )


def _after_cancel(session: ServerSession) -> Iterator[str]:
    """What is lost. An error fails the whole transaction: src/backend/access/transam/xact.c."""
    if session.wait == _WAITS_FOR_STANDBY:
        yield _COMMITTED
        return
    if session.backend == "autovacuum worker":
        yield "It leaves this table as it is, and comes to it again."
        return
    # Whether BEGIN stood before it cannot be told: a client may send both in one text.
    yield (
        "It fails, and whatever its transaction has written is lost, unless it goes back to a "
        "savepoint."
        if session.may_have_written
        else "It fails; its transaction has written nothing."
    )
    if "CONCURRENTLY" in (session.query or "").upper():
        yield "It may leave an invalid index behind, to be dropped."
    yield "The session stays; if it had begun a transaction, only ROLLBACK works in it then."


def terminate_question(session: ServerSession, at: SortedMoment) -> str:
    """Who, since when, what is lost, and who waits for it."""
    return "\n".join(_terminate(session, at))


def _terminate(session: ServerSession, at: SortedMoment) -> Iterator[str]:
    yield f"End the session {session.pid} ({words.person(session)})?"
    if session.client is not None:
        yield f"client {session.client}"
    doing = words.doing(session)
    yield f"{doing} for {words.age(session.age_s) or '?'}" + (
        f", transaction {words.age(session.transaction_s)}"
        if session.transaction_s is not None
        else ""
    )
    yield _cut(words.statement(session))
    if waiting := waits_for(session.pid, at):
        yield f"{plural(waiting, 'session waits', 'sessions wait')} for it"
    if session.may_have_written:
        yield (
            _COMMITTED
            if session.wait == _WAITS_FOR_STANDBY
            else "It may have written: what is not committed is lost."
        )
    if session.query is not None and "(to prevent wraparound)" in session.query:
        yield "It will start again: it keeps old transaction ids from running out."


def wants_the_pid(session: ServerSession, *, is_production: bool) -> bool:
    """Whether the pid has to be typed: what is lost there cannot be had back."""
    return is_production or session.may_have_written or session.backend in _DEMANDING


def waits_for(pid: int, at: SortedMoment) -> int:
    """How many wait for a session, on all levels."""
    for tree in at.trees:
        for node in (tree, *below(tree)):
            if node.pid == pid and not node.is_above:
                return node.blocks
    return 0


def advice(node: Node) -> str:
    """What usually helps, of the one in the way; empty: nothing to be done here."""
    if node.is_circle:
        return "the server ends one of them by itself"
    for child in node.children:
        if queued := sum(each.is_queued for each in child.children):
            first = words.first_word(child.session)
            return f"cancel the {first} of {child.pid}, and {plural(queued, 'session')} go on"
    if node.gid is not None:
        return "ROLLBACK PREPARED in its database: the other participant may have committed"
    return "" if node.session is None or node.wait is not None else _of_root(node.session)


def _of_root(session: ServerSession) -> str:
    if session.is_idle_in_transaction:
        return "cancel cannot help: ask its owner, or end the session (K)"
    if session.is_active:
        return "cancel its statement (c), or wait"
    return "it holds the lock until its session ends: ask its owner, or end it (K)"


def record(how: str, session: ServerSession, database: str) -> None:
    """Keep that somebody was stopped from here: when, who and what it ran."""
    path = log_file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    entry = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "did": how,
        "server": database,
        "pid": session.pid,
        "role": session.role,
        "application": session.application,
        "query": session.query,
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8", errors="replace") as file:
        file.write(json.dumps(entry, ensure_ascii=True) + "\n")


def log_file() -> Path:
    """Where that is kept."""
    return state_folder() / "activity.jsonl"


def _cut(text: str) -> str:
    return text if len(text) <= _STATEMENT else f"{text[: _STATEMENT - 1]}…"
