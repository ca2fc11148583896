"""Drift by replaying SQL migrations on the server itself, where that is allowed."""

import json
from pathlib import Path

import psycopg
import pytest

from studio.cli.main import main
from studio.migrations.board import BoardOptions, load_board
from studio.migrations.reader import connect
from studio.model.migration import MigrationStatus
from tests.migrations.projects import notes_of, write
from tests.postgres import run_sql

FIRST = (
    "BEGIN;\nCREATE TYPE mood AS ENUM ('a', 'b');\n"
    "CREATE TABLE users (id bigserial PRIMARY KEY, email varchar(80) NOT NULL UNIQUE,"
    " m mood NOT NULL DEFAULT 'a', made timestamptz DEFAULT now(), tags text[] DEFAULT '{}');\n"
    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.made := now();"
    " RETURN NEW; END;$$;\n"
    "CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();\n"
    "INSERT INTO users (email) VALUES ('x;y');\nCOMMIT;\n"
)
SECOND = (
    "CREATE TABLE posts (id int PRIMARY KEY, author bigint REFERENCES users ON DELETE CASCADE,"
    " body text);\nCREATE INDEX posts_author ON posts (author, id DESC) WHERE body IS NOT NULL;\n"
)
THIRD = "ALTER TABLE posts ADD later int;\n"


def dbmate(folder: Path, *ups: str) -> Path:
    return write(
        folder,
        {
            f"db/migrations/{n}_x.sql": f"-- migrate:up\n{up}\n-- migrate:down\nDROP TABLE x;\n"
            for n, up in enumerate(ups, 1)
        },
    )


def ran(url: str, *statements: str, versions: int) -> None:
    run_sql(url, "CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)", *statements)
    for version in range(1, versions + 1):
        run_sql(url, f"INSERT INTO schema_migrations VALUES ('{version}')")


def look(folder: Path, url: str, *, replay: bool = True) -> MigrationStatus:
    wishes = BoardOptions(drift=True, replay=replay)
    board = load_board(folder, connect, database=url, wishes=wishes)
    (status,) = (p for p in board.projects if p.project is not None)
    return status


def test_nothing_has_drifted_right_after_they_ran(tmp_path: Path, postgres: str) -> None:
    ran(postgres, FIRST, SECOND, versions=2)
    status = look(dbmate(tmp_path, FIRST, SECOND, THIRD), postgres)
    assert status.drift == ()
    notes = " ".join(notes_of(status))
    assert "replayed in a scratch schema" in notes
    assert "left out 3 statements" in notes


def test_every_difference_and_no_trace(tmp_path: Path, postgres: str) -> None:
    changes = (
        "ALTER TABLE users ALTER email TYPE text, ALTER made DROP DEFAULT, ADD extra int;"
        "ALTER TABLE posts DROP COLUMN body, DROP CONSTRAINT posts_author_fkey;"
        "CREATE TABLE stray (id int)"
    )
    ran(postgres, FIRST, SECOND, changes, versions=2)
    status = look(dbmate(tmp_path, FIRST, SECOND, THIRD), postgres)
    assert {(d.kind, d.object) for d in status.drift} == {
        ("type", "public.users.email"),
        ("default", "public.users.made"),
        ("extra_column", "public.users.extra"),
        ("missing_column", "public.posts.body"),
        ("missing_index", "public.posts.posts_author"),
        ("missing_foreign_key", "public.posts.posts_author_fkey"),
        ("extra_table", "public.stray"),
    }
    assert not any("studio_scratch" in f"{d.declared}{d.statement}" for d in status.drift)
    with psycopg.connect(postgres) as connection:
        left = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'studio%'"
        assert connection.execute(left).fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (1,)


RICH = (
    "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE SEQUENCE numbers;"
    "CREATE TABLE owners (id serial PRIMARY KEY, name text, m mood);"
    "CREATE TABLE pets (id int PRIMARY KEY, owner int CONSTRAINT fk REFERENCES owners DEFERRABLE,"
    " name text CONSTRAINT u UNIQUE, age int CONSTRAINT c CHECK (age > 0));"
    "CREATE INDEX i ON pets (age);"
)


