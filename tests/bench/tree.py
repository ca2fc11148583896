"""The catalog of 5,000 tables: how long until the tree is usable, and how still the loop stands.

    python -m tests.bench.tree [TABLES]

One JSON line an engine: the app against the catalog's own SQL, both in this process, and the worst
time the event loop could not answer meanwhile and while a person types into the tree's filter and
the table finder.
"""

import asyncio
import gc
import json
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import perf_counter, thread_time

import psycopg

from studio.db.url import parse
from studio.ui.app import StudioApp
from studio.ui.request import OpenRequest
from studio.ui.shell.main import MainScreen
from tests.postgres import Server

COLUMNS = "id integer PRIMARY KEY, name text NOT NULL, parent integer, at timestamp, note text"
_TICK_S = 0.002
_SQLITE = "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name"
_POSTGRES = """
    SELECT n.nspname, c.relname, c.relkind, c.reltuples, c.relpages,
           pg_catalog.obj_description(c.oid, 'pg_class')
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') ORDER BY 1, 2"""


class Pulse:
    """The longest the loop took to come back to a task that only waits, and what it worked for
    meanwhile: on a busy machine the first is longer than the second for reasons of its own.
    """

    def __init__(self) -> None:
        self.worst_ms = 0.0
        self.worst_cpu_ms = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Pulse":
        self._task = asyncio.create_task(self._beat())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()

    async def _beat(self) -> None:
        while True:
            before, worked = perf_counter(), thread_time()
            await asyncio.sleep(_TICK_S)
            self.worst_cpu_ms = max(self.worst_cpu_ms, (thread_time() - worked) * 1000)
            self.worst_ms = max(self.worst_ms, (perf_counter() - before - _TICK_S) * 1000)


def raw_ms(connect: Callable[[], object], sql: str) -> float:
    """Connect, ask, read: what a client without a tree does."""
    best = 1e9
    for _ in range(3):
        started = perf_counter()
        with closing(connect()) as connection:  # type: ignore[type-var]
            connection.execute(sql).fetchall()
        best = min(best, (perf_counter() - started) * 1000)
    return best


async def measure(target: str, tables: int) -> dict[str, float]:
    """Open the app on `target`, a table named, so that no row waits; then reread its outline."""
    # As the command does: the main screen turns it on again, with all that was imported left out.
    gc.disable()
    app = StudioApp(OpenRequest(target=parse(target), theme="dark"))
    async with app.run_test(size=(120, 36)) as pilot:
        main = next(s for s in app.screen_stack if isinstance(s, MainScreen))
        while len(main.tree_pane.summaries) < tables:
            await asyncio.sleep(_TICK_S)
        await app.workers.wait_for_complete()
        await pilot.pause()
        outline_ms, outline_stall, outline_cpu = await _reread(main, pilot)
        async with Pulse() as typing:
            main.tree_pane.focus()
            await pilot.press("slash", *"t 49", "escape", "t", *"t_499", "escape")
        assert main.workspace is not None
        async with Pulse() as whole:
            await main.workspace.load_catalog()
        return {
            "tree_ms": outline_ms,
            "outline_stall_ms": outline_stall,
            "outline_cpu_ms": outline_cpu,
            "typing_stall_ms": typing.worst_ms,
            "typing_cpu_ms": typing.worst_cpu_ms,
            "catalog_stall_ms": whole.worst_ms,
            "catalog_cpu_ms": whole.worst_cpu_ms,
        }


async def _reread(main: MainScreen, pilot: object) -> tuple[float, float, float]:
    """From the key until the tree holds the catalog anew, best of three; the worst stall."""
    best, worst, cpu = 1e9, 0.0, 0.0
    for _ in range(3):
        before = main.tree_pane.summaries
        async with Pulse() as pulse:
            started = perf_counter()
            main.tree_pane.action_reread()
            while main.tree_pane.summaries is before:
                # Not 0: a loop that never rests keeps the interpreter from the thread that reads.
                await asyncio.sleep(_TICK_S / 2)
            best = min(best, (perf_counter() - started) * 1000)
            # Rows are counted now: that may stall the loop, and must not slow the next reading.
            await asyncio.sleep(0.05)
            await main.app.workers.wait_for_complete()
        worst, cpu = max(worst, pulse.worst_ms), max(cpu, pulse.worst_cpu_ms)
    return best, worst, cpu


def report(engine: str, raw: float, found: dict[str, float]) -> None:
    """One line of JSON."""
    line = {"engine": engine, "raw_ms": raw, "ratio": found["tree_ms"] / raw, **found}
    print(json.dumps({k: round(v, 2) if isinstance(v, float) else v for k, v in line.items()}))


def sqlite(tables: int) -> None:
    """A file of `tables` tables."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            for number in range(tables):
                connection.execute(f"CREATE TABLE t_{number} ({COLUMNS})")
            connection.execute("COMMIT")
        raw = raw_ms(lambda: sqlite3.connect(path), _SQLITE)
        report("sqlite", raw, asyncio.run(measure(str(path), tables)))


def postgresql(tables: int) -> None:
    """A database of `tables` tables."""
    server = Server()
    try:
        server.create()
        with server.database() as name:
            url = server.url(name)
            with psycopg.connect(url) as connection:
                for number in range(tables):
                    connection.execute(f"CREATE TABLE t_{number} ({COLUMNS})".encode())
                    if number % 500 == 499:
                        connection.commit()
            raw = raw_ms(lambda: psycopg.connect(url), _POSTGRES)
            report("postgresql", raw, asyncio.run(measure(url, tables)))
    finally:
        server.remove()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    sqlite(count)
    postgresql(count)
