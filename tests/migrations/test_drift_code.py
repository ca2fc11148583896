"""Functions and triggers: compared where their definitions are known, else named one by one."""

from pathlib import Path

import pytest

from tests.migrations.projects import database, notes_of, write
from tests.migrations.test_drift_each import drizzle, look
from tests.postgres import run_sql

UP = """
CREATE TABLE users (id int PRIMARY KEY, name text, made timestamptz);
CREATE VIEW named AS SELECT id, name FROM users;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.made := now(); -- the server's clock
  RETURN NEW;
END $$;
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
CREATE FUNCTION twice(t text) RETURNS text LANGUAGE sql AS 'SELECT t || t';
CREATE PROCEDURE tidy(keep int DEFAULT 3) LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE FUNCTION renames() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER touched BEFORE INSERT OR UPDATE OF name ON users
  FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION touch();
CREATE TRIGGER told AFTER DELETE ON users EXECUTE PROCEDURE renames();
CREATE TRIGGER through INSTEAD OF UPDATE ON named FOR EACH ROW EXECUTE FUNCTION renames();
"""
TOUCHED = "CREATE TRIGGER touched BEFORE INSERT OR UPDATE OF name ON users FOR EACH ROW"


@pytest.fixture
def replayed(tmp_path: Path, postgres: str) -> Path:
    write(tmp_path, {"db/migrations/1_x.sql": f"-- migrate:up\n{UP}\n-- migrate:down\nSELECT 1;\n"})
    run_sql(
        postgres,
        UP,
        "CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)",
        "INSERT INTO schema_migrations VALUES ('1')",
    )
    return tmp_path


def pairs(folder: Path, target: str | Path) -> list[tuple[str, str]]:
    found = look(folder, target).drift
    return sorted((item.kind, item.object.removeprefix("public.")) for item in found)


def left_out(folder: Path, target: str | Path) -> str:
    return " ".join(n for n in notes_of(look(folder, target)) if "not compared" in n)


EACH = {
    "nothing": ("SELECT 1", []),
    "spaces and comments": (
        "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN NEW.made := now(); RETURN NEW; END'",
        [],
    ),
    "another body": (
        "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN NEW.made := clock_timestamp(); RETURN NEW; END'",
        [("function", "touch()")],
    ),
    "another volatility": (
        "ALTER FUNCTION twice(int) VOLATILE",
        [("function", "twice(n integer)")],
    ),
    "its rights": ("ALTER FUNCTION twice(text) SECURITY DEFINER", [("function", "twice(t text)")]),
    "another default": (
        "CREATE OR REPLACE PROCEDURE tidy(keep int DEFAULT 4) LANGUAGE plpgsql AS "
        "$$ BEGIN NULL; END $$",
        [("function", "tidy(IN keep integer)")],
    ),
    "another result": (
        "DROP FUNCTION twice(int); CREATE FUNCTION twice(n int) RETURNS bigint LANGUAGE sql "
        "IMMUTABLE AS 'SELECT n * 2'",
        [("function", "twice(n integer)")],
    ),
    "function dropped": ("DROP FUNCTION twice(text)", [("missing_function", "twice(t text)")]),
    "function added": (
        "CREATE FUNCTION more(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        [("extra_function", "more(a integer, b integer)")],
    ),
    "aggregate added": (
        "CREATE AGGREGATE product(int) (SFUNC = int4mul, STYPE = int, INITCOND = '1')",
        [("extra_function", "product(integer)")],
    ),
    "trigger dropped": ("DROP TRIGGER touched ON users", [("missing_trigger", "users.touched")]),
    "trigger added": (
        "CREATE TRIGGER again AFTER INSERT ON users EXECUTE FUNCTION renames()",
        [("extra_trigger", "users.again")],
    ),
    "another condition": (
        f"DROP TRIGGER touched ON users; {TOUCHED} WHEN (NEW.id > 1) EXECUTE FUNCTION touch()",
        [("trigger", "users.touched")],
    ),
    "another event": (
        "DROP TRIGGER told ON users; "
        "CREATE TRIGGER told AFTER TRUNCATE ON users EXECUTE FUNCTION renames()",
        [("trigger", "users.told")],
    ),
    "off": ("ALTER TABLE users DISABLE TRIGGER told", [("trigger", "users.told")]),
    "of a view": ("DROP TRIGGER through ON named", [("missing_trigger", "named.through")]),
    "table renamed": ("ALTER TABLE users RENAME TO people", [("renamed_table", "users")]),
    "view with its trigger": ("DROP VIEW named", [("missing_view", "named")]),
    "table with its trigger": (
        "DROP TABLE users CASCADE",
        [("missing_table", "users"), ("missing_view", "named")],
    ),
    "both": (
        "DROP FUNCTION touch() CASCADE",
        [("missing_function", "touch()"), ("missing_trigger", "users.touched")],
    ),
}


