"""The doctor over a SQLite file of 1 GB, without reading whole tables.

    python -m tests.bench.doctor_sqlite [MEGABYTES]

One JSON line a measure: milliseconds to the first finding and to the end, with the file open
already, and `ratio` against `PRAGMA quick_check` of a hundredth of the rows in the same run.
"""

import asyncio
import json
import sqlite3
import sys
import tempfile
from contextlib import aclosing, closing
from pathlib import Path
from time import perf_counter, process_time

from studio.db.session import Session
from studio.db.url import parse
from studio.doctor.run import Asked, HealthReport, examine

_TABLES = 10
_ROW_BYTES = 420


def build(path: Path, megabytes: int) -> None:
    """An application's tables: a key without an index, texts, moments, a soft delete."""
    rows = megabytes * 1_000_000 // _ROW_BYTES // _TABLES
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")
        for n in range(_TABLES):
            connection.execute(
                f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES "
                f"t{max(0, n - 1)}(id), email TEXT UNIQUE, status TEXT, price REAL, note TEXT, "
                "created_at INTEGER, deleted_at INTEGER)"
            )
            connection.execute(f"CREATE INDEX t{n}_status ON t{n} (status, created_at)")
            connection.execute(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                f"INSERT INTO t{n} SELECT i, nullif(i % 1000, 0), 'user' || i || '@example.org', "
                "CASE i % 3 WHEN 0 THEN 'open' ELSE 'closed' END, i * 0.25, "
                "printf('%.*c', 300, 'x') , 1700000000 + i, NULL FROM n",
                (rows,),
            )
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def looked(path: Path) -> tuple[float, float, HealthReport, list[tuple[float, str]]]:
    """The first finding and the end, in milliseconds, and what each check took."""
    session = await Session.open(parse(str(path)))
    first, report, each = 0.0, HealthReport(), []
    try:
        await session.identify()
        started = before = perf_counter()
        async with aclosing(examine(session, Asked())) as reports:
            async for report in reports:
                now = perf_counter()
                each.append(((now - before) * 1000, report.looked[-1]))
                before = now
                if report.findings and not first:
                    first = (now - started) * 1000
        return first, (perf_counter() - started) * 1000, report, each
    finally:
        await session.close()


def main(megabytes: int = 1000) -> None:
    """Measure twice: the second time the pages it reads are in memory."""
    with tempfile.TemporaryDirectory() as folder:
        path, small = Path(folder) / "large.db", Path(folder) / "small.db"
        build(path, megabytes)
        build(small, max(1, megabytes // 100))
        with closing(sqlite3.connect(small)) as connection:
            started = perf_counter()
            connection.execute("PRAGMA quick_check").fetchall()
            check_ms = (perf_counter() - started) * 1000
        for run in ("first", "again"):
            cpu = process_time()
            first, whole, report, each = asyncio.run(looked(path))
            line = {
                "bench": f"doctor on a SQLite file, {run}",
                "bytes": path.stat().st_size,
                "quick_check_of_a_hundredth_ms": round(check_ms, 1),
                "first_finding_ms": round(first, 1),
                "wall_ms": round(whole, 1),
                "cpu_ms": round((process_time() - cpu) * 1000, 1),
                "ratio": round(whole / check_ms, 1),
                "findings": len(report.findings),
                "slowest": {check: round(ms) for ms, check in sorted(each)[:-6:-1]},
            }
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
