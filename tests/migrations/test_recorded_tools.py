"""The board after each step of drizzle-kit 1.0, Prisma, TypeORM and Sequelize, beside their word.

Each is broken in every way it can be. What the tools did was recorded: `recorded.py` says how to
run them. SQLite comes from libsql, which needs no compiler.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.migrations.projects import write
from tests.migrations.recorded import Tool
from tests.migrations.test_real_tools import stand_in_the_way, states, status

Begin = Callable[[Tool], Tool]

SQLITE = "better-sqlite3@npm:libsql@0.5.29"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project."""
    here = tmp_path / "app"
    here.mkdir()
    return here


@pytest.fixture
def begin(project: Path) -> Iterator[Begin]:
    """Begin with a tool; its record is kept, or was used up, when the test ends."""
    begun: list[Tool] = []

    def beginning(tool: Tool) -> Tool:
        tool.begin(project)
        begun.append(tool)
        return tool

    yield beginning
    for tool in begun:
        tool.end()


def change(database: Path, statement: str) -> None:
    """What a hand does to a database."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)


# -- Drizzle, the layout of folders ----------------------------------------------------------------

DRIZZLE = ("drizzle-orm@1.0.0-rc.5", "drizzle-kit@1.0.0-rc.5", "@libsql/client@0.15.15")
CONFIG = """import { defineConfig } from 'drizzle-kit';
export default defineConfig({
  dialect: 'sqlite', schema: './schema.ts', out: './drizzle',
  dbCredentials: { url: 'file:./app.db' },
});
"""


def schema(*columns: str) -> str:
    """A Drizzle schema of one table with more columns."""
    more = "".join(f" {name}: text(),\n" for name in columns)
    head = "import { sqliteTable, integer, text } from 'drizzle-orm/sqlite-core';\n"
    table = f"sqliteTable('users', {{\n id: integer().primaryKey(),\n{more}}})"
    return f"{head}export const users = {table};\n"


def drizzle_kit(name: str) -> Tool:
    """Drizzle's 1.0."""
    return Tool(name, "drizzle-kit/bin.cjs", DRIZZLE)


def named(folder: Path, name: str) -> str:
    """The migration with this name, whose folder begins with the time it was made at."""
    return next(path.name for path in (folder / "drizzle").iterdir() if path.name.endswith(name))


def test_drizzle_of_folders_in_every_state(project: Path, begin: Begin):
    kit = begin(drizzle_kit("drizzle-1.0"))
    package = {"devDependencies": {"drizzle-kit": "1.0.0-rc.5"}}
    write(project, {"drizzle.config.ts": CONFIG, "package.json": json.dumps(package)})
    write(project, {"schema.ts": schema()})
    kit("generate", "--name", "init")
    init = named(project, "init")
    kit("migrate")
    assert states(project) == {init: "applied"}
    assert status(project).entries[0].applied_at is not None
    write(project, {"schema.ts": schema("email")})
    kit("generate", "--name", "email")
    email = named(project, "email")
    assert states(project) == {init: "applied", email: "pending"}
    kit("migrate")
    assert set(states(project).values()) == {"applied"}
    sql = project / "drizzle" / init / "migration.sql"
    whole = sql.read_text()
    sql.write_text(whole + "-- edited\n")
    assert states(project) == {init: "changed", email: "applied"}
    sql.write_text(whole)
    late = "20200101000000_late"
    write(project, {f"drizzle/{late}/migration.sql": "CREATE TABLE late (id integer);\n"})
    assert states(project)[late] == "out-of-order"
    kit("migrate")
    assert set(states(project).values()) == {"applied"}
    (project / "drizzle" / late / "migration.sql").unlink()
    assert states(project)[late] == "missing-file"
    kit("migrate")
    broken = "29990101000000_broken"
    write(project, {f"drizzle/{broken}/migration.sql": "CREATE TABLE users (id integer);\n"})
    assert stand_in_the_way(project) == {broken}
    kit("migrate", fails=True)
    assert states(project)[broken] == "pending"


