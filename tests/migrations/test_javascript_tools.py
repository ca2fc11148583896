"""Odd but legal projects of the JavaScript and TypeScript tools."""

import hashlib
from pathlib import Path

import pytest

from tests.migrations.projects import board_of, database, states, write

OLD = "CREATE TABLE {} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)"
NEW = (
    "CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY, hash text, created_at numeric,"
    " name text, applied_at TEXT)"
)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def journal(*entries: tuple[int, str], version: str = "7") -> str:
    items = ",".join(
        f'{{"idx":{n},"version":"6","when":{when},"tag":"{tag}","breakpoints":true}}'
        for n, (when, tag) in enumerate(entries)
    )
    return f'{{"version":"{version}","dialect":"sqlite","entries":[{items}]}}'


@pytest.mark.parametrize("version", ["5", "6", "7"])
@pytest.mark.parametrize(
    "config",
    [
        "module.exports = { driver: 'better-sqlite', out: 'db/out',"
        " dbCredentials: { url: 'a.db' } }",
        "import type { Config } from 'drizzle-kit';\nconst out = 'db/out';\n"
        "export default { dialect: 'turso', out, dbCredentials: { url: 'file:./a.db' } }"
        " satisfies Config;",
        "import { defineConfig } from 'drizzle-kit'\nimport path from 'node:path'\n"
        "export default defineConfig({ dialect: `sqlite`, out: path.join(__dirname, 'db', 'out'),"
        " dbCredentials: { url: process.env.NOPE ?? `file:${'a'}.db` } })",
    ],
)
def test_drizzle_by_any_configuration_and_journal(
    tmp_path: Path, config: str, version: str
) -> None:
    write(
        tmp_path,
        {
            "drizzle.config.ts": config,
            "db/out/meta/_journal.json": journal(
                (10, "0000_a"), (5, "20250101_late"), (20, "0001_b"), version=version
            ),
            "db/out/0000_a.sql": "A",
            "db/out/20250101_late.sql": "L",
            "db/out/0001_b.sql": "B--> statement-breakpoint",
        },
    )
    database(tmp_path / "a.db", OLD.format("__drizzle_migrations"), (None, digest("A"), 10))
    assert list(states(tmp_path).items()) == [
        ("0000_a", "applied"),
        ("20250101_late", "out-of-order"),
        ("0001_b", "pending"),
    ]


def test_drizzle_with_one_configuration_per_database(tmp_path: Path) -> None:
    config = (
        "export default { dialect: 'sqlite', out: './%s', dbCredentials: { url: '%s.db' },"
        " migrations: { table: '%s' } }"
    )
    write(
        tmp_path,
        {
            "drizzle.config.ts": config % ("one", "x", "log_one"),
            "drizzle.config.audit.ts": config % ("two", "x", "log_two"),
            "drizzle.prod.config.ts": config % ("one", "prod", "log_one"),
            "one/meta/_journal.json": journal((1, "0000_a")),
            "one/0000_a.sql": "A",
            "two/meta/_journal.json": journal((1, "0000_z"), (2, "0001_y")),
            "two/0000_z.sql": "Z",
            "two/0001_y.sql": "Y",
        },
    )
    database(tmp_path / "x.db", OLD.format("log_one"), (None, digest("A"), 1), table="log_one")
    database(tmp_path / "x.db", OLD.format("log_two"), (None, digest("Z"), 1), table="log_two")
    assert states(tmp_path) == {"0000_a": "applied", "0000_z": "applied", "0001_y": "pending"}
    commands = [p.apply_command for p in board_of(tmp_path).projects]
    assert commands == [
        "npx drizzle-kit migrate",
        "npx drizzle-kit migrate --config=drizzle.config.audit.ts",
    ]


def test_drizzle_folders_of_one_second_go_by_name(tmp_path: Path) -> None:
    config = "export default { dialect: 'sqlite', dbCredentials: { url: 'a.db' } }"
    names = ("20260101000000_a", "20260101000000_b", "20260101000000_c")
    write(
        tmp_path,
        {"drizzle.config.ts": config, "drizzle/notes/readme.md": ""}
        | {f"drizzle/{n}/migration.sql": n for n in names},
    )
    row = (1, digest(names[1]), 1767225600000, names[1], "2026-01-02T00:00:00.000Z")
    database(tmp_path / "a.db", NEW, row)
    assert states(tmp_path) == {
        names[0]: "out-of-order",
        names[1]: "applied",
        names[2]: "pending",
    }


