"""The server as a whole: what is said of two overviews, of which the later one counts."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from studio.activity.words import short
from studio.model.activity import DatabaseFigures, Overview

_UNITS = ("B", "kB", "MB", "GB", "TB")
_KB = 1024


def lines(
    now: Overview, before: Overview | None, clients: Counter[str]
) -> Iterator[tuple[str, str]]:
    """Labels and values: the server, then each database; rates only where two looks tell them.
    `clients`: connections by database, as the head line counts them.
    """
    wal = rate(now.wal_bytes, None if before is None else before.wal_bytes, now, before)
    yield "WAL", f"{_size(wal)}/s" if wal is not None else "rate known after the next look"
    timed, requested = now.checkpoints_timed, now.checkpoints_requested
    since = f" since {_moment(now.checkpoints_since)}" if now.checkpoints_since else ""
    yield "checkpoints", f"{_count(timed)} by time, {_count(requested)} requested{since}"
    limit = f" of {now.autovacuum_limit}" if now.autovacuum_limit is not None else ""
    yield "autovacuum", f"{now.autovacuum_workers}{limit} at work"
    known = {} if before is None else {one.name: one for one in before.databases}
    yield "databases", _cells("size", "clients", "cache hit", "commits/s")
    for one in sorted(now.databases, key=lambda d: (-(d.bytes or 0), d.name)):
        commits = _commits(one, known.get(one.name), now, before)
        yield one.name, _database(one, clients[one.name], commits)


def with_known_sizes(now: Overview, before: Overview) -> Overview:
    """The later figures with the sizes that were asked for before."""
    known = {one.name: one.bytes for one in before.databases}
    databases = (replace(one, bytes=known.get(one.name)) for one in now.databases)
    return replace(now, databases=tuple(databases))


def rate(
    value: int | None, was: int | None, now: Overview, before: Overview | None
) -> float | None:
    """How much a second between two looks; None: not known, or counted anew meanwhile."""
    if value is None or was is None or before is None or now.at_s <= before.at_s or value < was:
        return None
    return (value - was) / (now.at_s - before.at_s)


def _commits(
    one: DatabaseFigures, was: DatabaseFigures | None, now: Overview, before: Overview | None
) -> float | None:
    return rate(one.commits, None if was is None else was.commits, now, before)


def _database(one: DatabaseFigures, clients: int, commits: float | None) -> str:
    """Figures under their headings, a question mark where one is not known; then what is rare."""
    cells = _cells(
        "?" if one.bytes is None else _size(one.bytes),
        f"{clients:,}",
        "?" if one.hit_share is None else f"{one.hit_share:.1%}",
        "?" if commits is None else f"{commits:,.1f}",
    )
    rare = [
        f"{short(count)} {what if count == 1 else whats}"
        for count, what, whats in (
            (one.rollbacks, "rollback", "rollbacks"),
            (one.deadlocks, "deadlock", "deadlocks"),
        )
        if count
    ]
    if one.temp_bytes:
        rare.append(f"{_size(one.temp_bytes)} of temporary files")
    if one.since:
        rare.append(f"since {_moment(one.since)}")
    return "  ".join([cells, *([", ".join(rare)] if rare else [])])


def _cells(*cells: str) -> str:
    return "".join(f"{cell:>11}" for cell in cells)


def _moment(text: str) -> str:
    """`2026-11-30T15:41:26Z` for people."""
    return f"{text[:16].replace('T', ' ')} UTC"


def document(now: Overview, clients: Counter[str]) -> dict[str, object]:
    """The key `cluster` of README.md's document."""
    return {
        "at_s": round(now.at_s, 3),
        "wal_bytes": now.wal_bytes,
        "checkpoints_timed": now.checkpoints_timed,
        "checkpoints_requested": now.checkpoints_requested,
        "checkpoints_since": now.checkpoints_since,
        "autovacuum_workers": now.autovacuum_workers,
        "autovacuum_limit": now.autovacuum_limit,
        "databases": [
            {
                "name": one.name,
                "bytes": one.bytes,
                "clients": clients[one.name],
                "commits": one.commits,
                "rollbacks": one.rollbacks,
                "blocks_read": one.blocks_read,
                "blocks_hit": one.blocks_hit,
                "temp_bytes": one.temp_bytes,
                "deadlocks": one.deadlocks,
                "since": one.since,
            }
            for one in now.databases
        ],
    }


def _count(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _size(count: float) -> str:
    for unit in _UNITS:
        if count < _KB or unit == _UNITS[-1]:
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
        count /= _KB
    return ""
