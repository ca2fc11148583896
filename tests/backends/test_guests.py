"""An engine from a package: every half by its entry point alone, and a line when it fails."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from studio.backends.halves import Absent, ask, required
from studio.backends.halves.editing import EDITING
from studio.backends.halves.empty import EMPTY
from studio.backends.halves.notices import NOTICES
from studio.backends.halves.scratch import SCRATCH
from studio.backends.halves.script import SCHEMA_SCRIPT
from studio.backends.halves.syntax import syntax_of
from studio.backends.registry import backend
from studio.backends.target import Target
from studio.db.session import Session
from studio.explain.printing import bytecode
from studio.explain.prove import prove
from studio.explain.run import Request, explain
from studio.explain.trial import question
from studio.model.errors import Unsupported
from studio.model.finding import IndexHint
from tests.backends.guest.broken import Hollow
from tests.backends.guest.studio_guest import NAME, GuestEditing, GuestEngine

ROOT = Path(__file__).parents[2]
MODULE = "tests.backends.guest.studio_guest"
BROKEN = "tests.backends.guest.broken"
ENGINES = {
    "guest": f"{MODULE}:GuestEngine", "hollow": f"{BROKEN}:Hollow", "unmade": f"{BROKEN}:NeverMade",
    "leaver": f"{BROKEN}:leave", "missing": f"{MODULE}:NotThere", "number": f"{MODULE}:NAME",
    "strange": f"{BROKEN}:StrangelyExplaining",
}  # fmt: skip


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder on the path as pip would leave it: metadata with entry points, and no more."""
    info = tmp_path / "packages" / "studio_guest-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: studio-guest\nVersion: 1.0\n")
    engines = "".join(f"{scheme} = {place}\n" for scheme, place in ENGINES.items())
    engines += "gone = no_such_package.engine:Engine\n"
    early = f"guest = {MODULE}:GuestEarly\nhollow = no_such_package:Early\n"
    (info / "entry_points.txt").write_text(
        f"[studio.backends]\n{engines}\n[studio.backends.early]\n{early}"
        f"\n[studio.backends.plans]\nguest = {MODULE}:GuestPlans\ngone = no_such_package:Plans\n"
    )
    return info.parent


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("INSERT INTO people VALUES (1, 'Ada')")
    connection.close()
    return path


def studio(package: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join((str(package), str(ROOT)))
    places = dict.fromkeys(("XDG_STATE_HOME", "XDG_DATA_HOME"), str(package))
    return subprocess.run(
        [sys.executable, "-m", "studio", *words],
        input=given, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, **places, "PYTHONPATH": paths},
    )  # fmt: skip


def test_its_sql_is_read_as_it_says(package: Path, file: Path) -> None:
    sql = "select name from people; # a comment; not a statement"
    done = studio(package, "query", f"guest://{file}", sql, "--format", "csv")
    assert (done.returncode, done.stdout, done.stderr) == (0, "name\nAda\n", "")
    assert studio(package, "query", str(file), sql).returncode == 4


def test_its_rows_are_changed_under_the_guards(package: Path, file: Path) -> None:
    change = {
        "op": "update", "table": "people", "identity": {"id": 1},
        "before": {"name": "Ada"}, "after": {"name": "Grace"},
    }  # fmt: skip
    document = json.dumps({"changes": [change]})
    done = studio(package, "apply", f"guest://{file}", "-", "--json", given=document)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["outcome"] == "applied"
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT * FROM people").fetchall() == [(1, "Grace")]
    connection.close()
    again = studio(package, "apply", f"guest://{file}", "-", "--json", given=document)
    assert again.returncode == 5


def test_its_plans_are_its_own(package: Path, file: Path, tmp_path: Path) -> None:
    sql = "select * from people a, people b"
    done = studio(package, "explain", f"guest://{file}", sql)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["guest SCAN a", "└ guest SCAN b"]
    done = studio(package, "explain", f"guest://{file}", sql, "--json")
    assert json.loads(done.stdout) == {
        "engine": "guest", "execution_ms": None, "findings": [], "index_hints": [],
        "steps": [{"text": "guest SCAN a", "parent": None}, {"text": "guest SCAN b", "parent": 0}],
    }  # fmt: skip
    plan = tmp_path / "saved.txt"
    plan.write_text("guest SCAN a\nguest SCAN b\n")
    done = studio(package, "explain", "--plan", str(plan))
    assert (done.returncode, done.stdout) == (0, "guest SCAN a\n└ guest SCAN b\n")
    plan.write_text("nobody's plan")
    done = studio(package, "explain", "--plan", str(plan))
    assert done.returncode != 0
    assert done.stderr.startswith("studio: ")
    assert "Traceback" not in done.stderr


