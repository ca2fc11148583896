"""One rule of one tool each."""

import hashlib
from base64 import b64encode
from pathlib import Path

from studio.migrations.reading.flyway_names import checksum
from tests.migrations.projects import board_of, database, notes_of, states, write

UP = "CREATE TABLE x (id integer);\n"


def test_kysely_ctl_reads_its_folder_and_ignores_declarations(tmp_path: Path) -> None:
    config = (
        "import {defineConfig} from 'kysely-ctl'\nexport default defineConfig({ "
        "dialect: d, migrations: { migrationFolder: 'db/m', migrationTableName: 'km',"
        " allowJS: true } })"
    )
    source = "export async function up(db) {}"
    write(
        tmp_path,
        {
            "kysely.config.ts": config,
            "db/m/1_a.ts": source,
            "db/m/1_a.d.ts": "",
            "db/m/2_b.mjs": source,
        },
    )
    ddl = "CREATE TABLE km (name varchar(255) PRIMARY KEY, timestamp varchar(255))"
    database(tmp_path / "app.db", ddl, ("2_b", "2026-01-01T00:00:00.000Z"))
    found = states(tmp_path, tmp_path / "app.db")
    assert found == {"1_a": "out-of-order", "2_b": "applied"}
    (status,) = board_of(tmp_path, tmp_path / "app.db").projects
    assert "corrupted" in status.entries[0].note


def test_sql_migrate_orders_by_number_and_catches_up(tmp_path: Path) -> None:
    config = "production:\n  dialect: sqlite3\n  datasource: ${DB_FILE}\n  dir: m\n  table: log\n"
    up = "-- +migrate Up\nSELECT 1;\n-- +migrate Down\n"
    write(
        tmp_path,
        {"dbconfig.yml": config, ".env": "DB_FILE=x.db"}
        | {f"m/{n}": up for n in ("2_b.sql", "10_c.sql", "9_a.sql", "z.sql")},
    )
    database(
        tmp_path / "x.db",
        "CREATE TABLE log (id varchar(255) PRIMARY KEY, applied_at datetime)",
        ("10_c.sql", "2026-01-01"),
        ("8_gone.sql", None),
    )
    found = states(tmp_path)
    assert list(found.items()) == [
        ("2_b.sql", "out-of-order"),
        ("8_gone.sql", "missing-file"),
        ("9_a.sql", "out-of-order"),
        ("10_c.sql", "applied"),
        ("z.sql", "pending"),
    ]


def alembic(folder: Path, *revisions: tuple[str, str, str]) -> Path:
    write(
        folder,
        {
            "alembic.ini": (
                "[alembic]\nscript_location = %(here)s/alembic\nsqlalchemy.url = sqlite:///app.db\n"
            ),
            "alembic/env.py": (
                "from alembic import context\nNAME = 'my_version'\ncontext.configure(version"
                "_table=NAME)\n"
            ),
        },
    )
    for name, down, more in revisions:
        write(
            folder,
            {
                f"alembic/versions/{name}_x.py": (
                    f'"""Says {name}."""\nrevision: str = "{name}"\ndown_revision = {down}\n'
                    f"{more}\nimport nowhere\n"
                )
            },
        )
    return folder


def test_alembic_counts_ancestors_merges_and_dependencies(tmp_path: Path) -> None:
    folder = alembic(
        tmp_path,
        ("a", "None", "branch_labels = ('core',)"),
        ("b", "'a'", ""),
        ("c", "'a'", ""),
        ("m", "('b', 'c')", ""),
        ("x", "None", "depends_on = 'core'"),
        ("n", "'m'", ""),
    )
    database(
        tmp_path / "app.db",
        "CREATE TABLE my_version (version_num VARCHAR(32) PRIMARY KEY)",
        ("x",),
        ("b",),
    )
    assert states(folder) == {
        "a": "applied",
        "b": "applied",
        "c": "pending",
        "m": "pending",
        "n": "pending",
        "x": "applied",
    }


def test_alembic_with_a_lost_revision_cannot_tell(tmp_path: Path) -> None:
    folder = alembic(tmp_path, ("a", "None", ""), ("b", "'a'", ""))
    database(
        tmp_path / "app.db",
        "CREATE TABLE my_version (version_num VARCHAR(32) PRIMARY KEY)",
        ("gone",),
    )
    assert states(folder) == {"a": "unknown", "b": "unknown", "gone": "missing-file"}


def test_alembic_at_base_has_everything_pending(tmp_path: Path) -> None:
    folder = alembic(tmp_path, ("a", "None", ""), ("b", "'a'", ""))
    database(tmp_path / "app.db", "CREATE TABLE my_version (version_num VARCHAR(32) PRIMARY KEY)")
    assert states(folder) == {"a": "pending", "b": "pending"}


