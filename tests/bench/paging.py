"""A keyset page deep in a large table against the first one, on both engines.

    python -m tests.bench.paging [--rows 10000000] [--engine sqlite|postgresql]

One JSON line a measure. `ratio` is the page at nine tenths of the table over the page at row 0,
both through a browse lane (aim: at most 1.5). Times are the best of some rounds.
"""

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from studio.backends.base import Purpose
from studio.db.lane import Lane
from studio.db.session import Session
from studio.db.url import parse
from studio.model.catalog import Table, TableRef
from studio.model.page import Direction, PageKey, PageRequest, Sort
from studio.rows.pages import fetch_page
from tests.postgres import Server

ROUNDS = 40
DEPTH = 0.9
ORDERS = {
    "key": (),
    "key descending": (Sort("id", descending=True),),
    "name": (Sort("name"),),
    "nullable name descending": (Sort("name", descending=True),),
    "kind of five": (Sort("kind"), Sort("id")),
}
_SQLITE = """
CREATE TABLE big (id INTEGER PRIMARY KEY, name TEXT, kind TEXT NOT NULL, amount REAL);
WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < :rows)
INSERT INTO big SELECT i, CASE WHEN i % 10 THEN 'name ' || (i * 7919 % 1000003) END,
  'kind ' || (i % 5), i / 3.0 FROM r;
CREATE INDEX by_name ON big (name, id);
CREATE INDEX by_kind ON big (kind, id);
ANALYZE
"""
_POSTGRESQL = """
CREATE TABLE big (id bigint, name text, kind text NOT NULL, amount double precision);
INSERT INTO big SELECT i, CASE WHEN i % 10 > 0 THEN 'name ' || (i * 7919 % 1000003) END,
  'kind ' || (i % 5), i / 3.0 FROM generate_series(1::bigint, :rows) i;
ALTER TABLE big ADD PRIMARY KEY (id);
CREATE INDEX by_name ON big (name, id);
CREATE INDEX by_kind ON big (kind, id);
VACUUM ANALYZE big
"""


@contextmanager
def sqlite_file(rows: int) -> Iterator[str]:
    """A file with the table, made without a journal."""
    with tempfile.TemporaryDirectory(prefix="studio-bench-") as folder:
        path = Path(folder) / "big.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=OFF")
            connection.execute("PRAGMA synchronous=OFF")
            for statement in _SQLITE.replace(":rows", str(rows)).split(";"):
                connection.execute(statement)
        yield str(path)


@contextmanager
def postgresql_database(rows: int) -> Iterator[str]:
    """A private server with the table."""
    server = Server()
    try:
        server.create()
        with server.database() as name:
            with psycopg.connect(server.conninfo(name), autocommit=True) as connection:
                for statement in _POSTGRESQL.replace(":rows", str(rows)).split(";"):
                    connection.execute(statement.encode())
            yield server.url(name)
    finally:
        server.remove()


async def pages_ms(
    lane: Lane, table: Table, requests: dict[str, PageRequest]
) -> dict[str, list[float]]:
    """How long each page takes, in turn, so that a busy moment hits all of them alike."""
    found: dict[str, list[float]] = {name: [] for name in requests}
    for _ in range(ROUNDS + 1):
        for name, request in requests.items():
            found[name].append((await fetch_page(lane, table, request)).elapsed_ms)
    return {name: times[1:] for name, times in found.items()}


async def deep_key(lane: Lane, table: Table, order: tuple[Sort, ...], rows: int) -> PageKey:
    """The key of the row at DEPTH, by the OFFSET that pages themselves never use."""
    request = PageRequest(table.ref, order, offset=int(rows * DEPTH), limit=1)
    return (await fetch_page(lane, table, request)).keys[0]


async def measure(engine: str, address: str, rows: int) -> None:
    """Print a line for each order."""
    session = await Session.open(parse(address))
    lane = session.lane(Purpose.BROWSE)
    table = await session.table(TableRef(None, "big"))
    for name, order in ORDERS.items():
        key = await deep_key(lane, table, order, rows)
        requests = {
            "first": PageRequest(table.ref, order),
            "last": PageRequest(table.ref, order, direction=Direction.BACKWARD),
            "deep": PageRequest(table.ref, order, start=key),
        }
        times = await pages_ms(lane, table, requests)
        line = {
            "measure": "keyset page",
            "engine": engine,
            "rows": rows,
            "order": name,
            **{f"{which}_ms": round(min(found), 3) for which, found in times.items()},
            "deep_median_ms": round(statistics.median(times["deep"]), 3),
            "ratio": round(min(times["deep"]) / min(times["first"]), 2),
        }
        print(json.dumps(line), flush=True)
    await session.close()


def main() -> None:
    """Build what was asked for, and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.paging")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"])
    asked = parser.parse_args()
    places = {"sqlite": sqlite_file, "postgresql": postgresql_database}
    for engine, place in places.items():
        if asked.engine in {None, engine}:
            with place(asked.rows) as address:
                asyncio.run(measure(engine, address, asked.rows))


if __name__ == "__main__":
    main()
