"""What is said about migrations that wait."""

from pathlib import Path

import pytest

from studio.migrations import row_counts
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
        ("ALTER TABLE t RENAME TO u;", "renames-used", "old name"),
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
        "ALTER TABLE e RENAME TO u;",
        "CREATE TABLE n (a); DROP TABLE e; ALTER TABLE n RENAME TO e;",
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
    monkeypatch.setattr(row_counts, "LARGE_ROWS", 50)
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


ON_POSTGRESQL = {
    "ALTER TABLE p ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES q": ["constraint-scan"],
    "ALTER TABLE p ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES q NOT VALID": [],
    "ALTER TABLE p ADD FOREIGN KEY (b) REFERENCES q": ["constraint-scan"],
    "ALTER TABLE p ADD CHECK (b > 0)": ["constraint-scan"],
    "ALTER TABLE p ADD CONSTRAINT c CHECK (b > 0) NOT VALID": [],
    "ALTER TABLE p ADD UNIQUE (b)": ["constraint-scan"],
    "ALTER TABLE p ADD CONSTRAINT u UNIQUE USING INDEX p_i": [],
    "ALTER TABLE p RENAME b TO d": ["renames-used"],
    "ALTER TABLE p RENAME COLUMN b TO d": ["renames-used"],
    "ALTER TABLE p RENAME TO r": ["renames-used"],
    "ALTER TABLE p RENAME CONSTRAINT x TO y": [],
    "TRUNCATE p": ["drops-data"],
    "TRUNCATE TABLE e, q CASCADE": ["drops-data"],
    "DELETE FROM p": ["drops-data"],
    "DELETE FROM p WHERE b = 1": [],
    "DELETE FROM p USING (SELECT 1 WHERE true) x": ["drops-data"],
    "UPDATE p SET b = 1": ["changes-all-rows"],
    "UPDATE p SET b = (SELECT max(b) FROM q WHERE b > 1)": ["changes-all-rows"],
    "UPDATE p SET b = 1 WHERE b IS NULL": [],
    "DROP SCHEMA app CASCADE": ["drops-data"],
    "DROP SCHEMA app": [],
    "ALTER TABLE p ADD u uuid DEFAULT gen_random_uuid()": ["rewrites-table"],
    "ALTER TABLE p ADD u uuid DEFAULT '00000000-0000-0000-0000-000000000000'": [],
    "ALTER TABLE p ADD u timestamptz DEFAULT now()": [],
    "ALTER TABLE q ADD u uuid DEFAULT gen_random_uuid()": [],
    "ALTER TYPE mood ADD VALUE 'mid'; UPDATE p SET m = 'mid' WHERE b = 1": ["enum-value-unusable"],
    "ALTER TYPE mood ADD VALUE 'mid'": [],
    "ALTER TABLE p ALTER b SET NOT NULL": ["not-null-scan"],
    "ALTER TABLE p ALTER a SET NOT NULL": [],
    "ALTER TABLE p ADD x int; ALTER TABLE q ADD x int": ["several-locks"],
    "ALTER TABLE p ADD x int; ALTER TABLE p ADD y int": [],
    "DROP INDEX p_i": ["locking-index"],
    "COMMIT; SELECT 1": ["nested-transaction"],
    "CREATE TABLE n (a int); ALTER TABLE n ADD UNIQUE (a), ADD CHECK (a > 0)": [],
    "CREATE TABLE n (a int); UPDATE n SET a = 1; TRUNCATE n; ALTER TABLE n RENAME TO m": [],
    "ALTER TABLE e ADD UNIQUE (a); TRUNCATE e; DELETE FROM e; ALTER TABLE e RENAME a TO b": [],
}


def test_what_locks_or_loses_on_postgresql(
    tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_counts, "LARGE_ROWS", 50)
    run_sql(
        postgres,
        "CREATE TYPE mood AS ENUM ('low')",
        "CREATE TABLE p (a int CHECK (a IS NOT NULL), b int, m mood)",
        "CREATE INDEX p_i ON p (b)",
        "INSERT INTO p SELECT n, n, 'low' FROM generate_series(1, 60) n",
        "CREATE TABLE q (b int PRIMARY KEY)",
        "INSERT INTO q SELECT n FROM generate_series(1, 9) n",
        "CREATE TABLE e (a int)",
        "CREATE SCHEMA app",
        "CREATE TABLE app.inside AS SELECT 1 AS a",
        "CREATE TABLE schema_migrations (version varchar)",
    )
    found = {up: [h.rule for h in hazards(tmp_path, up, postgres)] for up in ON_POSTGRESQL}
    assert found == ON_POSTGRESQL
    (told,) = hazards(tmp_path, "SELECT 1;\n\nTRUNCATE app.inside", postgres)
    assert (told.line, "1 row" in told.says) == (4, True)