def test_alembic_in_pyproject_with_several_folders(tmp_path: Path) -> None:
    toml = (
        '[tool.alembic]\nscript_location = "%(here)s/al"\nversion_locations = '
        '["%(here)s/v1", "%(here)s/v2"]\n'
    )
    body = "revision = '{}'\ndown_revision = {}\n"
    write(
        tmp_path,
        {
            "pyproject.toml": toml,
            "v1/x.py": body.format("a", None),
            "v2/y.py": body.format("b", "'a'"),
            "al/env.py": "",
        },
    )
    database(tmp_path / "d.db", "CREATE TABLE alembic_version (version_num VARCHAR(32))", ("a",))
    assert states(tmp_path, tmp_path / "d.db") == {"a": "applied", "b": "pending"}


PRISMA = (
    "CREATE TABLE _prisma_migrations (id TEXT, checksum TEXT, finished_at "
    "DATETIME, migration_name TEXT, logs TEXT, rolled_back_at DATETIME, "
    "started_at DATETIME, applied_steps_count INTEGER)"
)


def test_prisma_judges_rows_of_one_name_together(tmp_path: Path) -> None:
    good = hashlib.sha256(b"a\r\nb\r\n").hexdigest()
    schema = 'datasource db {\n  provider = "sqlite"\n  url = env("PRISMA_DB")\n}\n'
    files: dict[str, str | bytes] = {
        "prisma/schema.prisma": schema,
        ".env": 'PRISMA_DB="file:./p.db"',
        "prisma/migrations/3_empty/x": "",
    }
    files |= {
        f"prisma/migrations/{n}/migration.sql": "a\nb\n" for n in ("1_a", "2_b", "4_d", "5_e")
    }
    write(tmp_path, files)
    database(
        tmp_path / "prisma/p.db",
        PRISMA,
        ("1", "x", None, "1_a", "boom", 1760000000000, 1760000000000, 0),
        ("2", good, 1760000001000, "1_a", None, None, 1760000000500, 1),
        ("3", good, None, "2_b", "no", 1760000003000, 1760000002000, 0),
        ("4", "0" * 64, 1760000009000, "5_e", None, None, 1760000008000, 1),
        ("5", good, 1760000009000, "0_gone", None, None, 1760000000000, 1),
    )
    assert states(tmp_path) == {
        "0_gone": "missing-file",
        "1_a": "applied",
        "2_b": "rolled-back",
        "3_empty": "missing-file",
        "4_d": "out-of-order",
        "5_e": "changed",
    }
    (status,) = board_of(tmp_path).projects
    assert next(e for e in status.entries if e.id == "1_a").applied_at == "2025-10-09T08:53:21.000Z"


def django(folder: Path, app: str, **migrations: str) -> Path:
    head = "from django.db import migrations\nclass Migration(migrations.Migration):\n"
    write(
        folder,
        {
            "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')",
            f"{app}/migrations/__init__.py": "",
        },
    )
    write(
        folder,
        {
            "site/settings.py": (
                "import os\nfrom pathlib import Path\nBASE_DIR = Path(__file__).resolve()"
                ".parent.parent\nDATABASES = {'default': {'ENGINE': 'django.db.backen"
                "ds.sqlite3', 'NAME': os.path.join(BASE_DIR, os.environ.get('DB_NAME', "
                "'d.sqlite3'))}}\n"
            )
        },
    )
    for name, body in migrations.items():
        write(
            folder,
            {
                f"{app}/migrations/{name.lstrip('_')}.py": head
                + "    "
                + (body or "dependencies = []")
                + "\n"
            },
        )
    return folder


DJANGO = (
    "CREATE TABLE django_migrations (id integer PRIMARY KEY, app varchar(255), n"
    "ame varchar(255), applied datetime)"
)


def test_django_labels_squashes_and_other_apps(tmp_path: Path) -> None:
    folder = django(
        tmp_path,
        "blog",
        _0001_a="",
        _0002_b="dependencies = [('blog', '0001_a'), migrations.swappable_dependency(X)]",
        _0001_squashed="replaces = [('blog', '0001_a'), ('blog', '0002_b')]",
        _0003_c="dependencies = [('blog', '0002_b')]",
    )
    write(folder, {"blog/apps.py": "class C(AppConfig):\n    name = 'blog'\n    label = 'posts'\n"})
    for path in (folder / "blog/migrations").glob("0*.py"):
        path.write_text(path.read_text().replace("('blog'", "('posts'"))
    database(
        folder / "d.sqlite3",
        DJANGO,
        (1, "posts", "0001_a", "2026-01-01"),
        (2, "posts", "0002_b", "2026-01-01"),
        (3, "auth", "0001_initial", "2026-01-01"),
        (4, "posts", "0009_gone", None),
    )
    assert states(folder) == {
        "auth.0001_initial": "recorded",
        "posts.0001_a": "applied",
        "posts.0001_squashed": "applied",
        "posts.0002_b": "applied",
        "posts.0003_c": "pending",
        "posts.0009_gone": "missing-file",
    }


