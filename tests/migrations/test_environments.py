"""Which .env file a project's database comes from."""

from pathlib import Path

import pytest

from tests.migrations.projects import board_of, write

DRIZZLE = (
    "{0}\nexport default {{ dialect: 'sqlite', out: './m', "
    "dbCredentials: {{ url: process.env.DATABASE_URL! }} }}"
)
ENV = {".env": "DATABASE_URL=plain.db", ".env.local": "DATABASE_URL=local.db"}


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("import 'dotenv/config';", "plain.db"),
        ("import { config } from 'dotenv';\nconfig({ path: '.env.local' });", "local.db"),
        ("const dotenv = require('dotenv')\ndotenv.config({ path: ['.env.local'] })", "local.db"),
        (
            "import * as dotenv from 'dotenv'\nimport path from 'path'\n"
            "dotenv.config({ path: path.resolve(__dirname, '.env.local') })",
            "local.db",
        ),
        (
            "import { loadEnvConfig } from '@next/env'\nloadEnvConfig(process.cwd())",
            "local.db",
        ),
        ("config({ path: '.env.local' }) // no dotenv", "plain.db"),
    ],
)
def test_the_files_a_script_loads_decide(tmp_path: Path, head: str, name: str) -> None:
    source = DRIZZLE.format(head).replace("// no dotenv", "")
    write(tmp_path, {**ENV, "drizzle.config.ts": source, "m/meta/_journal.json": "{}"})
    (status,) = board_of(tmp_path).projects
    assert status.database is not None
    assert Path(status.database).name == name


def test_rails_lets_the_local_file_win(tmp_path: Path) -> None:
    yml = "development:\n  adapter: sqlite3\n  database: <%= ENV['DATABASE_URL'] %>\n"
    files: dict[str, str | bytes] = {**ENV, "Gemfile": "", "config/database.yml": yml}
    write(
        tmp_path,
        {k: v.replace("DATABASE_URL=", "DB_FILE=") for k, v in files.items() if isinstance(v, str)}
        | {"config/database.yml": yml.replace("DATABASE_URL", "DB_FILE")},
    )
    (status,) = board_of(tmp_path).projects
    assert status.database is not None
    assert Path(status.database).name == "local.db"


def test_the_nearest_file_wins_in_a_workspace(tmp_path: Path) -> None:
    source = DRIZZLE.format("")
    write(
        tmp_path,
        {
            ".env": "ROOT=sqlite://\nDATABASE_URL=far.db",
            "apps/api/.env": "NAME=near\nDATABASE_URL=file:./${NAME}.db",
            "apps/api/drizzle.config.ts": source,
            "apps/web/drizzle.config.ts": source,
        },
    )
    found = [p.database for p in board_of(tmp_path).projects]
    assert found == [str(tmp_path / "apps/api/near.db"), str(tmp_path / "apps/web/far.db")]
