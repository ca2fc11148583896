"""A scratch leaves nothing behind, and what could reach outside is never sent."""

import psycopg
import pytest

from studio.backends.base import Target
from studio.backends.postgresql.engine import PostgreSQL
from studio.backends.postgresql.schema_statements import StatementVerdict, judged
from studio.model.errors import ReadOnly, Refused, StudioError
from tests.postgres import run_sql

SCHEMAS = frozenset({"public", "auth", "Odd Name"})


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE TABLE a (id int, owner text, "public" int, x int GENERATED ALWAYS AS (id) STORED)',
        "create or replace function f() returns int language sql as 'select 1'",
        "ALTER TABLE a ADD CONSTRAINT c FOREIGN KEY (b) REFERENCES b (id)",
        "CREATE UNIQUE INDEX i ON a (lower(b)) WHERE b IS NOT NULL",
        "DROP TABLE IF EXISTS a CASCADE",
        "CREATE TYPE mood AS ENUM ('sad. public', 'ok')",
        "CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE VIEW v AS SELECT a.id FROM a",
        "-- public.a\nCREATE TABLE b (LIKE a)",
    ],
)
def test_what_changes_one_schema_runs_as_it_is(statement):
    assert judged(statement, SCHEMAS) == (StatementVerdict.RUN, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE a AS SELECT 1 AS x",
        "CREATE TABLE a (x) AS (SELECT 1) WITH DATA",
        "CREATE MATERIALIZED VIEW m AS SELECT now()",
    ],
)
def test_queries_make_tables_without_rows(statement):
    verdict, text = judged(statement, SCHEMAS)
    assert verdict is StatementVerdict.RUN
    assert text.endswith("WITH NO DATA")
    assert "WITH DATA" not in text


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO a VALUES (1)",
        "SELECT pg_catalog.setval('a_id_seq', 4)",
        "BEGIN",
        "COMMIT",
        "SET statement_timeout = 0",
        "GRANT ALL ON a TO b",
        "ALTER TABLE a OWNER TO b",
        "COMMENT ON TABLE a IS 'x'",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO b",
        "WITH x AS (SELECT 1) INSERT INTO a SELECT * FROM x",
        "",
    ],
)
def test_rows_and_rights_are_left_out(statement):
    assert judged(statement, SCHEMAS)[0] is StatementVerdict.LEFT_OUT


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.a (id int)",
        'ALTER TABLE "public" . "a" ADD b int',
        'DROP TABLE "Odd Name".x',
        "CREATE INDEX CONCURRENTLY i ON a (b)",
        "DROP INDEX CONCURRENTLY i",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$BEGIN DELETE FROM auth.u; END$$",
        "CREATE TABLE a (id int DEFAULT nextval('public.s'::regclass))",
        "CREATE TABLE a (id bool DEFAULT pg_terminate_backend(1))",
        "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x'",
        "ROLLBACK",
        "SAVEPOINT a",
        "COMMIT PREPARED 'x'",
        "DO $$ BEGIN EXECUTE 'x'; END $$",
        "CALL f()",
        "SET search_path TO public",
        "SET LOCAL search_path = public",
        "SET SESSION AUTHORIZATION bob",
        "RESET ALL",
        "ALTER TABLE a SET SCHEMA auth",
        "CREATE SCHEMA x",
        "CREATE EXTENSION citext",
        "CREATE ROLE x",
        "ALTER SYSTEM SET x = 1",
        "DROP DATABASE x",
        "CREATE PUBLICATION p FOR ALL TABLES",
        "SELECT 1 AS x INTO t",
        "EXECUTE x",
        "\\i other.sql",
    ],
)
def test_what_could_reach_outside_is_refused(statement):
    verdict, why = judged(statement, SCHEMAS)
    assert verdict is StatementVerdict.REFUSED
    assert why


def opening(url, *, read_only=False):
    engine = PostgreSQL()
    return engine, engine.open(Target("postgresql", url, "x", read_only=read_only))


def objects(url):
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT nspname FROM pg_namespace UNION ALL SELECT relname FROM pg_class"
            " UNION ALL SELECT typname FROM pg_type UNION ALL SELECT proname FROM pg_proc"
            " ORDER BY 1"
        ).fetchall()


def test_nothing_is_left_behind_and_nothing_outside_is_touched(postgres):
    run_sql(postgres, "CREATE TABLE users (id int)", "INSERT INTO users VALUES (1)")
    before = objects(postgres)
    engine, where = opening(postgres)
    with engine.scratch(where) as scratch:
        assert scratch.run("CREATE TYPE mood AS ENUM ('a', 'b')")
        assert scratch.run("CREATE TABLE users (id serial PRIMARY KEY, m mood DEFAULT 'a')")
        assert scratch.run("CREATE TABLE posts (u int REFERENCES users (id))")
        assert not scratch.run("DELETE FROM users")
        assert scratch.run("ALTER TABLE users ADD name varchar(10) NOT NULL DEFAULT 'x'")
        users = next(t for t in scratch.tables() if t.ref.name == "users")
        posts = next(t for t in scratch.tables() if t.ref.name == "posts")
        assert users.ref.schema is None
        assert [(c.name, c.type_name) for c in users.columns] == [
            ("id", "integer"), ("m", "mood"), ("name", "character varying(10)"),
        ]  # fmt: skip
        assert posts.foreign_keys[0].target.schema is None
        assert objects(postgres) == before
    assert objects(postgres) == before


def test_a_name_that_is_only_outside_is_not_found(postgres):
    run_sql(postgres, "CREATE TABLE users (id int)")
    engine, where = opening(postgres)
    with engine.scratch(where) as scratch, pytest.raises(StudioError, match="users"):
        scratch.run("DROP TABLE users")
    with psycopg.connect(postgres) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)


@pytest.mark.parametrize(
    "hidden", ["CREATE TABLE a (id int); COMMIT", "CREATE TABLE a (id int); x"]
)
def test_no_second_statement_hides_in_a_text(postgres, hidden):
    before = objects(postgres)
    engine, where = opening(postgres)
    with engine.scratch(where) as scratch, pytest.raises(StudioError):
        scratch.run(hidden)
    assert objects(postgres) == before


def test_after_a_failure_nothing_more_runs(postgres):
    engine, where = opening(postgres)
    with engine.scratch(where) as scratch:
        with pytest.raises(StudioError):
            scratch.run("CREATE TABLE a (id nonsense)")
        with pytest.raises(Refused):
            scratch.run("CREATE TABLE b (id int)")


def test_event_triggers_and_read_only_connections_forbid_it(postgres):
    engine, where = opening(postgres, read_only=True)
    with pytest.raises(ReadOnly), engine.scratch(where):
        pass
    run_sql(
        postgres,
        "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$",
        "CREATE EVENT TRIGGER watcher ON ddl_command_end EXECUTE FUNCTION e()",
    )
    engine, where = opening(postgres)
    with pytest.raises(Refused, match="watcher"), engine.scratch(where):
        pass