def test_django_runs_the_squash_where_none_of_its_parts_ran(tmp_path: Path) -> None:
    folder = django(
        tmp_path,
        "blog",
        _0001_a="",
        _0002_b="dependencies = [('blog', '0001_a')]",
        _0001_squashed="replaces = [('blog', '0001_a'), ('blog', '0002_b')]",
        _0003_c="dependencies = [('blog', '0002_b')]",
    )
    database(folder / "d.sqlite3", DJANGO)
    (status,) = board_of(folder).projects
    assert {e.id: e.state.value for e in status.entries} == {
        "blog.0001_squashed": "pending",
        "blog.0003_c": "pending",
    }
    (squash,) = (e for e in status.entries if e.id == "blog.0001_squashed")
    assert "runs it in place of the 2 migrations it replaces" in squash.note


def test_django_refuses_an_inconsistent_history(tmp_path: Path) -> None:
    folder = django(tmp_path, "blog", _0001_a="", _0002_b="dependencies = [('blog', '0001_a')]")
    database(folder / "d.sqlite3", DJANGO, (1, "blog", "0002_b", "2026-01-01"))
    (status,) = board_of(folder).projects
    assert [e.state.value for e in status.entries] == ["out-of-order", "applied"]
    assert "InconsistentMigrationHistory" in status.entries[0].note


def test_django_counts_what_follows_the_newest_as_later_whatever_its_number(tmp_path: Path) -> None:
    after = "dependencies = [('blog', '{}')]".format
    folder = django(
        tmp_path,
        "blog",
        _0001_a="",
        _0003_b=after("0001_a"),
        _0002_after=after("0003_b"),
        _0002_beside=after("0001_a"),
    )
    database(
        folder / "d.sqlite3",
        DJANGO,
        (1, "blog", "0001_a", "2026-01-01"),
        (2, "blog", "0003_b", "2026-01-01"),
    )
    found = states(folder)
    assert found["blog.0002_after"] == "pending"
    assert found["blog.0002_beside"] == "out-of-order"


def test_knex_environments_extensions_and_a_stuck_lock(tmp_path: Path) -> None:
    config = (
        "const path = require('path');\nconst base = { client: 'sqlite3', migration"
        "s: { directory: [path.join(__dirname, 'a'), './b'], tableName: 'log' } };\n"
        "module.exports = { production: {...base}, development: { ...base, connection"
        ": './k.db' } };"
    )
    up = "exports.up = k => {}; exports.down = k => {}"
    write(
        tmp_path,
        {
            "knexfile.js": config,
            "a/2_x.js": up,
            "b/1_y.ts": up,
            "b/3_z.mjs": up,
            "b/readme.txt": "",
        },
    )
    database(
        tmp_path / "k.db",
        (
            "CREATE TABLE log (id integer, name varchar(255), batch integer, migration"
            '_time datetime); CREATE TABLE log_lock ("index" integer, is_locked integer);'
            " INSERT INTO log_lock VALUES (1, 1)"
        ),
        (1, "2_x.js", 1, 1767225600000),
        (2, "0_gone.js", 1, 1767225600000),
        table="log",
    )
    assert states(tmp_path) == {
        "0_gone.js": "missing-file",
        "1_y.ts": "out-of-order",
        "2_x.js": "applied",
    }
    (status,) = board_of(tmp_path).projects
    assert "migrate:unlock" in status.locks[0]
    assert (
        next(e for e in status.entries if e.id == "2_x.js").applied_at == "2026-01-01T00:00:00.000Z"
    )


def test_typeorm_takes_names_from_classes(tmp_path: Path) -> None:
    source = (
        "export const db = new DataSource({ type: 'sqlite', database: __dirname + "
        "'/t.db', migrationsTableName: 'log', migrations: [__dirname + '/migration"
        "/**/*.{ts,js}'] })"
    )
    one = (
        "// class Fake1700000000000 implements MigrationInterface {}\nexport class "
        "Late1700000000002 implements MigrationInterface { async up() {} async down()"
        " {} }"
    )
    two = (
        "export class Whatever implements MigrationInterface { name = "
        "'Early1700000000001'; async up() {} }"
    )
    write(
        tmp_path,
        {
            "package.json": '{"dependencies": {"typeorm": "1"}}',
            "src/ds.ts": source,
            "src/migration/a.ts": one,
            "src/migration/deep/b.ts": two,
        },
    )
    database(
        tmp_path / "src/t.db",
        "CREATE TABLE log (id integer, timestamp bigint, name varchar)",
        (1, 1700000000002, "Late1700000000002"),
    )
    assert states(tmp_path) == {
        "Early1700000000001": "out-of-order",
        "Late1700000000002": "applied",
    }


