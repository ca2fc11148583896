"""Looking changes nothing, runs nothing, and talks to nobody."""

import hashlib
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from studio.cli.main import main
from studio.migrations.board import BoardOptions, load_board
from studio.migrations.reader import connect
from tests.migrations.conftest import SAMPLES
from tests.migrations.projects import database, notes_of, states, write
from tests.migrations.test_samples import ON_SQLITE


def picture(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", ON_SQLITE)
def test_folder_and_database_stay_as_they_are(name: str, sample: Callable[[str], Path]) -> None:
    folder = sample(name)
    before = picture(folder)
    load_board(folder, connect, wishes=BoardOptions(drift=True))
    assert picture(folder) == before


PYTHON = "import pathlib\npathlib.Path({!r}).write_text('ran')\n"
SCRIPT = "require('fs').writeFileSync({!r}, 'ran');\n"


def test_project_code_never_runs(tmp_path: Path) -> None:
    canary = str(tmp_path / "canary")
    folder = tmp_path / "project"
    python, script = PYTHON.format(canary), SCRIPT.format(canary)
    write(
        folder,
        {
            "alembic.ini": "[alembic]\nscript_location = al\n",
            "al/env.py": python,
            "al/versions/a.py": python + "revision = 'a'\ndown_revision = None\n",
            "manage.py": python
            + "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site1.settings')",
            "site1/__init__.py": python,
            "site1/settings.py": python
            + "DATABASES = {'default': {'ENGINE': 'x.sqlite3', 'NAME': 'd.db'}}",
            "app/migrations/0001_a.py": python
            + "from django.db import migrations\n"
            + "class Migration(migrations.Migration):\n    pass\n",
            "yoyo.ini": "[DEFAULT]\nsources = y\ndatabase = sqlite:///d.db\n",
            "y/1.py": python + "__depends__ = {'0'}",
            "drizzle.config.ts": script + "export default { dialect: 'sqlite', out: 'dz' }",
            "knexfile.js": script + "module.exports = { client: 'sqlite3', connection: 'd.db' }",
            "kysely.config.ts": script + "export default defineConfig({ migrations: {} })",
            "package.json": '{"dependencies": {"typeorm": "1", "kysely": "1"}}',
            "ds.ts": script
            + "new DataSource({ type: 'sqlite', database: 'd.db', migrations: ['m/*.ts'] })",
            "x.sql": "-- migrate:up\nSELECT load_extension('x');\n-- migrate:down\n",
        },
    )
    database(folder / "d.db", "CREATE TABLE t (id integer)")
    before = picture(folder)
    board = load_board(folder, connect, wishes=BoardOptions(drift=True))
    assert {p.framework for p in board.projects} >= {"alembic", "django", "yoyo", "drizzle", "knex"}
    assert not Path(canary).exists()
    assert picture(folder) == before


def test_a_replay_may_not_attach_or_write_files(tmp_path: Path) -> None:
    out = tmp_path / "out.db"
    up = f"-- migrate:up\nATTACH '{out}' AS o; CREATE TABLE o.t (id integer);\n-- migrate:down\n"
    write(tmp_path, {".env": "DATABASE_URL=sqlite:d.db", "db/migrations/1_a.sql": up})
    database(tmp_path / "d.db", "CREATE TABLE schema_migrations (version varchar)", ("1",))
    (status,) = load_board(tmp_path, connect, wishes=BoardOptions(drift=True)).projects
    assert not out.exists()
    assert any("cannot be replayed" in note for note in notes_of(status))


def test_a_replay_that_never_ends_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.backends.sqlite.replaying.MAX_STEPS", 3)
    loop = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;"
    up = f"-- migrate:up\n{loop}\n-- migrate:down\n"
    write(tmp_path, {".env": "DATABASE_URL=sqlite:d.db", "db/migrations/1_a.sql": up})
    database(tmp_path / "d.db", "CREATE TABLE schema_migrations (version varchar)", ("1",))
    (status,) = load_board(tmp_path, connect, wishes=BoardOptions(drift=True)).projects
    assert any("interrupted" in note for note in notes_of(status))


def test_history_rows_that_are_only_in_the_wal_are_seen(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SAMPLES / "knex", tmp_path / "live"))
    with closing(sqlite3.connect(folder / "dev.sqlite3", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = wal")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("INSERT INTO knex_migrations VALUES (4, '20260113120000_guests.js', 3, 1)")
        crashed = Path(shutil.copytree(folder, tmp_path / "crashed"))
    (crashed / "dev.sqlite3-shm").unlink()
    before = picture(crashed)
    assert states(crashed)["20260113120000_guests.js"] == "applied"
    assert picture(crashed) == before


def test_hostile_text_of_the_database_does_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "1_\x1b]0;owned\x07\x1b[31m.js"
    database(
        tmp_path / "h.db",
        (
            "CREATE TABLE knex_migrations (id integer, name varchar, batch integer, "
            "migration_time datetime)"
        ),
        (1, name, 1, "\x1b[2J"),
    )
    assert main(["migrations", str(tmp_path)]) == 0
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    assert main(["migrations", str(tmp_path), "--json"]) == 0
    assert "\x1b" not in capsys.readouterr().out
