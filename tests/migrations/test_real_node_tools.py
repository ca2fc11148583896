"""The board after each step of drizzle-kit, Knex and Kysely, where node and npm are there.

The packages are installed once into a cache; `better-sqlite3` is libsql's package, which speaks
its interface and comes built, so that no compiler is needed.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.migrations.npm import installed, node
from tests.migrations.projects import write
from tests.migrations.test_real_tools import stand_in_the_way, states, status

pytestmark = pytest.mark.node

PACKAGES = (
    "drizzle-orm@0.45",
    "drizzle-kit@0.31",
    "knex@3",
    "kysely@0.28",
    "better-sqlite3@npm:libsql@0.5",
)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder of the installed packages; skips where they cannot be had."""
    return installed(PACKAGES)


@pytest.fixture
def project(tmp_path: Path, node_modules: Path) -> Path:
    """An empty project beside which node finds the packages."""
    (tmp_path / "node_modules").symlink_to(node_modules)
    here = tmp_path / "app"
    here.mkdir()
    return here


# -- Drizzle ---------------------------------------------------------------------------------------

DRIZZLE = "../node_modules/drizzle-kit/bin.cjs"
CONFIG = """import { defineConfig } from 'drizzle-kit';
export default defineConfig({
  dialect: 'sqlite', schema: './schema.ts', out: './drizzle', dbCredentials: { url: './app.db' },
});
"""


def schema(*columns: str) -> str:
    """A Drizzle schema of one table with more columns."""
    more = "".join(f" {name}: text(),\n" for name in columns)
    head = "import { sqliteTable, integer, text } from 'drizzle-orm/sqlite-core';\n"
    table = f"sqliteTable('users', {{\n id: integer().primaryKey(),\n{more}}})"
    return f"{head}export const users = {table};\n"


def test_drizzle_generated_migrated_edited_and_merged_late(project: Path):
    write(project, {"drizzle.config.ts": CONFIG, "schema.ts": schema()})
    write(project, {"package.json": '{"devDependencies": {"drizzle-kit": "^0.31.0"}}'})
    node(project, DRIZZLE, "generate", "--name", "init")
    node(project, DRIZZLE, "migrate")
    assert states(project) == {"0000_init": "applied"}
    write(project, {"schema.ts": schema("email")})
    node(project, DRIZZLE, "generate", "--name", "email")
    assert states(project) == {"0000_init": "applied", "0001_email": "pending"}
    node(project, DRIZZLE, "migrate")
    assert set(states(project).values()) == {"applied"}
    sql = project / "drizzle" / "0000_init.sql"
    sql.write_text(sql.read_text() + "-- edited\n")
    assert states(project) == {"0000_init": "changed", "0001_email": "applied"}
    sql.write_text(sql.read_text().removesuffix("-- edited\n"))
    journal = project / "drizzle" / "meta" / "_journal.json"
    listed = json.loads(journal.read_text())
    late = {**listed["entries"][1], "idx": 2, "tag": "0002_late"}
    late["when"] = listed["entries"][0]["when"] + 1
    listed["entries"].append(late)
    journal.write_text(json.dumps(listed))
    write(project, {"drizzle/0002_late.sql": "CREATE TABLE late (id integer);\n"})
    node(project, DRIZZLE, "migrate")
    assert "late" not in tables(project / "app.db")
    assert states(project)["0002_late"] == "out-of-order"


def test_drizzle_where_the_schema_came_without_a_history(project: Path):
    write(project, {"drizzle.config.ts": CONFIG, "schema.ts": schema("name")})
    node(project, DRIZZLE, "generate", "--name", "init")
    # As `drizzle-kit push` leaves it; push itself needs more of the driver than the stand-in has.
    with closing(sqlite3.connect(project / "app.db")) as connection:
        connection.executescript((project / "drizzle" / "0000_init.sql").read_text())
    assert "users" in tables(project / "app.db")
    found = status(project)
    assert states(project) == {"0000_init": "pending"}
    assert not found.history_exists
    assert stand_in_the_way(project) == {"0000_init"}
    node(project, DRIZZLE, "migrate", fails=True)


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        return {name for (name,) in rows}


# -- Knex ------------------------------------------------------------------------------------------

KNEX = "../node_modules/knex/bin/cli.js"
KNEXFILE = """module.exports = {
  client: 'better-sqlite3', connection: { filename: './dev.sqlite3' }, useNullAsDefault: true,
};
"""


