"""`studio export` to CSV against the engines' own shells.

    python -m tests.bench.export [--rows 1000000] [--engine sqlite|postgresql] [--rounds 3]

One JSON line a table: medians of wall seconds and of CPU seconds, `ratio` of studio to the shell
(`sqlite3 -csv`, `psql \\copy`), each without its start, and how much memory a large table takes
beyond a small one. What sqlite3 prints of a REAL has 15 digits, studio's has all.
"""

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from time import perf_counter

import psycopg

from tests.postgres import Server

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
_SELECT = """SELECT i AS id, i * 7919 % 100003 AS user_id, 'kind ' || (i % 5) AS status,
  CASE WHEN i % 10 = 0 THEN 'hello, you' || i END AS note, i * 17 % 10000 AS cents"""
_TABLES = {"orders": "", "measures": ", i / 3.0 AS amount"}
_TYPES = "id INTEGER PRIMARY KEY, user_id INTEGER, status TEXT, note TEXT, cents INTEGER"
_FEW = 1000


def sqlite_file(path: Path, rows: int) -> None:
    """Both tables, and few rows of each."""
    with closing(sqlite3.connect(path)) as connection:
        for name, more in _TABLES.items():
            for table, count in ((name, rows), (f"few_{name}", _FEW)):
                columns = f"{_TYPES}{', amount REAL' if more else ''}"
                connection.execute(f"CREATE TABLE {table} ({columns})")
                numbers = _NUMBERS.format(rows=count)
                connection.execute(f"INSERT INTO {table} {numbers} {_SELECT}{more} FROM n")
        connection.commit()


def postgres_tables(url: str, rows: int) -> None:
    """The same."""
    with psycopg.connect(url, autocommit=True) as connection:
        for name, more in _TABLES.items():
            for table, count in ((name, rows), (f"few_{name}", _FEW)):
                cast = more.replace("3.0", "3.0::float8")
                select = f"{_SELECT}{cast} FROM generate_series(1::bigint, {count}) i"
                connection.execute(f"CREATE TABLE {table} AS {select}".encode())
        connection.execute("VACUUM ANALYZE")


def ran(command: list[str]) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and the most KiB of memory of one run."""
    started = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command}: exit {process.returncode}")
    return perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def measured(many: list[str], few: list[str], rounds: int) -> dict[str, float]:
    """Medians of `many` beyond those of `few`."""
    runs = [(ran(many), ran(few)) for _ in range(rounds)]
    found = [
        [statistics.median(run[which][what] for run in runs) for what in range(3)]
        for which in range(2)
    ]
    wall, cpu, memory = (large - small for large, small in zip(*found, strict=True))
    return {"s": wall, "cpu_s": cpu, "mib": memory / 1024}


def line(name: str, rows: int, ours: dict[str, float], theirs: dict[str, float]) -> None:
    """Print one measure."""
    found = {
        "measure": f"export {name} to csv",
        "rows": rows,
        "studio_s": round(ours["s"], 2),
        "shell_s": round(theirs["s"], 2),
        "ratio": round(ours["s"] / theirs["s"], 2),
        "cpu_ratio": round(ours["cpu_s"] / theirs["cpu_s"], 2),
        "more_mib": round(ours["mib"], 1),
    }
    print(json.dumps(found), flush=True)


def sqlite(folder: Path, rows: int, rounds: int) -> None:
    """Against `sqlite3 -csv`."""
    path, out = folder / "big.db", folder / "out.csv"
    sqlite_file(path, rows)
    shell = shutil.which("sqlite3")
    for name in _TABLES:
        ours = _studio(str(path), name, out, rounds)
        if shell is None:
            print(json.dumps({"measure": f"export {name} to csv", "skipped": "no sqlite3"}))
            continue
        select = [
            [
                shell,
                "-readonly",
                "-cmd",
                f".once {out}",
                "-csv",
                str(path),
                f"SELECT * FROM {table}",
            ]
            for table in (name, f"few_{name}")
        ]
        line(f"sqlite {name}", rows, ours, measured(*select, rounds))


def postgresql(folder: Path, rows: int, rounds: int) -> None:
    """Against `\\copy`."""
    server, out = Server(), folder / "out.csv"
    server.create()
    try:
        with server.database() as database:
            url = server.url(database)
            postgres_tables(url, rows)
            for name in _TABLES:
                ours = _studio(url, name, out, rounds)
                copy = [
                    ["psql", url, "-qc", f"\\copy {table} TO '{out}' (FORMAT csv, HEADER)"]
                    for table in (name, f"few_{name}")
                ]
                line(f"postgresql {name}", rows, ours, measured(*copy, rounds))
    finally:
        server.remove()


def _studio(target: str, table: str, out: Path, rounds: int) -> dict[str, float]:
    command = [sys.executable, "-m", "studio", "export", target]
    many, few = ([*command, name, "--output", str(out)] for name in (table, f"few_{table}"))
    return measured(many, few, rounds)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for engine in (sqlite, postgresql):
            if given.engine in {None, engine.__name__}:
                engine(Path(folder), given.rows, given.rounds)


if __name__ == "__main__":
    main()