def test_goose_takes_the_newest_row_of_a_version(tmp_path: Path) -> None:
    up = "-- +goose Up\n-- +goose Down\n"
    write(
        tmp_path,
        {f"m/{n}": up for n in ("001_a.sql", "2_b.sql", "0003_c.sql", "00_zero.sql")}
        | {"m/4_d.go": "package m", "m/5_e_test.go": "", "m/README.md": ""},
    )
    database(
        tmp_path / "g.db",
        "CREATE TABLE custom (id integer, version_id bigint, is_applied boolean, tstamp timestamp)",
        (1, 0, 1, "2026-01-01"),
        (2, 1, 1, "2026-01-02"),
        (3, 1, 0, "2026-01-03"),
        (4, 3, 0, "2026-01-01"),
        (5, 3, 1, "2026-01-01"),
        (6, 9, 1, "2026-01-01"),
    )
    assert states(tmp_path, tmp_path / "g.db") == {
        "1": "out-of-order",
        "2": "out-of-order",
        "3": "applied",
        "4": "out-of-order",
        "9": "missing-file",
    }


def test_golang_migrate_when_dirty(tmp_path: Path) -> None:
    write(
        tmp_path,
        {f"m/{n}_x.{d}.sql": UP for n in ("0001", "0002", "0010") for d in ("up", "down")}
        | {"go.mod": ""},
    )
    database(
        tmp_path / "g.db", "CREATE TABLE schema_migrations (version uint64, dirty bool)", (2, 1)
    )
    assert states(tmp_path, tmp_path / "g.db") == {"1": "applied", "2": "failed", "10": "pending"}


def test_golang_migrate_at_a_version_that_is_gone(tmp_path: Path) -> None:
    write(tmp_path, {"m/1_x.up.sql": UP, "m/3_x.up.sql": UP, "go.mod": ""})
    database(
        tmp_path / "g.db", "CREATE TABLE schema_migrations (version bigint, dirty boolean)", (2, 0)
    )
    assert states(tmp_path, tmp_path / "g.db") == {
        "1": "applied",
        "2": "missing-file",
        "3": "pending",
    }


SQLX = (
    "CREATE TABLE _sqlx_migrations (version BIGINT, description TEXT, in"
    "stalled_on TIMESTAMP, success BOOLEAN, checksum BLOB, execution_time BIGINT)"
)


def test_pairs_belong_to_the_tool_whose_history_is_there(tmp_path: Path) -> None:
    write(tmp_path, {"m/1_x.up.sql": UP, "m/1_x.down.sql": UP})
    checksum = hashlib.sha384(UP.encode()).digest()
    database(tmp_path / "s.db", SQLX, (1, "x", "2026-01-01", 1, checksum, 1))
    board = board_of(tmp_path, tmp_path / "s.db")
    assert [(p.framework, [e.state.value for e in p.entries]) for p in board.projects] == [
        ("sqlx", ["applied"])
    ]


def test_sqlx_dirty_missing_and_ignored_characters(tmp_path: Path) -> None:
    toml = (
        '[migrate]\ntable-name = "app.log"\nmigrations-dir = "sql"\nignored-chars = ["\\r", " "]\n'
    )
    write(
        tmp_path,
        {
            "sqlx.toml": toml,
            "sql/01_a.sql": "a \r\nb",
            "sql/2_b.sql": UP,
            "sql/3_c.sql": UP,
            ".env": "DATABASE_URL=sqlite:s.db?mode=rwc",
        },
    )
    database(
        tmp_path / "s.db",
        SQLX.replace("_sqlx_migrations", "log"),
        (1, "a", None, 1, hashlib.sha384(b"a\nb").digest(), 5),
        (2, "b", None, 0, b"x", -1),
        (9, "z", None, 1, b"x", 1),
    )
    assert states(tmp_path) == {
        "1": "applied",
        "2": "failed",
        "3": "out-of-order",
        "9": "missing-file",
    }


FLYWAY = (
    "CREATE TABLE flyway_schema_history (installed_rank INT, version VARCHAR(50),"
    " description VARCHAR(200), type VARCHAR(20), script VARCHAR(1000), checksum "
    "INT, installed_by VARCHAR(100), installed_on TEXT, execution_time INT, "
    "success BOOLEAN)"
)


