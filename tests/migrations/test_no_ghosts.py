"""Files that are no migrations, builds that have none, and locations by engine."""

import json
from pathlib import Path

import pytest

from tests.migrations.projects import board_of, write

UP = "export async function up(db) {}\nexport async function down(db) {}\n"


def test_helpers_beside_kysely_migrations_are_none(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "package.json": json.dumps({"dependencies": {"kysely": "^0.28.0"}}),
            "src/migrations/001-a.ts": UP,
            "src/migrations/002-b.ts": f"// {'a long head ' * 2000}\n{UP}",
            "src/migrations/index.ts": "export * as _001 from './001-a'\n",
            "src/migrations/helpers.ts": "export const columns = ['a'];\n",
        },
    )
    (status,) = board_of(tmp_path).projects
    assert [entry.id for entry in status.entries] == ["001-a", "002-b"]


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        ({"knexfile.js": "module.exports = {client: 'pg'};\n"}, "migrations"),
        ({"package.json": '{"scripts": {"m": "node-pg-migrate -m db/mig -j ts"}}'}, "db/mig"),
        ({".sequelizerc": "module.exports = {'migrations-path': 'db/m'};\n"}, "db/m"),
    ],
)
def test_a_script_without_up_is_told(tmp_path: Path, files: dict[str, str], folder: str) -> None:
    write(
        tmp_path,
        {
            **files,
            f"{folder}/1_a.js": "exports.up = () => 0;\n",
            f"{folder}/2_b.js": "module.exports = make('b');\n",
            f"{folder}/3_c.js": "exports.columns = ['a'];\n",
        },
    )
    (status,) = board_of(tmp_path).projects
    told = {e.path.name: e.note for e in status.entries if e.path is not None}
    stops = "It exports no `up`, and the tool stops there."
    assert told == {"1_a.js": "", "2_b.js": "", "3_c.js": stops}


def test_a_build_that_hands_flyway_down_is_no_project(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "build.gradle": "subprojects { apply plugin: 'org.flywaydb.flyway' }\n",
            "app/build.gradle": "plugins { id 'org.flywaydb.flyway' }\n",
            "app/src/main/resources/db/migration/V1__a.sql": "CREATE TABLE a (id int);\n",
        },
    )
    (status,) = board_of(tmp_path).projects
    assert status.project is not None
    assert status.project.root == tmp_path / "app"


def spring(folder: Path, *settings: str) -> Path:
    """Spring's settings over a folder of scripts for each engine."""
    at = "src/main/resources"
    lines = ["spring.flyway.locations=classpath:db/migration/{vendor}", *settings]
    return write(
        folder,
        {
            "pom.xml": "<project/>",
            f"{at}/application.properties": "\n".join(lines),
            f"{at}/db/migration/mysql/V1__a.sql": "CREATE TABLE a (id int);\n",
            f"{at}/db/migration/postgresql/V1__a.sql": "CREATE TABLE a (id int);\n",
        },
    )


def test_locations_by_vendor_are_one_project_for_each(tmp_path: Path) -> None:
    projects = board_of(spring(tmp_path)).projects
    assert [p.project.folders[0].name for p in projects if p.project] == ["mysql", "postgresql"]
    assert all(not p.faults and len(p.entries) == 1 for p in projects)


def test_the_vendor_of_the_url_is_the_configured_one(tmp_path: Path) -> None:
    url = "spring.datasource.url=jdbc:mysql://127.0.0.1:1/none"
    configured = [
        p.project
        for p in board_of(spring(tmp_path, url)).projects
        if p.project and p.project.config
    ]
    assert [[place.name for place in project.folders] for project in configured] == [["mysql"]]


def test_settings_of_other_datasources_are_no_flyway_project(tmp_path: Path) -> None:
    settings = "flyway:\n  datasources:\n    h2:\n      locations: [classpath:migrations/h2]\n"
    scripts = "store/src/main/resources/migrations/h2/V1__init.sql"
    write(tmp_path, {"app/src/main/resources/application.yml": settings, scripts: "SELECT 1;"})
    (status,) = board_of(tmp_path).projects
    assert status.project.folders == ((tmp_path / scripts).parent,)
    place = "store/src/main/resources/migrations/h2"
    assert status.apply_command == f"flyway -locations=filesystem:{place} migrate"


def test_a_drive_of_another_system_is_no_folder_of_the_project(tmp_path: Path) -> None:
    settings = (
        "spring.flyway.url=jdbc:sqlite:C:\\\\data\\\\pets.db\n"
        "spring.flyway.locations=filesystem:C:\\\\data\\\\sql\n"
    )
    write(tmp_path, {"src/main/resources/application.properties": settings})
    (status,) = board_of(tmp_path).projects
    assert (status.project.folders, status.database) == ((), None)
    said = " ".join(map(str, status.notes))
    assert "names no database that can be opened here" in said
    assert "is on a drive this system does not have" in said
