"""The board after each step of the real tools, on projects made by them and for them.

The tools run in forks of a process that imported them once (`tool_process.py`), by their commands.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from studio.model.migration import MigrationStatus
from tests.migrations.projects import board_of, write

Run = Callable[..., str]


@pytest.fixture(scope="session")
def tools() -> Iterator[subprocess.Popen[str]]:
    """The process that has imported the tools."""
    words = [sys.executable, "-m", "tests.migrations.tool_process"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        words, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def run(tmp_path: Path, tools: "subprocess.Popen[str]") -> Run:
    """`run(tool, words…)` in the project; a tool's own environment, nothing of this one's."""

    def ran(*words: str, fails: bool = False, **variables: str) -> str:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        wanted = {"words": words, "folder": str(tmp_path), "variables": {**kept, **variables}}
        assert tools.stdin is not None
        assert tools.stdout is not None
        print(json.dumps(wanted), file=tools.stdin, flush=True)
        answer = json.loads(tools.stdout.readline())
        assert (answer["code"] != 0) == fails, answer["told"]
        return str(answer["told"])

    return ran


def status(folder: Path) -> MigrationStatus:
    """The only project of the folder, in the database its configuration names."""
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    board = board_of(folder)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert not board.unreachable, board.unreachable
    assert len(board.projects) == 1, [p.framework for p in board.projects]
    return board.projects[0]


def states(folder: Path) -> Mapping[str, str]:
    return {entry.id: entry.state.value for entry in status(folder).entries}


def stand_in_the_way(folder: Path) -> set[str]:
    """The pending migrations of which it is said that the next migrate fails on them."""
    says = "its tables already exist: running it fails"
    return {entry.id for entry in status(folder).entries if says in entry.note}


# -- Alembic ---------------------------------------------------------------------------------------

ALEMBIC = ("alembic",)


@pytest.fixture
def alembic(tmp_path: Path, run: Run) -> Run:
    """A fresh Alembic project that names shop.db."""
    run(*ALEMBIC, "init", "migrations")
    ini = tmp_path / "alembic.ini"
    text = ini.read_text().replace("driver://user:pass@localhost/dbname", "sqlite:///shop.db")
    ini.write_text(text)
    return lambda *words, **more: run(*ALEMBIC, *words, **more)


def revision(alembic: Run, number: str, *words: str) -> str:
    """A new revision with a given id."""
    alembic("revision", "-m", f"step {number}", "--rev-id", number, *words)
    return number


def test_alembic_from_nothing_to_a_merge(tmp_path: Path, alembic: Run):
    one, two = revision(alembic, "aa01"), revision(alembic, "aa02")
    alembic("current")
    assert states(tmp_path) == {one: "pending", two: "pending"}
    alembic("upgrade", "+1")
    assert states(tmp_path) == {one: "applied", two: "pending"}
    alembic("upgrade", "head")
    left = revision(alembic, "bb03", "--head", two)
    right = revision(alembic, "cc03", "--head", two, "--splice")
    assert states(tmp_path) == {one: "applied", two: "applied", left: "pending", right: "pending"}
    alembic("upgrade", "head", fails=True)
    assert status(tmp_path).apply_command == "alembic upgrade heads"
    alembic("upgrade", left)
    assert states(tmp_path)[left] == "applied"
    assert states(tmp_path)[right] == "pending"
    alembic("upgrade", "heads")
    merged = revision(alembic, "dd04", "--splice", "--head", left)
    alembic("merge", "-m", "both", "--rev-id", "ee05", merged, right)
    assert states(tmp_path)[merged] == "pending"
    assert states(tmp_path)["ee05"] == "pending"
    alembic("upgrade", "heads")
    assert set(states(tmp_path).values()) == {"applied"}
    assert len(states(tmp_path)) == 6


def test_alembic_downgraded_and_with_a_revision_deleted(tmp_path: Path, alembic: Run):
    for number in ("aa01", "aa02", "aa03"):
        revision(alembic, number)
    alembic("upgrade", "head")
    alembic("downgrade", "-2")
    assert states(tmp_path) == {"aa01": "applied", "aa02": "pending", "aa03": "pending"}
    alembic("upgrade", "head")
    (gone,) = (tmp_path / "migrations" / "versions").glob("aa03*.py")
    gone.unlink()
    alembic("current", fails=True)
    found = states(tmp_path)
    assert found.pop("aa03") == "missing-file"
    assert set(found.values()) <= {"unknown", "applied"}


def test_alembic_in_a_table_of_another_name(tmp_path: Path, alembic: Run):
    env = tmp_path / "migrations" / "env.py"
    env.write_text(
        env.read_text().replace(
            "connection=connection,", 'connection=connection, version_table="schema_versions",'
        )
    )
    revision(alembic, "aa01")
    alembic("upgrade", "head")
    found = status(tmp_path)
    assert found.history is not None
    assert found.history.name == "schema_versions"
    assert states(tmp_path) == {"aa01": "applied"}


# -- Django ----------------------------------------------------------------------------------------

SETTINGS = """
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "for tests"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""
MODEL = """from django.db import models

class Item(models.Model):
    name = models.TextField()
"""


