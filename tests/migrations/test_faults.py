"""What the files alone say is said without a database."""

import json
from pathlib import Path

import pytest

from studio.cli.main import main
from tests.migrations.projects import board_of, database, notes_of, write


def revision(name: str, before: str | None) -> str:
    return f"revision = {name!r}\ndown_revision = {before!r}\ndef upgrade(): pass\n"


def app(*names: str, parents: dict[str, str] | None = None) -> dict[str, str | bytes]:
    known = parents or {}
    found: dict[str, str | bytes] = {"shop/__init__.py": "", "shop/migrations/__init__.py": ""}
    for number, name in enumerate(names):
        before = known.get(name, names[number - 1] if number else "")
        pairs = f"('shop', '{before}')" if before else ""
        found[f"shop/migrations/{name}.py"] = (
            f"class Migration(migrations.Migration):\n    dependencies = [{pairs}]\n"
        )
    found["manage.py"] = "import django\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 's')\n"
    found["s.py"] = "INSTALLED_APPS = ['shop']\nDATABASES = {}\n"
    return found


def journal(*tags: str, same: bool = False) -> str:
    entries = [{"idx": n, "when": 7 if same else n + 1, "tag": t} for n, t in enumerate(tags)]
    return json.dumps({"dialect": "sqlite", "entries": entries})


