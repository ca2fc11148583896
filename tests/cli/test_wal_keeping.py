"""`studio wal`: copies, checks, sizes and salvage, as text and JSON."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studio.cli.main import main
from tests.wal.programs import Program, glance

REFUSED, WRONG = 5, 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.db"


@pytest.fixture
def program(path: Path):
    program = Program(path)
    for sql in (
        "PRAGMA journal_mode=wal", "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT UNIQUE)",
        "CREATE VIRTUAL TABLE f USING fts5(w)", "INSERT INTO f VALUES ('word')",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, a REFERENCES a)",
        "INSERT INTO a VALUES (1, 'one'), (2, 'two')", "BEGIN", "INSERT INTO a VALUES (3, 'open')",
    ):  # fmt: skip
        program.sql(sql)
    yield program
    program.close()


def said(capsys, *words: str) -> dict:
    assert main(["wal", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_beside_a_program_that_writes(path, program, tmp_path, capsys):
    before = glance(tmp_path)
    sizes = said(capsys, str(path), "--sizes")
    parts = {(one["kind"], one["name"]): one["table"] for one in sizes["parts"]}
    assert parts["index", "sqlite_autoindex_a_1"] == "a"
    assert parts["table", "f_content"] == "f"
    assert sum(one["pages"] for one in sizes["parts"]) == sizes["pages"]
    assert main(["wal", str(path), "--sizes"]) == 0
    assert "sqlite_autoindex_a_1  (index of a)" in capsys.readouterr().out
    assert said(capsys, str(path), "--integrity")["is_sound"]
    assert glance(tmp_path) == before
    copy = tmp_path / "copy.db"
    assert said(capsys, str(path), "--as-of", "now", "--output", str(copy))["commit"] == "now"
    saved = tmp_path / "saved.db"
    assert said(capsys, str(path), "--salvage", "--output", str(saved))["tables"]["a"] == 2
    for made in (copy, saved):
        with closing(sqlite3.connect(f"file:{made}?mode=ro", uri=True)) as connection:
            assert connection.execute("SELECT b FROM a").fetchall() == [("one",), ("two",)]
    program.sql("COMMIT")
    program.sql("INSERT INTO c VALUES (7, 99)")
    assert main(["wal", str(path), "--integrity"]) == 1
    told = capsys.readouterr().out
    assert "1 row refers to nothing" in told
    assert "row 7 of c refers to a row of a that is not there" in told


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--salvage"], WRONG, "--salvage and --output F go together"),
        (["--sizes", "--output", "x"], WRONG, "--output F go together"),
        (["--salvage", "--output", "-"], WRONG, "needs a file"),
        (["--as-of", "now", "--output", "no/where.db"], WRONG, "no folder no"),
        (["--as-of", "soon", "--output", "x"], WRONG, "'soon' is no number of a frame"),
    ],
)
def test_what_says_nothing_together(path, program, capsys, words, code, says):
    del program
    try:
        found = main(["wal", str(path), *words])
    except SystemExit as left:
        found = left.code
    assert found == code
    assert says in capsys.readouterr().err


def test_no_file_is_replaced(path, program, tmp_path, capsys):
    del program
    (tmp_path / "there.db").write_text("mine")
    for words in (["--salvage"], ["--as-of", "now"]):
        assert main(["wal", str(path), *words, "--output", str(tmp_path / "there.db")]) == REFUSED
        assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "there.db").read_text() == "mine"


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_copy_of_a_file_that_is_cut_is_refused(mode, path, tmp_path, capsys):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("CREATE TABLE a (b)")
        connection.execute("INSERT INTO a VALUES (zeroblob(30000))")
    with path.open("r+b") as file:
        file.truncate(3 * 4096 + 77)
    copy = tmp_path / "copy.db"
    assert main(["wal", str(path), "--as-of", "now", "--output", str(copy)]) == REFUSED
    told = capsys.readouterr().err
    assert "app.db: it has 3 pages of the " in told
    assert "--salvage" in told
    assert not copy.exists()


def test_a_copy_of_a_file_whose_newest_commit_is_cut_is_refused(path, tmp_path, capsys):
    program = Program(path)
    for sql in (
        "PRAGMA journal_mode=wal", "CREATE TABLE a (b)", "CREATE TABLE c (d)",
        "INSERT INTO a VALUES (zeroblob(30000))", "PRAGMA wal_checkpoint(TRUNCATE)",
        "INSERT INTO c VALUES (1)",
    ):  # fmt: skip
        program.sql(sql)
    program.kill()
    with path.open("r+b") as file:
        file.truncate(3 * 4096 + 77)
    copy = tmp_path / "copy.db"
    assert main(["wal", str(path), "--as-of", "now", "--output", str(copy)]) == REFUSED
    assert "app.db: it has 3 pages of the " in capsys.readouterr().err
    assert not copy.exists()


@pytest.mark.parametrize("left", [0, 100, 5000])
def test_a_copy_of_a_file_whose_wal_was_cut_under_its_program_is_refused(
    left, path, tmp_path, capsys
):
    program = Program(path)
    for sql in (
        "PRAGMA journal_mode=wal", "CREATE TABLE a (b)", "INSERT INTO a VALUES (zeroblob(30000))",
    ):  # fmt: skip
        program.sql(sql)
    os.truncate(f"{path}-wal", left)
    copy = tmp_path / "copy.db"
    assert main(["wal", str(path), "--as-of", "now", "--output", str(copy)]) == REFUSED
    assert "committed frames, and the -wal has" in capsys.readouterr().err
    assert not copy.exists()
    program.kill()
