"""Who waits for whom, from the locks as PostgreSQL tells them."""

from collections.abc import Iterable, Mapping, Sequence

from studio.backends.postgresql.queries import Record
from studio.model.activity import Blocker, MoreWaits, Wait

_CONFLICTS = {
    "AccessShareLock": "AccessExclusive",
    "RowShareLock": "Exclusive AccessExclusive",
    "RowExclusiveLock": "Share ShareRowExclusive Exclusive AccessExclusive",
    "ShareUpdateExclusiveLock": "ShareUpdateExclusive Share ShareRowExclusive Exclusive"
    " AccessExclusive",
    "ShareLock": "RowExclusive ShareUpdateExclusive ShareRowExclusive Exclusive AccessExclusive",
    "ShareRowExclusiveLock": "RowExclusive ShareUpdateExclusive Share ShareRowExclusive Exclusive"
    " AccessExclusive",
    "ExclusiveLock": "RowShare RowExclusive ShareUpdateExclusive Share ShareRowExclusive Exclusive"
    " AccessExclusive",
    "AccessExclusiveLock": "AccessShare RowShare RowExclusive ShareUpdateExclusive Share"
    " ShareRowExclusive Exclusive AccessExclusive",
}
"""Explicit locking, table 13.2 of the manual."""
_KEY = ("locktype", "database", "relation", "page", "tuple", "xid", "virtualxid", "classid",
        "objid", "objsubid")  # fmt: skip
"""What makes a lock one and the same."""
_TWO_NUMBERS = "2"
"""`objsubid` of an advisory lock taken with two numbers; 1: with one, in two halves."""
_NOBODY = 0
"""What pg_blocking_pids calls a prepared transaction."""


def waits(
    waiting: Sequence[Record],
    held: Sequence[Record],
    prepared: Sequence[Record],
    leaders: Mapping[int, int],
) -> tuple[Wait, ...]:
    """Each waiter once; what a parallel worker waits for, its leader does."""
    asked = [record for record in waiting if record["pid"] is not None]
    locks = _Locks(asked, held, prepared)
    found: dict[int, Wait] = {}
    for record in asked:
        direct = pids(record["blockers"])
        pid = int(record["pid"] or 0)
        pid = leaders.get(pid, pid)
        blockers = tuple(locks.blocker(record, of) for of in direct if of != pid)
        known = found.get(pid)
        if known is not None:
            blockers = tuple(dict.fromkeys((*known.blockers, *blockers)))
            direct = tuple(sorted({*known.direct, *direct}))
        # Without anybody in the way it has got the lock since.
        if blockers:
            found[pid] = locks.wait(pid, record, blockers, direct)
    return tuple(found.values())


def more_waits(waiting: Iterable[Record]) -> tuple[MoreWaits, ...]:
    """Those that were only counted."""
    return tuple(
        MoreWaits(
            record["locktype"] or "", record["mode"] or "", _on(record), int(record["waiters"] or 0)
        )
        for record in waiting
        if record["pid"] is None
    )


def pids(text: str | None) -> tuple[int, ...]:
    """The pids of a list, each once; 0 among them."""
    return tuple(sorted({int(word) for word in (text or "").split(",") if word}))


class _Locks:
    def __init__(
        self, waiting: Sequence[Record], held: Sequence[Record], prepared: Sequence[Record]
    ) -> None:
        self._wanted = {(record["pid"], _key(record)) for record in waiting}
        self._held = held
        self._gids = {record["xid"]: record["gid"] for record in prepared}
        self._rows = {record["pid"]: record for record in held if record["locktype"] == "tuple"}

    def wait(
        self, pid: int, record: Record, blockers: tuple[Blocker, ...], direct: tuple[int, ...]
    ) -> Wait:
        # Who waits for the transaction that holds a row stands there with a lock on that row.
        at = self._rows.get(record["pid"]) if record["locktype"] == "transactionid" else None
        place = at or record
        seconds = record["waiting_s"]
        return Wait(
            pid,
            record["locktype"] or "",
            record["mode"] or "",
            _on(place),
            blockers,
            direct,
            row=f"({place['page']},{place['tuple']})" if place["tuple"] is not None else None,
            parent=place["parent_name"],
            waiting_s=None if seconds is None else max(0.0, float(seconds)),
        )

    def blocker(self, record: Record, pid: int) -> Blocker:
        if pid == _NOBODY:
            return Blocker(None, self._gid(record) or "?")
        name = str(pid)
        only_waits = (name, _key(record)) in self._wanted and not any(
            lock["pid"] == name for lock in self._in_the_way(record)
        )
        return Blocker(pid, is_queued=only_waits)

    def _in_the_way(self, record: Record) -> Iterable[Record]:
        wanted, mode = _key(record), record["mode"] or ""
        return (
            lock
            for lock in self._held
            if _key(lock) == wanted and _conflict(mode, lock["mode"] or "")
        )

    def _gid(self, record: Record) -> str | None:
        if record["xid"] in self._gids:
            return self._gids[record["xid"]]
        virtual = {
            lock["virtualtransaction"] for lock in self._in_the_way(record) if lock["pid"] is None
        }
        xids = (
            lock["xid"]
            for lock in self._held
            if lock["locktype"] == "transactionid" and lock["virtualtransaction"] in virtual
        )
        return next((self._gids[xid] for xid in xids if xid in self._gids), None)


def _key(record: Record) -> tuple[str | None, ...]:
    return tuple(record[name] for name in _KEY)


def _conflict(mode: str, held: str) -> bool:
    return held.removesuffix("Lock") in _CONFLICTS.get(mode, "").split()


def _on(record: Record) -> str:
    if record["relation_name"]:
        return record["relation_name"]
    if record["locktype"] == "advisory":
        high, low = int(record["classid"] or 0), int(record["objid"] or 0)
        if record["objsubid"] == _TWO_NUMBERS:
            return f"advisory {_signed(high, 32)}, {_signed(low, 32)}"
        return f"advisory {_signed(high << 32 | low, 64)}"
    if transaction := record["xid"] or record["virtualxid"]:
        return f"transaction {transaction}"
    if record["relation"]:
        return f"relation {record['relation']} of another database"
    return record["locktype"] or ""


def _signed(number: int, bits: int) -> int:
    """The number as it was given: the server keeps it without its sign."""
    return number - (1 << bits) if number >> (bits - 1) else number