KNEX = (
    "CREATE TABLE knex_migrations (id integer, name varchar(255), batch integer,"
    " migration_time datetime)"
)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("knexfile.mjs", "export default { client: 'sqlite3', connection: { filename: 'k.db' } }"),
        (
            "knexfile.js",
            "exports.production = { client: 'pg' };\n"
            "exports.development = { client: 'better-sqlite3',"
            " connection: { filename: './k.db' } };",
        ),
        (
            "knexfile.ts",
            "import type { Knex } from 'knex';\nconst config: { [key: string]: Knex.Config } = {\n"
            "  development: { client: 'sqlite3', useNullAsDefault: true, connection: 'k.db' } };\n"
            "module.exports = config;",
        ),
        (
            "knexfile.cjs",
            "require('dotenv').config();\nmodule.exports = { client: 'sqlite3', connection: {"
            " filename: process.env.KNEX_FILE || 'k.db' },"
            " migrations: { directory: './migrations' } }",
        ),
        (
            "knexfile.js",
            "module.exports = { client: 'sqlite3', connection: { filename:"
            " require('path').resolve(__dirname, 'k.db') } };",
        ),
    ],
)
def test_knex_configurations(tmp_path: Path, name: str, config: str) -> None:
    up = "exports.up = async () => {}"
    write(tmp_path, {name: config, "migrations/1_a.js": up, "migrations/2_b.js": up})
    database(tmp_path / "k.db", KNEX, (1, "1_a.js", 1, 1767225600000))
    assert states(tmp_path) == {"1_a.js": "applied", "2_b.js": "pending"}


def test_knex_folders_in_their_own_order(tmp_path: Path) -> None:
    config = (
        "module.exports = { client: 'sqlite3', connection: 'k.db', migrations: {"
        " directory: ['first', 'second'], sortDirsSeparately: true } }"
    )
    up = "exports.up = async () => {}"
    write(
        tmp_path,
        {"knexfile.js": config, "first/5_a.js": up, "first/6_b.js": up, "second/1_c.js": up},
    )
    database(tmp_path / "k.db", KNEX, (1, "6_b.js", 1, 1767225600000))
    assert list(states(tmp_path).items()) == [
        ("5_a.js", "out-of-order"),
        ("6_b.js", "applied"),
        ("1_c.js", "pending"),
    ]


def test_typeorm_classes_in_every_dress(tmp_path: Path) -> None:
    source = (
        "export const AppDataSource = new DataSource({ type: 'better-sqlite3', database: 't.db',"
        " migrations: [__dirname + '/m/*{.ts,.js}'], migrationsTableName: 'done' })"
    )
    write(
        tmp_path,
        {
            "package.json": '{"dependencies": {"typeorm": "0.3"}}',
            "src/data-source.ts": source,
            "src/m/a.js": "module.exports = class { name = 'Late1700000000001'\n async up(q) {} }",
            "src/m/b.ts": (
                "export class Init1600000000000 implements MigrationInterface {\n"
                "  name = 'Renamed1600000000000'\n  public async up(q: QueryRunner) {}\n}"
            ),
            "src/m/c.ts": (
                "export class One1700000000002 implements MigrationInterface { async up() {} }\n"
                "export class Two1500000000000 implements MigrationInterface { async up() {} }\n"
            ),
        },
    )
    database(
        tmp_path / "t.db",
        "CREATE TABLE done (id integer, timestamp bigint, name varchar)",
        (1, 1600000000000, "Renamed1600000000000"),
        (2, 1700000000002, "One1700000000002"),
    )
    assert list(states(tmp_path).items()) == [
        ("Two1500000000000", "out-of-order"),
        ("Renamed1600000000000", "applied"),
        ("Late1700000000001", "out-of-order"),
        ("One1700000000002", "applied"),
    ]