FAULTY: dict[str, tuple[dict[str, str | bytes], str]] = {
    "alembic, no Python": (
        {
            "alembic.ini": "[alembic]\nscript_location = al\n",
            "al/versions/a.py": revision("a", None),
            "al/versions/b.py": "def upgrade(:\n",
        },
        "b.py cannot be read as Python",
    ),
    "alembic, no revision": (
        {
            "alembic.ini": "[alembic]\nscript_location = al\n",
            "al/versions/a.py": revision("a", None),
            "al/versions/zz.py": "x = 1\n",
        },
        "zz.py names no revision",
    ),
    "alembic, an env.py that is no Python": (
        {
            "alembic.ini": "[alembic]\nscript_location = al\n",
            "al/env.py": "from alembic import (\n",
            "al/versions/a.py": revision("a", None),
        },
        "env.py cannot be read as Python",
    ),
    "django, no Python": (
        {**app("0001_a"), "shop/migrations/0002_b.py": "class Migration(:\n"},
        "shop/0002_b.py cannot be read as Python",
    ),
    "django, no Migration": (
        {**app("0001_a"), "shop/migrations/0002_b.py": "x = 1\n"},
        "shop/0002_b.py has no Migration class",
    ),
    "yoyo, no Python": (
        {
            "yoyo.ini": "[DEFAULT]\nsources = migrations\n",
            "migrations/0001_a.py": "steps = [\n",
        },
        "0001_a.py cannot be read as Python",
    ),
    "two heads": (
        {
            "alembic.ini": "[alembic]\nscript_location = al\n",
            "al/versions/a.py": revision("a", None),
            "al/versions/b.py": revision("b", "a"),
            "al/versions/c.py": revision("c", "a"),
        },
        "2 heads",
    ),
    "a revision twice": (
        {
            "alembic.ini": "[alembic]\nscript_location = al\n",
            "al/versions/a.py": revision("a", None),
            "al/versions/b.py": revision("a", None),
        },
        "two files",
    ),
    "a lost parent": (
        {
            "alembic.ini": "[alembic]\nscript_location = al\n",
            "al/versions/a.py": revision("a", None),
            "al/versions/b.py": revision("b", "gone"),
        },
        "gone",
    ),
    "two leaves": (app("0001_a", "0002_b", "0002_c", parents={"0002_c": "0001_a"}), "leaf"),
    "a lost dependency": (app("0001_a", "0003_c", parents={"0003_c": "0002_b"}), "0002_b"),
    "a version twice": (
        {
            "go.mod": "",
            **{f"m/1_{n}.{w}.sql": "" for n in "ab" for w in ("up", "down")},
        },
        "one version",
    ),
    "goose twice": (
        {f"m/{n}.sql": "-- +goose Up\n-- +goose Down\n" for n in ("1_a", "01_b")},
        "recorded as one",
    ),
    "one time twice": (
        {"d/meta/_journal.json": journal("0000_a", "0001_b", same=True)}
        | {f"d/{t}.sql": "" for t in ("0000_a", "0001_b")},
        "recorded as one",
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_fault_is_told_without_a_database_and_with_one(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, word = FAULTY[name]
    write(tmp_path, files)
    assert main(["migrations", str(tmp_path), "--check", "--json"]) == 1
    (project,) = json.loads(capsys.readouterr().out)["projects"]
    assert any(word in fault for fault in project["faults"]), project["faults"]
    path = database(tmp_path / "x.data", "CREATE TABLE live (id integer)")
    (status,) = board_of(tmp_path, path).projects
    assert list(status.faults) == project["faults"]
    assert not status.is_settled


def test_healthy_files_have_no_faults(tmp_path: Path) -> None:
    for name in ("two heads", "two leaves", "goose twice"):
        files = dict(FAULTY[name][0])
        for last in ("al/versions/c.py", "shop/migrations/0002_c.py", "m/01_b.sql"):
            files.pop(last, None)
        (status,) = board_of(write(tmp_path / name, files)).projects
        assert status.faults == ()


def test_a_journal_is_compared_with_its_folder_without_a_database(tmp_path: Path) -> None:
    write(tmp_path, {"d/meta/_journal.json": journal("0000_gone", "0001_here")})
    write(tmp_path, {"d/0001_here.sql": "", "d/0002_orphan.sql": ""})
    (status,) = board_of(tmp_path).projects
    assert {e.id: e.state.value for e in status.entries} == {
        "0000_gone": "missing-file",
        "0001_here": "unknown",
        "0002_orphan": "orphan-file",
    }


def test_one_note_instead_of_one_on_every_row(tmp_path: Path) -> None:
    write(tmp_path, {f"m/{n}_x.sql": "-- +goose Up\n-- +goose Down\n" for n in range(1, 9)})
    (status,) = board_of(tmp_path).projects
    assert {entry.note for entry in status.entries} == {""}
    assert sum("was not read" in note for note in notes_of(status)) == 1


def test_a_gap_is_a_remark(tmp_path: Path) -> None:
    write(tmp_path, {f"m/{n}_x.sql": "-- +goose Up\n-- +goose Down\n" for n in (1, 2, 4, 5)})
    (status,) = board_of(tmp_path).projects
    assert status.faults == ()
    assert any("3 is not here" in note for note in notes_of(status))


@pytest.mark.parametrize("files", [{}, {"a.txt": ""}, {"diesel.toml": "", "migrations/.keep": ""}])
def test_a_folder_without_migrations_is_not_a_pass(
    files: dict[str, str | bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, files)
    assert main(["migrations", str(tmp_path)]) == 0
    assert main(["migrations", str(tmp_path), "--check"]) == 2
    assert "nothing was checked" in capsys.readouterr().err


AROUND = {"a": "c", "b": "a", "c": "b"}


@pytest.mark.parametrize(
    ("parents", "at", "fault", "states"),
    [
        (AROUND, "a", "a follows c follows b follows a: a cycle", {"applied", "unknown"}),
        ({"a": None, "b": "gone"}, "a", "b follows gone, which is not here", None),
        ({"a": None, "b": "a"}, "nowhere", "", None),
        ({"a": None, "b": "a"}, "a", "", {"applied", "pending"}),
    ],
)
def test_what_alembic_stops_at_is_not_offered(
    parents: dict[str, str | None],
    at: str,
    fault: str,
    states: set[str] | None,
    tmp_path: Path,
) -> None:
    files: dict[str, str | bytes] = {
        f"al/versions/{name}.py": revision(name, before) for name, before in parents.items()
    }
    write(tmp_path, {"alembic.ini": "[alembic]\nscript_location = al\n", **files})
    path = database(
        tmp_path / "app.db",
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
        (at,),
    )
    (status,) = board_of(tmp_path, path).projects
    assert fault in " ".join(status.faults)
    assert bool(status.apply_command) is (states == {"applied", "pending"})
    if states is not None:
        assert {entry.state.value for entry in status.entries} == states


@pytest.mark.parametrize(("parent", "is_lost"), [("ab", False), ("ac", True), ("abcd", True)])
def test_a_parent_may_be_named_by_its_beginning(parent: str, is_lost: bool, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "alembic.ini": "[alembic]\nscript_location = al\n",
            "al/versions/1.py": revision("abc", None),
            "al/versions/2.py": revision("b", parent),
        },
    )
    (status,) = board_of(tmp_path).projects
    assert any(f"b follows {parent}, which is not here" in f for f in status.faults) is is_lost
