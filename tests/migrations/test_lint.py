"""What is said about migrations that wait."""

from pathlib import Path

import pytest

from studio.migrations import lint
from studio.model.migration import Hazard
from tests.migrations.projects import board_of, database, write
from tests.postgres import run_sql


def hazards(
    folder: Path, up: str, target: str | Path | None = None, head: str = ""
) -> list[Hazard]:
    text = f"-- migrate:up{head}\n{up}\n-- migrate:down\nSELECT 'DROP TABLE t';\n"
    write(folder, {".env": "DATABASE_URL=sqlite:d.db", "db/migrations/1_x.sql": text})
    (status,) = board_of(folder, target).projects
    return list(status.hazards)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    database(
        tmp_path / "d.db",
        (
            "CREATE TABLE t (a integer, b text); CREATE TABLE e (a integer, b text); "
            "CREATE TABLE schema_migrations (version varchar)"
        ),
        (1, "x"),
        (2, None),
        (3, None),
        table="t",
    )
    return tmp_path


@pytest.mark.parametrize(
    ("up", "rule", "words"),
    [
        ("ALTER TABLE t ADD COLUMN c text NOT NULL;", "not-null-without-default", "3 rows"),
        (
            '\nALTER TABLE "t" ADD c text, ADD COLUMN d int NOT NULL;',
            "not-null-without-default",
            "d NOT NULL",
        ),
        ("ALTER TABLE t DROP COLUMN b;", "drops-data", "1 value"),
        ("drop table if exists e, main.t;", "drops-data", "3 rows"),
        ("SELECT 'ALTER TABLE t DROP b'; ALTER TABLE [t] DROP [b]", "drops-data", "t.b"),
    ],
)
def test_data_at_risk_is_counted(folder: Path, up: str, rule: str, words: str) -> None:
    (found,) = hazards(folder, up)
    assert found.rule == rule
    assert words in found.says
    assert found.line == 2 + up.count(
        "\n", 0, up.upper().index("ALTER" if "ALTER" in up else "DROP")
    )


@pytest.mark.parametrize(
    "up",
    [
        "ALTER TABLE e ADD COLUMN c text NOT NULL;",
        "ALTER TABLE t ADD COLUMN c text NOT NULL DEFAULT '';",
        "ALTER TABLE t ADD COLUMN c text;",
        "DROP TABLE e;",
        "ALTER TABLE e DROP COLUMN b;",
        "-- DROP TABLE t;\nSELECT 1;",
        "CREATE INDEX i ON t (a);",
        "DROP TABLE nowhere;",
        "ALTER TABLE t RENAME TO u;",
    ],
)
def test_what_is_safe_is_not_mentioned(folder: Path, up: str) -> None:
    assert hazards(folder, up) == []


def test_no_way_back(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "knexfile.js": "module.exports = { client: 'sqlite3', connection: 'd.db' }",
            "migrations/1_a.js": "exports.up = k => k",
            "migrations/2_b.js": "exports.up = 1; exports.down = 1",
        },
    )
    database(
        tmp_path / "d.db",
        (
            "CREATE TABLE knex_migrations (id integer, name varchar, batch integer, "
            "migration_time datetime)"
        ),
    )
    (status,) = board_of(tmp_path).projects
    assert [(h.rule, h.migration) for h in status.hazards] == [("no-way-back", "1_a.js")]


def test_postgresql_locks_rewrites_and_transactions(
    tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint, "LARGE_ROWS", 50)
    run_sql(
        postgres,
        (
            "CREATE TABLE big AS SELECT n AS a, n::text AS b, null::int AS c, "
            "'x'::varchar(10) AS d FROM generate_series(1, 60) n"
        ),
        "CREATE TABLE small (a int)",
        "CREATE TABLE schema_migrations (version varchar)",
    )

    def rules(up: str, head: str = "") -> list[str]:
        return [h.rule for h in hazards(tmp_path, up, postgres, head)]

    assert rules("CREATE INDEX i ON big (a);") == ["locking-index"]
    assert rules("CREATE INDEX i ON small (a);") == []
    assert rules("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON public.big (a);") == [
        "not-in-transaction"
    ]
    assert rules("CREATE INDEX CONCURRENTLY i ON big (a);", " transaction:false") == []
    assert rules("ALTER TABLE ONLY big ALTER COLUMN a TYPE bigint;") == ["rewrites-table"]
    assert rules("ALTER TABLE big ALTER d TYPE varchar(20), ALTER b SET DATA TYPE varchar;") == []
    assert rules("ALTER TABLE big ALTER c SET NOT NULL;") == ["not-null-without-default"]
    assert rules("ALTER TABLE small ALTER a TYPE bigint; VACUUM small;") == ["not-in-transaction"]
    assert rules("ALTER TABLE big DROP CONSTRAINT IF EXISTS x, DROP COLUMN b;") == ["drops-data"]
