"""Knex and Umzug that a project builds itself: found where the text says where migrations are."""

import json
from pathlib import Path

from tests.migrations.projects import board_of, database, notes_of, states, write

UP = "exports.up = () => 1; exports.down = () => 1;"
KNEX_TABLE = "CREATE TABLE knex_migrations (id integer, name text, batch integer, migration_time)"
META = "CREATE TABLE {} (name varchar(255) NOT NULL UNIQUE PRIMARY KEY)"


def package(*names: str) -> str:
    return json.dumps({"dependencies": dict.fromkeys(names, "1")})


def test_knex_without_a_knexfile(tmp_path: Path) -> None:
    source = (
        "import knex from 'knex';\n"
        "export const db = knex({ client: 'better-sqlite3', connection: { filename: 'k.db' },"
        " migrations: { directory: './src/steps' } });\n"
    )
    files = {f"src/steps/{name}.js": UP for name in ("1_a", "2_b")}
    write(tmp_path, {"package.json": package("knex"), "src/db.ts": source, **files})
    database(tmp_path / "k.db", KNEX_TABLE, (1, "1_a.js", 1, 1))
    assert states(tmp_path) == {"1_a.js": "applied", "2_b.js": "pending"}
    (status,) = board_of(tmp_path).projects
    assert status.apply_command == ""
    assert status.project is not None
    assert status.project.config == tmp_path / "src" / "db.ts"


def test_knex_is_silent_where_only_code_knows(tmp_path: Path) -> None:
    source = "const db = knex({ client: 'pg', migrations: { directory: where() } });"
    write(tmp_path, {"package.json": package("knex"), "db.js": source, "migrations/1_a.js": UP})
    assert not board_of(tmp_path).projects


def test_a_knexfile_speaks_for_its_package(tmp_path: Path) -> None:
    source = "const db = knex({ client: 'pg', migrations: { directory: 'other' } });"
    knexfile = "module.exports = { client: 'sqlite3', connection: { filename: 'k.db' } };"
    files = {"knexfile.js": knexfile, "db.js": source, "migrations/1_a.js": UP}
    write(tmp_path, {"package.json": package("knex"), **files})
    (status,) = board_of(tmp_path).projects
    assert [entry.id for entry in status.entries] == ["1_a.js"]


UMZUG = """const { Umzug, SequelizeStorage } = require('umzug');
const sequelize = new Sequelize({ dialect: 'sqlite', storage: './app.db' });
exports.umzug = new Umzug({
  migrations: { glob: %s },
  context: sequelize.getQueryInterface(),
  storage: %s,
  logger: console,
});
"""


def test_umzug_with_sequelizes_storage(tmp_path: Path) -> None:
    storage = "new SequelizeStorage({ sequelize, tableName: 'done' })"
    source = UMZUG % ("['steps/*.js', { cwd: __dirname }]", storage)
    files = {f"db/steps/{name}.js": UP for name in ("1_a", "2_b", "3_c")}
    write(tmp_path, {"package.json": package("umzug"), "db/umzug.js": source, **files})
    database(tmp_path / "app.db", META.format("done"), ("1_a.js",), ("3_c.js",))
    assert states(tmp_path) == {"1_a.js": "applied", "2_b.js": "out-of-order", "3_c.js": "applied"}
    (status,) = board_of(tmp_path).projects
    assert (status.framework, status.apply_command) == ("umzug", "")


def test_umzug_whose_history_is_a_file(tmp_path: Path) -> None:
    source = UMZUG % ("'steps/*.js'", "new JSONStorage({ path: './done.json' })")
    files = {f"steps/{name}.js": UP for name in ("1_a", "2_b")}
    write(tmp_path, {"package.json": package("umzug"), "umzug.js": source, **files})
    write(tmp_path, {"done.json": '["1_a.js"]'})
    (status,) = board_of(tmp_path).projects
    assert any("done.json" in note for note in notes_of(status))


def test_umzug_is_silent_where_only_code_knows(tmp_path: Path) -> None:
    source = UMZUG % ("pattern()", "memoryStorage()")
    write(tmp_path, {"package.json": package("umzug"), "umzug.js": source, "steps/1_a.js": UP})
    assert not board_of(tmp_path).projects


def test_umzug_gives_way_to_the_cli_of_sequelize(tmp_path: Path) -> None:
    storage = "new SequelizeStorage({ sequelize })"
    files = {"umzug.js": UMZUG % ("'migrations/*.js'", storage), "migrations/1_a.js": UP}
    write(tmp_path, {"package.json": package("umzug", "sequelize"), ".sequelizerc": "", **files})
    assert [status.framework for status in board_of(tmp_path).projects] == ["sequelize"]