def test_node_pg_migrate_mixes_epochs_and_dates(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "package.json": (
                '{"dependencies": {"node-pg-migrate": "9"}, "scripts": {"migrate":'
                ' "node-pg-migrate -f ops/db.json"}}'
            ),
            "ops/db.json": '{"migrations-dir": "db/m", "migrations-table": "ran"}',
            "db/m/1767225600000_a.js": "",
            "db/m/20260101000000001_b.sql": "",
            "db/m/1767225600002_c.ts": "",
            "db/m/c.d.ts": "",
        },
    )
    database(
        tmp_path / "n.db",
        "CREATE TABLE ran (id integer, name varchar(255), run_on timestamp)",
        (1, "1767225600000_a", "2026-01-02"),
        (2, "1767225600002_c", "2026-01-02"),
    )
    assert list(states(tmp_path, tmp_path / "n.db").items()) == [
        ("1767225600000_a", "applied"),
        ("20260101000000001_b", "out-of-order"),
        ("1767225600002_c", "applied"),
    ]


def test_sequelize_keeps_its_history_in_a_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".sequelizerc": (
                "const path = require('path');\nmodule.exports = {\n"
                "  'config': path.resolve('conf', 'db.json'),\n"
                "  'migrations-path': path.resolve(__dirname, 'db', 'migrations') };"
            ),
            "conf/db.json": (
                '{"development": {"dialect": "sqlite", "storage": "./s.sqlite",'
                ' "migrationStorage": "json", "migrationStoragePath": "log.json"}}'
            ),
            "log.json": '["1-a.js", "0-gone.js"]',
            "db/migrations/1-a.js": "",
            "db/migrations/2-b.js": "",
        },
    )
    database(tmp_path / "s.sqlite", "CREATE TABLE t (a)")
    assert states(tmp_path) == {
        "0-gone.js": "missing-file",
        "1-a.js": "applied",
        "2-b.js": "pending",
    }


def test_mikroorm_by_package_json_and_schema_of_its_table(tmp_path: Path) -> None:
    config = (
        "import { defineConfig } from '@mikro-orm/sqlite';\nexport default defineConfig({"
        " dbName: 'm.db', migrations: { path: 'dist/m', pathTs: 'src/m', tableName: 'ran' } });"
    )
    write(
        tmp_path,
        {
            "package.json": '{"mikro-orm": {"useTsNode": true, "configPaths": ["./conf/orm.ts"]}}',
            "conf/orm.ts": config,
            "src/m/Migration20260101000000.ts": "class M { async up() {} }",
            "src/m/Migration20260102000000_more.ts": "class M { async up() {} }",
            "src/m/Migration20260102000000_more.d.ts": "",
            "src/m/.snapshot-m.json": "{}",
        },
    )
    database(
        tmp_path / "m.db",
        "CREATE TABLE ran (id integer, name varchar(255), executed_at datetime)",
        (1, "Migration20260101000000.ts", "2026-01-01"),
    )
    assert states(tmp_path) == {
        "Migration20260101000000": "applied",
        "Migration20260102000000_more": "pending",
    }


