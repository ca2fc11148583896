"""Projects are found as real ones lie about, and what only looks like one is none."""

from pathlib import Path

import pytest

from studio.migrations import registry
from studio.migrations.folder import read_folder
from studio.migrations.project import discover
from tests.migrations.projects import board_of, write

SQL = "CREATE TABLE t (id integer);"
UP = "exports.up = k => k; exports.down = k => k;"
KNEX = "module.exports = { client: 'pg', migrations: { directory: '.' } }"

FOUND: dict[str, tuple[dict[str, str | bytes], list[str]]] = {
    "a crate of the workspace": (
        {"Cargo.toml": "[dependencies]\nsqlx.workspace = true\n", "migrations/1_a.sql": SQL},
        ["sqlx migrations"],
    ),
    "sqlx, a folder for each engine": (
        {"Cargo.toml": '[dependencies]\nsqlx = "0.8"\n'}
        | {f"migrations/{e}/1_a.sql": SQL for e in ("mysql", "postgres", "sqlite")},
        ["sqlx migrations/mysql", "sqlx migrations/postgres", "sqlx migrations/sqlite"],
    ),
    "diesel, a folder for each engine": (
        {"diesel.toml": "", "Cargo.toml": '[dependencies]\ndiesel = "2"\n'}
        | {f"migrations/{e}/2024-01-01-000000_a/up.sql": SQL for e in ("postgresql", "sqlite")},
        ["diesel migrations/postgresql", "diesel migrations/sqlite"],
    ),
    "a tool of a script only": (
        {
            "package.json": '{"scripts": {"m": "npx node-pg-migrate -m db/steps -j ts up"}}',
            "db/steps/1_a.ts": "export const up = () => {}",
        },
        ["node-pg-migrate db/steps"],
    ),
    "a package and its folder": (
        {
            "src/shop/alembic.ini": "[alembic]\nscript_location = shop:db:steps\n",
            "src/shop/db/steps/env.py": "",
            "src/shop/db/steps/versions/a.py": "revision = 'a'\ndown_revision = None\n",
        },
        ["alembic src/shop/db/steps/versions"],
    ),
    "a package in src, named from the root": (
        {
            "alembic.ini": "[alembic]\nscript_location = shop.db:steps\n",
            "src/shop/db/steps/env.py": "",
            "src/shop/db/steps/versions/a.py": "revision = 'a'\ndown_revision = None\n",
        },
        ["alembic src/shop/db/steps/versions"],
    ),
    "another name of a change log": (
        {"liquibase.xml": "<databaseChangeLog></databaseChangeLog>"},
        ["liquibase ."],
    ),
    "an environment's configuration": (
        {
            "mikro-orm.config.dev.ts": "export default { dbName: 'x', migrations: { path: 'm' } }",
            "package.json": '{"dependencies": {"@mikro-orm/core": "6"}}',
        },
        ["mikroorm m"],
    ),
    "another program's manage.py": (
        {"manage.py": "from app.cli import manager\nmanager()\n", "app/settings.py": ""},
        [],
    ),
    "a configuration of a tool that is gone": (
        {
            "ormconfig.json": '{"type": "postgres", "migrations": ["m/*.js"]}',
            "package.json": '{"dependencies": {"prisma": "6"}}',
        },
        [],
    ),
    "a configuration that nothing uses": ({"ormconfig.json": '{"type": "mysql"}'}, []),
    "prisma, where its configuration says": (
        {
            "prisma.config.ts": "export default { schema: 'db/schema.prisma', "
            "migrations: { path: 'db/changes' } }",
            "db/schema.prisma": 'datasource db {\n provider = "postgresql"\n}',
            "db/changes/1_a/migration.sql": SQL,
        },
        ["prisma db/changes"],
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_a_project_is_found_where_it_is(name: str, tmp_path: Path) -> None:
    files, expected = FOUND[name]
    (write(tmp_path, files) / ".git").mkdir()
    found = discover(tmp_path, registry.frameworks()).projects
    seen = [f"{f.name} {p.folders[0].relative_to(tmp_path).as_posix()}" for f, p in found]
    assert sorted(seen) == expected


def test_a_configuration_is_no_migration(tmp_path: Path) -> None:
    write(tmp_path, {"knexfile.js": KNEX, "1_a.js": UP})
    (project,) = read_folder(tmp_path).projects
    assert [m.id for m in project.reading.migrations] == ["1_a.js"]


def test_nil_is_no_user(tmp_path: Path) -> None:
    yml = (
        "development:\n  adapter: postgresql\n  database: shop\n"
        '  username: <%= ENV.fetch("PGUSER_OF_NOBODY") { nil } %>\n'
    )
    write(tmp_path, {"Gemfile": "", "db/migrate/1_a.rb": "", "config/database.yml": yml})
    (project,) = read_folder(tmp_path).projects
    assert project.project.url is not None
    assert "nil" not in project.project.url


def test_what_git_ignores_is_passed_over_and_that_is_said(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {".gitignore": "/generated\ncopies/\n*.log\n# x\n!kept\n"}
    for place in ("generated", "a/copies", "a/generated", "kept"):
        files[f"{place}/diesel.toml"] = ""
    (write(tmp_path, files) / ".git").mkdir()
    found = read_folder(tmp_path)
    places = [p.project.root.relative_to(tmp_path).as_posix() for p in found.projects]
    assert places == ["kept", "a/generated"]
    assert any("generated, a/copies" in str(note) for note in found.notes)


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("package.json", "npx knex migrate:latest --knexfile db/conf/knexfile.js"),
        ("db/conf/package.json", "npx knex migrate:latest"),
    ],
)
def test_a_knexfile_that_lies_elsewhere_is_named(tmp_path: Path, package: str, command: str):
    config = "module.exports = { client: 'sqlite3', connection: { filename: 'k.db' } }"
    up = "exports.up = k => {}; exports.down = k => {}"
    named = {package: '{"dependencies": {"knex": "3"}}'}
    write(tmp_path, {"db/conf/knexfile.js": config, "db/conf/migrations/1_a.js": up, **named})
    (status,) = board_of(tmp_path).projects
    assert status.apply_command == command


def test_prisma_names_the_variable_its_configuration_lacks(tmp_path: Path):
    config = "export default defineConfig({ datasource: { url: env('SHOP_URL') } });"
    schema = 'datasource db { provider = "postgresql" }'
    write(tmp_path, {"prisma.config.ts": config, "prisma/schema.prisma": schema})
    write(tmp_path, {"prisma/migrations/1_a/migration.sql": "SELECT 1;"})
    (status,) = board_of(tmp_path).projects
    assert "the variable SHOP_URL is not set" in " ".join(map(str, status.notes))


@pytest.mark.parametrize(
    ("way", "variables", "database", "said"),
    [
        ("process.env.SHOP ? 'SHOP' : undefined", "SHOP=postgresql://nowhere.invalid/a", "a", ""),
        ("process.env.SHOP ? 'SHOP' : undefined", "", "b", ""),
        ("'SHOP'", "", None, "the variable SHOP is not set"),
        ("ask()", "", None, "the database is not determinable"),
        ("ask() ? 'SHOP' : undefined", "", None, "the database is not determinable"),
    ],
)
def test_sequelize_takes_the_variable_its_configuration_chooses(
    tmp_path: Path, way: str, variables: str, database: str | None, said: str
):
    config = (
        "module.exports = { development: { dialect: 'postgres', host: 'nowhere.invalid',"
        f" database: 'b', use_env_variable: {way} }} }};"
    )
    paths = "module.exports = { config: 'config/database.js', 'migrations-path': 'migrations' };"
    write(tmp_path, {".sequelizerc": paths, "config/database.js": config, "migrations/1-a.js": UP})
    write(tmp_path, {".env": variables, "package.json": '{"dependencies": {"sequelize": "6"}}'})
    (status,) = board_of(tmp_path).projects
    assert status.database == (database and f"postgresql://nowhere.invalid/{database}")
    assert said in " ".join(map(str, status.notes))