def flyway_row(
    rank: int, version: str | None, script: tuple[str, str], crc: int | None, *more: object
) -> tuple[object, ...]:
    """`more`: the type, SQL by default; then success, 1 by default."""
    kind, done = (*more, "SQL", 1)[:2] if not more else (*more, 1)[:2]
    text, name = script
    return (rank, version, text, kind, name, crc, "me", "2026-01-01 00:00:00", 3, done)


def test_flyway_versions_repeatables_undo_and_baseline(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "flyway.toml": (
                '[flyway]\nlocations = ["filesystem:./db"]\n[environments.default]\nurl = '
                '"jdbc:sqlite:f.db"\n'
            )
        },
    )
    write(
        tmp_path,
        {
            f"db/{n}": UP
            for n in (
                "V1__a.sql",
                "V2_1__b.sql",
                "sub/V10__c.sql",
                "V11__d.sql",
                "V12__e.sql",
                "R__view.sql",
                "R__fresh.sql",
                "U10__c.sql",
                "notes.sql",
            )
        },
    )
    crc = checksum(UP.encode())
    database(
        tmp_path / "f.db",
        FLYWAY,
        flyway_row(1, "1.0", ("<< Flyway Baseline >>", "<< Flyway Baseline >>"), None, "BASELINE"),
        flyway_row(2, None, ("view", "R__view.sql"), 1),
        flyway_row(3, None, ("view", "R__view.sql"), crc + 1),
        flyway_row(4, "10", ("c", "sub/V10__c.sql"), crc),
        flyway_row(5, "10", ("c", "U10__c.sql"), crc, "UNDO_SQL"),
        flyway_row(6, "11", ("d", "V11__d.sql"), crc, "SQL", 0),
        flyway_row(7, "11.5", ("gone", "V11_5__gone.sql"), crc),
        flyway_row(8, "12", ("e", "V12__e.sql"), crc),
    )
    assert states(tmp_path) == {
        "V1__a.sql": "applied",
        "V2_1__b.sql": "out-of-order",
        "V10__c.sql": "out-of-order",
        "V11__d.sql": "failed",
        "V11_5__gone.sql": "missing-file",
        "V12__e.sql": "applied",
        "R__fresh.sql": "pending",
        "R__view.sql": "changed",
    }


def test_flyway_does_not_see_line_ends(tmp_path: Path) -> None:
    texts = [b"a\nb", b"\xef\xbb\xbfa\r\nb\r\n", b"a\rb", b"ab"]
    assert len({checksum(text) for text in texts}) == 1


def test_rails_compares_numbers_and_shows_what_is_stored(tmp_path: Path) -> None:
    yml = (
        "default: &d\n  adapter: sqlite3\n  pool: <%= ENV.fetch('RAILS_MAX_THREADS') "
        "{ 5 } %>\ndevelopment:\n  <<: *d\n  database: <%= ENV.fetch('DB') { "
        "'storage/d.sqlite3' } %>\n"
    )
    up = "class X < ActiveRecord::Migration[7.0]\n  def change; end\nend"
    write(
        tmp_path,
        {
            "Gemfile": "gem 'rails'",
            "config/database.yml": yml,
            "db/migrate/001_a.rb": up,
            "db/migrate/sub/2_b.engine.rb": up,
            "db/migrate/20260101_c.rb": up,
            "db/migrate/README.rb": "",
        },
    )
    database(
        tmp_path / "storage/d.sqlite3",
        (
            "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); CREATE TABLE "
            "ar_internal_metadata (key varchar, value varchar)"
        ),
        ("1",),
        ("20260101",),
        ("7",),
        table="schema_migrations",
    )
    assert states(tmp_path) == {
        "1": "applied",
        "2": "out-of-order",
        "7": "missing-file",
        "20260101": "applied",
    }


def test_rails_with_several_databases(tmp_path: Path) -> None:
    yml = (
        "development:\n  primary:\n    adapter: sqlite3\n    database: p.db\n  an"
        "imals:\n    adapter: sqlite3\n    database: a.db\n    migrations_paths: "
        "db/animals\n"
    )
    write(
        tmp_path,
        {
            "Gemfile": "",
            "config/database.yml": yml,
            "db/migrate/1_a.rb": "",
            "db/animals/2_b.rb": "",
        },
    )
    ddl = (
        "CREATE TABLE schema_migrations (version varchar); CREATE TABLE ar_intern"
        "al_metadata (key varchar)"
    )
    database(tmp_path / "p.db", ddl, ("1",), table="schema_migrations")
    database(tmp_path / "a.db", ddl)
    assert states(tmp_path) == {"1": "applied", "2": "pending"}


