"""Drift: both sides of every difference, and only what nobody waits for."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from studio.migrations.board import BoardOptions, load_board
from studio.migrations.drift.declared.schema import column
from studio.migrations.drift.spelling import plain_default, plain_type
from studio.migrations.reader import connect
from studio.model.migration import Drift, MigrationStatus
from tests.migrations.projects import database, write
from tests.postgres import run_sql


def look(folder: Path, target: str | Path | None = None) -> MigrationStatus:
    wishes = BoardOptions(drift=True)
    board = load_board(folder, connect, database=str(target) if target else None, wishes=wishes)
    (status,) = (found for found in board.projects if found.project is not None)
    return status


def pairs(found: tuple[Drift, ...]) -> set[tuple[str, str]]:
    return {(item.kind, item.object) for item in found}


def dbmate(folder: Path, *ups: str) -> Path:
    files: dict[str, str | bytes] = {".env": "DATABASE_URL=sqlite:d.db"}
    for number, up in enumerate(ups, 1):
        files[f"db/migrations/{number}_x.sql"] = (
            f"-- migrate:up\n{up}\n-- migrate:down\nDROP TABLE a;\n"
        )
    return write(folder, files)


A = (
    "CREATE TABLE a (id integer PRIMARY KEY, b varchar(10) NOT NULL DEFAULT 'x', "
    "c int, d bool DEFAULT (1));"
)
HISTORY = "CREATE TABLE schema_migrations (version varchar);"


def test_a_replay_in_sqlite_against_what_is_there(tmp_path: Path) -> None:
    index = "CREATE UNIQUE INDEX a_b ON a (b);"
    folder = dbmate(tmp_path, A + index, "CREATE TABLE late (id integer);")
    live = (
        "CREATE TABLE a (id integer PRIMARY KEY, b text DEFAULT 'y', d bool DEFAULT "
        "true, e int); CREATE INDEX other ON a (e); CREATE TABLE stray (id integer);"
    )
    database(folder / "d.db", HISTORY + live, ("1",), table="schema_migrations")
    status = look(folder)
    assert pairs(status.drift) == {
        ("type", "a.b"),
        ("nullability", "a.b"),
        ("default", "a.b"),
        ("missing_column", "a.c"),
        ("extra_column", "a.e"),
        ("missing_index", "a.a_b"),
        ("extra_index", "a.other"),
        ("extra_table", "stray"),
    }
    default = next(item for item in status.drift if item.kind == "default")
    assert (default.declared, default.database) == ("'x'", "'y'")


def test_statements_that_reconcile_really_do(tmp_path: Path) -> None:
    folder = dbmate(
        tmp_path,
        A + "CREATE INDEX a_b ON a (b, c DESC) WHERE c > 0; CREATE TABLE n (x int NOT NULL);",
    )
    database(
        folder / "d.db",
        HISTORY
        + (
            "CREATE TABLE a (id integer PRIMARY KEY, b varchar(10) NOT NULL DEFAULT 'x', "
            "d bool DEFAULT (1), e int); CREATE TABLE stray (id int);"
        ),
        ("1",),
        table="schema_migrations",
    )
    with closing(sqlite3.connect(folder / "d.db")) as connection:
        for item in look(folder).drift:
            connection.execute(item.statement)
        connection.commit()
    assert look(folder).drift == ()


def test_nothing_has_drifted_where_only_the_spelling_differs(tmp_path: Path) -> None:
    folder = dbmate(tmp_path, A)
    database(
        folder / "d.db",
        HISTORY
        + (
            'CREATE TABLE "a" ("id" INTEGER PRIMARY KEY, [b] VARCHAR( 10 ) DEFAULT ("x") '
            "NOT NULL, c INTEGER, `d` BOOLEAN DEFAULT TRUE);"
        ).replace('"x"', "'x'"),
        ("1",),
        table="schema_migrations",
    )
    assert look(folder).drift == ()


def test_sqlite_is_told_only_what_it_can_do(tmp_path: Path) -> None:
    more = (
        "e text NOT NULL, f text DEFAULT CURRENT_TIMESTAMP, g text DEFAULT (1 + 1),"
        " h text NOT NULL DEFAULT 'x', i int"
    )
    folder = dbmate(tmp_path, f"CREATE TABLE a (id integer PRIMARY KEY, {more});")
    live = "CREATE TABLE a (id integer PRIMARY KEY, k int UNIQUE, l int); CREATE INDEX al ON a (l);"
    path = database(folder / "d.db", HISTORY + live, ("1",), table="schema_migrations")
    statements = {item.object: item.statement for item in look(folder).drift}
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements.values():
            connection.executescript(statement)
    left = {item.object for item in look(folder).drift}
    assert left == {"a.e", "a.f", "a.g", "a.k", "a.sqlite_autoindex_a_1"}
    assert all(statements[name].startswith("-- needs") for name in left)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("varchar(200)", "character varying(200)"),
        ("timestamptz", "timestamp with time zone"),
        ("int4", "INTEGER"),
        ("timestamp (3)", "timestamp(3) without time zone"),
        ("timestamp(3) with time zone", "timestamptz(3)"),
        ("serial", "integer"),
        ("numeric(10, 2)", "decimal(10,2)"),
        ("text[]", "TEXT[]"),
        ("varchar(3)[]", "character varying(3)[]"),
        ('"public"."mood"', "mood"),
        ("double precision", "float8"),
        ("bool", "boolean"),
        ("char(3)", "character(3)"),
        ("time", "time without time zone"),
        ("char", "character(1)"),
        ("bit", "bit(1)"),
        ("numeric(5)", "numeric(5,0)"),
        ("integer[][]", "integer[]"),
        ("char[]", "character(1)[]"),
    ],
)
def test_types_with_one_meaning(one: str, two: str) -> None:
    assert plain_type(one) == plain_type(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("varchar(20)", "varchar(21)"),
        ("int", "bigint"),
        ("timestamp", "timestamptz"),
        ("text", "text[]"),
        ("date", "timestamp"),
        ("mood", "other.mood"),
    ],
)
def test_types_that_differ(one: str, two: str) -> None:
    assert plain_type(one) != plain_type(two)


def default(text: str | None) -> str | None:
    return plain_default(column("c", "text", nullable=True, default=text))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("'free'", "'free'::text"),
        ("now()", "CURRENT_TIMESTAMP"),
        ("false", "0"),
        ("'{}'::jsonb", "'{}'"),
        ("(unixepoch() * 1000)", "unixepoch()*1000"),
        ("0", "'0'::integer"),
        ("'a''b'::character varying(20)", "'a''b'"),
        (None, "NULL::character varying"),
        ("0.0", "0"),
        ("'x'::public.mood", "'x'"),
        ("gen_random_uuid()", "gen_random_uuid()"),
        ("ARRAY[]::text[]", "ARRAY[]"),
        (None, "nextval('t_id_seq'::regclass)"),
    ],
)
def test_defaults_with_one_meaning(one: str | None, two: str | None) -> None:
    assert default(one) == default(two)


@pytest.mark.parametrize(
    ("one", "two"), [("'a'", "'A'"), ("'a'", None), ("1", "2"), ("''", None), ("'a b'", "'ab'")]
)
def test_defaults_that_differ(one: str | None, two: str | None) -> None:
    assert default(one) != default(two)


def snapshot(*columns: tuple[str, str, bool]) -> dict[str, object]:
    listed = {
        n: {"name": n, "type": t, "primaryKey": n == "id", "notNull": r} for n, t, r in columns
    }
    empty: dict[str, object] = {
        "indexes": {},
        "foreignKeys": {},
        "compositePrimaryKeys": {},
        "uniqueConstraints": {},
    }
    return {
        "version": "6",
        "dialect": "sqlite",
        "tables": {"t": {"name": "t", "columns": listed, **empty}},
    }


@pytest.mark.parametrize(
    ("kind", "one", "two"),
    [
        ("text[]", """'{"a","b c"}'""", """'{a,"b c"}'::text[]"""),
        ("jsonb", """'{"b":[1,2],"a":"x"}'::jsonb""", """'{"a": "x", "b": [1, 2]}'::jsonb"""),
        ("timestamp", "'2020-01-01 00:00:00.000'", "'2020-01-01 00:00:00'::timestamp"),
        ("timestamptz", "'2020-01-01T10:00:00.120Z'", "'2020-01-01 10:00:00.12+00'::timestamptz"),
        ("time", "'10:00'", "'10:00:00'::time without time zone"),
    ],
)
def test_literals_with_one_meaning_for_their_type(kind: str, one: str, two: str) -> None:
    sides = [plain_default(column("c", kind, nullable=True, default=d)) for d in (one, two)]
    assert sides[0] == sides[1]


def test_an_older_migration_that_never_ran_is_not_drift(tmp_path: Path) -> None:
    entries = [
        {"idx": n, "when": w, "tag": t}
        for n, (t, w) in enumerate([("0000_a", 1), ("0001_late", 2), ("0002_c", 5)])
    ]
    first, late, last = ("id", "integer", True), ("late", "text", False), ("c", "text", False)
    write(
        tmp_path,
        {
            "drizzle.config.ts": "export default {dialect: 'sqlite', dbCredentials: {url: 'a.db'}}",
            "drizzle/meta/_journal.json": json.dumps({"entries": entries}),
            "drizzle/meta/0000_snapshot.json": json.dumps(snapshot(first)),
            "drizzle/meta/0001_snapshot.json": json.dumps(snapshot(first, late)),
            "drizzle/meta/0002_snapshot.json": json.dumps(snapshot(first, late, last)),
            **{f"drizzle/{t}.sql": "" for t in ("0000_a", "0001_late", "0002_c")},
        },
    )
    empty = sha256(b"").hexdigest()
    database(
        tmp_path / "a.db",
        (
            "CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT "
            "NULL, created_at numeric); CREATE TABLE t (id integer primary key, c text)"
        ),
        (None, empty, 1),
        (None, empty, 5),
        table="__drizzle_migrations",
    )
    status = look(tmp_path)
    assert [e.state.value for e in status.entries] == ["applied", "out-of-order", "applied"]
    assert status.drift == ()


def test_the_new_snapshot_with_everything(sample: Callable[[str], Path]) -> None:
    folder = sample("drizzle-v1-sqlite")
    with closing(sqlite3.connect(folder / "local.db")) as connection:
        connection.executescript(
            "ALTER TABLE notes ADD COLUMN extra text; CREATE INDEX i ON notes (title)"
        )
    assert pairs(look(folder).drift) == {
        ("extra_column", "notes.extra"),
        ("extra_index", "notes.i"),
    }


def test_a_dump_against_the_database_it_was_made_of_and_after(
    sample: Callable[[str], Path], loaded: Callable[[Path], str], tmp_path: Path
) -> None:
    dump = (sample("drizzle-pg") / "database.sql").read_text()
    write(tmp_path / "r", {"Gemfile": "", "db/migrate/1_a.rb": "", "db/structure.sql": dump})
    url = loaded(tmp_path / "drizzle-pg" / "database.sql")
    run_sql(
        url,
        "CREATE TABLE schema_migrations (version varchar PRIMARY KEY)",
        "CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY)",
        "INSERT INTO schema_migrations VALUES ('1')",
    )
    assert look(tmp_path / "r", url).drift == ()
    run_sql(
        url,
        "ALTER TABLE users ALTER plan SET DEFAULT 'paid', ALTER email TYPE varchar(99)",
        "DROP INDEX users_email_idx",
        "ALTER TABLE messages DROP CONSTRAINT messages_conversation_id_conversations_id_fk",
    )
    assert pairs(look(tmp_path / "r", url).drift) == {
        ("default", "public.users.plan"),
        ("type", "public.users.email"),
        ("missing_index", "public.users.users_email_idx"),
        (
            "missing_foreign_key",
            "public.messages.messages_conversation_id_conversations_id_fk",
        ),
    }


SCHEMA_RB = """
ActiveRecord::Schema[7.1].define(version: 2026_01_01_000000) do
  enable_extension "plpgsql"

  create_table "posts", force: :cascade do |t|
    t.string "title", limit: 200, default: "new", null: false
    t.bigint "author_id", null: false
    t.decimal "price", precision: 10, scale: 2
    t.jsonb "meta", default: {}
    t.datetime "created_at", null: false
    t.index ["author_id"], name: "index_posts_on_author_id"
    t.index ["title", "price"], name: "by_title", unique: true
  end

  create_table "authors", id: :uuid, default: -> { "gen_random_uuid()" }, force: :cascade do |t|
    t.text "name"
  end

  create_table "authors_posts", id: false, force: :cascade do |t|
    t.bigint "post_id"
  end

  add_foreign_key "posts", "authors"
