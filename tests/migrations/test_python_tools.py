"""Odd but legal projects of the Python tools."""

from pathlib import Path

import pytest

from tests.migrations.projects import board_of, database, states, write

VERSION = "CREATE TABLE {} (version_num VARCHAR(32) NOT NULL)"
REVISION = "revision = '{}'\ndown_revision = {}\n"


def revisions(place: str, *pairs: tuple[str, str]) -> dict[str, str | bytes]:
    return {f"{place}/{name}.py": REVISION.format(name, down) for name, down in pairs}


def test_alembic_split_between_pyproject_and_ini(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": '[tool.alembic]\nscript_location = "%(here)s/db"\n',
            "alembic.ini": "[alembic]\nsqlalchemy.url = sqlite:///a.db\n",
            "db/env.py": "",
            **revisions("db/versions", ("a", "None"), ("b", "'a'")),
        },
    )
    database(tmp_path / "a.db", VERSION.format("alembic_version"), ("a",))
    assert states(tmp_path) == {"a": "applied", "b": "pending"}


def test_alembic_run_from_above_its_configuration(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".git/HEAD": "",
            "ops/alembic.ini": "[alembic]\nscript_location = app/mig\nsqlalchemy.url=sqlite:///a.db\n",
            "app/mig/env.py": "",
            **revisions("app/mig/versions", ("a", "None")),
        },
    )
    database(tmp_path / "a.db", VERSION.format("alembic_version"), ("a",))
    assert states(tmp_path) == {"a": "applied"}


def test_alembic_with_two_databases(tmp_path: Path) -> None:
    ini = (
        "[alembic]\nscript_location = multi\ndatabases = one, two\n"
        "[one]\nsqlalchemy.url = sqlite:///one.db\n[two]\nsqlalchemy.url = sqlite:///two.db\n"
    )
    write(
        tmp_path,
        {
            "alembic.ini": ini,
            "multi/env.py": "",
            **revisions("multi/versions", ("a", "None"), ("b", "'a'")),
        },
    )
    for name, row in (("one", "a"), ("two", "b")):
        database(tmp_path / f"{name}.db", VERSION.format("alembic_version"), (row,))
    found = [[e.state.value for e in p.entries] for p in board_of(tmp_path).projects]
    assert found == [["applied", "pending"], ["applied", "applied"]]


def test_flask_migrate_finds_the_instance_database(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "migrations/alembic.ini": "[alembic]\n# file_template = x\n",
            "migrations/env.py": "config.set_main_option('sqlalchemy.url', get_engine_url())",
            **revisions("migrations/versions", ("a", "None"), ("b", "'a'")),
        },
    )
    database(tmp_path / "instance" / "app.db", VERSION.format("alembic_version"), ("a",))
    (status,) = board_of(tmp_path).projects
    assert [e.state.value for e in status.entries] == ["applied", "pending"]
    assert status.apply_command == "flask db upgrade heads"


@pytest.mark.parametrize(
    "env",
    [
        "config.set_main_option('sqlalchemy.url', os.environ['DB'].replace('%', '%%'))",
        "url = os.getenv('DB')\nengine = create_engine(url, poolclass=pool.NullPool)",
        "URL = os.environ.get('DB', '')\ncontext.configure(url=URL, target_metadata=None)",
        "engine = create_async_engine(os.environ['DB'].replace('sqlite://', 'sqlite+aiosqlite://'))",
    ],
)
def test_alembic_with_its_database_in_env_py(tmp_path: Path, env: str) -> None:
    write(
        tmp_path,
        {
            ".env": "DB=sqlite:///a.db",
            "alembic.ini": "[alembic]\nscript_location = al\nsqlalchemy.url = driver://u:p@h/d\n",
            "al/env.py": f"import os\n{env}\n",
            **revisions("al/versions", ("a", "None")),
        },
    )
    database(tmp_path / "a.db", VERSION.format("alembic_version"), ("a",))
    assert states(tmp_path) == {"a": "applied"}