def test_its_findings_are_gates(package: Path, file: Path, tmp_path: Path) -> None:
    plan = tmp_path / "saved.txt"
    plan.write_text("guest SCAN a\n")
    for where in ((f"guest://{file}", "select 1"), ("--plan", str(plan))):
        done = studio(package, "explain", *where, "--fail-on", "guest_long_visit")
        assert done.returncode == 0
        done = studio(package, "explain", *where, "--fail-on", "guest_lon_visit")
        assert (done.returncode, "mean guest_long_visit?" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("scheme", "why"),
    [
        ("unmade", "LookupError: no licence [2J"),
        ("leaver", "SystemExit: 9"),
        ("missing", "AttributeError: "),
        ("number", "TypeError: "),
        ("gone", "ModuleNotFoundError: "),
    ],
)
def test_one_that_fails_is_a_line(package: Path, file: Path, scheme: str, why: str) -> None:
    done = studio(package, "query", f"{scheme}://{file}", "select 1")
    assert done.returncode == 3
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"studio: the engine {scheme} of the package studio-guest (")
    assert why in line
    assert studio(package, "query", str(file), "select 1").returncode == 0


@pytest.mark.parametrize(
    ("sql", "why"), [("select 1", "KeyError: 'plan"), ("select 'leave'", "SystemExit: 9")]
)
def test_a_plan_that_fails_strangely_is_a_line(
    package: Path, file: Path, sql: str, why: str
) -> None:
    done = studio(package, "explain", f"strange://{file}", sql)
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"studio: The engine strange could not explain it: {why}")
    assert (done.returncode, done.stdout) == (4, "")
    assert "\x1b" not in done.stderr


def test_a_half_is_what_the_attribute_is_or_names_or_why_there_is_none() -> None:
    guest, hollow = GuestEngine(), Hollow()
    assert syntax_of(guest) is GuestEngine.syntax
    assert type(required(guest, EDITING)) is GuestEditing
    assert ask(guest, SCRATCH) == Absent("guests have no scratch: they are on a visit")
    assert ask(guest, NOTICES) == Absent("guest says nothing besides its answers")
    assert ask(hollow, SCHEMA_SCRIPT) == Absent(
        "hollow has relations alone, each with the statement that makes it"
    )
    assert ask(hollow, NOTICES) == Absent(
        "listen of hollow could not be loaded: ZeroDivisionError: facts of [31m life"
    )
    with pytest.raises(Unsupported, match="editing of hollow could not be loaded: AttributeErr"):
        required(hollow, EDITING)
    empty = ask(hollow, EMPTY)
    assert isinstance(empty, Absent)
    assert "ModuleNotFoundError: No module named 'no'" in empty.why


def test_the_reason_is_what_the_command_says(package: Path, file: Path) -> None:
    insert = {"op": "insert", "table": "people", "after": {"name": "x"}}
    document = json.dumps({"changes": [insert]})
    done = studio(package, "apply", f"hollow://{file}", "-", given=document)
    assert done.returncode == 4
    assert "editing of hollow could not be loaded: AttributeError" in done.stderr


async def test_where_an_engine_cannot_explain_its_reason_is_what_is_said(file: Path) -> None:
    engine = GuestEngine()
    target = Target(NAME, f"guest://{file}", shown="app.db")
    session = Session(engine, engine.open(target))
    hint = IndexHint("people", ("name",), "CREATE INDEX x ON people (name);")
    why = "guests build nothing, not even for a moment"
    with pytest.raises(Unsupported, match=f"^{why}$"):
        question(engine, hint)
    with pytest.raises(Unsupported, match=f"^{why}$"):
        await prove(session, "select 1", [hint])
    with pytest.raises(Unsupported, match=r"^guests keep their programs to themselves$"):
        await bytecode(session, "select 1")
    await session.close()
    generic = Session(backend("nobodys"), session.opening)
    with pytest.raises(Unsupported, match=r"^studio cannot read the plans of generic yet\.$"):
        await explain(generic, Request("select 1"))
    with pytest.raises(Unsupported, match=r"^studio cannot try indexes on generic$"):
        question(generic.backend, hint)


def test_a_scheme_of_nobody_is_the_generic_engine() -> None:
    assert backend("nobodys").name == "generic"
