"""A database is compared with what belongs to it, and with nothing else."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from studio.cli.main import main
from studio.migrations.board import BoardOptions, load_board
from studio.migrations.reader import connect
from studio.model.migration import Board, MigrationStatus
from tests.migrations.projects import database, notes_of, write
from tests.postgres import run_sql

_DRIZZLE = "CREATE TABLE __drizzle_migrations (id integer, hash text, created_at numeric);"


def drizzle(folder: Path, dialect: str, *tables: str, at: int = 1000) -> Path:
    """The journal layout without a configuration, one table in each migration."""
    entries = []
    for number, name in enumerate(tables):
        tag = f"{number:04}_{name}"
        write(folder, {f"{tag}.sql": f"CREATE TABLE {name} (id integer);"})
        entries.append({"idx": number, "when": at + number, "tag": tag})
    journal = {"version": "7", "dialect": dialect, "entries": entries}
    return write(folder, {"meta/_journal.json": json.dumps(journal)})


def recorded(folder: Path) -> list[tuple[int, str, int]]:
    journal = json.loads((folder / "meta/_journal.json").read_text())
    return [
        (n, sha256((folder / f"{e['tag']}.sql").read_bytes()).hexdigest(), e["when"])
        for n, e in enumerate(journal["entries"])
    ]


def board_of(folder: Path, target: str | Path | None) -> Board:
    name = str(target) if target is not None else None
    board = load_board(folder, connect, database=name, wishes=BoardOptions(drift=True))
    assert not board.unreachable
    return board


def by_folder(board: Board) -> dict[str, MigrationStatus]:
    top = board.folder
    assert top is not None
    return {
        p.project.folders[0].relative_to(top).as_posix(): p
        for p in board.projects
        if p.project is not None
    }


def found_in(status: MigrationStatus) -> list[str]:
    return [entry.state.value for entry in status.entries]


def assert_stranger(status: MigrationStatus, *words: str) -> None:
    assert set(found_in(status)) <= {"unknown"}
    assert not status.drift
    assert not status.hazards
    assert status.database is None
    (said,) = [note for note in notes_of(status) if "another project's database" in note]
    assert all(word in said for word in words), said


@pytest.fixture
def three_dialects(tmp_path: Path) -> Path:
    """Drizzle's journals, Prisma's locks and plain SQL, each for three engines."""
    for dialect, place in (("postgresql", "a"), ("sqlite", "b"), ("mysql", "c")):
        drizzle(tmp_path / "packages" / place / "out", dialect, "one", "two")
        lock = f'provider = "{dialect}"\n'
        write(
            tmp_path / "prisma" / place / "migrations",
            {"migration_lock.toml": lock, "1_x/migration.sql": "CREATE TABLE p (id integer);"},
        )
        write(
            tmp_path / "go" / "migrations" / dialect,
            {"1_x.up.sql": "CREATE TABLE g (id integer);", "1_x.down.sql": "DROP TABLE g;"},
        )
    return tmp_path


def fits(dialect: str) -> set[str]:
    place = {"postgresql": "a", "sqlite": "b", "mysql": "c"}[dialect]
    return {f"packages/{place}/out", f"prisma/{place}/migrations", f"go/migrations/{dialect}"}


def test_a_database_says_nothing_about_projects_of_other_dialects(three_dialects: Path) -> None:
    path = database(three_dialects / "x.data", "CREATE TABLE live (id integer)")
    statuses = by_folder(board_of(three_dialects, path))
    assert len(statuses) == 9
    for place, status in statuses.items():
        if place in fits("sqlite"):
            assert set(found_in(status)) == {"pending"}
        else:
            assert_stranger(status, "postgresql" if "/a/" in place else "its migrations are for")


def test_the_same_on_postgresql(three_dialects: Path, postgres: str) -> None:
    statuses = by_folder(board_of(three_dialects, postgres))
    homes = {place for place, status in statuses.items() if not status.is_stranger}
    assert homes == fits("postgresql")


def test_a_healthy_tree_of_three_dialects_passes_the_check(three_dialects: Path) -> None:
    out = three_dialects / "packages/b/out"
    ddl = _DRIZZLE + "CREATE TABLE one (id integer); CREATE TABLE two (id integer);"
    path = database(three_dialects / "x.data", ddl, *recorded(out))
    # Nothing of the other tools is recorded here, and this database has an owner.
    statuses = by_folder(board_of(three_dialects, path))
    assert [p for p, s in statuses.items() if not s.is_stranger] == ["packages/b/out"]
    assert main(["migrations", str(three_dialects), "--database", str(path), "--check"]) == 0


@pytest.mark.parametrize("url", ["", "dialect: 'mysql', "])
def test_what_lies_above_the_folder_says_nothing(tmp_path: Path, url: str) -> None:
    folder = write(tmp_path / "mysql" / "db", {"migrations/1_a.up.sql": "SELECT 1;"})
    write(folder, {"migrations/1_a.down.sql": "", "go.mod": ""})
    path = database(tmp_path / "x.data", "CREATE TABLE live (id integer)")
    (status,) = board_of(folder, path).projects
    assert found_in(status) == ["pending"]


def test_of_folders_that_claim_one_history_the_best_match_has_it(tmp_path: Path) -> None:
    a = drizzle(tmp_path / "a/out", "sqlite", "one", "two")
    drizzle(tmp_path / "b/out", "sqlite", "three", at=5000)
    path = database(tmp_path / "x.data", _DRIZZLE, *recorded(a)[:1])
    statuses = by_folder(board_of(tmp_path, path))
    assert found_in(statuses["a/out"]) == ["applied", "pending"]
    assert_stranger(statuses["b/out"], "a/out")


@pytest.mark.parametrize("right", ["a", "b"])
def test_equal_numbers_are_told_apart_by_what_the_migrations_made(
    tmp_path: Path, right: str
) -> None:
    for place in "ab":
        for number in (1, 2):
            text = f"-- +goose Up\nCREATE TABLE {place}{number} (id integer);\n-- +goose Down\n"
            write(tmp_path, {f"{place}/migrations/{number}_x.sql": text})
    ddl = (
        "CREATE TABLE goose_db_version (id integer, version_id integer, is_applied integer, "
        f"tstamp text); CREATE TABLE {right}1 (id integer); CREATE TABLE {right}2 (id integer)"
    )
    path = database(tmp_path / "x.data", ddl, (1, 0, 1, ""), (2, 1, 1, ""), (3, 2, 1, ""))
    statuses = by_folder(board_of(tmp_path, path))
    other = "b" if right == "a" else "a"
    assert found_in(statuses[f"{right}/migrations"]) == ["applied", "applied"]
    assert_stranger(statuses[f"{other}/migrations"], f"{right}/migrations")


def test_a_history_that_two_folders_really_share_is_both_ones(tmp_path: Path) -> None:
    for place, name in (("a", "20240101000000-x.js"), ("b", "20240102000000-y.js")):
        config = '{"development": {"dialect": "sqlite", "storage": "../x.data"}}'
        write(tmp_path / place, {"config/config.json": config, "package.json": _SEQUELIZE})
        write(tmp_path / place, {f"migrations/{name}": "module.exports = {up() {}, down() {}}"})
    ddl = "CREATE TABLE SequelizeMeta (name varchar(255) PRIMARY KEY)"
    path = database(tmp_path / "x.data", ddl, ("20240101000000-x.js",), ("20240102000000-y.js",))
    statuses = by_folder(board_of(tmp_path, path))
    assert all("applied" in found_in(status) for status in statuses.values())
    assert len(statuses) == 2


_SEQUELIZE = '{"dependencies": {"sequelize": "6", "sequelize-cli": "6"}}'


def knex(folder: Path, client: str, connection: str) -> None:
    config = f"module.exports = {{ client: '{client}', connection: '{connection}' }}"
    text = "exports.up = k => k.schema.createTable('t', t => t.increments()); exports.down = 1"
    write(folder, {"knexfile.js": config, "migrations/1_a.js": text})


def test_the_project_whose_own_url_it_is_has_a_fresh_database(tmp_path: Path) -> None:
    knex(tmp_path / "a", "sqlite3", str(tmp_path / "x.data"))
    knex(tmp_path / "b", "sqlite3", str(tmp_path / "y.data"))
    path = database(tmp_path / "x.data", "CREATE TABLE live (id integer)")
    statuses = by_folder(board_of(tmp_path, path))
    assert found_in(statuses["a/migrations"]) == ["pending"]
    assert_stranger(statuses["b/migrations"], "names another one")


def test_one_project_is_compared_with_any_database_a_person_names(tmp_path: Path) -> None:
    """Another environment: its configuration names the one for development."""
    knex(tmp_path, "pg", "postgres://h/dev")
    path = database(tmp_path / "x.data", "CREATE TABLE live (id integer)")
    (status,) = board_of(tmp_path, path).projects
    assert found_in(status) == ["pending"]


def test_a_server_is_nobodys_whose_environment_uses_another_engine(
    tmp_path: Path, postgres: str
) -> None:
    knex(tmp_path / "a", "pg", "postgres://nowhere.invalid/x")
    knex(tmp_path / "b", "mysql2", "mysql://nowhere.invalid/x")
    run_sql(
        postgres,
        "CREATE TABLE knex_migrations (id int, name text, batch int, migration_time timestamptz)",
        "INSERT INTO knex_migrations VALUES (1, '0_other.js', 1, now())",
    )
    statuses = by_folder(board_of(tmp_path, postgres))
    assert_stranger(statuses["b/migrations"])
