"""The snapshot @mikro-orm/migrations 6.6 wrote, against what its own migration makes."""

import json
import re
from pathlib import Path

from studio.migrations.board import BoardOptions, load_board
from studio.migrations.reader import connect
from studio.model.migration import MigrationStatus
from tests.migrations.projects import database, notes_of, write
from tests.postgres import run_sql

MADE = Path(__file__).parents[1] / "samples" / "mikroorm"
CONFIG = (
    "import {{ defineConfig }} from '@mikro-orm/{}';\n"
    "export default defineConfig({{ dbName: '{}' }});"
)
NAME = "Migration20261121061735"


def statements() -> list[str]:
    source = (MADE / "migration.ts").read_text().partition("down()")[0]
    return re.findall(r"addSql\(`(.*?)`\)", source)


def look(folder: Path, target: str) -> MigrationStatus:
    board = load_board(folder, connect, database=target, wishes=BoardOptions(drift=True))
    (status,) = (p for p in board.projects if p.project is not None)
    return status


def project(folder: Path) -> Path:
    return write(
        folder,
        {
            "mikro-orm.config.ts": CONFIG.format("postgresql", "shop"),
            f"migrations/{NAME}.ts": (MADE / "migration.ts").read_bytes(),
            "migrations/.snapshot-shop.json": (MADE / "snapshot.json").read_bytes(),
        },
    )


HISTORY = (
    "CREATE TABLE mikro_orm_migrations (id serial PRIMARY KEY, name varchar(255),"
    " executed_at timestamptz DEFAULT now())"
)


def test_nothing_has_drifted_right_after_it_ran(tmp_path: Path, postgres: str) -> None:
    done = f"INSERT INTO mikro_orm_migrations (name) VALUES ('{NAME}')"
    run_sql(postgres, *statements(), HISTORY, done)
    status = look(project(tmp_path), postgres)
    assert status.drift == ()
    assert any(".snapshot-shop.json" in note for note in notes_of(status))


def test_every_difference_has_both_sides(tmp_path: Path, postgres: str) -> None:
    done = f"INSERT INTO mikro_orm_migrations (name) VALUES ('{NAME}')"
    run_sql(
        postgres,
        *statements(),
        HISTORY,
        done,
        "ALTER TABLE author ALTER email TYPE varchar(99), DROP COLUMN bio, ADD extra int,"
        " ALTER ok DROP DEFAULT, ALTER tags SET NOT NULL",
        "ALTER TABLE book DROP CONSTRAINT book_author_id_foreign",
        "DROP INDEX book_title_author_id_index",
        "DROP TABLE other.tag CASCADE",
    )
    found = {(item.kind, item.object) for item in look(project(tmp_path), postgres).drift}
    assert found == {
        ("type", "public.author.email"),
        ("missing_column", "public.author.bio"),
        ("missing_index", "public.author.author_bio_index"),
        ("extra_column", "public.author.extra"),
        ("default", "public.author.ok"),
        ("nullability", "public.author.tags"),
        ("missing_foreign_key", "public.book.book_author_id_foreign"),
        ("missing_index", "public.book.book_title_author_id_index"),
        ("missing_table", "other.tag"),
        ("missing_foreign_key", "public.book_tags.book_tags_tag_id_foreign"),
    }


def test_what_a_waiting_migration_makes_is_not_drift(tmp_path: Path, postgres: str) -> None:
    run_sql(postgres, HISTORY, "CREATE TABLE stray (id int)")
    found = {(item.kind, item.object) for item in look(project(tmp_path), postgres).drift}
    assert found == {("extra_table", "public.stray")}


def test_on_sqlite_and_by_the_only_snapshot_there_is(tmp_path: Path) -> None:
    tables = [
        {
            "name": "note",
            "schema": "",
            "columns": {
                "id": {"name": "id", "type": "integer", "autoincrement": True, "nullable": False},
                "body": {"name": "body", "type": "text", "nullable": False, "default": "'x'"},
            },
            "indexes": [{"keyName": "primary", "columnNames": ["id"], "primary": True}],
            "foreignKeys": {},
        }
    ]
    write(
        tmp_path,
        {
            "mikro-orm.config.ts": CONFIG.format("sqlite", "data/n.db"),
            "migrations/Migration20260101000000.ts": "class M { async up() {} }",
            "migrations/.snapshot-older.json": json.dumps({"namespaces": [], "tables": tables}),
        },
    )
    ddl = (
        "CREATE TABLE mikro_orm_migrations (id integer, name text, executed_at text);"
        "CREATE TABLE note (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, body text NOT NULL);"
    )
    row = (1, "Migration20260101000000", "2026-01-01")
    path = database(tmp_path / "data/n.db", ddl, row, table="mikro_orm_migrations")
    status = look(tmp_path, str(path))
    assert {(item.kind, item.object) for item in status.drift} == {("default", "note.body")}


def test_a_broken_snapshot_is_a_reason(tmp_path: Path, postgres: str) -> None:
    run_sql(postgres, HISTORY)
    folder = project(tmp_path)
    (folder / "migrations" / ".snapshot-shop.json").write_text('{"tables": ')
    status = look(folder, postgres)
    assert status.drift == ()
    assert any("cannot be read" in note for note in notes_of(status))