@pytest.mark.parametrize(
    ("change", "kind", "place"),
    [
        ('ALTER TABLE owners ALTER name TYPE text COLLATE "C"', "column_options", "owners.name"),
        ("ALTER TABLE pets ALTER CONSTRAINT fk NOT DEFERRABLE", "constraint", "pets.fk"),
        (
            "ALTER TABLE pets DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (age > 0) NOT VALID",
            "constraint",
            "pets.c",
        ),
        ("DROP SEQUENCE numbers", "missing_sequence", "numbers"),
        ("ALTER SEQUENCE numbers INCREMENT 7", "sequence", "numbers"),
        ("ALTER TABLE owners ALTER id DROP DEFAULT", "default", "owners.id"),
        ("ALTER TYPE mood RENAME VALUE 'b' TO 'c'", "enum", "mood"),
        ("CREATE RULE r AS ON DELETE TO pets DO INSTEAD NOTHING", "extra_rule", "pets.r"),
        ("ALTER TABLE pets DISABLE TRIGGER ALL", "constraint", "pets.fk"),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass",
            "index",
            "pets.i",
        ),
        (
            "ALTER TABLE pets DROP CONSTRAINT u; CREATE UNIQUE INDEX u ON pets (name)",
            "index",
            "pets.u",
        ),
        ("ALTER TABLE pets SET UNLOGGED", "table_options", "pets"),
        ("CREATE STATISTICS s ON age, name FROM pets", "extra_statistics", "pets.s"),
        ("CREATE DOMAIN d AS int", "extra_domain", "d"),
    ],
)
def test_what_only_the_server_says_is_compared_too(
    change: str, kind: str, place: str, tmp_path: Path, postgres: str
) -> None:
    ran(postgres, RICH, versions=1)
    folder = dbmate(tmp_path, RICH)
    assert look(folder, postgres).drift == ()
    run_sql(postgres, change)
    found = {(d.kind, d.object) for d in look(folder, postgres).drift}
    assert (kind, place if kind == "enum" else f"public.{place}") in found


def test_without_permission_it_is_only_offered(tmp_path: Path, postgres: str) -> None:
    ran(postgres, FIRST, versions=1)
    status = look(dbmate(tmp_path, FIRST), postgres, replay=False)
    assert status.drift == ()
    assert any("--replay" in note for note in notes_of(status))


@pytest.mark.parametrize(
    ("up", "words"),
    [
        ("ALTER TABLE public.users ADD x int;", "names the schema public"),
        ("CREATE INDEX CONCURRENTLY i ON users (made);", "cannot run in a transaction"),
        ("DO $$ BEGIN NULL; END $$;", "DO runs code"),
        ("ALTER TABLE nowhere ADD x int;", "nowhere"),
    ],
)
def test_what_cannot_be_replayed_says_why(
    tmp_path: Path, postgres: str, up: str, words: str
) -> None:
    ran(postgres, FIRST, versions=2)
    status = look(dbmate(tmp_path, FIRST, up), postgres)
    assert status.drift == ()
    (note,) = (n for n in notes_of(status) if "cannot be replayed" in n)
    assert words in note
    assert note.startswith("drift is not known: 2 cannot be replayed")


def test_a_role_without_the_right_to_make_schemas(tmp_path: Path, postgres: str) -> None:
    ran(postgres, FIRST, versions=1)
    run_sql(
        postgres,
        "DROP ROLE IF EXISTS studio_reader",
        "CREATE ROLE studio_reader LOGIN",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO studio_reader",
    )
    url = f"{postgres}{'&' if '?' in postgres else '?'}user=studio_reader"
    status = look(dbmate(tmp_path, FIRST), url)
    assert status.drift == ()
    assert any("permission denied" in note for note in notes_of(status))


def test_the_command_allows_it(
    tmp_path: Path, postgres: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ran(postgres, FIRST, "ALTER TABLE users ADD extra int", versions=1)
    folder = str(dbmate(tmp_path, FIRST))
    assert main(["migrations", folder, "--database", postgres, "--replay", "--json"]) == 0
    (project,) = json.loads(capsys.readouterr().out)["projects"]
    assert [(d["kind"], d["object"]) for d in project["drift"]] == [
        ("extra_column", "public.users.extra")
    ]
