"""Odd but legal projects of the tools that keep plain SQL, and of the other languages."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.migrations.reading.flyway_names import checksum
from tests.migrations.projects import board_of, database, states, write

UP = "CREATE TABLE x (id integer);\n"
FLYWAY = (
    "CREATE TABLE flyway_schema_history (installed_rank INT, version VARCHAR(50), description"
    " VARCHAR(200), type VARCHAR(20), script VARCHAR(1000), checksum INT, installed_by"
    " VARCHAR(100), installed_on TEXT, execution_time INT, success BOOLEAN)"
)


def ran(rank: int, version: str | None, script: str, **more: object) -> tuple[object, ...]:
    told = {"kind": "SQL", "crc": checksum(UP.encode()), "ok": 1, **more}
    description = script.partition("__")[2].removesuffix(".sql").replace("_", " ")
    crc, ok = told["crc"], told["ok"]
    return (rank, version, description, told["kind"], script, crc, "me", "2026-01-01", 1, ok)


def test_flyway_baseline_scripts(tmp_path: Path) -> None:
    names = ("V1__a.sql", "V5__e.sql", "V6__f.sql", "B3__old.sql", "B5__base.sql")
    write(
        tmp_path,
        {"flyway.conf": "flyway.url=jdbc:sqlite:f.db\nflyway.locations=filesystem:m\n"}
        | {f"m/{name}": f"-- {name}\n" for name in names},
    )
    crc = checksum(b"-- B5__base.sql\n")
    rows = [
        ran(1, "5", "B5__base.sql", kind="SQL_BASELINE", crc=crc),
        ran(2, "6", "V6__f.sql", crc=1),
    ]
    database(tmp_path / "f.db", FLYWAY, *rows)
    assert states(tmp_path) == {
        "V1__a.sql": "out-of-order",
        "B5__base.sql": "applied",
        "V5__e.sql": "out-of-order",
        "V6__f.sql": "changed",
    }


def test_flyway_before_anything_ran(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "flyway.toml": '[flyway]\nlocations = ["filesystem:m"]\nenvironment = "test"\n'
            '[environments.test]\nurl = "jdbc:sqlite:f.db"\n'
            '[environments.default]\nurl = "jdbc:sqlite:other.db"\n',
            "m/V1__a.sql": UP,
            "m/B1__a.sql": UP,
        },
    )
    database(tmp_path / "f.db", FLYWAY)
    assert set(states(tmp_path).items()) == {("V1__a.sql", "pending"), ("B1__a.sql", "pending")}


def test_flyway_repaired_and_undone(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "flyway.conf": "flyway.url = jdbc:sqlite:f.db\nflyway.locations = filesystem:m\n"
            "flyway.sqlMigrationSuffixes = .sql, .ddl\n",
            "m/V1__a.ddl": UP,
            "m/V2__b.sql": UP.replace("\n", "\r\n"),
            "m/U2__b.sql": UP,
        },
    )
    database(
        tmp_path / "f.db",
        FLYWAY,
        (0, None, "<< Flyway Schema Creation >>", "SCHEMA", '"app"', None, "me", "", 0, 1),
        ran(1, "1", "V1__a.ddl"),
        ran(2, "1.5", "V1_5__gone.sql"),
        ran(3, "1.5", "V1_5__gone.sql", kind="DELETE"),
        ran(4, "2", "V2__b.sql"),
        ran(5, "2", "U2__b.sql", kind="UNDO_SQL", ok=0),
    )
    assert states(tmp_path) == {"V1__a.ddl": "applied", "V2__b.sql": "failed"}


def test_flyway_inside_spring_with_a_folder_per_vendor(tmp_path: Path) -> None:
    resources = "src/main/resources"
    write(
        tmp_path,
        {
            "pom.xml": "<project>flyway</project>",
            f"{resources}/application.yml": (
                "spring:\n  datasource:\n    url: ${JDBC_URL:jdbc:sqlite:s.db}\n  flyway:\n"
                "    locations: classpath:db/{vendor}, classpath:db/common\n"
                "    sql-migration-prefix: M\n    table: log\n"
            ),
            f"{resources}/db/sqlite/M2__b.sql": UP,
            f"{resources}/db/postgresql/M2__b.sql": "other",
            f"{resources}/db/common/M1__a.sql": UP,
        },
    )
    database(tmp_path / "s.db", FLYWAY.replace("flyway_schema_history", "log"), ran(1, "2", "x"))
    assert states(tmp_path) == {"M1__a.sql": "out-of-order", "M2__b.sql": "applied"}


ATLAS = (
    "CREATE TABLE atlas_schema_revisions (version TEXT, description TEXT, type INT, applied INT,"
    " total INT, executed_at TEXT, execution_time INT, error TEXT, error_stmt TEXT, hash TEXT,"
    " partial_hashes TEXT, operator_version TEXT)"
)


def atlas_hashes(*texts: tuple[str, str]) -> list[str]:
    running = hashlib.sha256()
    found = []
    for name, content in texts:
        running.update(name.encode() + content.encode())
        found.append(b64encode(running.digest()).decode())
    return found


def atlas_row(version: str, code: str, **more: object) -> tuple[object, ...]:
    told = {"kind": 2, "done": 1, "error": "", **more}
    kind, done, error = told["kind"], told["done"], told["error"]
    return (version, "d", kind, done, 1, "2026-01-01", 1000, error, "", code, "null", "v")


def test_atlas_hashed_again_after_an_edit(tmp_path: Path) -> None:
    before = [("1_a.sql", "A"), ("2_b.sql", "B"), ("3_c.sql", "C"), ("4_d.sql", "D")]
    after = [("1_a.sql", "A"), ("2_b.sql", "edited"), *before[2:]]
    old, new = atlas_hashes(*before), atlas_hashes(*after)
    lines = [f"{name} h1:{code}" for (name, _), code in zip(after, new, strict=True)]
    write(
        tmp_path,
        {
            "atlas.hcl": (
                'variable "url" {\n  type = string\n  default = getenv("ATLAS_DB")\n}\n'
                'env "local" {\n  url = var.url\n  migration {\n    dir = "file://m"\n  }\n}\n'
            ),
            ".env": "ATLAS_DB=sqlite://a.db?_fk=1",
            "m/atlas.sum": "\n".join(["h1:x", *lines, ""]),
        }
        | {f"m/{name}": content for name, content in after},
    )
    rows = [atlas_row(str(n + 1), old[n]) for n in range(3)]
    database(tmp_path / "a.db", ATLAS, *rows, atlas_row(".atlas_cloud_identifier", "x"))
    assert states(tmp_path) == {"1": "applied", "2": "changed", "3": "applied", "4": "pending"}


def test_atlas_from_a_baseline_to_a_failure(tmp_path: Path) -> None:
    texts = [("1_a.sql", "A"), ("2_b.sql", "B"), ("3_c.sql", "C")]
    codes = atlas_hashes(*texts)
    lines = [f"{name} h1:{code}" for (name, _), code in zip(texts, codes, strict=True)]
    write(
        tmp_path,
        {
            "atlas.hcl": 'env "x" { }\nurl = "sqlite://a.db"\n',
            "migrations/atlas.sum": "\n".join(["h1:x", *lines]),
            "migrations/9_stray.sql": "",
        }
        | {f"migrations/{name}": content for name, content in texts},
    )
    database(
        tmp_path / "a.db",
        ATLAS,
        atlas_row("2", codes[1], kind=1, done=1),
        atlas_row("3", codes[2], done=0, error="near x"),
    )
    assert states(tmp_path) == {
        "1": "out-of-order",
        "2": "applied",
        "3": "failed",
        "9": "orphan-file",
    }
    assert "baseline" in board_of(tmp_path).projects[0].entries[0].note


def test_goose_with_settings_but_no_folder_in_them(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.mod": "module x",
            ".env": "GOOSE_DRIVER=sqlite3\nGOOSE_DBSTRING=./g.db\nGOOSE_TABLE=custom\n",
            "sql/00001_a.sql": "-- +goose Up\nSELECT 1;",
            "sql/00002_b.go": "package sql",
            "sql/00002_b_test.go": "package sql",
            "sql/20260101000000_c.sql": "-- +goose up\nSELECT 1;",
        },
    )
    ddl = (
        "CREATE TABLE custom (id integer, version_id bigint, is_applied boolean, tstamp timestamp)"
    )
    rows = [(1, 0, 1, "2026-01-01"), (2, 1, 1, "2026-01-01"), (3, 20260101000000, 1, "2026-01-02")]
    database(tmp_path / "g.db", ddl, *rows)
    assert states(tmp_path) == {"1": "applied", "2": "out-of-order", "20260101000000": "applied"}


def test_goose_with_go_files_only(tmp_path: Path) -> None:
    code = "package m\nfunc init() { goose.AddMigrationContext(up, down) }\n"
    write(tmp_path, {"go.mod": "module x", "m/1_a.go": code, "m/2_b.go": code})
    ddl = (
        "CREATE TABLE goose_db_version (id integer, version_id bigint, is_applied int, tstamp text)"
    )
    database(tmp_path / "app.db", ddl, (1, 0, 1, "2026-01-01"), (2, 1, 1, "2026-01-01"))
    assert states(tmp_path) == {"1": "applied", "2": "pending"}


def test_dbmate_in_the_first_schema_of_the_search_path(
    tmp_path: Path, loaded: Callable[[Path], str]
) -> None:
    dump = tmp_path / "d.sql"
    dump.write_text(
        "CREATE SCHEMA app; CREATE TABLE app.schema_migrations (version varchar(128) PRIMARY KEY);"
        "CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);"
        "INSERT INTO app.schema_migrations VALUES ('001'), ('2');"
        "INSERT INTO schema_migrations VALUES ('9');"
    )
    body = "-- migrate:up\nSELECT 1;\n-- migrate:down\n"
    write(
        tmp_path / "p",
        {
            ".env": "DBMATE_MIGRATIONS_DIR=a,b\nDATABASE_URL=postgres://h/d?search_path=app,public",
            "a/001_one.sql": body,
            "b/2_two.sql": body,
            "a/1_other.sql": body,
        },
    )
    board = board_of(tmp_path / "p", loaded(dump))
    (status,) = (p for p in board.projects if p.project is not None)
    assert str(status.history) == "app.schema_migrations"
    assert {e.id: e.state.value for e in status.entries} == {
        "001": "applied",
        "1": "out-of-order",
        "2": "applied",
    }


def test_sqlx_with_settings_of_its_own(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Cargo.toml": '[dependencies.sqlx]\nversion = "0.9"\n',
            "sqlx.toml": (
                '[common]\ndatabase-url-var = "SHOP_DB"\n[migrate]\nmigrations-dir = "db/m"\n'
                'table-name = "shop_migrations"\nignored-chars = ["\\r", "\\ufeff"]\n'
            ),
            ".env": "SHOP_DB=sqlite:shop.db?mode=rwc\nDATABASE_URL=sqlite:no.db",
            "db/m/1_a.up.sql": "\ufeffA\r\n",
            "db/m/1_a.down.sql": "",
            "db/m/2_b.up.sql": "B\n",
        },
    )
    good = hashlib.sha384(b"A\n").digest()
    database(
        tmp_path / "shop.db",
        "CREATE TABLE shop_migrations (version bigint, description text, installed_on text,"
        " success bool, checksum blob, execution_time bigint)",
        (1, "a", "2026-01-01", 1, good, 5),
    )
    assert states(tmp_path) == {"1": "applied", "2": "pending"}


def test_sqitch_beside_another_project_in_one_registry(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "sqitch.conf": (
                '[core]\n\tengine = sqlite\n[engine "sqlite"]\n\ttarget = db:sqlite:x.db\n'
            ),
            "sqitch.plan": (
                "%syntax-version=1.0.0\n%project=shop\n\n"
                "users 2026-01-01T00:00:00Z A <a@b> # one\n"
                "api/orders [users] 2026-01-02T00:00:00Z A <a@b> # two\n"
            ),
            "deploy/users.sql": "U",
            "deploy/api/orders.sql": "O",
        },
    )
    code = hashlib.sha1(b"U", usedforsecurity=False).hexdigest()
    database(
        tmp_path / "sqitch.db",
        "CREATE TABLE changes (change_id text, script_hash text, change text, project text,"
        " note text, committed_at text, committer_name text, planned_at text)",
        ("1", code, "users", "shop", "", "2026-01-01", "A", "2026-01-01"),
        ("2", code, "other", "blog", "", "2026-01-01", "A", "2026-01-01"),
    )
    assert states(tmp_path) == {"users": "applied", "api/orders": "pending"}


@pytest.mark.parametrize("default", ["env('DB_CONNECTION', 'sqlite')", "'sqlite'"])
def test_laravel_where_only_its_configuration_says_sqlite(tmp_path: Path, default: str) -> None:
    write(
        tmp_path,
        {
            "artisan": "#!/usr/bin/env php",
            ".env": "DB_PREFIX=app_\n",
            "config/database.php": (
                f"<?php return ['default' => {default}, 'connections' => ['sqlite' => [\n"
                "'prefix' => env('DB_PREFIX', '')]],\n"
                "'migrations' => ['table' => 'log', 'update_date_on_publish' => true]];"
            ),
            "database/migrations/2026_01_01_000000_a.php": "<?php",
            "database/migrations/2026_01_02_000000_b.php": "<?php",
        },
    )
    ddl = "CREATE TABLE app_log (id integer, migration varchar, batch int)"
    database(tmp_path / "database/database.sqlite", ddl, (1, "2026_01_02_000000_b", 1))
    assert states(tmp_path) == {
        "2026_01_01_000000_a": "out-of-order",
        "2026_01_02_000000_b": "applied",
    }


def test_ecto_in_an_umbrella_with_two_repositories(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".git/HEAD": "",
            "mix.exs": "",
            "config/config.exs": 'config :shop, Shop.Repo,\n  migration_source: "done"\n',
            "config/dev.exs": (
                'config :shop, Shop.Repo,\n  database: Path.expand("../shop_dev.db", __DIR__),\n'
                "  pool_size: 5\n"
            ),
            "apps/shop/mix.exs": "",
            "apps/shop/priv/repo/migrations/20260101000000_a.exs": "",
            "apps/shop/priv/repo/migrations/sub/20260102000000_b.exs": "",
            "apps/shop/priv/repo/migrations/.formatter.exs": "",
        },
    )
    ddl = "CREATE TABLE done (version bigint, inserted_at text)"
    database(tmp_path / "shop_dev.db", ddl, (20260101000000, "2026-01-01T00:00:00"))
    assert states(tmp_path) == {"20260101000000": "applied", "20260102000000": "pending"}


LIQUIBASE = (
    "CREATE TABLE DATABASECHANGELOG (ID text, AUTHOR text, FILENAME text, DATEEXECUTED text,"
    " ORDEREXECUTED int, EXECTYPE text, MD5SUM text, DESCRIPTION text)"
)


def test_liquibase_by_logical_paths(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "liquibase.properties": (
                "changelog-file: main.yaml\nurl: jdbc:sqlite:l.db\n"
                "liquibase.hub.mode=off\ndatabaseChangeLogTableName=DATABASECHANGELOG\n"
            ),
            "main.yaml": (
                "databaseChangeLog:\n  - include:\n      file: a.xml\n"
                "  - include:\n      file: b.sql\n"
                "  - changeSet:\n      id: 3\n      author: me\n"
            ),
            "a.xml": (
                '<databaseChangeLog logicalFilePath="old/a.xml"><changeSet id="1" author="me"/>'
                '<changeSet id="2" author="me" logicalFilePath="own.xml"/></databaseChangeLog>'
            ),
            "b.sql": (
                "--liquibase formatted sql logicalFilePath:legacy/b.sql\n"
                "--changeset me:one runOnChange:true\nSELECT 1;\n"
                "--changeset me:two logicalFilePath:x.sql\nSELECT 1;\n"
            ),
        },
    )
    done = [("1", "old/a.xml"), ("2", "own.xml"), ("one", "legacy/b.sql"), ("two", "x.sql")]
    rows = [
        (key, "me", place, "2026-01-01", n, "EXECUTED", None, "")
        for n, (key, place) in enumerate(done, 1)
    ]
    database(tmp_path / "l.db", LIQUIBASE, *rows)
    assert states(tmp_path) == {
        "old/a.xml::1::me": "applied",
        "own.xml::2::me": "applied",
        "legacy/b.sql::one::me": "applied",
        "x.sql::two::me": "applied",
        "main.yaml::3::me": "pending",
    }
