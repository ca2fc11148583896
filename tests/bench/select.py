"""`SELECT *` of many rows: how soon the first are there, and what it takes in memory.

Run as `python -m tests.bench.select [ROWS]`, or with STUDIO_BENCH_ROWS: 10000000 is what counts.
One JSON line per measure, SQLite first, then PostgreSQL against psql. harlequin is measured in the
same run over the same file, the way its SQLite adapter fetches, where it is importable: here, or in
the interpreter that HARLEQUIN_PYTHON names (it wants an older Textual than studio).
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
    from harlequin_sqlite import HarlequinSqliteAdapter

    before = peak_mib()
    started = perf_counter()
    cursor = HarlequinSqliteAdapter((path,)).connect().execute(SQL)
    data = cursor.fetchall()
    took = (perf_counter() - started) * 1000
    return {
        "first_rows_ms": round(took, 1),
        "rows_kept": len(data),
        "grew_mib": round(peak_mib() - before, 1),
    }


def psql(target: str) -> dict[str, object]:
    """What psql takes for the same statement, as it comes: it holds all rows before the first."""
    started = perf_counter()
    with subprocess.Popen(
        ["psql", "--no-psqlrc", "--command", SQL, target],
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

    if shutil.which("psql") is None:
        print(json.dumps({"bench": "select", "program": "psql", "missing": True}))
        return
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
            for program in ("studio", "psql"):
                measured = in_process(program, url)
                print(json.dumps({"rows": rows, "engine": "postgresql"} | measured))
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


def main() -> int:
    """Build the table, measure both."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--studio"]:
        print(json.dumps(asyncio.run(studio(arguments[1]))))
        return 0
    if arguments[:1] == ["--harlequin"]:
        print(json.dumps(harlequin(arguments[1])))
        return 0
    if arguments[:1] == ["--psql"]:
        print(json.dumps(psql(arguments[1])))
        return 0
    rows = int(arguments[0]) if arguments else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.db"
        build(path, rows)
        print(json.dumps({"rows": rows} | in_process("studio", path)))
        if not ("HARLEQUIN_PYTHON" in os.environ or importlib.util.find_spec("harlequin")):
            print(json.dumps({"bench": "select", "program": "harlequin", "missing": True}))
        else:
            print(json.dumps({"rows": rows} | in_process("harlequin", path)))
    on_server(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
