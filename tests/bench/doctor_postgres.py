"""The doctor over 5,000 PostgreSQL tables, 12,500 indexes, 5,000 keys and 5,000 sequences.

    python -m tests.bench.doctor_postgres [TABLES]

One JSON line a measure. `server_cpu_ms` is what the server's processes used, read from /proc (null
where there is none); `ratio` is the wall time against reading the names of the same objects once,
bare, with psycopg.
"""

import asyncio
import json
import os
import sys
from contextlib import aclosing
from pathlib import Path
from time import perf_counter, process_time

import psycopg

from studio.db.session import Session
from studio.db.url import parse
from studio.doctor.run import Asked, HealthReport, examine
from tests.postgres import Server

_BARE = (
    "SELECT c.oid, n.nspname, c.relname, pg_relation_size(c.oid) FROM pg_class AS c "
    "JOIN pg_namespace AS n ON n.oid = c.relnamespace"
)


def fill(conninfo: str, tables: int) -> None:
    """Half of the foreign keys have an index, one table in a hundred has rows."""
    with psycopg.connect(conninfo) as connection:
        for n in range(tables):
            target = f"REFERENCES t{n - 1}" if n else ""
            connection.execute(
                f"CREATE TABLE t{n} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
                f"parent bigint {target}, name text NOT NULL, created timestamptz DEFAULT now())"
                f"; CREATE INDEX ON t{n} (name, created)"
                + (f"; CREATE INDEX ON t{n} (parent)" if n % 2 else "")
                + (f"; INSERT INTO t{n} (name) SELECT i::text FROM generate_series(1, 500) AS i"
                   if n % 100 == 0 else "")
            )  # fmt: skip
            if n % 200 == 0:
                connection.commit()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def server_cpu_ms(postmaster: int) -> float | None:
    """What the server has used so far, those of its processes that have ended included."""
    if not Path("/proc/self/stat").exists():
        return None
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == postmaster:
            ticks += int(fields[11]) + int(fields[12])
        elif int(stat.parent.name) == postmaster:
            ticks += int(fields[13]) + int(fields[14])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


async def looked(conninfo: str) -> tuple[float, float, HealthReport, list[tuple[float, str]]]:
    """Milliseconds to the first finding and to the end, with the connection open already."""
    session = await Session.open(parse(conninfo))
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


def main(tables: int = 5000) -> None:
    """Measure twice: with cold caches of the catalog, and again."""
    server = Server()
    try:
        server.create()
        postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
        with server.database() as name:
            conninfo = server.url(name)
            fill(conninfo, tables)
            started = perf_counter()
            with psycopg.connect(conninfo) as connection:
                connection.execute(_BARE).fetchall()
            bare = (perf_counter() - started) * 1000
            for run in ("cold", "warm"):
                before, ours = server_cpu_ms(postmaster), process_time()
                first, whole, report, each = asyncio.run(looked(conninfo))
                ours = (process_time() - ours) * 1000
                after = server_cpu_ms(postmaster)
                line = {
                    "bench": f"doctor on {tables} PostgreSQL tables, {run}",
                    "bare_ms": round(bare, 1),
                    "first_finding_ms": round(first, 1),
                    "wall_ms": round(whole, 1),
                    "ratio": round(whole / bare, 1),
                    "server_cpu_ms": None if before is None or after is None else after - before,
                    "studio_cpu_ms": round(ours, 1),
                    "findings": len(report.findings),
                    "slowest": {check: round(ms) for ms, check in sorted(each)[:-8:-1]},
                }
                print(json.dumps(line), flush=True)
    finally:
        server.remove()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
