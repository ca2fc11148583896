"""2,000 migrations: the whole board against just reading the files; and a folder of many projects.

`python -m tests.bench.migrations` prints one JSON line per measure.
"""

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from studio.db.url import parse
from studio.migrations.board import load_board
from studio.migrations.reader import connect
from studio.migrations.source import MigrationSource

COUNT = 2000
RUNS = 5
TABLES = 200
BODY = b"CREATE TABLE t (id integer PRIMARY KEY, name text NOT NULL);\n" * 20


def drizzle(folder: Path) -> None:
    """A Drizzle project with all but ten applied."""
    (folder / "drizzle/meta").mkdir(parents=True)
    config = "export default { dialect: 'sqlite', dbCredentials: { url: 'a.db' } }"
    (folder / "drizzle.config.ts").write_text(config)
    entries, rows = [], []
    for number in range(COUNT):
        tag, content = f"{number:04}_m", BODY + str(number).encode()
        (folder / f"drizzle/{tag}.sql").write_bytes(content)
        entries.append({"idx": number, "when": 1_700_000_000_000 + number, "tag": tag})
        rows.append((None, sha256(content).hexdigest(), 1_700_000_000_000 + number))
    (folder / "drizzle/meta/_journal.json").write_text(json.dumps({"entries": entries}))
    _fill(
        folder / "a.db",
        "CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text, created_at numeric)",
        rows[:-10],
    )


def alembic(folder: Path) -> None:
    """A chain of revisions, ten from its head."""
    (folder / "al/versions").mkdir(parents=True)
    ini = "[alembic]\nscript_location = al\nsqlalchemy.url = sqlite:///a.db\n"
    (folder / "alembic.ini").write_text(ini)
    for number in range(COUNT):
        before = f"'r{number - 1:04}'" if number else "None"
        (folder / f"al/versions/{number}.py").write_text(
            f'"""Step."""\nrevision = "r{number:04}"\ndown_revision = {before}\n\n'
            "def upgrade():\n    op.add_column('t', sa.Column('c'))\n\n"
            "def downgrade():\n    op.drop_column('t', 'c')\n"
        )
    ddl = "CREATE TABLE alembic_version (version_num varchar(32))"
    _fill(folder / "a.db", ddl, [(f"r{COUNT - 11:04}",)])


def many(folder: Path, tables: int = TABLES) -> None:
    """Twelve projects of six tools over three databases of 200 tables, one of them connected."""
    for name in ("a", "b", "c"):
        with closing(sqlite3.connect(folder / f"{name}.db")) as connection, connection:
            connection.executescript(_tables(name, tables))
            connection.executescript(_HISTORIES)
    for number in range(2):
        for place, (tool, files) in enumerate(_PROJECTS.items()):
            base = folder / "apps" / f"{tool}{number}"
            database = folder / f"{'abc'[(place + number) % 3]}.db"
            for name, text in files.items():
                path = base / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text.replace("DATABASE", str(database)))
            for step in range(30):
                path = base / "migrations" / f"{step:04}_m.sql"
                path.parent.mkdir(parents=True, exist_ok=True)
                up, down = _MARKERS.get(tool, ("--", "--"))
                body = _STEP.replace("UP", up).replace("DOWN", down)
                path.write_text(body.replace("STEP", f"{tool}{number}_{step}"))


def _tables(name: str, tables: int) -> str:
    columns = ", ".join(f"c{n} text" for n in range(12))
    return "".join(
        f"CREATE TABLE {name}_{n} (id integer PRIMARY KEY, {columns});"
        f"CREATE INDEX {name}_{n}_c0 ON {name}_{n} (c0);"
        for n in range(tables)
    )


_STEP = "UP\nCREATE TABLE t_STEP (id integer);\nDROP TABLE a_1;\nDOWN\nDROP TABLE t_STEP;\n"
_MARKERS = {
    "goose": ("-- +goose Up", "-- +goose Down"),
    "dbmate": ("-- migrate:up", "-- migrate:down"),
}
_HISTORIES = (
    "CREATE TABLE goose_db_version (id integer, version_id integer, is_applied integer, "
    "tstamp timestamp);"
    "CREATE TABLE schema_migrations (version varchar(128));"
    "CREATE TABLE knex_migrations (id integer, name varchar, batch integer, "
    "migration_time datetime);"
)
_PROJECTS = {
    "goose": {
        ".env": "GOOSE_DRIVER=sqlite3\nGOOSE_DBSTRING=DATABASE\nGOOSE_MIGRATION_DIR=migrations\n"
    },
    "dbmate": {".env": "DATABASE_URL=sqlite:DATABASE\nDBMATE_MIGRATIONS_DIR=migrations\n"},
    "knex": {
        "knexfile.js": "module.exports = { client: 'sqlite3', connection: 'DATABASE' }",
        "migrations/1_a.js": "exports.up = k => k",
    },
    "yoyo": {"yoyo.ini": "[DEFAULT]\nsources = migrations\ndatabase = sqlite:///DATABASE\n"},
    "alembic": {
        "alembic.ini": "[alembic]\nscript_location = al\nsqlalchemy.url = sqlite:///DATABASE\n",
        "al/versions/1.py": "revision = 'a'\ndown_revision = None\n\ndef upgrade():\n    pass\n",
    },
    "drizzle": {
        "drizzle.config.ts": "export default { dialect: 'sqlite', out: './migrations', "
        "dbCredentials: { url: 'DATABASE' } }",
        "migrations/meta/_journal.json": '{"entries": [{"idx": 0, "when": 1, "tag": "0000_m"}]}',
    },
}


def _fill(path: Path, ddl: str, rows: list[tuple[object, ...]]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(ddl)
        name = ddl.split()[2]
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)


def read_all(folder: Path) -> int:
    return sum(len(path.read_bytes()) for path in folder.rglob("*") if path.is_file())


def best_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return min(times)


def main() -> None:
    for make in (drizzle, alembic):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make(folder)
            reading = best_ms(lambda folder=folder: read_all(folder))  # type: ignore[misc]
            board = best_ms(lambda folder=folder: load_board(folder, connect))  # type: ignore[misc]
            measure = {
                "bench": f"migrations.{make.__name__}",
                "migrations": COUNT,
                "board_ms": round(board),
                "reading_ms": round(reading),
                "ratio": round(board / reading, 1),
            }
            print(json.dumps(measure))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many(folder)
        source = MigrationSource(folder, parse(str(folder / "a.db")))
        states = best_ms(source.read)
        snapshot = source.read()
        measure = {
            "bench": "migrations.many",
            "projects": sum(status.project is not None for status in snapshot.board.projects),
            "tables": 3 * TABLES,
            "states_ms": round(states),
            "drift_ms": round(best_ms(lambda: source.compare(snapshot))),
        }
        print(json.dumps(measure))


if __name__ == "__main__":
    main()
