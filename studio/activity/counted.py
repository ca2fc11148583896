"""The statements a server spends its time on: read once, said in words, or as a document."""

from studio.activity.words import short, took
from studio.backends.halves import required
from studio.backends.halves.statements import STATEMENTS
from studio.backends.target import Purpose
from studio.db.session import Session
from studio.model.statements import CountedStatement, StatementOrder, TopStatements
from studio.model.words import plural

MOST = 100
"""Statements that are read: nobody looks at more of them."""


async def top(database: Session, order: StatementOrder, limit: int = MOST) -> TopStatements:
    """The first statements, on a connection that is given back. Raises Unsupported with what would
    help, StudioError.
    """
    counting = required(database.backend, STATEMENTS)
    lane = database.extra_lane(Purpose.ACTIVITY)
    try:
        return await lane.run(lambda connection: counting.top(connection, order, limit))
    finally:
        await lane.close()


def head(found: TopStatements, order: StatementOrder) -> str:
    """What the figures are of."""
    by = {"total": "time in all", "mean": "time of one run", "io": "blocks moved"}[order.value]
    first, there = len(found.statements), plural(found.counted, "statement")
    of = f"the first {first:,} of {there}" if first < found.counted else there
    parts = [f"{of} counted, by {by}"]
    if found.since:
        parts.append(f"since {found.since}")
    if found.forgotten:
        parts.append(f"the rarest were forgotten {plural(found.forgotten, 'time')}")
    return " · ".join(parts)


def figures(one: CountedStatement) -> tuple[str, ...]:
    """Total, share, calls, one run, rows, blocks moved: short enough for columns."""
    return (
        took(one.total_ms),
        f"{one.share:.0%}",
        short(one.calls),
        took(one.mean_ms),
        short(one.rows),
        short(one.blocks_moved),
    )


HEADINGS = ("total", "share", "calls", "mean", "rows", "blocks")


def document(found: TopStatements, order: StatementOrder) -> dict[str, object]:
    """The key `statements` of README.md's document."""
    return {
        "order": order.value,
        "counted": found.counted,
        "since": found.since,
        "forgotten": found.forgotten,
        "top": [
            {
                "query": one.query,
                "role": one.role,
                "calls": one.calls,
                "total_ms": round(one.total_ms, 3),
                "mean_ms": round(one.mean_ms, 3),
                "rows": one.rows,
                "blocks_hit": one.blocks_hit,
                "blocks_moved": one.blocks_moved,
                "io_ms": None if one.io_ms is None else round(one.io_ms, 3),
                "share": round(one.share, 4),
                "studio": one.is_own,
            }
            for one in found.statements
        ],
    }
