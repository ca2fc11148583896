"""Names that are no text, as damage leaves them: told in a sentence, whatever asks."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studio.cli.main import main


def made(path: Path, *, is_malformed: bool) -> Path:
    """A table whose name is not UTF-8, and one whose column is; SQLite itself cannot read a schema
    that is malformed.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE abcdef (x)")
        connection.execute("CREATE TABLE good (id INTEGER PRIMARY KEY, uvwxyz)")
        connection.execute("INSERT INTO good VALUES (1, 2)")
    data = path.read_bytes().replace(b"abcdef", b"\xff\xfecdef").replace(b"uvw", b"\xff\xfew")
    if is_malformed:
        data = data.replace(b"CREATE TABLE \xff", b"CREATX TABLE \xff")
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["schema"], 4),
        (["doctor"], 0),
        (["query", "SELECT id FROM good"], 4),
        (["wal", "--integrity"], 1),
    ],
)
def test_a_schema_that_cannot_be_read_is_named(tmp_path, capsys, command, code):
    name, *rest = command
    assert main([name, str(made(tmp_path / "a.db", is_malformed=True)), *rest]) == code
    said = capsys.readouterr()
    assert r"malformed database schema (\xff\xfecdef)" in said.out + said.err


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["schema"], 0, "good"),
        (["doctor"], 0, "is not UTF-8"),
        (["query", "SELECT id FROM good"], 0, "1"),
        (["export", "good", "--output", "x.csv"], 4, "is not UTF-8"),
        (["wal", "--integrity"], 0, "sound"),
    ],
)
def test_what_has_such_a_name_is_passed_over_or_refused(
    tmp_path, capsys, monkeypatch, command, code, said
):
    monkeypatch.chdir(tmp_path)
    name, *rest = command
    assert main([name, str(made(tmp_path / "a.db", is_malformed=False)), *rest]) == code
    found = capsys.readouterr()
    assert said in found.out + found.err


def test_a_salvage_without_a_table_is_not_whole(tmp_path, capsys):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE abcdef (x)")
        connection.execute("CREATE TABLE good (x)")
        connection.execute("INSERT INTO good VALUES (1)")
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE abc", b"CREATX TABLE \xffbc"))
    output = str(tmp_path / "saved.db")
    assert main(["wal", str(path), "--salvage", "--output", output]) == 0
    said = capsys.readouterr().out
    assert "1 row of 1 table" in said
    assert "may be incomplete" in said
    assert "table abcdef: its statement cannot be read" in said
