"""Statements stopped at random moments: how long it takes, and whether the lane works on.

Run as `python -m tests.bench.cancels [TIMES]`; one JSON line per engine.
"""

import asyncio
import json
import random
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from time import perf_counter
from typing import TypeAlias

from studio.backends.halves.syntax import syntax_of
from studio.db.session import Session
from studio.db.url import parse
from studio.model.errors import StudioError
from studio.model.page import Value
from studio.queries.query import Query, query
from studio.queries.result import Person, Result
from studio.queries.runner import Runner
from tests.postgres import Server

LONGEST_WAIT_S = 0.03
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
STATEMENTS = {
    "sqlite": (
        f"{_NUMBERS} SELECT count(*) FROM n",
        f"{_NUMBERS} SELECT i FROM n",
        f"{_NUMBERS} SELECT hex(randomblob(200)) FROM n",
    ),
    "postgresql": (
        "SELECT pg_sleep(100)",
        "SELECT count(*) FROM generate_series(1, 1000000000) i",
        "SELECT i FROM generate_series(1, 1000000000) i",
        "SELECT repeat('x', 200) FROM generate_series(1, 1000000000) i",
    ),
}


class Nobody:
    """Somebody who looks, and never says yes."""

    async def may_write(self, query: Query) -> bool:
        del query
        return False

    async def may_commit(self, query: Query, result: Result) -> bool:
        del query, result
        return False


class Kept:
    """Keeps the rows of the statement that ran last."""

    def __init__(self) -> None:
        self.rows: list[tuple[Value, ...]] = []

    def begin(self, query: Query) -> None:
        del query
        self.rows = []

    def take(self, rows: Sequence[tuple[Value, ...]], so_far: Result) -> None:
        del so_far
        self.rows.extend(rows)

    def end(self, result: Result) -> None:
        """There is nothing to close."""


class Runs:
    """Runs one statement at a time, and keeps its rows."""

    def __init__(self, session: Session, person: Person) -> None:
        self._syntax = syntax_of(session.backend)
        self._kept = Kept()
        self._runner = Runner(session, self._kept, person)

    async def run(self, text: str) -> Result:
        """Run it. Raises StudioError."""
        (result,) = await self._runner.run([query(text, self._syntax)])
        return result

    @property
    def rows(self) -> list[tuple[Value, ...]]:
        """What it gave."""
        return self._kept.rows


async def storm(target: str, times: int, seed: int = 0) -> list[float]:
    """Run, stop, and ask the lane again, `times` times: ms from the stop to its end."""
    session = await Session.open(parse(target))
    random_ = random.Random(seed)
    runner = Runs(session, Nobody())
    taken = []
    try:
        for _ in range(times):
            statement = random_.choice(STATEMENTS[session.backend.name])
            running = asyncio.ensure_future(runner.run(statement))
            await asyncio.sleep(random_.uniform(0, LONGEST_WAIT_S))
            stopped = perf_counter()
            running.cancel()
            outcome = (await asyncio.gather(running, return_exceptions=True))[0]
            taken.append((perf_counter() - stopped) * 1000)
            if not isinstance(outcome, asyncio.CancelledError):
                raise StudioError(f"not stopped, but {outcome!r}")
            await runner.run("SELECT 40 + 2")
            if [str(value) for row in runner.rows for value in row] != ["42"]:
                raise StudioError("the lane does not answer any more")
    finally:
        await session.close()
    return taken


Storm: TypeAlias = Callable[[str, int], Coroutine[object, object, list[float]]]
"""Stops statements on a target so many times: ms to the end of each."""


def on_both_engines(bench: str, storm: Storm, times: int, holds: str) -> None:
    """Print a line an engine; `holds` is what a storm that came to its end has shown."""

    def measure(engine: str, target: str) -> None:
        taken = asyncio.run(storm(target, times))
        figures = {"median_ms": statistics.median(taken), "worst_ms": max(taken)}
        told = {name: round(value, 1) for name, value in figures.items()}
        print(json.dumps({"bench": bench, "engine": engine, "times": times, **told, holds: True}))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        sqlite3.connect(path).close()
        measure("sqlite", str(path))
    server = Server()
    server.create()
    try:
        with server.database() as name:
            measure("postgresql", server.url(name))
    finally:
        server.remove()


def main() -> int:
    """Both engines."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    on_both_engines("cancels", storm, times, "lane_answers")
    return 0


if __name__ == "__main__":
    sys.exit(main())