def test_drizzle_lifted_from_the_old_layout(project: Path, begin: Begin):
    kit = begin(drizzle_kit("drizzle-up"))
    sql = "CREATE TABLE `users` (\n\t`id` integer PRIMARY KEY\n);\n"
    when = 1_700_000_000_123
    entry = {"idx": 0, "version": "6", "when": when, "tag": "0000_init", "breakpoints": True}
    journal = {"version": "7", "dialect": "sqlite", "entries": [entry]}
    column = {"name": "id", "type": "integer", "primaryKey": True, "notNull": True}
    column["autoincrement"] = False
    empty = ("indexes", "foreignKeys", "compositePrimaryKeys", "uniqueConstraints")
    table: dict[str, object] = {"name": "users", "columns": {"id": column}}
    table |= {key: {} for key in (*empty, "checkConstraints")}
    snapshot = {
        "version": "6",
        "dialect": "sqlite",
        "id": "6c4aa3ac-6a6f-4a53-8f1a-6f6d3d0b4a01",
        "prevId": "00000000-0000-0000-0000-000000000000",
        "tables": {"users": table},
        "views": {},
        "enums": {},
        "_meta": {"schemas": {}, "tables": {}, "columns": {}},
        "internal": {"indexes": {}},
    }
    meta = {"_journal.json": journal, "0000_snapshot.json": snapshot}
    write(project, {f"drizzle/meta/{name}": json.dumps(made) for name, made in meta.items()})
    write(
        project, {"drizzle.config.ts": CONFIG, "schema.ts": schema(), "drizzle/0000_init.sql": sql}
    )
    package = {"devDependencies": {"drizzle-kit": "0.31.0"}}
    write(project, {"package.json": json.dumps(package)})
    # As drizzle-orm 0.45 leaves it.
    history = "__drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)"
    change(project / "app.db", f"CREATE TABLE {history}")
    assert states(project) == {"0000_init": "pending"}
    (digest,) = [e.migration.checksum for e in status(project).entries if e.migration]
    row = f"(hash, created_at) VALUES ('{digest}', {when})"
    change(project / "app.db", f"INSERT INTO __drizzle_migrations {row}")
    change(project / "app.db", sql)
    assert states(project) == {"0000_init": "applied"}
    kit("up")
    assert set(states(project).values()) == {"applied"}
    assert set(states(project)) == {named(project, "init")}
    kit("migrate")
    assert set(states(project).values()) == {"applied"}


def test_drizzle_pushed(project: Path, begin: Begin):
    kit = begin(drizzle_kit("drizzle-push"))
    write(project, {"drizzle.config.ts": CONFIG, "schema.ts": schema("name")})
    kit("generate", "--name", "init")
    kit("push")
    assert stand_in_the_way(project) == set(states(project)) == {named(project, "init")}
    assert not status(project).history_exists
    kit("migrate", fails=True)


# -- Prisma ----------------------------------------------------------------------------------------

PRISMA = ("prisma@6.19.3", "@prisma/adapter-libsql@6.19.3")
OTHER_ENGINES = {
    # Those of machine code are fetched from elsewhere; here the one of WebAssembly works.
    "PRISMA_QUERY_ENGINE_LIBRARY": "/bin/true",
    "PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true",
    "PRISMA_HIDE_UPDATE_MESSAGE": "1",
    "CHECKPOINT_DISABLE": "1",
}
PRISMA_CONFIG = """import { defineConfig } from 'prisma/config';
import { PrismaLibSQL } from '@prisma/adapter-libsql';
export default defineConfig({
  experimental: { adapter: true },
  schema: 'prisma/schema.prisma',
  engine: 'js',
  adapter: async () => new PrismaLibSQL({ url: 'file:./prisma/dev.db' }),
});
"""
PRISMA_SCHEMA = """datasource db {
  provider = "sqlite"
  url      = "file:./dev.db"
}
model User {
  id Int @id
}
"""
FIRST, SECOND = "20260101000000_users", "20260201000000_posts"


def prisma_file(name: str) -> str:
    """Where the SQL of one migration is."""
    return f"prisma/migrations/{name}/migration.sql"


