"""What `studio query` says on stderr of an argument's statements besides their rows."""

import gzip
import sqlite3
from contextlib import closing

import pytest

from studio.cli.main import main

SPEAKS = "do $$begin raise notice 'n1'; raise warning 'w1'; end$$"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (SPEAKS, 0, ["NOTICE: n1", "WARNING: w1"]),
        (f"{SPEAKS}; drop table if exists nobody", 0, ["WARNING: w1", "does not exist, skipping"]),
        (f"{SPEAKS}; select nope", 4, ["WARNING: w1", "nope"]),
        ("commit", 0, ["no transaction in progress"]),
        ("do $$begin raise warning 'w2'; raise exception 'x'; end$$", 4, ["w2", "x"]),
    ],
)
def test_what_the_server_says_besides(postgres, capsys, text, code, said):
    assert main(["query", postgres, "--write", text]) == code
    told = capsys.readouterr().err
    places = [told.find(each) for each in said]
    assert -1 not in places
    assert places == sorted(places)


def test_what_a_deferred_trigger_says_at_commit(postgres, capsys):
    made = (
        "create table t (a int); create function f() returns trigger language plpgsql as "
        "$$begin raise notice 'late'; return null; end$$; create constraint trigger d after "
        "insert on t deferrable initially deferred for each row execute function f()"
    )
    assert main(["query", postgres, "--write", made]) == 0
    assert main(["query", postgres, "--write", "insert into t values (1)"]) == 0
    assert "NOTICE: late" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--mode", "auto", "--write"]])
def test_text_that_is_none_is_said(tmp_path, capsys, options):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (a)")
    lossy, to = "select cast(x'ff61' as text) as v", ["--output", str(tmp_path / "o.csv")]
    assert main(["query", str(path), lossy, "--format", "csv", *to, *options]) == 0
    assert "not UTF-8, with U+FFFD for what is no text: 1 value of v" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--mode", "auto", "--write"]])
def test_a_name_says_how_the_rows_are_packed(tmp_path, options):
    path = tmp_path / "a.db"
    sqlite3.connect(path).close()
    out = tmp_path / "o.csv.gz"
    ask = ["query", str(path), "select 1 as v", "--format", "csv", *options, "--output"]
    assert main([*ask, str(out)]) == 0
    assert gzip.decompress(out.read_bytes()).split() == [b"v", b"1"]
    assert main([*ask, str(tmp_path / "o.zip")]) == 2
    assert not (tmp_path / "o.zip").exists()


@pytest.mark.parametrize("text", ["select 1 as a, 2 as a", "select 1 as a, 2 as b, 3 as A"])
def test_rows_with_a_name_twice_are_no_insert(tmp_path, capsys, text):
    path = tmp_path / "a.db"
    sqlite3.connect(path).close()
    ask = ["query", str(path), "--format", "insert", "--table", "elsewhere", text]
    assert main(ask) == 2
    said = capsys.readouterr()
    assert "one comes twice" in said.err
    assert "INSERT" not in said.out