@pytest.mark.parametrize("change", EACH)
def test_code_changed_by_hand(change: str, replayed: Path, postgres: str) -> None:
    statements, expected = EACH[change]
    run_sql(postgres, *statements.split("; ") if "BEGIN" not in statements else [statements])
    status = look(replayed, postgres)
    found = sorted((item.kind, item.object.removeprefix("public.")) for item in status.drift)
    assert found == expected
    left_out = [note for note in notes_of(status) if "not compared" in note]
    # What belongs to a renamed table is named, and compared once it has its name again.
    assert all("which was renamed" in note for note in left_out)
    if expected:
        run_sql(postgres, *(item.statement for item in status.drift))
        assert pairs(replayed, postgres) == []


def test_rights_are_named_and_not_compared(replayed: Path, postgres: str) -> None:
    assert "rights" not in left_out(replayed, postgres)
    run_sql(
        postgres,
        "GRANT SELECT ON users TO pg_monitor",
        "GRANT UPDATE (name) ON users TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION touch() FROM PUBLIC",
    )
    note = left_out(replayed, postgres)
    assert "rights on public.users (pg_monitor)" in note
    assert "rights on public.users.name (public)" in note
    assert "rights on public.touch() (not public)" in note
    assert pairs(replayed, postgres) == []


def test_triggers_of_sqlite(tmp_path: Path) -> None:
    up = (
        "CREATE TABLE t (id integer, v text);"
        "CREATE TRIGGER IF NOT EXISTS kept AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END;"
    )
    write(tmp_path, {"db/migrations/1_x.sql": f"-- migrate:up\n{up}\n-- migrate:down\nSELECT 1;\n"})
    history = "CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);"
    other = "DROP TRIGGER kept; CREATE TRIGGER kept AFTER INSERT ON t BEGIN SELECT 3; END;"
    for more, expected in (
        ("", []),
        ("DROP TRIGGER kept;", [("missing_trigger", "t.kept")]),
        (other, [("trigger", "t.kept")]),
        (
            "CREATE TRIGGER more AFTER DELETE ON t BEGIN SELECT 1; END;",
            [("extra_trigger", "t.more")],
        ),
        ("ALTER TABLE t RENAME COLUMN v TO w;", [("renamed_column", "t.v")]),
    ):
        (tmp_path / "x.data").unlink(missing_ok=True)
        place = database(tmp_path / "x.data", history + up + more, ("1",))
        assert pairs(tmp_path, place) == expected
        for item in look(tmp_path, place).drift:
            database(place, item.statement)
        assert pairs(tmp_path, place) == []


OWN = (
    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql STABLE AS $f$\n"
    "BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $f$;\n--> statement-breakpoint\n"
    "create or replace function public.total(a int, b varchar(9)) returns int4 as 'select a' "
    "language sql strict security definer;\n--> statement-breakpoint\n"
    "CREATE TRIGGER touched BEFORE UPDATE OF name OR INSERT ON public.t\n"
    "FOR ROW EXECUTE PROCEDURE public.touch();\n--> statement-breakpoint\n"
    "CREATE TRIGGER gone AFTER DELETE ON t EXECUTE FUNCTION touch();\n--> statement-breakpoint\n"
    "CREATE FUNCTION old() RETURNS int LANGUAGE sql AS 'SELECT 1';\n--> statement-breakpoint\n"
    "DROP FUNCTION IF EXISTS old(); DROP TRIGGER gone ON t;"
)