def prisma_project(project: Path, name: str) -> Tool:
    """A Prisma project with two migrations."""
    write(
        project,
        {
            "prisma.config.ts": PRISMA_CONFIG,
            "prisma/schema.prisma": PRISMA_SCHEMA,
            "prisma/migrations/migration_lock.toml": 'provider = "sqlite"\n',
            prisma_file(FIRST): 'CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY);\n',
            prisma_file(SECOND): 'CREATE TABLE "Post" ("id" INTEGER NOT NULL PRIMARY KEY);\n',
        },
    )
    return Tool(name, "prisma/build/index.js", PRISMA, OTHER_ENGINES)


def test_prisma_in_every_state(project: Path, begin: Begin):
    prisma = begin(prisma_project(project, "prisma"))
    prisma("migrate", "deploy")
    assert states(project) == {FIRST: "applied", SECOND: "applied"}
    assert "up to date" in prisma("migrate", "status")
    late, next_one = "20260115000000_late", "20260301000000_tags"
    write(project, {prisma_file(late): "CREATE TABLE late (id INTEGER);\n"})
    write(project, {prisma_file(next_one): "CREATE TABLE tags (id INTEGER);\nnonsense;\n"})
    told = prisma("migrate", "status", fails=True)
    waiting = {k for k, v in states(project).items() if v in {"pending", "out-of-order"}}
    assert waiting == {name for name in states(project) if name in told} == {late, next_one}
    assert states(project)[late] == "out-of-order"
    prisma("migrate", "deploy", fails=True)
    found = states(project)
    assert found == {FIRST: "applied", late: "applied", SECOND: "applied", next_one: "failed"}
    assert "have failed" in prisma("migrate", "status", fails=True)
    prisma("migrate", "resolve", "--rolled-back", next_one)
    assert states(project)[next_one] == "rolled-back"
    write(project, {prisma_file(next_one): "CREATE TABLE tags2 (id INTEGER);\n"})
    prisma("migrate", "deploy")
    assert set(states(project).values()) == {"applied"}
    whole = (project / prisma_file(SECOND)).read_text()
    write(project, {prisma_file(SECOND): "-- edited\n"})
    assert states(project)[SECOND] == "changed"
    write(project, {prisma_file(SECOND): whole})
    # Where nothing waits either, Prisma's own status is silent about files that are gone.
    shutil.rmtree((project / prisma_file(next_one)).parent)
    assert states(project)[next_one] == "missing-file"
    last = "20260401000000_last"
    write(project, {prisma_file(last): "CREATE TABLE last (id INTEGER);\n"})
    told = prisma("migrate", "status", fails=True)
    waiting, gone = told.split("not found locally")
    assert (last in waiting, next_one in gone) == (True, True)
    assert (states(project)[last], states(project)[next_one]) == ("pending", "missing-file")
    prisma("migrate", "deploy")
    assert states(project)[last] == "applied"


def test_prisma_pushed(project: Path, begin: Begin):
    prisma = begin(prisma_project(project, "prisma-push"))
    prisma("db", "push", "--skip-generate")
    assert stand_in_the_way(project) == {FIRST}
    assert states(project) == {FIRST: "pending", SECOND: "pending"}
    assert "P3005" in prisma("migrate", "deploy", fails=True)


# -- TypeORM ---------------------------------------------------------------------------------------

TYPEORM = ("typeorm@0.3.31", "reflect-metadata@0.2.2", SQLITE)
DATA_SOURCE = """const { DataSource } = require('typeorm');
module.exports = new DataSource({
  type: 'better-sqlite3', database: './app.db', migrations: ['migrations/*.js'],
});
"""


def typeorm_file(name: str) -> dict[str, str | bytes]:
    """A migration that makes a table of its own."""
    stamp, table = name[-13:], name[:-13].lower()
    body = (
        f"module.exports = class {name} {{\n"
        f"  async up(runner) {{ await runner.query('CREATE TABLE {table} (id integer)'); }}\n"
        f"  async down(runner) {{ await runner.query('DROP TABLE {table}'); }}\n}};\n"
    )
    return {f"migrations/{stamp}-{table}.js": body}


