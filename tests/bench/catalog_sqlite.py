"""The catalog of 5,000 SQLite tables against the bare SQL that fetches the same facts.

`python -m tests.bench.catalog_sqlite [TABLES]` prints one JSON line.
"""

import json
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import process_time

from studio.backends.base import Purpose
from studio.backends.sqlite.engine import SQLite
from studio.db import url

_RAW = (
    "SELECT * FROM pragma_table_list",
    "SELECT * FROM sqlite_master",
    "SELECT m.name, x.* FROM pragma_table_list m CROSS JOIN pragma_table_xinfo(m.name) x",
    "SELECT m.name, l.*, x.* FROM sqlite_master m CROSS JOIN pragma_index_list(m.name) l "
    "CROSS JOIN pragma_index_xinfo(l.name) x WHERE m.type = 'table'",
    "SELECT m.name, f.* FROM sqlite_master m CROSS JOIN pragma_foreign_key_list(m.name) f "
    "WHERE m.type = 'table'",
)


def build(path: Path, tables: int) -> None:
    """Tables as applications have them: ten columns, two indexes, a foreign key, a check."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for n in range(tables):
            connection.execute(
                f"CREATE TABLE table_{n}(id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL "
                f"REFERENCES table_{max(0, n - 1)}(id) ON DELETE CASCADE, name TEXT NOT NULL, "
                "kind TEXT NOT NULL DEFAULT 'a' CHECK (kind IN ('a', 'b')), amount NUMERIC, "
                "created_at INTEGER, updated_at DATETIME, payload JSON, note TEXT, data BLOB)"
            )
            connection.execute(f"CREATE INDEX table_{n}_parent ON table_{n}(parent_id)")
            connection.execute(f"CREATE UNIQUE INDEX table_{n}_name ON table_{n}(name, kind DESC)")
        connection.execute("COMMIT")


def best(work: Callable[[], object], times: int = 3) -> float:
    """Milliseconds of CPU of the quickest of some runs, each on a connection of its own."""
    taken = []
    for _ in range(times):
        started = process_time()
        work()
        taken.append((process_time() - started) * 1000)
    return min(taken)


def main(tables: int = 5000) -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.db"
        build(path, tables)
        backend = SQLite()
        opening = backend.open(url.parse(str(path)))

        def raw() -> None:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                for sql in _RAW:
                    connection.execute(sql).fetchall()

        def ours(read: str) -> None:
            engine = backend.sync_engine(opening, Purpose.REFLECT)
            with engine.connect() as connection:
                if read == "outline":
                    backend.outline(connection)
                else:
                    backend.catalog(connection, backend.server(connection, opening))

        raw_ms = best(raw)
        catalog_ms = best(lambda: ours("catalog"))
        outline_ms = best(lambda: ours("outline"))
    print(
        json.dumps(
            {
                "bench": "catalog_sqlite",
                "tables": tables,
                "raw_ms": round(raw_ms, 1),
                "outline_ms": round(outline_ms, 1),
                "catalog_ms": round(catalog_ms, 1),
                "outline_ratio": round(outline_ms / raw_ms, 2),
                "catalog_ratio": round(catalog_ms / raw_ms, 2),
            }
        )
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
