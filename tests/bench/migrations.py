"""2,000 migrations: the whole board against just reading the files.

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

from studio.migrations.board import load_board
from studio.migrations.reader import connect

COUNT = 2000
RUNS = 5
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


if __name__ == "__main__":
    main()
