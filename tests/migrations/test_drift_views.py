"""Views and row policies: what Drizzle's snapshots and replayed SQL say of them."""

import json
from pathlib import Path

import pytest

from studio.migrations.drift.queries import body, hides, loosely, plainly
from studio.sqltext.syntax import POSTGRESQL
from tests.migrations.projects import database, notes_of, write
from tests.migrations.test_drift_each import HISTORY, drizzle, look
from tests.postgres import run_sql

UP = (
    "CREATE TABLE t (id int PRIMARY KEY, owner int NOT NULL, name text)",
    'CREATE VIEW v AS select "id", lower("name") as "low" from "t" where "t"."id" > 5',
    "CREATE VIEW top WITH (security_invoker = true) AS "
    'select "id" from "t" order by "name" limit 10',
    "CREATE MATERIALIZED VIEW kept AS "
    'select "owner", count(*) as "n" from "t" group by "t"."owner"',
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY own ON t FOR SELECT TO public USING (owner = 1 and name <> 'x')",
    "CREATE POLICY adds ON t AS RESTRICTIVE FOR INSERT TO current_user WITH CHECK (owner > 0)",
)


@pytest.fixture
def migrated(tmp_path: Path, postgres: str) -> Path:
    """A Drizzle project whose snapshot has views and policies, and its database."""
    rows = drizzle(tmp_path, "-- made elsewhere", columns={"id": "integer"})
    path = tmp_path / "drizzle/meta/0000_snapshot.json"
    snapshot = json.loads(path.read_text())
    table = snapshot["tables"].pop("t")
    table["columns"]["id"] |= {"notNull": True}
    table["columns"]["owner"] = {"name": "owner", "type": "integer", "notNull": True}
    table["columns"]["name"] = {"name": "name", "type": "text", "notNull": False}
    own = {"name": "own", "as": "PERMISSIVE", "for": "SELECT", "to": ["public"]}
    adds = {"name": "adds", "as": "RESTRICTIVE", "for": "INSERT", "to": ["current_user"]}
    table["policies"] = {
        "own": {**own, "using": "owner = 1 and name <> 'x'"},
        "adds": {**adds, "withCheck": '"t"."owner" > 0'},
    }
    table["isRLSEnabled"] = False
    views = {
        "v": 'select "id", lower("name") as "low" from "t" where "t"."id" > 5',
        "top": 'select "id" from "t" order by "name" limit 10',
        "kept": 'select "owner", count(*) as "n" from "t" group by "t"."owner"',
    }
    snapshot |= {"dialect": "postgresql", "tables": {"public.t": table}}
    snapshot["views"] = {
        f"public.{name}": {
            "name": name,
            "schema": "public",
            "definition": text,
            "materialized": name == "kept",
            "isExisting": False,
            **({"with": {"securityInvoker": True}} if name == "top" else {}),
        }
        for name, text in views.items()
    }
    snapshot["views"]["public.theirs"] = {"name": "theirs", "schema": "public", "isExisting": True}
    journal = tmp_path / "drizzle/meta/_journal.json"
    text = journal.read_text().replace("sqlite", "postgresql")
    write(tmp_path, {"drizzle/meta/0000_snapshot.json": json.dumps(snapshot)})
    journal.write_text(text)
    (row,) = rows
    assert isinstance(row, tuple)
    run_sql(
        postgres,
        *UP,
        "CREATE VIEW theirs AS SELECT 1",
        "CREATE SCHEMA drizzle",
        "CREATE TABLE drizzle.__drizzle_migrations (id int, hash text, created_at bigint)",
        f"INSERT INTO drizzle.__drizzle_migrations VALUES (1, '{row[1]}', {row[2]})",
    )
    return tmp_path


def pairs(folder: Path, target: str | Path) -> list[tuple[str, str]]:
    found = look(folder, target).drift
    return sorted((item.kind, item.object.removeprefix("public.")) for item in found)


def left_out(folder: Path, target: str | Path) -> str:
    (note,) = [n for n in notes_of(look(folder, target)) if "not compared" in n]
    return note