@pytest.fixture
def django(tmp_path: Path, run: Run) -> Run:
    """A Django project with an app of its own and two of Django's."""
    run("django-admin", "startproject", "site_", ".")
    run("manage.py", "startapp", "shop")
    write(tmp_path, {"site_/settings.py": SETTINGS, "shop/models.py": MODEL})
    return lambda *words, **more: run("manage.py", *words, **more)


def test_django_with_the_rows_of_other_apps(tmp_path: Path, django: Run):
    django("makemigrations", "shop")
    django("migrate", "auth")
    found = states(tmp_path)
    assert found.pop("shop.0001_initial") == "pending"
    assert set(found.values()) == {"recorded"}
    assert {name.split(".")[0] for name in found} == {"auth", "contenttypes"}
    django("migrate")
    assert states(tmp_path)["shop.0001_initial"] == "applied"
    times = {entry.id: entry.applied_at for entry in status(tmp_path).entries}
    assert times["shop.0001_initial"] is not None


def test_django_forwards_backwards_and_squashed(tmp_path: Path, django: Run):
    django("makemigrations", "shop")
    write(tmp_path, {"shop/models.py": MODEL + "    price = models.IntegerField(default=0)\n"})
    django("makemigrations", "shop", "-n", "price")
    django("migrate")
    django("migrate", "shop", "0001")
    own = {k: v for k, v in states(tmp_path).items() if k.startswith("shop.")}
    assert own == {"shop.0001_initial": "applied", "shop.0002_price": "pending"}
    django("migrate")
    django("squashmigrations", "shop", "0002", "--noinput", "--squashed-name", "all")
    squashed = next(k for k in states(tmp_path) if "squashed" in k or k == "shop.0001_all")
    django("migrate")
    assert states(tmp_path)[squashed] == "applied"
    own = {k: v for k, v in states(tmp_path).items() if k.startswith("shop.")}
    assert set(own.values()) == {"applied"}
    django("migrate", "shop", "zero")
    own = {k: v for k, v in states(tmp_path).items() if k.startswith("shop.")}
    assert own == {squashed: "pending"}
    plan = django("showmigrations", "--plan")
    assert sum("[ ]" in line for line in plan.splitlines()) == 1
    django("migrate", "shop")
    django("migrate", "--fake", "shop", "zero")
    assert stand_in_the_way(tmp_path) == {squashed}
    assert "already exists" in django("migrate", fails=True)


# -- yoyo ------------------------------------------------------------------------------------------


@pytest.fixture
def yoyo(tmp_path: Path, run: Run) -> Run:
    """A yoyo project of SQL files that names tickets.db."""
    ini = "[DEFAULT]\nsources = migrations\ndatabase = sqlite:///tickets.db\nbatch_mode = on\n"
    files = {"yoyo.ini": ini}
    for number, name in enumerate(("first", "second", "third"), start=1):
        files[f"migrations/000{number}_{name}.sql"] = f"CREATE TABLE t{number} (id integer);\n"
        files[f"migrations/000{number}_{name}.rollback.sql"] = f"DROP TABLE t{number};\n"
    write(tmp_path, files)
    return lambda *words, **more: run("yoyo", *words, **more)


def told(yoyo: Run) -> dict[str, bool]:
    """What `yoyo list` says: whether each migration is applied."""
    lines = (line.split() for line in yoyo("list").splitlines())
    return {words[1]: words[0] == "A" for words in lines if words and words[0] in {"A", "U"}}


def test_yoyo_applies_some_rolls_back_and_reapplies(tmp_path: Path, yoyo: Run):
    assert told(yoyo) == dict.fromkeys(states(tmp_path), False)
    assert set(states(tmp_path).values()) == {"pending"}
    # Only this one: the first is not what it depends on.
    yoyo("apply", "--revision", "0002_second", "-b")
    assert told(yoyo) == {"0001_first": False, "0002_second": True, "0003_third": False}
    assert states(tmp_path) == {
        "0001_first": "out-of-order",
        "0002_second": "applied",
        "0003_third": "pending",
    }
    yoyo("apply", "-b")
    assert set(states(tmp_path).values()) == {"applied"}
    yoyo("rollback", "--revision", "0003_third", "-b")
    assert told(yoyo)["0003_third"] is False
    assert states(tmp_path) == {
        "0001_first": "applied",
        "0002_second": "applied",
        "0003_third": "pending",
    }
    yoyo("apply", "-b")
    yoyo("unmark", "--revision", "0003_third", "-b")
    assert stand_in_the_way(tmp_path) == {"0003_third"}
    assert "already exists" in yoyo("apply", "-b", fails=True)
    yoyo("mark", "--revision", "0003_third", "-b")
    write(tmp_path, {"migrations/0001a_late.sql": "CREATE TABLE late (id integer);\n"})
    assert states(tmp_path)["0001a_late"] == "out-of-order"
    (tmp_path / "migrations" / "0002_second.sql").unlink()
    assert states(tmp_path)["0002_second"] == "missing-file"