def test_prisma_configured_in_code(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "prisma.config.ts": (
                "import { defineConfig, env } from 'prisma/config';\nexport default defineConfig({"
                " schema: 'db/schema', migrations: { path: 'db/migs' },"
                " datasource: { url: env('MY_DB') } });"
            ),
            ".env": "MY_DB=file:./p.db",
            "db/schema/main.prisma": 'datasource db {\n  provider = "sqlite"\n}\n',
            "db/schema/user.prisma": "model User {\n  id Int @id\n}\n",
            "db/migs/migration_lock.toml": 'provider = "sqlite"',
            "db/migs/1_a/migration.sql": "a",
            "db/migs/2_b/migration.sql": "b",
            "db/migs/readme.md": "",
        },
    )
    database(
        tmp_path / "p.db",
        "CREATE TABLE _prisma_migrations (id TEXT, checksum TEXT, finished_at DATETIME,"
        " migration_name TEXT, logs TEXT, rolled_back_at DATETIME, started_at DATETIME,"
        " applied_steps_count INTEGER)",
        ("1", digest("a"), "2026-01-01T00:00:00.000+00:00", "1_a", None, None, "2026-01-01", 1),
    )
    assert states(tmp_path) == {"1_a": "applied", "2_b": "pending"}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "ormconfig.json",
            '[{"type": "sqlite", "database": "t.db", "migrations": ["src/m/*.ts"],'
            ' "migrationsTableName": "done"}]',
        ),
        (
            "src/app.module.ts",
            "@Module({ imports: [TypeOrmModule.forRoot({ type: 'sqlite', database: 't.db',"
            " migrations: [__dirname + '/m/*.ts'], migrationsTableName: 'done' })] })\n"
            "export class AppModule {}",
        ),
        (
            "src/app.module.ts",
            "@Module({ imports: [TypeOrmModule.forRootAsync({ inject: [X], useFactory: async (x:"
            " X) => ({ type: 'sqlite', database: 't.db', migrations: ['src/m/*.ts'],"
            " migrationsTableName: 'done' }) })] })\nexport class AppModule {}",
        ),
    ],
)
def test_typeorm_configured_elsewhere(tmp_path: Path, name: str, source: str) -> None:
    up = "export class {} implements MigrationInterface {{ async up(q) {{}} }}".format
    write(
        tmp_path,
        {
            "package.json": '{"dependencies": {"@nestjs/typeorm": "11"}}',
            name: source,
            "src/m/a.ts": up("A1600000000000"),
            "src/m/b.ts": up("B1600000000001"),
        },
    )
    database(
        tmp_path / "t.db",
        "CREATE TABLE done (id integer, timestamp bigint, name varchar)",
        (1, 1600000000000, "A1600000000000"),
    )
    (status,) = board_of(tmp_path).projects
    assert status.project is not None
    assert status.project.url == str(tmp_path / "t.db")
    assert [(e.id, e.state.value) for e in status.entries] == [
        ("A1600000000000", "applied"),
        ("B1600000000001", "pending"),
    ]


def test_typeorm_with_a_source_for_each_database(tmp_path: Path) -> None:
    source = (
        "export const {0} = new DataSource({{ type: 'sqlite', database: '{0}.db',"
        " migrations: ['src/{0}/*.ts'] }})"
    ).format
    up = "export class {} implements MigrationInterface {{ async up(q) {{}} }}".format
    ddl = "CREATE TABLE migrations (id integer, timestamp bigint, name varchar)"
    write(tmp_path, {"package.json": '{"dependencies": {"typeorm": "0.3"}}'})
    for name in ("one", "two"):
        write(
            tmp_path,
            {f"src/{name}.ts": source(name), f"src/{name}/m.ts": up(f"{name}1600000000000")},
        )
        database(tmp_path / f"{name}.db", ddl, (1, 1600000000000, f"{name}1600000000000"))
    assert states(tmp_path) == {"one1600000000000": "applied", "two1600000000000": "applied"}


@pytest.mark.parametrize(
    "script",
    [
        "module.exports = { 'config': `${__dirname}/db/c.js`, 'migrations-path': './db/m' }",
        "const path = require('path');\nconst root = path.join(__dirname, 'db');\n"
        "module.exports = { config: path.join(root, 'c.js'), 'migrations-path': path.join(root,"
        " 'm') };",
        "const { resolve } = require('path');\nmodule.exports = { config: resolve('db/c.js'),"
        " 'migrations-path': resolve('db', 'm') };",
    ],
)
def test_sequelize_with_a_script_for_its_paths(tmp_path: Path, script: str) -> None:
    config = "module.exports = { development: { dialect: 'sqlite', storage: 's.db' } }"
    files = {".sequelizerc": script, "db/c.js": config, "db/m/1-a.js": "", "db/m/2-b.js": ""}
    write(tmp_path, files)
    ddl = "CREATE TABLE `SequelizeMeta` (name VARCHAR(255) PRIMARY KEY)"
    database(tmp_path / "s.db", ddl, ("1-a.js",))
    assert states(tmp_path) == {"1-a.js": "applied", "2-b.js": "pending"}
