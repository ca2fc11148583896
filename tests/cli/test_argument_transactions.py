"""SQL given as an argument with --write: what is kept of it, and what is said of that."""

import sqlite3
from contextlib import closing

import psycopg
import pytest

from studio.cli.main import main

NOTHING = "rolled back: nothing of this script was kept"
A, B = "insert into t values ('a')", "insert into t values ('b')"


@pytest.fixture(params=["postgresql", "sqlite"])
def target(request, tmp_path):
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE t (v text)")
        return url
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (v text)")
    return str(path)


def kept(target):
    if target.startswith("postgresql"):
        with psycopg.connect(target) as connection:
            return "".join(v for (v,) in connection.execute("SELECT v FROM t ORDER BY v"))
    with closing(sqlite3.connect(target)) as connection:
        return "".join(v for (v,) in connection.execute("SELECT v FROM t ORDER BY v"))


@pytest.mark.parametrize(
    ("text", "options", "code", "rows", "said"),
    [
        (f"{A}; {B}", (), 0, "ab", ""),
        (f"{A}; {B}; select nope", (), 4, "", NOTHING),
        # Its own COMMIT and ROLLBACK hold.
        (f"{A}; commit; {B}; select nope", (), 4, "a", "nothing from line 1, column 37 on was"),
        (f"{A}; commit; select nope", (), 4, "a", "nothing from line 1, column 37 on was"),
        (f"{A}; commit; {B}", (), 0, "ab", ""),
        (f"{A}; rollback", (), 0, "", ""),
        (f"{A}; rollback; {B}", (), 0, "b", ""),
        (f"{A}; savepoint s; {B}; rollback to s", (), 0, "a", ""),
        (f"savepoint s; {A}; select nope", (), 4, "", NOTHING),
        # Who begins a transaction ends it.
        (f"begin; {A}; commit", (), 0, "a", ""),
        (f"begin; {A}; rollback", (), 0, "", ""),
        (f"begin; {A}", (), 5, "", "left its transaction open"),
        (f"begin; {A}; select nope", (), 4, "", NOTHING),
        # What is reported, or stops, takes nothing of that away.
        (f"{A}; select nope", ("--report",), 4, "", NOTHING),
        (f"{A}; select nope", ("--on-error", "stop"), 4, "", NOTHING),
        (f"{A}; {B}", ("--report",), 0, "ab", ""),
        (f"{A}; commit; {B}; select nope", ("--report",), 4, "a", "rolled back: nothing from"),
        # These are asked for.
        (f"{A}; select nope", ("--mode", "auto"), 4, "a", ""),
        (f"{A}; select nope; {B}", ("--on-error", "continue"), 4, "ab", ""),
    ],
)
def test_what_an_argument_keeps(target, capsys, text, options, code, rows, said):
    assert main(["query", target, "--write", text, *options]) == code
    told = capsys.readouterr().err
    assert kept(target) == rows
    assert said in told
    assert said or "rolled back" not in told
