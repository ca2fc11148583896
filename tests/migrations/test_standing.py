"""A schema that was pushed: what waits is there already, and the next migrate fails on it."""

import json
from pathlib import Path

import pytest

from studio.migrations.made_in_programs import tables_of
from studio.model.migration import MigrationStatus
from tests.migrations.projects import database, write
from tests.migrations.test_drift import look, pairs

FAILS = "its tables already exist: running it fails"
USERS = "CREATE TABLE `users` (`id` integer PRIMARY KEY NOT NULL);\n"
POSTS = "CREATE TABLE `posts` (`id` integer PRIMARY KEY NOT NULL);\n"


def drizzle(folder: Path) -> Path:
    """Two migrations with a snapshot each."""

    def snapshot(number: int, *tables: str) -> str:
        kept = {"id": {"name": "id", "type": "integer", "primaryKey": True, "notNull": True}}
        rest = {"indexes": {}, "foreignKeys": {}, "compositePrimaryKeys": {}}
        found = {name: {"name": name, "columns": kept, **rest} for name in tables}
        return json.dumps({"version": "6", "dialect": "sqlite", "id": number, "tables": found})

    tags = ["0000_init", "0001_posts"]
    entries = [{"idx": n, "when": n + 1, "tag": tag} for n, tag in enumerate(tags)]
    return write(
        folder,
        {
            "drizzle.config.json": '{"dialect":"sqlite","dbCredentials":{"url":"./app.db"}}',
            "drizzle/0000_init.sql": USERS,
            "drizzle/0001_posts.sql": POSTS,
            "drizzle/meta/_journal.json": json.dumps({"dialect": "sqlite", "entries": entries}),
            "drizzle/meta/0000_snapshot.json": snapshot(0, "users"),
            "drizzle/meta/0001_snapshot.json": snapshot(1, "users", "posts"),
        },
    )


def notes(status: MigrationStatus) -> dict[str, str]:
    return {entry.id: f"{entry.state.value}: {entry.note}" for entry in status.entries}


def test_what_was_pushed_is_compared_with_the_newest_snapshot(tmp_path: Path) -> None:
    database(drizzle(tmp_path) / "app.db", USERS + POSTS)
    status = look(tmp_path)
    assert notes(status) == {
        "0000_init": f"pending: Not applied, but {FAILS} on users.",
        "0001_posts": f"pending: Not applied, but {FAILS} on posts.",
    }
    assert not status.drift
    assert not status.is_settled


def test_what_changed_after_the_push_is_drift(tmp_path: Path) -> None:
    live = USERS.replace("NOT NULL)", "NOT NULL, note text)")
    database(drizzle(tmp_path) / "app.db", live)
    status = look(tmp_path)
    assert pairs(status.drift) == {("missing_table", "posts"), ("extra_column", "users.note")}
    assert FAILS not in notes(status)["0001_posts"]


@pytest.mark.parametrize(
    "up",
    [
        "CREATE TABLE new_a (id int); DROP TABLE a; ALTER TABLE new_a RENAME TO a;",
        "DROP TABLE a; CREATE TABLE a (id int);",
        "CREATE TEMP TABLE a (id int);",
        "ALTER TABLE a RENAME TO old_a; CREATE TABLE a (id int);",
        "CREATE TABLE IF NOT EXISTS a (id int);",
    ],
)
def test_what_makes_room_first_does_not_fail(tmp_path: Path, up: str) -> None:
    files = {
        "1_a.sql": "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\n",
        "2_b.sql": f"-- migrate:up\n{up}\n-- migrate:down\nCREATE TABLE a (id int);\n",
    }
    write(tmp_path, {".env": "DATABASE_URL=sqlite:d.db"})
    write(tmp_path, {f"db/migrations/{name}": text for name, text in files.items()})
    history = "CREATE TABLE schema_migrations (version varchar);"
    database(tmp_path / "d.db", history + "CREATE TABLE a (id int);", ("1",))
    status = look(tmp_path)
    assert notes(status)["2"].startswith("pending: Not applied yet.")
    assert not status.is_pushed


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("exports.up = (k) => k.schema.createTable('a', t => 0);\n", {"a"}),
        ("exports.down = (k) => k.schema.createTable('a', t => 0);\nexports.up = () => 0;", set()),
        ("module.exports = { async up(q) { await q.createTable('a', {}); },\n down() {} };", {"a"}),
        ('  async up(q) { await q.query(`CREATE TABLE "public"."a" ("id" int)`) }', {"a"}),
        ('  up() { this.addSql("create table \\"a\\" (id int)"); }', {"a"}),
        ("  async up(q) { await q.createTable(new Table({ name: 'a' })) }", {"a"}),
        (
            "def upgrade():\n    op.create_table('a')\ndef downgrade():\n    op.create_table('b')",
            {"a"},
        ),
        ("def change\n  create_table :a do |t|\n", {"a"}),
        ("  def change do\n    create table(:a) do\n", {"a"}),
        ("  public function up(): void\n  { Schema::create('a', function ($t) {}); }", {"a"}),
        ("operations = [migrations.CreateModel(name='Order', fields=[])]", {"shop_order"}),
        (
            "operations = [migrations.CreateModel(name='B', options={'db_table': 'a'})]",
            {"a"},
        ),
    ],
)
def test_tables_that_programs_make(source: str, made: set[str]) -> None:
    assert tables_of(source, "shop").made == made


def test_a_program_that_looks_first_or_takes_away(tmp_path: Path) -> None:
    config = "module.exports = {client: 'sqlite3', connection: {filename: './d.db'}};\n"
    up = "exports.up = async (knex) => {{ {} }};\nexports.down = (knex) => 0;\n"
    write(
        tmp_path,
        {
            "knexfile.js": config,
            "migrations/1_plain.js": up.format("knex.schema.createTable('a', (t) => 0)"),
            "migrations/2_anew.js": up.format(
                "knex.schema.dropTable('b'); knex.schema.createTable('b', (t) => 0)"
            ),
            "migrations/3_asks.js": up.format(
                "if (!await knex.schema.hasTable('c')) knex.schema.createTable('c', (t) => 0)"
            ),
        },
    )
    database(tmp_path / "d.db", "CREATE TABLE a (id); CREATE TABLE b (id); CREATE TABLE c (id);")
    found = notes(look(tmp_path))
    assert FAILS in found["1_plain.js"]
    assert found["2_anew.js"].startswith("pending: Not applied yet.")
    assert (
        found["3_asks.js"]
        == "pending: Not applied, but its tables already exist: it passes over c."
    )
