"""Looking at a WAL beside its program: real processes and users; who exits, and who is killed."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from studio.backends.sqlite import helper
from studio.backends.sqlite.wal_history import SQLiteWalHistory
from studio.backends.target import Target
from studio.db.session import read_once
from studio.db.url import parse
from studio.wal import saving as saving_module
from studio.wal.saving import save_state
from tests.backends.sqlite.users import forked
from tests.wal.programs import Program, as_user, glance, snapshot
from tests.wal.writers import WRITERS, started

NOBODY = 65534
MADE = (
    "PRAGMA journal_mode=wal",
    "CREATE TABLE t (x INTEGER PRIMARY KEY, y)",
    "INSERT INTO t VALUES (1, 'one'), (2, 'two')",
    "DELETE FROM t WHERE x = 2",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    return tmp_path / "app/app.db"


@pytest.fixture(params=WRITERS)
def writer(path: Path, request: pytest.FixtureRequest) -> Iterator[Program]:
    program = started(request.param, path)
    for statement in MADE:
        program.sql(statement)
    yield program
    if program.process.poll() is None:
        program.close()


@contextmanager
def following(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """`studio wal --follow`, which has looked once."""
    command = [sys.executable, "-m", "studio", "wal", str(path), "--follow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as studio:
        try:
            assert "following" in event(studio)
            yield studio
        finally:
            studio.kill()


def event(studio: "subprocess.Popen[str]") -> dict[str, object]:
    assert studio.stdout
    found: dict[str, object] = json.loads(studio.stdout.readline())
    return found


def commit(studio: "subprocess.Popen[str]") -> object:
    """The rows of the next commit that is told."""
    while "rows" not in (found := event(studio)):
        assert found["may_be_missing"]
    return found["rows"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def rows_of(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT * FROM t ORDER BY x").fetchall()


def test_a_program_that_exits_cleans_up_while_it_is_followed(path, writer):
    with following(path) as studio:
        writer.sql("INSERT INTO t VALUES (3, 'three')")
        assert commit(studio) == {"t": {"insert": 1}}
        writer.close()
        assert names(path.parent) == ["app.db"]
        again = Program(path)
        again.sql("INSERT INTO t VALUES (4, 'four')")
        assert commit(studio) == {"t": {"insert": 1}}
        again.close()
    assert rows_of(path) == [(1, "one"), (3, "three"), (4, "four")]


def test_a_file_that_goes_away_and_comes_back_is_followed(path):
    program = Program(path)
    for statement in MADE:
        program.sql(statement)
    with following(path) as studio:
        path.rename(away := path.with_name("away"))
        assert event(studio) == {"unreadable": "app.db: No such file or directory"}
        away.rename(path)
        program.sql("INSERT INTO t VALUES (3, 'three')")
        assert commit(studio) == {"t": {"insert": 1}}
    program.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_one_who_follows_can_end_any_way(path, writer, how):
    with following(path) as studio:
        before = glance(path.parent)
        studio.send_signal(how)
        studio.wait()
    assert glance(path.parent) == before
    writer.sql("INSERT INTO t VALUES (3, 'three')")
    assert writer.sql("PRAGMA wal_checkpoint(TRUNCATE)") == [[0, 0, 0]]


def test_a_program_that_is_killed_leaves_what_it_left(path, writer):
    with following(path):
        writer.kill()
        before = snapshot(path.parent)
        opening = SQLiteWalHistory().visit(parse(str(path)), 3)
        assert rows_of(Path(opening.target.address)) == [(1, "one"), (2, "two")]
        opening.end()
    assert snapshot(path.parent) == before
    assert Path(f"{path}-wal").stat().st_size


def test_a_writer_neither_waits_nor_is_kept_from_its_checkpoints(path, writer):
    """With a busy timeout of 0 it would fail where it had to wait."""
    writer.sql("PRAGMA wal_autocheckpoint=8")
    target, history = parse(str(path)), SQLiteWalHistory()
    largest = 0
    with following(path) as studio:
        for number in range(10, 40):
            writer.sql(f"INSERT INTO t VALUES ({number}, hex(zeroblob(900)))")
            shown = read_once(target, lambda c, _b, _o: c.exec_driver_sql(_PAGE).fetchall())
            assert len(shown) == number - 10 + 2
            if number % 8 == 0:
                _, report = history.report(target)
                opening = history.visit(target, report.reachable[-1])
                assert len(rows_of(Path(opening.target.address))) == len(shown)
                opening.end()
            largest = max(largest, Path(f"{path}-wal").stat().st_size)
        seen = 0
        while seen < 30:
            seen += "commit" in (told := event(studio))
            if told.get("restarted"):
                break
        assert writer.sql("PRAGMA wal_checkpoint(TRUNCATE)") == [[0, 0, 0]]
    # A page more than where it checkpoints, and what one commit adds to that.
    assert largest < 32 + 20 * (24 + 4096)
    writer.close()
    assert names(path.parent) == ["app.db"]
    assert len(rows_of(path)) == 31


_PAGE = "SELECT x, y FROM t ORDER BY x LIMIT 200"


def test_a_studio_that_is_killed_while_it_saves_leaves_nothing(path, writer, tmp_path):
    if (file := saving_module._nameless(tmp_path)) is None:
        pytest.skip("this file system knows no files without a name")
    os.close(file)
    before = glance(path.parent)
    output = tmp_path / "then/app.db"
    output.parent.mkdir()
    command = [sys.executable, "-c", _SAVES, str(path), str(output)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as saving:
        assert saving.stdout
        assert saving.stdout.readline() == "half\n"
        saving.kill()
    assert not names(output.parent)
    assert glance(path.parent) == before


_SAVES = """
import sys, time
from pathlib import Path
from studio.wal import saving as saving_module
from studio.wal.saving import save_state

def told(done, total):
    print("half", flush=True)
    time.sleep(3600)

save_state(Path(sys.argv[1]), 3, Path(sys.argv[2]), told)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_somebody_else_looks_and_travels(monkeypatch):
    monkeypatch.setattr(helper, "_answer", forked)
    with tempfile.TemporaryDirectory(prefix="neighbours-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "app").mkdir(0o755)
        (folder / "theirs").mkdir()
        os.chown(folder / "theirs", NOBODY, NOBODY)
        path = folder / "app/app.db"
        program = Program(path)
        for statement in MADE:
            program.sql(statement)
        before = glance(path.parent)
        target, history = parse(str(path)), SQLiteWalHistory()

        def work() -> list[object]:
            _, report = history.report(target)
            changes = history.rows_of_commit(target, 4)
            output = folder / "theirs/then.db"
            save_state(path, 3, output, lambda _done, _total: None)
            return [len(report.commits), [one.kind for one in changes["t"]], rows_of(output)]

        work_once_here(history, target)
        assert as_user(NOBODY, work) == [3, ["delete"], [[1, "one"], [2, "two"]]]
        assert (folder / "theirs/then.db").stat().st_uid == NOBODY
        assert glance(path.parent) == before
        program.sql("INSERT INTO t VALUES (3, 'three')")
        program.close()
        assert names(path.parent) == ["app.db"]


def work_once_here(history: SQLiteWalHistory, target: Target) -> None:
    """Import what the child cannot."""
    history.report(target)
    history.rows_of_commit(target, 4)
