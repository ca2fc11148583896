"""`studio migrations`: its JSON, its words, its exit codes."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.cli.main import main
from tests.migrations.conftest import SAMPLES
from tests.migrations.projects import database, write

KEYS = {
    *("framework", "folder", "history", "database", "entries", "faults", "locks", "drift"),
    *("hazards", "apply_command"),
}


def test_json_has_the_documented_shape(
    sample: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sample("dbmate")
    assert main(["migrations", str(folder), "--json", "--drift"]) == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert captured.err == ""
    assert set(document) == {"projects", "notes"}
    (project,) = document["projects"]
    assert set(project) == KEYS
    assert project["folder"] == "db/migrations"
    assert project["history"] == "schema_migrations"
    assert project["database"] == str(folder / "db/parcels.sqlite3")
    assert project["apply_command"] == "dbmate up"
    assert set(project["entries"][0]) == {"id", "state", "applied_at", "path", "note"}
    assert project["entries"][2]["path"] == "db/migrations/20260210090000_parcel_weight.sql"


def test_a_history_without_a_project_has_no_folder(
    sample: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sample("history-only")
    assert main(["migrations", str(folder), "--json"]) == 0
    (project,) = json.loads(capsys.readouterr().out)["projects"]
    assert project["folder"] is None
    assert project["apply_command"] is None


@pytest.mark.parametrize(("name", "code"), [("dbmate", 1), ("sqlx-rows", 1), ("history-only", 0)])
def test_check_fails_while_something_waits(
    name: str, code: int, sample: Callable[[str], Path]
) -> None:
    assert main(["migrations", str(sample(name)), "--check"]) == code


def test_check_passes_when_all_is_applied(sample: Callable[[str], Path]) -> None:
    folder = sample("dbmate")
    (folder / "db/migrations/20260210090000_parcel_weight.sql").unlink()
    assert main(["migrations", str(folder), "--check"]) == 0


def test_check_fails_on_drift_only_when_it_was_asked_for(sample: Callable[[str], Path]) -> None:
    folder = sample("dbmate")
    path = folder / "db/migrations/20260210090000_parcel_weight.sql"
    path.unlink()
    database(folder / "db/parcels.sqlite3", "CREATE TABLE stray (id integer)")
    assert main(["migrations", str(folder), "--check"]) == 0
    assert main(["migrations", str(folder), "--check", "--drift"]) == 1


def test_asked_for_drift_that_is_not_known_is_no_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        tmp_path,
        {
            "alembic.ini": "[alembic]\nscript_location = al\n",
            "al/versions/a.py": "revision = 'a'\ndown_revision = None\ndef upgrade(): pass\n",
        },
    )
    ddl = "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)"
    target = str(database(tmp_path / "x.db", ddl, ["a"]))
    words = ["migrations", str(tmp_path), "--database", target, "--check"]
    assert main(words) == 0
    capsys.readouterr()
    assert main([*words, "--drift"]) == 2
    assert "drift was not checked" in capsys.readouterr().err
    # What is known to be wrong is said first.
    write(tmp_path, {"al/versions/b.py": "revision = 'b'\ndown_revision = 'a'\n"})
    assert main([*words, "--drift"]) == 1


def test_what_packages_recorded_is_one_line_and_a_failed_one_offers_no_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        tmp_path,
        {
            "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 's')\nimport django\n",
            "s.py": "INSTALLED_APPS = ['shop']\nDATABASES = {}\n",
            "shop/__init__.py": "",
            "shop/migrations/__init__.py": "",
            "shop/migrations/0001_a.py": "class Migration(migrations.Migration):\n    pass\n",
        },
    )
    ddl = "CREATE TABLE django_migrations (id integer, app text, name text, applied text)"
    rows = [(n, "auth", f"{n:04}_x", "2026-01-01 00:00:00") for n in range(1, 19)]
    rows.append((19, "shop", "0001_a", "2026-01-01 00:00:00"))
    target = str(database(tmp_path / "x.db", ddl, *rows))
    assert main(["migrations", str(tmp_path), "--database", target]) == 0
    out = capsys.readouterr().out
    assert out.count("an installed package") == 1
    assert "18 migrations" in out
    assert "apply with" not in out


def test_a_missing_database_is_exit_3_and_the_files_are_still_listed(
    sample: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sample("knex")
    (folder / "dev.sqlite3").unlink()
    assert main(["migrations", str(folder), "--json"]) == 3
    captured = capsys.readouterr()
    (project,) = json.loads(captured.out)["projects"]
    assert {entry["state"] for entry in project["entries"]} == {"unknown"}
    assert "dev.sqlite3" in captured.err
    assert not (folder / "dev.sqlite3").exists()


def test_a_database_that_is_none_is_exit_3(tmp_path: Path) -> None:
    write(tmp_path, {"x.db": b"not a database, but long enough to be looked at" * 30})
    assert main(["migrations", str(tmp_path), "--database", str(tmp_path / "x.db")]) == 3
    assert main(["migrations", str(tmp_path), "--database", str(tmp_path / "none.db")]) == 3


def test_the_command_line_can_be_wrong(tmp_path: Path) -> None:
    assert main(["migrations", str(tmp_path / "nowhere")]) == 2
    with pytest.raises(SystemExit) as stopped:
        main(["migrations", "--nonsense"])
    assert stopped.value.code == 2


def test_a_folder_with_nothing_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrations", str(tmp_path)]) == 0
    assert "No migrations" in capsys.readouterr().out


def test_a_password_is_never_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        tmp_path,
        {
            ".env": "DATABASE_URL=postgres://u:hunter2@127.0.0.1:1/d",
            "db/migrations/1_a.sql": "-- migrate:up\n-- migrate:down\n",
        },
    )
    assert main(["migrations", str(tmp_path)]) == 3
    assert main(["migrations", str(tmp_path), "--json"]) == 3
    captured = capsys.readouterr()
    assert "hunter2" not in captured.out + captured.err
    assert "u:***@127.0.0.1" in captured.out


def test_a_subfolder_finds_the_project_of_its_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(SAMPLES / "drizzle-sqlite", tmp_path / "r"))
    (folder / ".git").mkdir()
    assert main(["migrations", str(folder / "src" / "db"), "--json"]) == 0
    (project,) = json.loads(capsys.readouterr().out)["projects"]
    assert project["folder"] == "../../drizzle"
    assert [entry["state"] for entry in project["entries"]] == ["applied"] * 3 + ["pending"]


@pytest.mark.parametrize(
    ("url", "words"),
    [("${DB_URL}", "cannot be told from the files"), ("jdbc:sqlite:app.db", "app.db")],
)
def test_springs_own_url_is_flyways(
    url: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = "src/main/resources"
    write(
        tmp_path,
        {
            f"{place}/db/migration/V1__a.sql": "create table a (id int);",
            f"{place}/application.properties": f"spring.datasource.url={url}\n",
        },
    )
    main(["migrations", str(tmp_path)])
    assert words in capsys.readouterr().out


def test_prismas_folder_without_its_file_stops_the_deploy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"prisma/migrations/migration_lock.toml": 'provider = "sqlite"\n'})
    write(tmp_path, {"prisma/migrations/1_a/migration.sql": "create table a (id int);"})
    (tmp_path / "prisma/migrations/2_b").mkdir()
    target = str(database(tmp_path / "x.db", "CREATE TABLE live (id integer)"))
    assert main(["migrations", str(tmp_path), "--database", target]) == 0
    out = capsys.readouterr().out
    assert "refuses (P3015)" in out
    assert "apply with" not in out