end
"""


def test_schema_rb_on_postgresql(tmp_path: Path, postgres: str) -> None:
    write(
        tmp_path,
        {
            "Gemfile": "gem 'rails'",
            "db/schema.rb": SCHEMA_RB,
            "db/migrate/20260101000000_a.rb": "",
            "db/migrate/20260102000000_add_later.rb": "add_column :authors, :later, :text",
        },
    )
    run_sql(
        postgres,
        "CREATE TABLE schema_migrations (version varchar PRIMARY KEY)",
        "CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY, value varchar)",
        "INSERT INTO schema_migrations VALUES ('20260101000000')",
        "CREATE TABLE authors (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text)",
        (
            "CREATE TABLE posts (id bigserial PRIMARY KEY, title varchar(200) DEFAULT 'n"
            "ew' NOT NULL, author_id bigint, price numeric(10,2), meta jsonb DEFAULT "
            "'{}', created_at timestamp(6) NOT NULL)"
        ),
        "CREATE INDEX index_posts_on_author_id ON posts (author_id)",
        "CREATE TABLE extra (id int)",
    )
    status = look(tmp_path, postgres)
    assert pairs(status.drift) == {
        ("nullability", "public.posts.author_id"),
        ("missing_index", "public.posts.by_title"),
        ("missing_table", "public.authors_posts"),
        ("missing_foreign_key", "public.posts.author_id"),
        ("extra_table", "public.extra"),
    }


SCHEMA_PRISMA = """
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

