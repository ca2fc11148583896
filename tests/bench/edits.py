"""10,000 staged edits reviewed and applied, against executemany of the same statements; and how
long SQLite's write lock is held for 100 edits while somebody writes. One JSON line a measure.

    python -m tests.bench.edits
"""

import asyncio
import gc
import json
import multiprocessing
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import psycopg

from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.apply import apply_changes
from studio.edits.journal.journal import EditJournal
from studio.edits.sql.prepared import prepare
from studio.edits.sql.preview import preview
from studio.model.apply_report import ApplyOutcome, ApplyReport
from studio.model.catalog import Catalog, TableRef
from studio.model.change import Change, Update
from studio.model.change_set import ChangeSet, EditHistory
from studio.model.page import Value
from tests.postgres import Server, run_sql

EDITS = 10_000
ROUNDS = 21
AFTERMATH_S = 0.02
"""So long a commit of somebody else may still feel one of ours."""
SCREEN = 60
"""Lines of SQL a review shows at once."""
TABLE = TableRef(None, "t")


def tell(**measure: object) -> None:
    """One line."""
    print(json.dumps(measure), flush=True)


def _changes(value: Callable[[int], Value], old: int, count: int) -> tuple[Change, ...]:
    seen, new = value(old), value(old + 1)
    return tuple(Update(TABLE, {"id": value(i)}, {"n": seen}, {"n": new}) for i in range(count))


async def _measure(
    target: str, value: Callable[[int], Value], baseline: Callable[[Sequence[Change]], float]
) -> None:
    session = await Session.open(parse(target))
    catalog = await session.catalog()
    journal = EditJournal(target, Path(tempfile.mkdtemp()))
    engine = session.backend.name
    made: dict[str, list[float]] = {}
    for turn in range(ROUNDS):
        changes = ChangeSet(_changes(value, 2 * turn, EDITS)).changes
        gc.collect()
        started = time.perf_counter()
        ready = await prepare(session, changes, catalog)
        script = preview(ready)
        shown = script.lines[:SCREEN]
        review = (time.perf_counter() - started) * 1000
        text = str(script)
        saved = (time.perf_counter() - started) * 1000 - review
        if len(shown) != SCREEN:
            raise SystemExit("not a screenful")
        gc.collect()
        started = time.perf_counter()
        report = await apply_changes(session, ready, journal=journal, catalog=catalog)
        applied = (time.perf_counter() - started) * 1000
        if report.outcome is not ApplyOutcome.APPLIED:
            raise SystemExit(f"not applied: {report}")
        # Taking this round apart is not the next one's work.
        del changes, ready, script, shown, text
        gc.collect()
        again = ChangeSet(_changes(value, 2 * turn + 1, EDITS)).changes
        plain = baseline(again)
        for name, number in (
            ("review_ms", review),
            ("apply_ms", applied),
            ("locked_ms", report.locked_ms),
            ("executemany_ms", plain),
            ("save_script_ms", saved),
            ("ratio_apply", applied / plain),
            ("ratio_review_and_apply", (applied + review) / plain),
        ):
            made.setdefault(name, []).append(number)
    medians = {name: round(statistics.median(times), 2) for name, times in made.items()}
    tell(measure="10,000 edits", engine=engine, **medians)
    await session.close()


async def _applied(
    session: Session, changes: Sequence[Change], journal: EditJournal, catalog: Catalog
) -> ApplyReport:
    report = await apply_changes(session, changes, journal=journal, catalog=catalog)
    if report.outcome is not ApplyOutcome.APPLIED:
        raise SystemExit(f"not applied: {report}")
    return report


def _sqlite(folder: Path) -> None:
    path = str(folder / "bench.db")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (id integer PRIMARY KEY, n integer, pad text)")
    connection.executemany("INSERT INTO t VALUES (?, 0, ?)", ((i, "x" * 80) for i in range(EDITS)))

    def baseline(changes: Sequence[Change]) -> float:
        started = time.perf_counter()
        values = [(c.after["n"], c.identity["id"], c.before["n"]) for c in changes]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany('UPDATE "t" SET "n" = ? WHERE "id" = ? AND "n" IS ?', values)
        connection.execute("COMMIT")
        return (time.perf_counter() - started) * 1000

    asyncio.run(_measure(path, lambda number: number, baseline))
    connection.close()