def test_refinery_v_and_u(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Cargo.toml": '[dependencies.refinery]\nversion = "0.8"',
            "m/V1__a.sql": UP,
            "m/U2__b.sql": UP,
            "m/V3__c.rs": "",
            "m/V4__d.sql": UP,
        },
    )
    database(
        tmp_path / "r.db",
        (
            "CREATE TABLE refinery_schema_history (version int8, name VARCHAR(255), "
            "applied_on VARCHAR(255), checksum VARCHAR(255))"
        ),
        (3, "c", "2026-06-01T10:00:00.123456789Z", "5"),
        (9, "z", "x", "1"),
    )
    assert states(tmp_path, tmp_path / "r.db") == {
        "V1__a": "out-of-order",
        "U2__b": "out-of-order",
        "V3__c": "applied",
        "V4__d": "out-of-order",
        "V9__z": "missing-file",
    }


def test_diesel_strips_dashes(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "diesel.toml": "[migrations_directory]\ndir = 'mig'\n",
            ".env": "DATABASE_URL=d.db",
            "mig/2026-01-01-120000_a/up.sql": UP,
            "mig/2026-01-02-120000_b/up.sql": UP,
            "mig/.hidden/up.sql": UP,
            "mig/2026-01-03-000000_c/down.sql": UP,
        },
    )
    database(
        tmp_path / "d.db",
        "CREATE TABLE __diesel_schema_migrations (version varchar(50), run_on timestamp)",
        ("20260101120000", "2026-01-01 12:00:00"),
    )
    assert states(tmp_path) == {
        "2026-01-01-120000_a": "applied",
        "2026-01-02-120000_b": "pending",
        "2026-01-03-000000_c": "missing-file",
    }


def test_dbmate_keeps_versions_as_text(tmp_path: Path) -> None:
    both = "-- migrate:up\n-- migrate:down\n"
    write(
        tmp_path,
        {
            ".env": (
                "DATABASE_URL=sqlite:d.db\nDBMATE_MIGRATIONS_DIR=./m\nDBMATE_MIGRATIONS_TABLE=log"
            ),
            "m/001_a.sql": both,
            "m/2.sql": both,
            "m/x.sql": both,
        },
    )
    database(
        tmp_path / "d.db", "CREATE TABLE log (version varchar(128) primary key)", ("1",), ("2",)
    )
    assert states(tmp_path) == {"001": "out-of-order", "1": "missing-file", "2": "applied"}


def test_yoyo_keeps_the_order_of_names_where_nothing_depends(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "yoyo.ini": "[DEFAULT]\nsources = m\ndatabase = sqlite:///y.db\n",
            "m/a.sql": "",
            "m/b.sql": "select 1;\n-- depends: x\n",
            "m/c.sql": "-- why\r\n\r\n-- depends : a\r\n-- depends: x\r\nselect 1;\r\n",
            "m/d.sql": "-- depends: a\n",
            "m/x.sql": "-- Depends: d",
        },
    )
    database(tmp_path / "y.db", "CREATE TABLE t (x)")
    assert list(states(tmp_path)) == ["a", "b", "d", "x", "c"]


def test_yoyo_follows_dependencies_and_old_tables(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "yoyo.ini": (
                "[DEFAULT]\nsources = %(here)s/m\ndatabase = sqlite:///%(here)s/y.db\n"
                "migration_table = yoyo_log\n"
            ),
            "m/a.sql": "-- depends: b\n",
            "m/b.py": "__depends__ = {'c'}\nraise SystemExit",
            "m/c.sql": "",
            "m/post-apply.sql": "",
            "m/c.rollback.sql": "",
        },
    )
    database(
        tmp_path / "y.db",
        "CREATE TABLE yoyo_log (id VARCHAR, ctime TIMESTAMP)",
        ("b", "2026-01-01"),
    )
    (status,) = board_of(tmp_path).projects
    assert [(e.id, e.state.value) for e in status.entries] == [
        ("c", "out-of-order"),
        ("b", "applied"),
        ("a", "pending"),
    ]


def test_node_pg_migrate_orders_by_time(tmp_path: Path) -> None:
    up = "exports.up = p => {}"
    write(
        tmp_path,
        {
            "package.json": (
                '{"devDependencies": {"node-pg-migrate": "8"}, "scripts": {"m": "n'
                'ode-pg-migrate -m sql -t log"}}'
            ),
            "sql/1700000000000_a.js": up,
            "sql/20231201000000000_b.js": up,
            "sql/1800000000000_c.sql": "",
        },
    )
    database(
        tmp_path / "n.db",
        "CREATE TABLE log (id integer, name varchar(255), run_on timestamp)",
        (1, "1700000000000_a", "2026-01-01 00:00:00"),
    )
    assert list(states(tmp_path, tmp_path / "n.db").items()) == [
        ("1700000000000_a", "applied"),
        ("20231201000000000_b", "pending"),
        ("1800000000000_c", "pending"),
    ]