enum Role {
  ADMIN
  USER
}

model User {
  id        Int      @id @default(autoincrement())
  email     String   @unique @db.VarChar(120)
  name      String?  // the name
  role      Role     @default(USER)
  tags      String[]
  score     Decimal  @default(0) @db.Decimal(10, 2)
  createdAt DateTime @default(now()) @map("created_at")
  updatedAt DateTime @updatedAt
  posts     Post[]

  @@map("users")
}

model Post {
  id       String @id @default(cuid())
  author   User   @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId Int    @map("author_id")
  title    String @default("it's")

  @@index([authorId, title(sort: Desc)])
  @@unique([title, authorId], map: "title_author")
}
"""


def test_schema_prisma_on_postgresql(tmp_path: Path, postgres: str) -> None:
    write(
        tmp_path,
        {
            "prisma/schema.prisma": SCHEMA_PRISMA,
            "prisma/migrations/1_a/migration.sql": "",
            "prisma/migrations/2_b/migration.sql": 'CREATE INDEX "later_idx" ON "users" ("name");',
        },
    )
    run_sql(
        postgres,
        (
            "CREATE TABLE _prisma_migrations (id varchar(36), checksum varchar(64), fin"
            "ished_at timestamptz, migration_name varchar(255), logs text, "
            "rolled_back_at timestamptz, started_at timestamptz, applied_steps_count int)"
        ),
        (
            f"INSERT INTO _prisma_migrations VALUES ('1', '{sha256(b'').hexdigest()}', n"
            "ow(), '1_a', null, null, now(), 1)"
        ),
        "CREATE TYPE \"Role\" AS ENUM ('ADMIN', 'USER')",
        (
            "CREATE TABLE users (id serial PRIMARY KEY, email varchar(120) NOT NULL, n"
            "ame text, role \"Role\" NOT NULL DEFAULT 'USER', tags text[], score n"
            "umeric(10,2) NOT NULL DEFAULT 0, created_at timestamp(3) NOT NULL DEFAULT "
            'CURRENT_TIMESTAMP, "updatedAt" timestamp(3) NOT NULL)'
        ),
        "CREATE UNIQUE INDEX users_email_key ON users (email)",
        (
            'CREATE TABLE "Post" (id text PRIMARY KEY, author_id int NOT NULL '
            "REFERENCES users(id) ON DELETE SET NULL ON UPDATE CASCADE, title text NOT "
            "NULL DEFAULT 'it''s', later int)"
        ),
        'CREATE UNIQUE INDEX title_author ON "Post" (title, author_id)',
        'CREATE INDEX x ON "Post" (author_id, title DESC)',
    )
    status = look(tmp_path, postgres)
    assert pairs(status.drift) == {
        ("extra_column", "public.Post.later"),
        ("foreign_key", "public.Post.author_id"),
    }
    key = next(d for d in status.drift if d.kind == "foreign_key")
    assert "cascade" in key.declared
    assert "set null" in key.database
