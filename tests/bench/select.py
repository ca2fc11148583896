"""`SELECT *` of many rows: how soon the first are there, and what it takes in memory.

Run as `python -m tests.bench.select [ROWS]`, or with STUDIO_BENCH_ROWS: 10000000 is what counts.
One JSON line per measure, SQLite first, then PostgreSQL against psql, as it comes and at its best
(FETCH_COUNT). harlequin is measured in the same run over the same rows, the way its adapters fetch
without its limit, where it is importable: here, or in the interpreter that HARLEQUIN_PYTHON names
(it wants an older Textual than studio). What is not there is said so.
"""

import asyncio
import importlib.util
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

ROWS = int(os.environ.get("STUDIO_BENCH_ROWS", "300000"))
SQL = "SELECT * FROM events"
FETCH_COUNT = 1_000


def build(path: Path, rows: int) -> None:
    """A table of events."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, user_id INTEGER, kind TEXT, note TEXT)"
    )
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO events SELECT i, i % 100000, 'login', 'note number ' || i FROM n",
        (rows,),
    )
    connection.commit()
    connection.close()


def peak_mib() -> float:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def studio(path: str) -> dict[str, object]:
    """First rows and all kept rows through the query tab's own runner."""
    from studio.backends.halves.syntax import syntax_of
    from studio.db.session import Session
    from studio.db.url import parse
    from studio.queries.limits import Limits
    from studio.queries.query import queries
    from studio.queries.runner import Permission, Runner
    from tests.bench.cancels import Kept

    class Watcher(Kept):
        first_ms = 0.0

        def take(self, rows, so_far):
            super().take(rows, so_far)
            self.first_ms = self.first_ms or (perf_counter() - started) * 1000

    before = peak_mib()
    watcher = Watcher()
    started = perf_counter()
    session = await Session.open(parse(path))
    try:
        limits = Limits(rows=50_000, row_bytes=64 * 2**20)
        runner = Runner(session, watcher, Permission.READ, limits)
        await runner.run(queries(SQL, syntax_of(session.backend)))
    finally:
        await session.close()
    return {
        "first_rows_ms": round(watcher.first_ms, 1),
        "all_ms": round((perf_counter() - started) * 1000, 1),
        "rows_kept": len(watcher.rows),
        "grew_mib": round(peak_mib() - before, 1),
    }


def harlequin(path: str) -> dict[str, object]:
    """What harlequin's adapter takes for the same statement."""
    if path.startswith("postgresql:"):
        from harlequin_postgres import HarlequinPostgresAdapter as Adapter
    else:
        from harlequin_sqlite import HarlequinSqliteAdapter as Adapter

    before = peak_mib()
    started = perf_counter()
    cursor = Adapter((path,)).connect().execute(SQL)
    data = cursor.fetchall()
    took = (perf_counter() - started) * 1000
    return {
        "first_rows_ms": round(took, 1),
        "rows_kept": len(data),
        "grew_mib": round(peak_mib() - before, 1),
    }


def psql(target: str, fetch_count: int = 0) -> dict[str, object]:
    """What psql takes for the same statement: it holds all rows before the first, unless told to
    fetch so many at once.
    """
    started = perf_counter()
    with subprocess.Popen(
        ["psql", "--no-psqlrc", f"--set=FETCH_COUNT={fetch_count}", "--command", SQL, target],
        stdout=subprocess.PIPE,
    ) as running:
        first = running.stdout.readline()  # type: ignore[union-attr]
        first_ms = (perf_counter() - started) * 1000
        running.kill()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"first_rows_ms": round(first_ms, 1), "held_mib": round(peak, 1), "is_row": bool(first)}


def on_server(rows: int) -> None:
    """studio and psql over one table of a server of their own."""
    from tests.postgres import Server, run_sql

    server = Server()
    server.create()
    try:
        with server.database() as name:
            url = server.url(name)
            run_sql(
                url,
                "CREATE TABLE events AS SELECT i AS id, i % 100000 AS user_id, 'login' AS kind, "
                f"'note number ' || i AS note FROM generate_series(1, {rows:d}) i",
            )
            for program in ("studio", "harlequin", "psql", "psql-best"):
                tell(program, rows, url, "postgresql")
    finally:
        server.remove()


def in_process(program: str, path: Path | str) -> dict[str, object]:
    """One program in a process of its own, so that neither pays for the other's memory."""
    python = os.environ.get("HARLEQUIN_PYTHON", sys.executable)
    command = [
        python if program == "harlequin" else sys.executable,
        *("-m", "tests.bench.select", f"--{program}", str(path)),
    ]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    measured: dict[str, object] = json.loads(answer.stdout)
    return {"bench": "select", "program": program} | measured


def is_here(program: str) -> bool:
    """Whether it is installed."""
    if program == "harlequin":
        return "HARLEQUIN_PYTHON" in os.environ or importlib.util.find_spec(program) is not None
    return program == "studio" or shutil.which("psql") is not None


def tell(program: str, rows: int, target: Path | str, engine: str) -> None:
    """Print what it takes, or that it is not here."""
    told: dict[str, object] = {"bench": "select", "program": program, "missing": True}
    if is_here(program):
        try:
            told = in_process(program, target)
        except subprocess.CalledProcessError as error:
            told |= {"why": error.stderr.strip().splitlines()[-1:]}
    print(json.dumps({"rows": rows, "engine": engine} | told), flush=True)


def main() -> int:
    """Build the table, measure all."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--studio"]:
        print(json.dumps(asyncio.run(studio(arguments[1]))))
        return 0
    if arguments[:1] == ["--harlequin"]:
        print(json.dumps(harlequin(arguments[1])))
        return 0
    if arguments[:1] in (["--psql"], ["--psql-best"]):
        fetch_count = FETCH_COUNT if arguments[0] == "--psql-best" else 0
        print(json.dumps(psql(arguments[1], fetch_count)))
        return 0
    rows = int(arguments[0]) if arguments else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.db"
        build(path, rows)
        for program in ("studio", "harlequin"):
            tell(program, rows, path, "sqlite")
    on_server(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