def knex_migration(table: str) -> str:
    """A migration that makes one table."""
    return (
        f"exports.up = (knex) => knex.schema.createTable('{table}', (t) => t.increments());\n"
        f"exports.down = (knex) => knex.schema.dropTable('{table}');\n"
    )


def test_knex_up_down_late_and_missing(project: Path):
    names = [f"2026010{n}000000_t{n}.js" for n in (1, 2, 3)]
    files = {f"migrations/{name}": knex_migration(name[15:17]) for name in names}
    write(project, {"knexfile.js": KNEXFILE, **files})
    node(project, KNEX, "migrate:up")
    assert states(project) == dict(zip(names, ["applied", "pending", "pending"], strict=True))
    node(project, KNEX, "migrate:latest")
    assert set(states(project).values()) == {"applied"}
    node(project, KNEX, "migrate:down")
    assert states(project)[names[2]] == "pending"
    assert not stand_in_the_way(project)
    node(project, KNEX, "migrate:latest")
    with closing(sqlite3.connect(project / "dev.sqlite3")) as connection, connection:
        connection.execute("DELETE FROM knex_migrations WHERE name = ?", (names[2],))
    assert stand_in_the_way(project) == {names[2]}
    node(project, KNEX, "migrate:latest", fails=True)
    with closing(sqlite3.connect(project / "dev.sqlite3")) as connection, connection:
        connection.execute("DROP TABLE t3")
    assert states(project)[names[2]] == "pending"
    node(project, KNEX, "migrate:latest")
    late = "20260102120000_t4.js"
    write(project, {f"migrations/{late}": knex_migration("t4")})
    assert states(project)[late] == "out-of-order"
    node(project, KNEX, "migrate:latest")
    assert set(states(project).values()) == {"applied"}
    (project / "migrations" / names[0]).unlink()
    node(project, KNEX, "migrate:list", fails=True)
    assert states(project)[names[0]] == "missing-file"
    times = [entry.applied_at for entry in status(project).entries]
    assert all(times)


# -- Kysely ----------------------------------------------------------------------------------------

MIGRATOR = """import { promises as fs } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { FileMigrationProvider, Kysely, Migrator, SqliteDialect } from 'kysely';

const here = path.dirname(fileURLToPath(import.meta.url));
const db = new Kysely({ dialect: new SqliteDialect({ database: new Database('./app.db') }) });
const migrationFolder = path.join(here, 'migrations');
const migrator = new Migrator({
  db,
  provider: new FileMigrationProvider({ fs, path, migrationFolder }),
});
const { error } = await migrator[process.argv[2]]();
await db.destroy();
if (error) { console.error(error); process.exit(1); }
"""


def kysely_migration(table: str) -> str:
    """A migration that makes one table."""
    return (
        "export async function up(db) {\n"
        f"  await db.schema.createTable('{table}').addColumn('id', 'integer').execute();\n}}\n"
        f"export async function down(db) {{ await db.schema.dropTable('{table}').execute(); }}\n"
    )


def test_kysely_up_down_and_corrupted(project: Path):
    names = ["2026-01-01_a", "2026-01-02_b", "2026-01-03_c"]
    files = {f"migrations/{name}.mjs": kysely_migration(name[-1]) for name in names}
    package = {"type": "module", "dependencies": {"kysely": "^0.28.0"}}
    write(project, {"package.json": json.dumps(package), "migrate.mjs": MIGRATOR, **files})
    node(project, "migrate.mjs", "migrateUp")
    assert not stand_in_the_way(project)
    assert states(project) == dict(zip(names, ["applied", "pending", "pending"], strict=True))
    node(project, "migrate.mjs", "migrateToLatest")
    assert set(states(project).values()) == {"applied"}
    node(project, "migrate.mjs", "migrateDown")
    assert states(project)[names[2]] == "pending"
    node(project, "migrate.mjs", "migrateToLatest")
    write(project, {"migrations/2026-01-01_x.mjs": kysely_migration("x")})
    node(project, "migrate.mjs", "migrateToLatest", fails=True)
    assert states(project)["2026-01-01_x"] == "out-of-order"
    (project / "migrations" / "2026-01-01_x.mjs").unlink()
    (project / "migrations" / f"{names[1]}.mjs").unlink()
    node(project, "migrate.mjs", "migrateToLatest", fails=True)
    assert states(project)[names[1]] == "missing-file"