def test_sequelize(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".sequelizerc": (
                "const path = require('path'); module.exports = { config: path.resolve('con"
                "f', 'db.json'), 'migrations-path': path.resolve('database', 'm') }"
            ),
            "conf/db.json": '{"development": {"dialect": "sqlite", "storage": "./s.db"}}',
            "database/m/2-b.js": "",
            "database/m/1-a.js": "",
            "database/m/x.d.ts": "",
        },
    )
    database(
        tmp_path / "s.db",
        "CREATE TABLE `SequelizeMeta` (name VARCHAR(255) PRIMARY KEY)",
        ("1-a.js",),
        ("0-gone.js",),
    )
    assert states(tmp_path) == {
        "0-gone.js": "missing-file",
        "1-a.js": "applied",
        "2-b.js": "pending",
    }


def test_supabase_laravel_and_ecto(tmp_path: Path) -> None:
    write(
        tmp_path / "s",
        {
            "supabase/config.toml": "",
            "supabase/migrations/20200101000000_init.sql": "",
            "supabase/migrations/20260101000000_a.sql": "",
            "supabase/migrations/20260102000000_b.sql": "",
        },
    )
    database(
        tmp_path / "s.db",
        "CREATE TABLE schema_migrations (version text, statements text, name text)",
        ("20260102000000", None, None),
    )
    assert states(tmp_path / "s", tmp_path / "s.db") == {
        "20260101000000": "out-of-order",
        "20260102000000": "applied",
    }
    write(
        tmp_path / "l",
        {
            "artisan": "",
            ".env": "DB_CONNECTION=sqlite\nDB_DATABASE=l.db",
            "config/database.php": "'migrations' => ['table' => 'log', 'x' => true]",
            "database/migrations/2026_01_01_000000_a.php": "",
            "database/migrations/x.php": "",
        },
    )
    database(
        tmp_path / "l/l.db",
        "CREATE TABLE log (id integer, migration varchar, batch int)",
        (1, "2025_01_01_000000_vendor", 1),
    )
    assert states(tmp_path / "l") == {
        "2025_01_01_000000_vendor": "missing-file",
        "2026_01_01_000000_a": "pending",
    }
    write(
        tmp_path / "e",
        {
            "mix.exs": "",
            "config/dev.exs": 'config :a, A.Repo,\n  database: "e.db",\n  migration_source: "log"',
            "priv/repo/migrations/20260101000000_a.exs": "",
            "priv/repo/migrations/deep/2_b.exs": "",
            "priv/repo/migrations/3_c.ex": "",
        },
    )
    database(
        tmp_path / "e/e.db",
        "CREATE TABLE log (version integer, inserted_at text)",
        (20260101000000, "2026-01-01T00:00:00"),
    )
    assert states(tmp_path / "e") == {"2": "out-of-order", "20260101000000": "applied"}


def test_mikroorm_strips_extensions(tmp_path: Path) -> None:
    config = (
        "import { SqliteDriver } from '@mikro-orm/sqlite';\nexport default defineCon"
        "fig({ dbName: 'm.db', migrations: { path: 'dist/m', pathTs: './m', "
        "tableName: 'log' } })"
    )
    write(
        tmp_path,
        {
            "mikro-orm.config.ts": config,
            "m/Migration20260101000000.ts": "",
            "m/Migration20260102000000_x.ts": "",
            "m/a.d.ts": "",
            "m/.snapshot-m.json": "",
        },
    )
    database(
        tmp_path / "m.db",
        "CREATE TABLE log (id integer, name varchar, executed_at datetime)",
        (1, "Migration20260101000000.js", 1767225600000),
    )
    assert states(tmp_path) == {
        "Migration20260101000000": "applied",
        "Migration20260102000000_x": "pending",
    }


def atlas_sum(texts: dict[str, bytes]) -> tuple[str, dict[str, str]]:
    running, found = hashlib.sha256(), {}
    for name, text in texts.items():
        running.update(name.encode() + text)
        found[name] = b64encode(running.digest()).decode()
    return "h1:x\n" + "".join(f"{n} h1:{h}\n" for n, h in found.items()), found


ATLAS = (
    "CREATE TABLE atlas_schema_revisions (version varchar, description varchar, "
    "type int, applied int, total int, executed_at datetime, execution_time int, "
    "error text, error_stmt text, hash varchar, partial_hashes json, "
    "operator_version varchar)"
)


