"""Right after it ran nothing has drifted, whatever types and defaults a project uses."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from studio.migrations.board import BoardOptions, load_board
from studio.migrations.reader import connect
from studio.model.migration import Drift
from tests.migrations.projects import notes_of, write

SAMPLES = Path(__file__).parents[1] / "samples" / "drift"


def sample(name: str) -> str:
    return (SAMPLES / name).read_text()


def drift(folder: Path, database: str) -> tuple[Drift, ...]:
    board = load_board(folder, connect, database=database, wishes=BoardOptions(drift=True))
    (status,) = board.projects
    assert [e.state.value for e in status.entries] == ["applied"]
    notes = notes_of(status)
    assert any(note.startswith("drift: compared with") for note in notes), notes
    assert not any("the view " in note or "the policy " in note for note in notes), notes
    return status.drift


def run(database: str, *statements: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def prisma(folder: Path, database: str) -> None:
    """What `prisma migrate` makes of every kind of field, relation and index."""
    sql = sample("prisma.sql")
    write(folder, {"prisma/schema.prisma": sample("schema.prisma")})
    write(folder, {"prisma/migrations/1_a/migration.sql": sql})
    digest = sha256(sql.encode()).hexdigest()
    row = f"'1', '{digest}', now(), '1_a', null, null, now(), 1"
    run(database, sql, f"INSERT INTO _prisma_migrations VALUES ({row})")


def rails(folder: Path, database: str) -> None:
    """What `db:schema:load` makes of everything the dumper writes."""
    write(folder, {"Gemfile": "", "db/schema.rb": sample("schema.rb")})
    write(folder, {"db/migrate/20260101000000_a.rb": ""})
    run(database, sample("rails.sql"), "INSERT INTO schema_migrations VALUES ('20260101000000')")


def drizzle(folder: Path, database: str, name: str = "drizzle") -> None:
    """A snapshot and its SQL as drizzle-kit 0.31 made them."""
    sql = sample(f"{name}.sql")
    config = "export default { dialect: 'postgresql', schemaFilter: ['public', 'app'] }"
    entries = '{"entries": [{"idx": 0, "when": 1000, "tag": "0000_init"}]}'
    write(
        folder,
        {
            "drizzle.config.ts": config,
            "drizzle/0000_init.sql": sql,
            "drizzle/meta/_journal.json": entries,
            "drizzle/meta/0000_snapshot.json": sample(f"{name}.json"),
        },
    )
    run(
        database,
        *sql.split("--> statement-breakpoint"),
        "CREATE SCHEMA drizzle",
        "CREATE TABLE drizzle.__drizzle_migrations (id serial, hash text, created_at bigint)",
        "INSERT INTO drizzle.__drizzle_migrations VALUES"
        f" (1, '{sha256(sql.encode()).hexdigest()}', 1000)",
    )


def drizzle_with_views(folder: Path, database: str) -> None:
    """What drizzle-kit 0.31 makes of `schema.ts`: all its builders, with views and policies."""
    drizzle(folder, database, "drizzle-all")


def drizzle_of_folders(folder: Path, database: str) -> None:
    """What drizzle-kit 1.0 makes of the same."""
    sql = sample("drizzle-1.0.sql")
    place, name = "drizzle/20260101000000_init", "20260101000000_init"
    config = "export default { dialect: 'postgresql', schemaFilter: ['public', 'app'] }"
    files = {"migration.sql": sql, "snapshot.json": sample("drizzle-1.0.json")}
    write(folder, {"drizzle.config.ts": config})
    write(folder, {f"{place}/{file}": text for file, text in files.items()})
    digest = sha256(sql.encode()).hexdigest()
    run(
        database,
        *sql.split("--> statement-breakpoint"),
        "CREATE SCHEMA drizzle",
        "CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL,"
        " created_at bigint, name text, applied_at timestamptz DEFAULT now())",
        "INSERT INTO drizzle.__drizzle_migrations (hash, created_at, name)"
        f" VALUES ('{digest}', 1767225600000, '{name}')",
    )


@pytest.mark.parametrize(
    "migrated", [prisma, rails, drizzle, drizzle_with_views, drizzle_of_folders]
)
def test_nothing_has_drifted(
    tmp_path: Path, postgres: str, migrated: Callable[[Path, str], None]
) -> None:
    migrated(tmp_path, postgres)
    assert drift(tmp_path, postgres) == ()


BY_HAND = {
    "DROP POLICY kept ON users": ("missing_policy", "public.users.kept"),
    "ALTER TABLE locked DISABLE ROW LEVEL SECURITY": ("row_security", "public.locked"),
    "DROP MATERIALIZED VIEW kept_posts": ("missing_view", "public.kept_posts"),
    "ALTER VIEW top_users SET (security_invoker = false)": ("view", "public.top_users"),
    "CREATE OR REPLACE VIEW named_users AS SELECT id, name FROM users WHERE id > 6": (
        *("view", "public.named_users"),
    ),
    "CREATE VIEW app.more AS SELECT 1": ("extra_view", "app.more"),
    "ALTER POLICY own ON users USING (id = 2 AND name <> 'x')": ("policy", "public.users.own"),
    "ALTER TABLE users ALTER wait SET DEFAULT interval '2 days'": ("default", "public.users.wait"),
}


@pytest.mark.parametrize("migrated", [drizzle_with_views, drizzle_of_folders])
def test_a_change_of_each_kind_is_exactly_that(
    tmp_path: Path, postgres: str, migrated: Callable[[Path, str], None]
) -> None:
    migrated(tmp_path, postgres)
    run(postgres, *BY_HAND)
    found = drift(tmp_path, postgres)
    assert {(item.kind, item.object) for item in found} == set(BY_HAND.values())
    run(postgres, *(item.statement for item in found))
    assert drift(tmp_path, postgres) == ()


def test_a_serial_that_counts_no_more_and_a_lost_constraint(tmp_path: Path, postgres: str) -> None:
    snapshot = {
        "id": "1", "prevId": "0", "version": "7", "dialect": "postgresql",
        "tables": {"public.users": {
            "name": "users", "schema": "",
            "columns": {
                "id": {"name": "id", "type": "serial", "primaryKey": True, "notNull": True},
                "email": {"name": "email", "type": "text", "primaryKey": False, "notNull": True},
            },
            "indexes": {}, "foreignKeys": {}, "compositePrimaryKeys": {},
            "uniqueConstraints": {
                "users_email": {"name": "users_email", "columns": ["email"]}
            },
        }},
        "enums": {}, "schemas": {},
    }  # fmt: skip
    email = "email text CONSTRAINT users_email UNIQUE NOT NULL"
    sql = f"CREATE TABLE users (id serial PRIMARY KEY, {email})"
    entries = [{"idx": 0, "version": "7", "when": 1000, "tag": "0000_init", "breakpoints": True}]
    journal = {"version": "7", "dialect": "postgresql", "entries": entries}
    write(
        tmp_path,
        {
            "drizzle.config.ts": "export default { dialect: 'postgresql' }",
            "drizzle/0000_init.sql": sql,
            "drizzle/meta/_journal.json": json.dumps(journal),
            "drizzle/meta/0000_snapshot.json": json.dumps(snapshot),
        },
    )
    run(
        postgres,
        sql,
        "INSERT INTO users (email) VALUES ('a'), ('b')",
        "CREATE SCHEMA drizzle",
        "CREATE TABLE drizzle.__drizzle_migrations (id serial, hash text, created_at bigint)",
        "INSERT INTO drizzle.__drizzle_migrations VALUES"
        f" (1, '{sha256(sql.encode()).hexdigest()}', 1000)",
    )
    assert drift(tmp_path, postgres) == ()
    run(
        postgres,
        "ALTER TABLE users ALTER id DROP DEFAULT",
        "DROP SEQUENCE users_id_seq",
        "ALTER TABLE users DROP CONSTRAINT users_email",
    )
    found = drift(tmp_path, postgres)
    assert {(item.kind, item.object) for item in found} == {
        ("default", "public.users.id"),
        ("missing_index", "public.users.users_email"),
    }
    run(postgres, *(line for item in found for line in item.statement.splitlines()))
    run(postgres, "INSERT INTO users (email) VALUES ('c')")
    assert drift(tmp_path, postgres) == ()
    run(
        postgres,
        "ALTER TABLE users DROP CONSTRAINT users_email",
        "CREATE UNIQUE INDEX users_email ON users (email)",
    )
    (left,) = drift(tmp_path, postgres)
    assert (left.kind, left.declared) == ("index", "unique constraint (email)")


def test_what_is_stated_can_be_run_in_the_order_it_is_stated(tmp_path: Path, postgres: str) -> None:
    drizzle(tmp_path, postgres)
    run(postgres, "DROP TABLE child, app.posts, users CASCADE")
    found = drift(tmp_path, postgres)
    assert {item.kind for item in found} == {"missing_table", "missing_view"}
    run(postgres, *(item.statement for item in found))
    assert drift(tmp_path, postgres) == ()


def test_what_is_too_much_goes_in_the_order_it_is_stated(tmp_path: Path, postgres: str) -> None:
    drizzle(tmp_path, postgres)
    run(
        postgres,
        "CREATE TABLE app.more (id int PRIMARY KEY)",
        "CREATE TABLE app.yet (id int REFERENCES app.more)",
        "ALTER TABLE users ADD x int UNIQUE REFERENCES app.more, ADD y int",
        "CREATE INDEX xy ON users (x, y)",
    )
    run(postgres, *(item.statement for item in drift(tmp_path, postgres)))
    assert drift(tmp_path, postgres) == ()


def test_a_column_of_another_kind_is_cast_and_a_shorter_one_is_not(
    tmp_path: Path, postgres: str
) -> None:
    drizzle(tmp_path, postgres)
    run(
        postgres,
        "ALTER TABLE users ALTER v TYPE text, ALTER big DROP DEFAULT, ALTER big TYPE text",
        'ALTER TABLE app.posts ALTER lv DROP DEFAULT, ALTER lv TYPE text, ALTER "userName" TYPE int'
        ' USING "userName"::int',
    )
    statements = [item.statement for item in drift(tmp_path, postgres)]
    assert any(s.endswith('TYPE bigint USING "big"::bigint;') for s in statements)
    run(postgres, *statements)
    assert drift(tmp_path, postgres) == ()
    run(postgres, "ALTER TABLE users ALTER v TYPE varchar(90)")
    (item,) = drift(tmp_path, postgres)
    assert "USING" not in item.statement
