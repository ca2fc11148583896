"""The catalog of 5,000 PostgreSQL tables: studio against the bare queries it asks.

    python -m tests.bench.catalog_postgres [TABLES]

One JSON line a measure. `ratio` is against running the same SQL with psycopg and keeping the rows.
"""

import asyncio
import json
import statistics
import sys
from collections.abc import Callable
from time import perf_counter

import psycopg

from studio.backends.postgresql import queries
from studio.db.session import Session
from studio.db.url import parse
from tests.postgres import Server

ROUNDS = 5
_BULK = ("relations", "columns", "constraints", "indexes", "triggers", "sequences")
_WHOLE = ("schemas", "enums", "domains", "collations")


def fill(conninfo: str, tables: int) -> None:
    """An application's schema, many times: keys, a foreign key, an index, defaults."""
    with psycopg.connect(conninfo) as connection:
        for number in range(tables):
            target = f"REFERENCES t{number - 1}" if number else ""
            connection.execute(
                f"CREATE TABLE t{number} (id bigint PRIMARY KEY, parent bigint {target}, name text "
                "NOT NULL, email varchar(200), created timestamptz DEFAULT now(), data jsonb, "
                "amount numeric(10, 2) DEFAULT 0, kind text CHECK (kind IN ('a', 'b')))".encode()
            )
            connection.execute(f"CREATE INDEX ON t{number} (name, created DESC)".encode())
            if number % 500 == 0:
                connection.commit()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def raw(conninfo: str, names: tuple[str, ...]) -> float:
    """Milliseconds for the same questions without studio."""
    started = perf_counter()
    with psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection:
        connection.execute("SET jit TO off")
        for name in names:
            parameters = {"oid": None} if name in _BULK else None
            connection.execute(queries.text(name, 18).encode(), parameters).fetchall()
    return (perf_counter() - started) * 1000


async def studio(conninfo: str, read: str) -> tuple[float, float]:
    """Milliseconds for one read from connecting to the nouns, and the loop's longest stall."""
    session = await Session.open(parse(conninfo))
    await session.identify()
    stall = 0.0

    async def watch() -> None:
        nonlocal stall
        while True:
            before = perf_counter()
            await asyncio.sleep(0.001)
            stall = max(stall, perf_counter() - before)

    watching = asyncio.create_task(watch())
    started = perf_counter()
    await getattr(session, read)()
    elapsed = (perf_counter() - started) * 1000
    watching.cancel()
    await session.close()
    return elapsed, stall * 1000


def median(measure: Callable[[], float]) -> float:
    """The middle of ROUNDS runs after one to warm up."""
    measure()
    return statistics.median(measure() for _ in range(ROUNDS))


def main() -> None:
    """Measure."""
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    server = Server()
    try:
        server.create()
        with server.database() as name:
            conninfo = server.url(name)
            fill(conninfo, tables)
            for read, names in (("outline", ("outline",)), ("catalog", _WHOLE + _BULK)):
                bare = median(lambda names=names: raw(conninfo, names))
                stalls: list[float] = []

                def ours(read: str = read, stalls: list[float] = stalls) -> float:
                    elapsed, stall = asyncio.run(studio(conninfo, read))
                    stalls.append(stall)
                    return elapsed

                elapsed = median(ours)
                line = {
                    "measure": f"postgresql {read} of {tables} tables",
                    "raw_ms": round(bare, 1),
                    "studio_ms": round(elapsed, 1),
                    "ratio": round(elapsed / bare, 2),
                    "worst_stall_ms": round(max(stalls), 1),
                }
                print(json.dumps(line), flush=True)
    finally:
        server.remove()


if __name__ == "__main__":
    main()