def test_typeorm_in_every_state(project: Path, begin: Begin):
    cli = begin(Tool("typeorm", "typeorm/cli.js", TYPEORM))
    source = ("-d", "data-source.js")

    def shown() -> dict[str, bool]:
        lines = cli("migration:show", *source).splitlines()
        return {li.split()[-1]: li.startswith("[X]") for li in lines if li[:3] in {"[X]", "[ ]"}}

    one, two, three = (f"T{n}170000000000{n}" for n in (1, 2, 3))
    write(project, {"package.json": '{"dependencies": {"typeorm": "^0.3"}}'})
    write(project, {"data-source.js": DATA_SOURCE, **typeorm_file(one), **typeorm_file(two)})
    cli("migration:run", *source)
    assert states(project) == {one: "applied", two: "applied"}
    cli("migration:revert", *source)
    assert states(project) == {one: "applied", two: "pending"}
    assert shown() == {one: True, two: False}
    write(project, typeorm_file(three))
    late = "Late1700000000000"
    write(project, typeorm_file(late))
    assert states(project)[late] == "out-of-order"
    cli("migration:run", *source)
    assert set(states(project).values()) == {"applied"}
    assert shown() == dict.fromkeys(states(project), True)
    change(project / "app.db", f"DELETE FROM migrations WHERE name = '{three}'")
    assert stand_in_the_way(project) == {three}
    cli("migration:run", *source, fails=True)
    assert states(project)[three] == "pending"
    (project / next(iter(typeorm_file(two)))).unlink()
    assert states(project)[two] == "missing-file"
    assert two not in shown()


# -- Sequelize -------------------------------------------------------------------------------------

SEQUELIZE = ("sequelize@6.37.8", "sequelize-cli@6.6.5", SQLITE)
SEQUELIZE_CONFIG = """module.exports = {
  development: {
    dialect: 'sqlite', storage: './dev.sqlite', dialectModulePath: require.resolve('./sqlite3.js'),
  },
};
"""
SQLITE3 = """// The part of `sqlite3` that Sequelize calls, over libsql.
const Libsql = require('better-sqlite3');
class Database {
  constructor(file, mode, done) {
    this.db = new Libsql(file);
    setImmediate(() => done.call(this, null));
  }
  serialize(work) { work(); }
  all(sql, values, done) {
    if (typeof values === 'function') [values, done] = [[], values];
    let error = null;
    let rows = [];
    let about = {};
    try {
      const keys = [...sql.matchAll(/\\$\\d+/g)].map((found) => found[0]);
      const bound = Array.isArray(values) ? values : keys.map((key) => values[key]);
      const statement = this.db.prepare(sql.replace(/\\$\\d+/g, '?'));
      if (statement.reader) rows = statement.all(...bound);
      else about = statement.run(...bound);
    } catch (caught) { error = caught; }
    const self = { changes: about.changes, lastID: about.lastInsertRowid };
    setImmediate(() => done && done.call(self, error, rows));
  }
  run(sql, values, done) { this.all(sql, values, done); }
  exec(sql, done) { this.db.exec(sql); setImmediate(() => done.call(this, null)); }
  close(done) { this.db.close(); setImmediate(() => done(null)); }
}
module.exports = { Database, OPEN_READONLY: 1, OPEN_READWRITE: 2, OPEN_CREATE: 4 };
"""


def sequelize_file(name: str) -> dict[str, str | bytes]:
    """A migration that makes a table of its own."""
    table = name.partition("-")[2].removesuffix(".js")
    column = "{ id: { type: S.INTEGER, primaryKey: true } }"
    up = f"(q, S) => q.createTable('{table}', {column})"
    # createTable says IF NOT EXISTS, which would hide that it is there.
    if table == "plain":
        up = "(q) => q.sequelize.query('CREATE TABLE plain (id integer)')"
    down = f"(q) => q.dropTable('{table}')"
    return {f"migrations/{name}": f"module.exports = {{\n  up: {up},\n  down: {down},\n}};\n"}


