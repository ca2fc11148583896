"""A PostgreSQL where a migration waits for a forgotten transaction, and everybody else for it.

The sessions are real; their numbers and times are written anew, so that a picture stays the same.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import psycopg

from studio.activity.standing import SortedMoment, standing
from studio.model.activity import Moment, ServerSession, Wait
from tests.activity.situations import stage
from tests.postgres import Server, run_sql

NAME = "shop"
_FIRST_PID = 4101
_AGES_S = {
    "psql": 754.0,
    "alembic": 95.0,
    "web 1": 92.4,
    "web 2": 61.0,
    "nightly report": 318.0,
}
"""By application, in the order of their pids."""


@contextlib.contextmanager
def busy(server: Server) -> Iterator[str]:
    """The URL of such a database."""
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {NAME}")
        try:
            url = server.url(NAME)
            run_sql(
                url,
                "CREATE TABLE orders (id int PRIMARY KEY, total numeric)",
                "CREATE TABLE visits (id int PRIMARY KEY, at timestamptz)",
            )
            with stage(url) as on:
                psql, alembic, one, two, report = (on.actor(name) for name in _AGES_S)
                psql.ask("BEGIN", "UPDATE orders SET total = 0 WHERE id = 42")
                alembic.wait("ALTER TABLE orders ADD COLUMN paid_at timestamptz")
                on.blocked(alembic)
                one.wait("SELECT * FROM orders WHERE id = 7")
                on.blocked(one)
                two.wait("INSERT INTO orders VALUES (8, 19.90)")
                on.blocked(two)
                report.wait("SELECT count(*), pg_sleep(600) FROM visits")
                on.working(report)
                yield url
        finally:
            connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


@contextlib.contextmanager
def always_the_same() -> Iterator[None]:
    """Whatever is seen of a server is seen at one moment."""
    with (
        patch("studio.activity.watching.standing", _at_one_moment),
        patch("studio.ui.activity.tab.perf_counter", return_value=0.0),
    ):
        yield


def _at_one_moment(moment: Moment) -> SortedMoment:
    seen = [one for one in moment.sessions if one.application in _AGES_S]
    pids = {one.pid: _FIRST_PID + list(_AGES_S).index(one.application or "") for one in seen}
    return standing(
        replace(
            moment,
            version="18.1",
            at="2026-11-02T09:41:00Z",
            limit=100,
            sessions=tuple(_session(one, pids) for one in seen),
            waits=tuple(_wait(one, pids, seen) for one in moment.waits if one.pid in pids),
            prepared=(),
            ours=moment.ours[:1],
            ms=0.0,
        )
    )


def _session(one: ServerSession, pids: dict[int, int]) -> ServerSession:
    age = _AGES_S[one.application or ""]
    return replace(
        one,
        pid=pids[one.pid],
        xid=None if one.xid is None else "1042",
        xmin_age=None if one.xmin_age is None else 3,
        connected_s=3600.0,
        **{name: age for name in ("transaction_s", "query_s", "state_s") if getattr(one, name)},
    )


def _wait(one: Wait, pids: dict[int, int], seen: list[ServerSession]) -> Wait:
    age = next(_AGES_S[s.application or ""] for s in seen if s.pid == one.pid)
    return replace(
        one,
        pid=pids[one.pid],
        direct=tuple(pids.get(pid, pid) for pid in one.direct),
        blockers=tuple(
            replace(b, pid=None if b.pid is None else pids.get(b.pid, b.pid)) for b in one.blockers
        ),
        waiting_s=age,
    )