@pytest.fixture
def migrated(tmp_path: Path, postgres: str) -> Path:
    """A Drizzle project whose functions and triggers are in no snapshot, only in its own SQL."""
    rows = drizzle(tmp_path, OWN, columns={"id": "integer", "name": "text"})
    snapshot = tmp_path / "drizzle/meta/0000_snapshot.json"
    snapshot.write_text(
        snapshot.read_text().replace('"sqlite"', '"postgresql"').replace('"t":', '"public.t":')
    )
    journal = tmp_path / "drizzle/meta/_journal.json"
    journal.write_text(journal.read_text().replace("sqlite", "postgresql"))
    (row,) = rows
    assert isinstance(row, tuple)
    run_sql(
        postgres,
        "CREATE TABLE t (id int PRIMARY KEY, name text)",
        *OWN.split("--> statement-breakpoint"),
        "CREATE SCHEMA drizzle",
        "CREATE TABLE drizzle.__drizzle_migrations (id int, hash text, created_at bigint)",
        f"INSERT INTO drizzle.__drizzle_migrations VALUES (1, '{row[1]}', {row[2]})",
    )
    return tmp_path


BY_TEXT = {
    "nothing": ("SELECT 1", []),
    "another body": (
        "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql STABLE AS "
        "'BEGIN RETURN NEW; END'",
        [("function", "touch()")],
    ),
    "another volatility": ("ALTER FUNCTION touch() VOLATILE", [("function", "touch()")]),
    "its rights": (
        "ALTER FUNCTION total SECURITY INVOKER",
        [("function", "total(a integer, b character varying)")],
    ),
    "function dropped": (
        "DROP FUNCTION total",
        [("missing_function", "total")],
    ),
    "trigger dropped": ("DROP TRIGGER touched ON t", [("missing_trigger", "t.touched")]),
    "another event": (
        "DROP TRIGGER touched ON t; CREATE TRIGGER touched BEFORE UPDATE ON t "
        "FOR EACH ROW EXECUTE FUNCTION touch()",
        [("trigger", "t.touched")],
    ),
    "off": ("ALTER TABLE t DISABLE TRIGGER touched", [("trigger", "t.touched")]),
}


@pytest.mark.parametrize("change", BY_TEXT)
def test_code_of_a_migrations_own_sql(change: str, migrated: Path, postgres: str) -> None:
    statements, expected = BY_TEXT[change]
    run_sql(postgres, *statements.split("; ") if "BEGIN" not in statements else [statements])
    status = look(migrated, postgres)
    assert sorted((i.kind, i.object.removeprefix("public.")) for i in status.drift) == expected
    assert "function" not in " ".join(n for n in notes_of(status) if "not compared" in n)
    if expected:
        run_sql(postgres, *(item.statement for item in status.drift))
        assert pairs(migrated, postgres) == []


def test_what_no_text_defines_is_named(migrated: Path, postgres: str) -> None:
    run_sql(
        postgres,
        "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER more AFTER INSERT ON t EXECUTE FUNCTION mine()",
    )
    assert pairs(migrated, postgres) == []
    note = left_out(migrated, postgres)
    assert "the trigger more on t" in note
    assert "the function mine()" in note
    assert "touch" not in note


def test_what_is_left_out_is_counted_where_it_is_much(migrated: Path, postgres: str) -> None:
    make = "CREATE FUNCTION many_{}() RETURNS int LANGUAGE sql AS 'SELECT 1'"
    run_sql(postgres, *(make.format(number) for number in range(30)))
    note = left_out(migrated, postgres)
    assert note.count("the function many_") == 20
    assert "10 more such" in note