def test_atlas_names_the_edited_file_only(tmp_path: Path) -> None:
    texts = {f"{n}_x.sql": f"-- {n}\n".encode() for n in (1, 2, 3, 4)}
    sums, hashes = atlas_sum(texts)
    write(
        tmp_path,
        {
            "atlas.hcl": (
                'env "local" {\n  url = "sqlite://a.db"\n  migration {\n    dir = '
                '"file://m"\n  }\n}'
            ),
            "m/atlas.sum": sums,
        }
        | {f"m/{n}": t for n, t in texts.items()}
        | {"m/2_x.sql": "-- edited\n", "m/5_new.sql": ""},
    )

    def row(v: int, done: int, total: int, error: str | None = None) -> tuple[object, ...]:
        return (
            str(v),
            "x",
            2,
            done,
            total,
            "2026-01-01 00:00:00",
            5,
            error,
            None,
            hashes[f"{v}_x.sql"],
            "null",
            "v",
        )

    database(
        tmp_path / "a.db",
        ATLAS,
        (".atlas_cloud_identifier", "", 0, 0, 0, "", 0, None, None, "", "", ""),
        row(1, 1, 1),
        row(2, 1, 1),
        row(3, 1, 2, "boom"),
    )
    assert states(tmp_path) == {
        "1": "applied",
        "2": "changed",
        "3": "failed",
        "4": "pending",
        "5": "orphan-file",
    }


def test_liquibase_by_key_in_every_format(tmp_path: Path) -> None:
    xml = (
        '<databaseChangeLog xmlns="http://x"><changeSet id="1" author="me"/><include '
        'file="b.sql" relativeToChangelogFile="true"/><includeAll path="more/" '
        'relativeToChangelogFile="true"/></databaseChangeLog>'
    )
    write(
        tmp_path,
        {
            "liquibase.properties": "changelog-file: db/main.xml\nurl: jdbc:sqlite:l.db\n",
            "db/main.xml": xml,
            "db/b.sql": (
                "--liquibase formatted sql\n--changeset me:2 runOnChange:true\nx;\n--chan"
                "geset you:3\n"
            ),
            "db/more/c.yaml": "databaseChangeLog:\n- changeSet:\n    id: 4\n    author: me\n",
        },
    )
    database(
        tmp_path / "l.db",
        (
            "CREATE TABLE DATABASECHANGELOG (ID varchar, AUTHOR varchar, FILENAME "
            "varchar, DATEEXECUTED datetime, ORDEREXECUTED int, EXECTYPE varchar, MD5SUM "
            "varchar)"
        ),
        ("1", "me", "db/main.xml", "2026-01-01", 1, "EXECUTED", "9:x"),
        ("3", "you", "classpath:db/b.sql", "2026-01-01", 2, "EXECUTED", None),
    )
    assert states(tmp_path) == {
        "db/main.xml::1::me": "applied",
        "db/b.sql::2::me": "pending",
        "db/b.sql::3::you": "applied",
        "db/more/c.yaml::4::me": "pending",
    }
    (status,) = board_of(tmp_path).projects
    assert any("checksum" in note for note in notes_of(status))


def test_sqitch_reads_the_plan_and_the_registry_beside(tmp_path: Path) -> None:
    plan = (
        "%syntax-version=1.0.0\n%project=p\n\nusers 2026-01-01T00:00:00Z A <a@b> # on"
        "e\nposts [users] 2026-01-02T00:00:00Z A <a@b> # two\n@v1 "
        "2026-01-02T00:00:00Z A <a@b>\n\ntags 2026-01-03T00:00:00Z A <a@b>\n"
    )
    write(
        tmp_path,
        {
            "sqitch.conf": (
                '[core]\n\tengine = sqlite\n[engine "sqlite"]\n\ttarget = db:sqlite:app.sqlite\n'
            ),
            "sqitch.plan": plan,
            "deploy/users.sql": "u",
            "deploy/posts.sql": "edited",
            "deploy/tags.sql": "t",
        },
    )

    def row(name: str, text: bytes) -> tuple[object, ...]:
        return (
            name,
            hashlib.sha1(text).hexdigest(),
            name,
            "p",
            "",
            "2026-01-01 00:00:00",
            "A",
            "a@b",
            "2026-01-01 00:00:00",
        )

    database(
        tmp_path / "sqitch.sqlite",
        (
            "CREATE TABLE changes (change_id TEXT, script_hash TEXT, change TEXT, "
            "project TEXT, note TEXT, committed_at DATETIME, committer_name TEXT, "
            "committer_email TEXT, planned_at DATETIME)"
        ),
        row("users", b"u"),
        row("posts", b"p"),
    )
    assert states(tmp_path) == {"users": "applied", "posts": "changed", "tags": "pending"}
