"""`studio schema --format ddl`: run in an empty database, it makes the same schema again."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from studio.cli.main import main
from studio.sqltext.split import split
from studio.sqltext.syntax import POSTGRESQL
from tests import torture_postgres, torture_sqlite
from tests.postgres import Server

OBJECTS = """
SET check_function_bodies = off;
CREATE SCHEMA app; CREATE SCHEMA "we ird.""s";
CREATE TYPE app.mood AS ENUM ('sad', 'it''s');
CREATE DOMAIN app.pos AS int DEFAULT 3 NOT NULL CHECK (value > 0);
CREATE TYPE app.pair AS (a int, b text);
CREATE TYPE app.floats AS RANGE (subtype = float8);
CREATE FUNCTION app.next_code() RETURNS text LANGUAGE sql AS $$SELECT 'c' || count(*) FROM app.u$$;
CREATE SEQUENCE app.loose START 5 INCREMENT 2 MAXVALUE 90 CYCLE;
CREATE TABLE app.u (
  id int GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT BY 5) PRIMARY KEY,
  code text DEFAULT app.next_code(), n bigint DEFAULT nextval('app.loose'),
  m app.mood DEFAULT 'sad', p app.pos, c app.pair, r app.floats, s serial,
  up text GENERATED ALWAYS AS (upper(code)) STORED);
COMMENT ON COLUMN app.u.code IS 'the
code';
CREATE UNIQUE INDEX u_expr ON app.u (lower(code) DESC NULLS LAST, id) INCLUDE (n) WHERE n > 5;
ALTER TABLE app.u ENABLE ROW LEVEL SECURITY;
CREATE POLICY pol ON app.u FOR SELECT USING (n > 0);
CREATE TABLE app.z_parent (a int CHECK (a > 0), b text NOT NULL);
CREATE TABLE app.a_child (c int) INHERITS (app.z_parent);
CREATE TABLE app.z_part (a int, b date, PRIMARY KEY (a, b)) PARTITION BY RANGE (b);
CREATE TABLE app.a_part PARTITION OF app.z_part DEFAULT;
CREATE INDEX part_ix ON app.z_part (b DESC);
CREATE TABLE app.f1 (id int PRIMARY KEY, f2 int);
CREATE TABLE app.f2 (id int PRIMARY KEY, f1 int REFERENCES app.f1 DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE app.f1 ADD FOREIGN KEY (f2) REFERENCES app.f2 ON UPDATE SET NULL;
ALTER TABLE app.f1 ADD CHECK (id > 0) NOT VALID;
CREATE VIEW app.z_view AS SELECT id, code FROM app.u;
CREATE MATERIALIZED VIEW app.b_stored AS SELECT id FROM app.z_view WITH NO DATA;
CREATE UNIQUE INDEX stored_ix ON app.b_stored (id);
CREATE VIEW app.a_view AS SELECT * FROM app.b_stored;
CREATE FUNCTION app.act() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN new; END$$;
CREATE TRIGGER t1 BEFORE INSERT ON app.u FOR EACH ROW EXECUTE FUNCTION app.act();
CREATE RULE nothing AS ON DELETE TO app.z_view DO INSTEAD NOTHING;
CREATE TABLE "we ird.""s"."tab""le.x" ("co""l" app.u, l app.mood[]);
CREATE SEQUENCE app.owned OWNED BY app.u.n;
CREATE TABLE app.a_user (a int DEFAULT nextval('app.owned'));
"""


def printed(capsys: pytest.CaptureFixture[str], target: str, form: str) -> str:
    assert main(["schema", target, "--format", form]) == 0
    return capsys.readouterr().out


def schema(capsys: pytest.CaptureFixture[str], target: str) -> list[dict[str, object]]:
    tables: list[dict[str, object]] = json.loads(printed(capsys, target, "json"))
    for table in tables:
        table["bytes"] = table["row_estimate"] = None
    return sorted(tables, key=lambda table: (str(table["schema"]), str(table["name"])))


def run_whole(conninfo: str, script: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for statement in split(script, POSTGRESQL):
            if statement.text:
                connection.execute(statement.text.encode())


@pytest.fixture(params=["objects", "torture"])
def original(request: pytest.FixtureRequest, postgres: str) -> str:
    if request.param == "torture":
        torture_postgres.build(postgres)
    else:
        run_whole(postgres, OBJECTS)
    return postgres


def test_a_postgresql_script_makes_the_same_again(capsys, original, postgres_server: Server):
    script = printed(capsys, original, "ddl")
    with postgres_server.database() as name:
        copy = postgres_server.url(name)
        run_whole(copy, script)
        # Texts leave out the schemas on the path, so both must have the same.
        with psycopg.connect(original) as connection:
            path = connection.execute("SHOW search_path").fetchone()
        assert path is not None
        with psycopg.connect(copy, autocommit=True) as connection:
            setting = "ALTER DATABASE {} SET search_path TO " + path[0]
            connection.execute(sql.SQL(setting).format(sql.Identifier(name)))
        assert schema(capsys, copy) == schema(capsys, original)


def test_a_sqlite_script_makes_the_same_again(capsys, tmp_path: Path):
    original, copy = tmp_path / "original.db", tmp_path / "copy.db"
    torture_sqlite.build(original)
    script = printed(capsys, str(original), "ddl")
    with closing(sqlite3.connect(copy)) as connection:
        # The one statement nobody can run: its module is not there.
        connection.executescript(
            "".join(part for part in script.split("\n\n") if "nobody_has_this" not in part)
        )
    expected = [t for t in schema(capsys, str(original)) if t["name"] != "lost_module"]
    assert schema(capsys, str(copy)) == expected
