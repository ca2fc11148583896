"""One look at the sessions of a PostgreSQL, and stopping one of them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from time import perf_counter

from sqlalchemy import Connection

from studio.backends.postgresql.activity.overview import overview
from studio.backends.postgresql.activity.statements import usual
from studio.backends.postgresql.activity.waits import more_waits, pids, waits
from studio.backends.postgresql.queries import Record, asked
from studio.model.activity import (
    Blocker,
    CommandProgress,
    Moment,
    Overview,
    PreparedTransaction,
    ReplicationSlot,
    ServerSession,
    Standby,
    Wait,
)
from studio.model.errors import Refused

_LONG = re.compile(
    r"\b(?:vacuum|analyze|index|reindex|cluster|copy|repack|refresh|alter|base_backup)\b",
    re.IGNORECASE,
)
"""Words of commands that tell how far they came."""
_WHO = "who pid {} is cannot be told: GRANT pg_read_all_stats TO {} lets studio see it"


class PostgreSQLActivity:
    """Looks from a connection of its own, and takes no lock of a table."""

    def look(self, connection: Connection) -> Moment:
        """One moment; see halves.activity. What it costs does not grow with the number of locks:
        only who waits is asked about, and at most 200 of those.
        """
        started = perf_counter()
        (server,) = _ask(connection, "server")
        waiting = _ask(connection, "waiting")
        processes = _ask(connection, "sessions")
        sessions = [_session(record) for record in processes if record["ours"] != "t"]
        prepared = _ask(connection, "prepared")
        leaders = {s.pid: s.leader for s in sessions if s.leader is not None}
        held = []
        if waiting:
            concerned = {int(w["pid"]) for w in waiting if w["pid"] is not None}
            concerned |= {pid for w in waiting for pid in pids(w["blockers"])}
            held = _ask(connection, "held", pids=_array(concerned))
        found = waits(waiting, held, prepared, leaders) + _for_safe_snapshots(connection, sessions)
        if any(s.is_hidden or _LONG.search(s.query or "") for s in sessions):
            sessions = _with_progress(connection, sessions)
        return Moment(
            version=(server["version"] or "").split(" ")[0],
            database=server["database"] or "",
            role=server["role"] or "",
            at=server["at"] or "",
            sees_all=server["sees_all"] == "t",
            in_recovery=server["in_recovery"] == "t",
            limit=_int(server["connections"]) or 0,
            sessions=tuple(sessions),
            waits=found,
            more_waits=more_waits(waiting),
            prepared=tuple(_prepared(record) for record in prepared),
            standbys=tuple(_standby(record) for record in _ask(connection, "replication")),
            slots=tuple(_slot(record) for record in _ask(connection, "slots")),
            ms=(perf_counter() - started) * 1000,
            ours=tuple(_session(record) for record in processes if record["ours"] == "t"),
        )

    def overview(self, connection: Connection, *, with_sizes: bool) -> Overview:
        """See halves.activity."""
        return overview(connection, with_sizes=with_sizes)

    def usual(self, connection: Connection, statements: Collection[int]) -> Mapping[int, float]:
        """See halves.activity."""
        return usual(connection, statements)

    def cancel(self, connection: Connection, session: ServerSession) -> bool:
        """See halves.activity."""
        return _sent(connection, "cancel", session)

    def terminate(self, connection: Connection, session: ServerSession) -> bool:
        """See halves.activity."""
        return _sent(connection, "terminate", session)

    def prepared_ends(self, gid: str) -> tuple[str, str]:
        """See halves.activity."""
        quoted = gid.replace("'", "''")
        prefix = "E" if "\\" in gid else ""
        literal = f"{prefix}'{quoted}'".replace("\\", "\\\\")
        return f"COMMIT PREPARED {literal};", f"ROLLBACK PREPARED {literal};"


def _ask(connection: Connection, name: str, **parameters: object) -> list[Record]:
    return asked(connection, __package__, name, parameters)


def _sent(connection: Connection, how: str, session: ServerSession) -> bool:
    if session.began is None:
        raise Refused(_WHO.format(session.pid, "this role"))
    sent = _ask(
        connection,
        how,
        pid=str(session.pid),
        began=session.began,
        query_began=session.query_began,
    )
    return [record["sent"] for record in sent] == ["t"]


def _for_safe_snapshots(connection: Connection, sessions: list[ServerSession]) -> tuple[Wait, ...]:
    waiting = [s.pid for s in sessions if s.wait == "IPC SafeSnapshot"]
    if not waiting:
        return ()
    seconds = {s.pid: s.query_s for s in sessions}
    return tuple(
        Wait(
            pid := int(record["pid"] or 0),
            "safe snapshot",
            "",
            "a snapshot that no writer can spoil",
            tuple(Blocker(of) for of in pids(record["blockers"])),
            pids(record["blockers"]),
            waiting_s=seconds.get(pid),
        )
        for record in _ask(connection, "safe_snapshots", pids=_array(waiting))
        if record["blockers"]
    )


def _with_progress(connection: Connection, sessions: list[ServerSession]) -> list[ServerSession]:
    found = {
        _int(record["pid"]): CommandProgress(
            record["what"] or "",
            record["on_what"] or "",
            record["phase"] or "",
            _int(record["done"]),
            _int(record["total"]),
        )
        for record in _ask(connection, "progress")
    }
    return [replace(s, progress=found[s.pid]) if s.pid in found else s for s in sessions]


def _session(record: Record) -> ServerSession:
    hidden = record["hidden"] == "t"
    wait = " ".join(word for word in (record["wait_event_type"], record["wait_event"]) if word)
    return ServerSession(
        pid=int(record["pid"] or 0),
        leader=_int(record["leader_pid"]),
        backend=record["backend_type"],
        database=record["datname"],
        role=record["usename"],
        application=record["application_name"] or None,
        client=record["client"],
        state=record["state"],
        wait=wait or None,
        xid=record["xid"],
        xmin_age=_int(record["xmin_age"]),
        connected_s=_float(record["connected_s"]),
        transaction_s=_float(record["transaction_s"]),
        query_s=_float(record["query_s"]),
        state_s=_float(record["state_s"]),
        query=None if hidden else record["query"] or None,
        is_hidden=hidden,
        is_superuser=record["superuser"] == "t",
        # All 64 bits of it: a float has no room for them.
        query_id=int(record["query_id"]) if record["query_id"] else None,
        began=record["began"],
        query_began=record["query_began"],
    )


def _prepared(record: Record) -> PreparedTransaction:
    return PreparedTransaction(
        record["gid"] or "",
        record["owner"] or "",
        record["database"] or "",
        _float(record["age_s"]) or 0.0,
        _int(record["xid_age"]),
    )


def _standby(record: Record) -> Standby:
    return Standby(
        _int(record["pid"]) or 0,
        record["name"] or "",
        record["client"],
        record["state"],
        record["sync_state"],
        _int(record["lag_bytes"]),
        _float(record["lag_s"]),
    )


def _slot(record: Record) -> ReplicationSlot:
    return ReplicationSlot(
        record["name"] or "",
        record["kind"] or "",
        record["database"],
        record["active"] == "t",
        _int(record["pid"]),
        _int(record["retained_bytes"]),
        _int(record["xmin_age"]),
    )


def _array(numbers: "set[int] | list[int]") -> str:
    return "{" + ",".join(map(str, sorted(numbers))) + "}"


def _int(text: str | None) -> int | None:
    return None if text is None else int(float(text))


def _float(text: str | None) -> float | None:
    return None if text is None else max(0.0, float(text))