def _postgresql() -> None:
    server = Server()
    try:
        server.create()
        with server.database() as name:
            url = server.url(name)
            run_sql(
                url,
                "CREATE TABLE t (id integer PRIMARY KEY, n integer, pad text)",
                f"INSERT INTO t SELECT i, 0, repeat('x', 80) FROM generate_series(0, {EDITS}) i",
            )
            sql = "UPDATE t SET n = %s WHERE id = %s AND n IS NOT DISTINCT FROM %s"
            with psycopg.connect(url) as connection:

                def baseline(changes: Sequence[Change]) -> float:
                    started = time.perf_counter()
                    values = [(c.after["n"], c.identity["id"], c.before["n"]) for c in changes]
                    connection.cursor().executemany(sql, values)
                    connection.commit()
                    return (time.perf_counter() - started) * 1000

                asyncio.run(_measure(url, str, baseline))
    finally:
        server.remove()


# -- the write lock --------------------------------------------------------------------------------


class Commit(NamedTuple):
    """When somebody's commit began and ended, by `perf_counter`."""

    began: float
    ended: float


def write_again_and_again(path: str, told: Connection) -> None:
    """Somebody's program, a process of its own: commits a row again and again, until told to stop;
    tells when.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    commits: list[Commit] = []
    told.send(commits)
    while not told.poll(0.002):
        began = time.perf_counter()
        connection.execute("INSERT INTO log (at) VALUES (1)")
        commits.append(Commit(began, time.perf_counter()))
    connection.close()
    told.send(commits)


class Writer:
    """That program, running for a while."""

    def __init__(self, path: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._told, other = context.Pipe()
        self._process = context.Process(target=write_again_and_again, args=(path, other))
        self._process.start()
        self._told.recv()

    def stop(self) -> list[Commit]:
        """What it committed."""
        self._told.send(None)
        commits: list[Commit] = self._told.recv()
        self._process.join()
        return commits


def _p99(commits: Sequence[Commit]) -> float:
    """In ms."""
    times = sorted(commit.ended - commit.began for commit in commits)
    return times[int(len(times) * 0.99)] * 1000


def _lock(folder: Path) -> None:
    for pause_s, applies in ((2.0, 45), (0.4, 90)):
        path = _writable(folder / f"lock-{pause_s}.db")
        asyncio.run(_beside(path, pause_s, applies))


def _writable(path: Path) -> str:
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (id integer PRIMARY KEY, n integer)")
        connection.execute("CREATE TABLE log (id integer PRIMARY KEY, at integer)")
        connection.executemany("INSERT INTO t VALUES (?, 0)", ((i,) for i in range(1000)))
    connection.close()
    return str(path)


async def _beside(path: str, pause_s: float, applies: int) -> None:
    """The writer's p99 with ours among its commits, and without those near one of ours: both from
    the same seconds. A p99 of the minute before differs fivefold on a machine with neighbours.
    """
    session = await Session.open(parse(path))
    journal = EditJournal(path, Path(tempfile.mkdtemp()))
    catalog = await session.catalog()
    held: list[float] = []
    ours: list[Commit] = []
    writer = await asyncio.to_thread(Writer, path)
    for turn in range(applies):
        await asyncio.sleep(pause_s)
        changes = _changes(lambda number: number, turn, 100)
        began = time.perf_counter()
        held.append((await _applied(session, changes, journal, catalog)).locked_ms)
        ours.append(Commit(began, time.perf_counter()))
    await asyncio.sleep(pause_s)
    commits = await asyncio.to_thread(writer.stop)
    await session.close()
    away = [
        commit
        for commit in commits
        if not any(
            commit.began < our.ended + AFTERMATH_S and commit.ended > our.began for our in ours
        )
    ]
    tell(
        measure=f"100 edits every {pause_s} s while somebody writes",
        engine="sqlite",
        locked_ms_median=round(statistics.median(held), 2),
        locked_ms_max=round(max(held), 2),
        writer_p99_away_ms=round(_p99(away), 2),
        writer_p99_ms=round(_p99(commits), 2),
        p99_over_away=round(_p99(commits) / _p99(away), 3),
        applies=applies,
        commits=len(commits),
    )


def _staging() -> None:
    """One more edit with 10,000 staged: what a key costs."""
    history = EditHistory().staged(*_changes(lambda number: number, 0, EDITS))
    times = []
    for i in range(200):
        started = time.perf_counter()
        history = history.staged(Update(TABLE, {"id": i}, {"n": 0}, {"n": i + 5}))
        history.present.of_row(TABLE, {"id": i})
        times.append((time.perf_counter() - started) * 1000)
    tell(measure="one more edit with 10,000 staged", median_ms=round(statistics.median(times), 3))


def main() -> None:
    """Every measure."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        _staging()
        _sqlite(Path(folder))
        _lock(Path(folder))
        _postgresql()


if __name__ == "__main__":
    main()