def test_a_snapshot_with_views_and_policies(migrated: Path, postgres: str) -> None:
    assert pairs(migrated, postgres) == []
    note = left_out(migrated, postgres)
    assert "indexes of materialized views" in note
    assert "the view" not in note
    run_sql(
        postgres,
        "CREATE OR REPLACE VIEW v AS SELECT id, upper(name) AS low FROM t WHERE id > 5",
        "ALTER VIEW top RESET (security_invoker)",
        "DROP MATERIALIZED VIEW kept",
        "ALTER POLICY own ON t USING (owner = 2 AND name <> 'x')",
        "ALTER POLICY adds ON t WITH CHECK (owner >= 0)",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE POLICY more ON t USING (true)",
    )
    assert pairs(migrated, postgres) == [
        ("extra_policy", "t.more"),
        ("extra_view", "mine"),
        ("missing_view", "kept"),
        ("policy", "t.adds"),
        ("policy", "t.own"),
        ("view", "top"),
        ("view", "v"),
    ]
    run_sql(postgres, *(item.statement for item in look(migrated, postgres).drift))
    assert pairs(migrated, postgres) == []


def test_what_no_plan_tells_is_said_by_name(migrated: Path, postgres: str) -> None:
    run_sql(
        postgres,
        "CREATE OR REPLACE VIEW top WITH (security_invoker = true) AS "
        "SELECT id FROM t ORDER BY name LIMIT 11",
    )
    assert pairs(migrated, postgres) == []
    assert "the view public.top" in left_out(migrated, postgres)


def test_what_an_extension_brings_is_nobodys_drift(migrated: Path, postgres: str) -> None:
    run_sql(postgres, "CREATE VIEW brought AS SELECT 1", "CREATE TABLE brought_too (id int)")
    assert len(pairs(migrated, postgres)) == len(("brought", "brought_too"))
    run_sql(
        postgres,
        "ALTER EXTENSION plpgsql ADD VIEW brought",
        "ALTER EXTENSION plpgsql ADD TABLE brought_too",
    )
    assert pairs(migrated, postgres) == []


def test_views_of_sqlite(tmp_path: Path) -> None:
    table = "CREATE TABLE t (id integer PRIMARY KEY, v text);"
    rows = drizzle(tmp_path, table, columns={"id": "integer", "v": "text"})
    path = tmp_path / "drizzle/meta/0000_snapshot.json"
    snapshot = json.loads(path.read_text())
    query = 'select "id", "v" from "t" where "v" > \'A\''
    view = {"name": "shown", "definition": query, "isExisting": False}
    write(tmp_path, {str(path): json.dumps({**snapshot, "views": {"shown": view}})})
    live = f"{HISTORY}{table}CREATE VIEW `shown` AS {query};"
    place = database(tmp_path / "x.data", live, *rows, table="__drizzle_migrations")  # type: ignore[arg-type]
    assert pairs(tmp_path, place) == []
    place.unlink()
    other = live.replace("'A'", "'a'") + "CREATE VIEW more AS SELECT 1;"
    place = database(tmp_path / "x.data", other, *rows, table="__drizzle_migrations")  # type: ignore[arg-type]
    assert pairs(tmp_path, place) == [("extra_view", "more"), ("view", "shown")]
    (changed,) = (d for d in look(tmp_path, place).drift if d.kind == "view")
    assert changed.statement == f'DROP VIEW "shown"; CREATE VIEW "shown" AS {query};'


def test_replayed_views_of_sqlite_and_a_column_renamed_by_hand(tmp_path: Path) -> None:
    up = "CREATE TABLE t (id integer, v text); CREATE VIEW shown AS SELECT id, v FROM t;"
    write(tmp_path, {"db/migrations/1_x.sql": f"-- migrate:up\n{up}\n-- migrate:down\nSELECT 1;\n"})
    history = "CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);"
    rename = "ALTER TABLE t RENAME COLUMN v TO w;"
    for more, expected in (("", []), (rename, [("renamed_column", "t.v")])):
        (tmp_path / "x.data").unlink(missing_ok=True)
        place = database(tmp_path / "x.data", history + up + more, ("1",))
        assert pairs(tmp_path, place) == expected


def test_two_spellings_and_what_they_hide() -> None:
    one = 'select "id" from "public"."t" where ("v" = \'a\')'
    two = "SELECT t.id\n   FROM t\n  WHERE v = 'a'::text;"
    assert loosely(one, "public", POSTGRESQL) == [
        word for word in loosely(two, "public", POSTGRESQL) if word != ";"
    ]
    assert plainly('SELECT "A"', None, POSTGRESQL) != plainly("SELECT a", None, POSTGRESQL)
    assert hides("SELECT a FROM t LIMIT 1", POSTGRESQL)
    assert not hides("SELECT a FROM t", POSTGRESQL)
    made = "CREATE VIEW v (a) WITH (x=true) AS SELECT 1;\nCREATE INDEX i ON v (a);"
    assert body(made, POSTGRESQL) == "SELECT 1"