def test_sequelize_in_every_state(project: Path, begin: Begin):
    cli = begin(Tool("sequelize", "sequelize-cli/lib/sequelize", SEQUELIZE))

    def told() -> dict[str, bool]:
        lines = (line.split() for line in cli("db:migrate:status").splitlines())
        return {words[1]: words[0] == "up" for words in lines if words[0] in {"up", "down"}}

    one, two, three = "20260101000000-a.js", "20260102000000-b.js", "20260103000000-plain.js"
    files = {**sequelize_file(one), **sequelize_file(two), **sequelize_file(three)}
    write(project, {"config/config.js": SEQUELIZE_CONFIG, "config/sqlite3.js": SQLITE3, **files})
    write(project, {"package.json": '{"dependencies": {"sequelize": "6"}}'})
    cli("db:migrate", "--to", one)
    assert states(project) == {one: "applied", two: "pending", three: "pending"}
    assert told() == {one: True, two: False, three: False}
    cli("db:migrate")
    assert set(states(project).values()) == {"applied"}
    cli("db:migrate:undo")
    assert states(project)[three] == "pending"
    cli("db:migrate")
    late = "20260101120000-late.js"
    write(project, sequelize_file(late))
    assert states(project)[late] == "out-of-order"
    cli("db:migrate")
    assert set(states(project).values()) == {"applied"}
    assert told() == dict.fromkeys(states(project), True)
    change(project / "dev.sqlite", f"DELETE FROM SequelizeMeta WHERE name = '{three}'")
    assert stand_in_the_way(project) == {three}
    assert "already exists" in cli("db:migrate", fails=True)
    (project / "migrations" / two).unlink()
    assert states(project)[two] == "missing-file"
    # Its own status goes by the rows.
    assert told()[two]


# -- Umzug -----------------------------------------------------------------------------------------

UMZUG = ("umzug@3.8.3", "sequelize@6.37.8", SQLITE)
UMZUG_SCRIPT = """const { Umzug, SequelizeStorage } = require('umzug');
const { Sequelize } = require('sequelize');
const sequelize = new Sequelize({
  dialect: 'sqlite', storage: './app.sqlite', logging: false,
  dialectModulePath: require.resolve('./sqlite3.js'),
});
const umzug = new Umzug({
  migrations: { glob: ['steps/*.js', { cwd: __dirname }] },
  context: sequelize.getQueryInterface(),
  storage: new SequelizeStorage({ sequelize, tableName: 'done' }),
  logger: undefined,
});
umzug.runAsCLI();
"""


def umzug_file(table: str) -> str:
    """A migration that makes one table."""
    sql = f"CREATE TABLE {table} (id integer)"
    up = f"({{ context }}) => context.sequelize.query('{sql}')"
    return f"exports.up = {up};\nexports.down = ({{ context }}) => context.dropTable('{table}');\n"


def test_umzug_in_every_state(project: Path, begin: Begin):
    umzug = begin(Tool("umzug", "./umzug.js", UMZUG))
    names = [f"{number}_t{number}.js" for number in (1, 2, 4)]
    files = {f"steps/{name}": umzug_file(name[2:4]) for name in names}
    package = {"dependencies": {"umzug": "^3", "sequelize": "^6"}}
    write(project, {"umzug.js": UMZUG_SCRIPT, "sqlite3.js": SQLITE3, **files})
    write(project, {"package.json": json.dumps(package)})

    def told(word: str) -> set[str]:
        said = umzug(word, "--json")
        return {name for name in states(project) if f'"{name}"' in said}

    umzug("up", "--to", names[0])
    assert states(project) == dict(zip(names, ["applied", "pending", "pending"], strict=True))
    umzug("up")
    assert set(states(project).values()) == {"applied"}
    umzug("down")
    assert states(project)[names[2]] == "pending"
    umzug("up")
    late = "3_late.js"
    write(project, {f"steps/{late}": umzug_file("late")})
    assert states(project)[late] == "out-of-order"
    assert told("pending") == {late}
    umzug("up")
    assert set(states(project).values()) == {"applied"}
    change(project / "app.sqlite", f"DELETE FROM done WHERE name = '{names[2]}'")
    assert stand_in_the_way(project) == {names[2]}
    assert "already exists" in umzug("up", fails=True)
    (project / "steps" / names[1]).unlink()
    assert states(project)[names[1]] == "missing-file"