def test_alembic_history_in_a_schema_of_its_own(tmp_path: Path, loaded) -> None:  # type: ignore[no-untyped-def]
    dump = tmp_path / "d.sql"
    dump.write_text(
        "CREATE SCHEMA ops; CREATE TABLE ops.ver (version_num varchar(32) PRIMARY KEY);"
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);"
        "INSERT INTO ops.ver VALUES ('b'); INSERT INTO alembic_version VALUES ('a');"
    )
    write(
        tmp_path / "p",
        {
            "alembic.ini": "[alembic]\nscript_location = al\n",
            "al/env.py": "context.configure(version_table='ver', version_table_schema='ops')",
            **revisions("al/versions", ("a", "None"), ("b", "'a'")),
        },
    )
    board = board_of(tmp_path / "p", loaded(dump))
    assert [e.state.value for e in board.projects[0].entries] == ["applied", "applied"]
    assert str(board.projects[0].history) == "ops.ver"


def test_alembic_recursive_folders_and_odd_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "alembic.ini": (
                "[alembic]\nscript_location = al\nrecursive_version_locations = true\n"
                "sqlalchemy.url = sqlite:///a.db\n"
            ),
            "al/env.py": "",
            "al/versions/__init__.py": "revision = 'no'",
            "al/versions/.#lock.py": "revision = 'no'",
            "al/versions/notes.py": "x = 1",
            "al/versions/old/one.py": "revision: str = 'a'\ndown_revision: str | None = None\n",
            "al/versions/new/two.py": "revision='m'\ndown_revision=('a', 'gone')\n",
        },
    )
    database(tmp_path / "a.db", VERSION.format("alembic_version"), ("a",))
    assert states(tmp_path) == {"a": "applied", "m": "pending"}


YOYO = (
    "CREATE TABLE {} (migration_hash VARCHAR(64), migration_id VARCHAR(255),"
    " applied_at_utc TIMESTAMP)"
)


def test_yoyo_with_several_sources_by_pattern(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "yoyo.ini": (
                "[DEFAULT]\nsources = %(here)s/apps/*/migrations extra\n"
                "database = sqlite:///y.db\nmigration_table = done\n"
            ),
            "apps/a/migrations/0001.first.sql": "-- depends:\nSELECT 1",
            "apps/a/migrations/0001.first.rollback.sql": "SELECT 1",
            "apps/b/migrations/0002.second.py": "__depends__ = {'0001.first'}\nsteps = []",
            "apps/b/migrations/post-apply.sql": "SELECT 1",
            "extra/0000.late.sql": "-- depends: 0002.second\nSELECT 1",
        },
    )
    database(tmp_path / "y.db", YOYO.format("done"), ("x", "0001.first", "2026-01-01"))
    assert states(tmp_path) == {
        "0001.first": "applied",
        "0002.second": "pending",
        "0000.late": "pending",
    }


DJANGO = "CREATE TABLE django_migrations (id integer, app text, name text, applied text)"
MIGRATION = (
    "from django.db import migrations\nclass Migration(migrations.Migration):\n"
    "    dependencies = {}\n    replaces = {}\n"
)


def test_django_with_moved_and_disabled_migrations(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'conf.settings.dev')",
            "conf/settings/base.py": (
                "from pathlib import Path\n"
                "BASE_DIR = Path(__file__).resolve().parent.parent.parent\n"
                "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3',"
                " 'NAME': BASE_DIR / 'data' / 'd.db'}}\n"
            ),
            "conf/settings/dev.py": (
                "from .base import *\n"
                "MIGRATION_MODULES = {'shop': 'conf.shop_migrations', 'old': None}\n"
            ),
            "shop/apps.py": (
                "from django.apps import AppConfig\nclass C(AppConfig):\n    name='shop'\n"
            ),
            "shop/migrations/0001_wrong.py": MIGRATION.format("[]", "[]"),
            "conf/shop_migrations/0001_initial.py": MIGRATION.format("[]", "[]"),
            "conf/shop_migrations/0002_more.py": MIGRATION.format(
                "[('shop', '0001_initial')]", "[]"
            ),
            "old/migrations/0001_initial.py": MIGRATION.format("[]", "[]"),
            "data/x": "",
        },
    )
    database(
        tmp_path / "data/d.db",
        DJANGO,
        (1, "shop", "0001_initial", "2026-01-01 00:00:00"),
        (2, "old", "0001_initial", "2026-01-01 00:00:00"),
        (3, "shop", "0003_gone", "2026-01-01 00:00:00"),
    )
    assert states(tmp_path) == {
        "old.0001_initial": "recorded",
        "shop.0001_initial": "applied",
        "shop.0002_more": "pending",
        "shop.0003_gone": "missing-file",
    }
