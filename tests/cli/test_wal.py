"""`studio wal`: rows of commits, what is refused, and what a live program's WAL looks like."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from studio.cli.main import main
from tests.backends.sqlite import situations
from tests.examples import some
from tests.wal.programs import Program, glance, snapshot
from tests.wal.test_samples import SAMPLES

NOT_FOUND, REFUSED, WRONG = 3, 5, 2


@pytest.fixture
def dropped(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLES / "autovacuum-drop", tmp_path / "wal")) / "app.db"


def test_rows_of_a_commit_as_json(dropped: Path, capsys) -> None:
    before = snapshot(dropped.parent)
    assert main(["wal", str(dropped), "--commit", "34", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.keys() == {"commit", "tables"}
    assert found["commit"] == 34
    assert found["tables"].keys() == {"customer", "orders", "setting"}
    (setting,) = found["tables"]["setting"]
    assert setting == {
        "change": "insert", "key": ["key3"], "before": None, "after": {"k": "key3", "v": 3},
    }  # fmt: skip
    (updated,) = [c for c in found["tables"]["customer"] if c["change"] == "update"]
    assert updated["key"] == [3]
    assert updated["after"]["note"] == updated["before"]["note"] + "!"
    assert isinstance(found["tables"]["orders"][0]["after"]["total"], float)
    assert found["tables"]["orders"][0]["after"]["doc"].keys() == {"$type", "hex"}
    assert snapshot(dropped.parent) == before


def test_a_dropped_table_gives_its_rows(dropped: Path, capsys) -> None:
    assert main(["wal", str(dropped), "--commit", "63", "--table", "ORDERS", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["tables"]
    assert [(c["change"], c["key"], c["after"]) for c in found["orders"]] == [
        ("delete", [key], None) for key in (2, 3, 4, 5)
    ]
    assert found["orders"][0]["before"]["total"] == 1.5
    assert main(["wal", str(dropped), "--diff", "51", "66", "--table", "customer"]) == 0
    assert "customer: +1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--commit", "43"], REFUSED, "the nearest is 44"),
        (["--commit", "44", "--table", "nix"], WRONG, "no table called 'nix'"),
        (["--table", "orders"], WRONG, "--table goes with"),
        (["--as-of", "44"], WRONG, "--output F go together"),
        (["--as-of", "44", "--output", "-"], WRONG, "needs a file"),
        (["--as-of", "44", "--output", "no/where.db"], WRONG, "no folder no"),
    ],
)
def test_what_is_not_there(dropped: Path, capsys, words: list[str], code: int, says: str) -> None:
    assert main(["wal", str(dropped), *words, "--json"]) == code
    told = capsys.readouterr()
    assert says in told.err
    assert not told.out


def test_an_unreachable_commit_is_refused_with_the_reason(tmp_path: Path, capsys) -> None:
    folder = Path(shutil.copytree(SAMPLES / "partial-checkpoint", tmp_path / "wal"))
    assert main(["wal", str(folder / "app.db"), "--commit", "18", "--json"]) == REFUSED
    told = capsys.readouterr()
    assert "a checkpoint has written later pages" in told.err
    assert "History starts at commit 22" in told.err
    assert main(["wal", str(folder / "app.db"), "--diff", "18", "30"]) == REFUSED
    # 22 is there, and what one of its pages held before is not.
    assert main(["wal", str(folder / "app.db"), "--commit", "22"]) == REFUSED
    assert main(["wal", str(folder / "app.db"), "--commit", "25"]) == 0


def test_a_live_program_is_named_and_not_disturbed(tmp_path: Path, capsys) -> None:
    path = tmp_path / "app.db"
    writer, reader = Program(path), Program(path)
    try:
        writer.sql("PRAGMA journal_mode=wal")
        writer.sql("CREATE TABLE t (x)")
        reader.sql("BEGIN")
        reader.sql("SELECT * FROM t")
        writer.sql("INSERT INTO t VALUES ('new')")
        before = glance(tmp_path)
        assert main(["wal", str(path)]) == 0
        assert f"(pid {reader.process.pid}) reads as of frame 2 and keeps 4.1 kB from being" in (
            capsys.readouterr().out
        )
        assert main(["wal", str(path), "--commit", "3"]) == 0
        assert "x: 'new'" in capsys.readouterr().out
        assert glance(tmp_path) == before
        reader.sql("COMMIT")
        assert writer.sql("PRAGMA wal_checkpoint(TRUNCATE)") == [[0, 0, 0]]
    finally:
        reader.close()
        writer.close()


def test_a_wal_of_another_database_is_refused(dropped: Path, capsys) -> None:
    shutil.copy(SAMPLES / "stale-frames" / "app.db", dropped)
    head = bytearray(dropped.read_bytes())
    head[18:20] = b"\1\1"
    dropped.write_bytes(head)
    assert main(["wal", str(dropped)]) == REFUSED
    assert "may belong to another database" in capsys.readouterr().err


def test_what_is_no_database(tmp_path: Path, capsys) -> None:
    (tmp_path / "text.db").write_text("hello " * 100)
    (tmp_path / "empty.db").touch()
    assert main(["wal", str(tmp_path / "text.db")]) == NOT_FOUND
    assert "not an SQLite database" in capsys.readouterr().err
    assert main(["wal", str(tmp_path / "missing.db")]) == NOT_FOUND
    capsys.readouterr()
    assert main(["wal", str(tmp_path / "empty.db"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["wal_size"], found["commits"], found["shm"]) == (0, [], None)


def test_a_state_is_saved_as_a_clean_database(dropped: Path, tmp_path: Path, capsys) -> None:
    before, output = snapshot(dropped.parent), tmp_path / "then.db"
    expected = json.loads((dropped.parent / "expected.json").read_text())["commits"]
    for commit in some(expected[1:]):
        number = str(commit["last_frame"])
        assert main(["wal", str(dropped), "--as-of", number, "--output", str(output)]) == 0
        with closing(sqlite3.connect(f"file:{output}?mode=ro", uri=True)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA page_count").fetchone() == (commit["db_pages"],)
            for table, (count, _) in commit["state"].items():
                found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
                assert found == (count,)
        assert [path.name for path in tmp_path.glob("*then*")] == ["then.db"]
        output.unlink()
    assert snapshot(dropped.parent) == before


def test_nothing_is_written_over(dropped: Path, tmp_path: Path, capsys) -> None:
    (tmp_path / "then.db-wal").touch()
    assert main(["wal", str(dropped), "--as-of", "51", "--output", str(tmp_path / "then.db")]) == 5
    assert main(["wal", str(dropped), "--as-of", "51", "--output", str(dropped)]) == REFUSED
    assert "is there already" in capsys.readouterr().err
    assert not (tmp_path / "then.db").exists()


def test_a_check_fails_for_what_is_damaged(dropped: Path, tmp_path: Path, capsys) -> None:
    assert main(["wal", str(dropped), "--check"]) == 0
    folder = Path(shutil.copytree(SAMPLES / "corrupt-frame", tmp_path / "corrupt"))
    assert main(["wal", str(folder / "app.db"), "--check", "--json"]) == 1
    told = capsys.readouterr()
    assert "frame 19 does not fit its checksum" in told.err


def test_following_tells_commits_as_they_happen(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    writer = Program(path)
    command = [sys.executable, "-m", "studio", "wal", str(path), "--follow"]
    writer.sql("PRAGMA journal_mode=wal")
    writer.sql("CREATE TABLE t (x)")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as studio:
        try:
            assert studio.stdout
            assert json.loads(studio.stdout.readline()) == {"following": True, "last_commit": 2}
            writer.sql("INSERT INTO t VALUES (1), (2)")
            assert json.loads(studio.stdout.readline()) == {
                "commit": 3, "pages": 1, "touched": {"table:t": 1}, "rows": {"t": {"insert": 2}},
            }  # fmt: skip
            writer.sql("PRAGMA wal_checkpoint(RESTART)")
            writer.sql("DELETE FROM t WHERE x = 1")
            assert json.loads(studio.stdout.readline())["restarted"]
            assert json.loads(studio.stdout.readline())["rows"] == {"t": {"delete": 1}}
        finally:
            studio.terminate()
            writer.close()
    assert not Path(f"{path}-wal").exists()


def test_a_journal_that_was_left_is_told_and_stays(tmp_path, capsys):
    path = tmp_path / "app.db"
    situations.hot_journal(path)
    before = snapshot(tmp_path)
    assert main(["wal", str(path)]) == 0
    told = capsys.readouterr().out
    assert "a program died while it wrote: its -journal would undo " in told
    assert "what it would undo: ballast " in told
    assert main(["wal", str(path), "--json"]) == 0
    journal = json.loads(capsys.readouterr().out)["journal"]
    assert 0 < journal["written"] <= journal["pages"] == sum(journal["touched"].values())
    assert snapshot(tmp_path) == before


def test_deleted_rows_that_can_still_be_read(tmp_path, capsys):
    path = tmp_path / "app.db"
    program = Program(path)
    for statement in (
        "PRAGMA secure_delete=OFF",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)",
        "INSERT INTO t VALUES (1, 'Ann'), (2, CAST(x'1b5b33316d42' AS TEXT)), (3, 'Cyd')",
        "DELETE FROM t WHERE id = 1",
    ):
        program.sql(statement)
    before = glance(tmp_path)
    assert main(["wal", str(path), "--deleted"]) == 0
    told = capsys.readouterr().out
    assert "1 deleted row can still be read in 1 page: may be incomplete" in told
    assert "t:\n  ?  id: ∅  name: 'Ann'  (page 2)\n" in told
    assert main(["wal", str(path), "--deleted", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "deleted": {
            "t": [
                {"rowid": None, "row": {"id": None, "name": "Ann"}, "page": 2,
                 "is_free_page": False, "is_older": False}
            ]
        },
        "pages": 1, "is_whole": True, "may_be_incomplete": True,
    }  # fmt: skip
    assert glance(tmp_path) == before
    program.close()
