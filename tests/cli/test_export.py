"""`studio export`: every row, in the bytes `studio query` prints, and a file that is whole."""

import gzip
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from time import monotonic, sleep

import pytest

from studio.cli.main import main
from tests.patience import IN_VAIN_S
from tests.postgres import run_sql

FORMATS = {"csv": "csv", "tsv": "tsv", "json": "json", "jsonl": "jsonl", "md": "markdown",
           "sql": "insert"}  # fmt: skip
ROWS = """
CREATE TABLE things (a int, b text, c {real}, d {bytes}, PRIMARY KEY (a, b));
INSERT INTO things VALUES (1, '', 0.1, NULL), (1, 'two', NULL, {hex}), (2, 'a,"b"', 1e300, NULL),
  (3, 'new
line', -1.5, {hex}), (4, 'tab	é☃', 2, NULL), (5, '\\', 7, NULL)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def things(request: pytest.FixtureRequest, tmp_path) -> str:
    if request.param == "sqlite":
        path = tmp_path / "things.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(ROWS.format(real="real", bytes="blob", hex="x'00ff'"))
        return str(path)
    url = request.getfixturevalue("postgres")
    types = {"real": "double precision", "bytes": "bytea", "hex": "'\\x00ff'"}
    run_sql(url, *ROWS.format(**types).split(";\n"))
    return url


@pytest.mark.parametrize("ending", FORMATS)
def test_a_table_is_the_bytes_that_a_query_prints(things, tmp_path, ending):
    said, wanted = tmp_path / f"out.{ending}", tmp_path / "wanted"
    query = ["query", things, "SELECT * FROM things ORDER BY a, b", "--format", FORMATS[ending]]
    assert main([*query, "--output", str(wanted)]) == 0
    assert main(["export", things, "things", "--output", str(said)]) == 0
    expected = wanted.read_bytes()
    if ending == "sql":  # the table has its schema here
        expected = expected.replace(b'INTO "things"', said.read_bytes().split(b" (")[0][7:])
    assert said.read_bytes() == expected


def test_the_rows_of_a_query_are_what_query_prints(things, tmp_path):
    said, wanted = tmp_path / "said.csv", tmp_path / "wanted.csv"
    sql = "SELECT b, a FROM things ORDER BY a DESC, b"
    assert main(["query", things, sql, "--format", "csv", "--output", str(wanted)]) == 0
    assert main(["export", things, "--query", sql, "--output", str(said)]) == 0
    assert said.read_bytes() == wanted.read_bytes()


def test_filters_and_order_are_those_of_the_grid(things, tmp_path):
    said = tmp_path / "said.csv"
    where = ["--where", "a > 1 and a < 5", "--order=-a"]
    assert main(["export", things, "things", *where, "--output", str(said)]) == 0
    assert [line[0] for line in said.read_text().splitlines()] == list("a43l2")


def test_gz_holds_the_same_and_the_same_twice(things, tmp_path):
    plain, packed, again = (tmp_path / name for name in ("a.csv", "b.csv.gz", "c.csv.GZ"))
    for path in (plain, packed, again):
        assert main(["export", things, "things", "--output", str(path)]) == 0
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert packed.read_bytes() == again.read_bytes()


def test_several_tables_are_files_of_a_folder(sqlite_file, tmp_path, capsys):
    path = sqlite_file("CREATE TABLE one (a)", "CREATE TABLE two (a)", "INSERT INTO two VALUES (7)")
    out = tmp_path / "backup"
    command = ["export", str(path), "one", "two", "--output", str(out), "--format"]
    assert main([*command, "csv"]) == 0
    assert (out / "two.csv").read_text() == "a\n7\n"
    assert (out / "one.csv").read_text() == "a\n"
    assert "two: 1 row in" in capsys.readouterr().err


def test_many_rows_come_in_chunks_each_once(tmp_path):
    path = tmp_path / "many.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE many (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID")
        connection.executemany(
            "INSERT INTO many VALUES (?, ?)", ((i % 7, f"{i:05}" * 20) for i in range(4000))
        )
        connection.commit()
    out = tmp_path / "many.jsonl"
    assert main(["export", str(path), "many", "--output", str(out)]) == 0
    lines = out.read_text().splitlines()
    assert len(lines) == len(set(lines)) == 4000
    assert lines == sorted(lines)


def test_what_fails_leaves_no_file_and_what_was_there(things, tmp_path):
    said = tmp_path / "said.csv"
    said.write_text("precious")
    assert main(["export", things, "--query", "SELECT no_such", "--output", str(said)]) == 4
    assert said.read_text() == "precious"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".said")]


@pytest.mark.parametrize(
    "wrong",
    [
        ["things", "--output", "x.what"],
        ["nothing", "--output", "x.csv"],
        ["--output", "x.csv"],
        ["things", "--query", "SELECT 1", "--output", "x.csv"],
        ["things", "--where", "no_such = 1", "--output", "x.csv"],
        ["things", "--order", "no_such", "--output", "x.csv"],
        ["things", "--output", "x.zip"],
        ["things", "--output", "-"],
        ["things", "things", "--output", "-", "--format", "csv"],
    ],
)
def test_a_wrong_command_line_is_2(sqlite_file, tmp_path, monkeypatch, wrong):
    monkeypatch.chdir(tmp_path)
    assert main(["export", str(sqlite_file("CREATE TABLE things (a)")), *wrong]) == 2
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".db"]


def test_an_interrupt_is_130_and_leaves_nothing(sqlite_file, tmp_path):
    path = sqlite_file("CREATE TABLE t (a)")
    out = tmp_path / "out"
    out.mkdir()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    command = ["export", str(path), "--query", endless, "--output", str(out / "endless.csv")]
    program = subprocess.Popen([sys.executable, "-m", "studio", *command], stderr=subprocess.PIPE)
    deadline = monotonic() + IN_VAIN_S
    while not any(file.stat().st_size for file in out.iterdir()):
        assert program.poll() is None
        assert monotonic() < deadline
        sleep(0.02)
    program.send_signal(signal.SIGINT)
    program.communicate()
    assert program.returncode == 130
    assert not list(out.iterdir())


@pytest.mark.parametrize("command", ["export", "query"])
@pytest.mark.parametrize("output", ["app.db", "app.db-wal", "link.csv", "other.bin"])
def test_what_is_no_text_is_never_replaced(sqlite_file, tmp_path, command, output):
    path = sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("SELECT * FROM t").fetchall()
        (tmp_path / "link.csv").symlink_to(path)
        (tmp_path / "other.bin").write_bytes(b"data\0data")
        wanted = tmp_path / output
        if not wanted.exists():
            wanted.touch()
        before = wanted.read_bytes()
        words = ["t"] if command == "export" else ["SELECT * FROM t"]
        given = [command, str(path), *words, "--output", str(wanted), "--format", "csv"]
        assert main(given) == 5
        assert wanted.read_bytes() == before


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_dash_is_standard_output(request, sqlite_file, tmp_path, monkeypatch, engine):
    monkeypatch.chdir(tmp_path)
    if engine == "sqlite":
        target = str(sqlite_file("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (2)"))
    else:
        target = request.getfixturevalue("postgres")
        text = "CREATE TABLE t AS SELECT 1 AS a UNION ALL SELECT 2"
        assert main(["query", target, text, "--write"]) == 0
    command = ["export", target, "t", "--output", "-", "--format", "csv"]
    done = subprocess.run(
        [sys.executable, "-m", "studio", *command], capture_output=True, check=True
    )
    assert done.stdout == b"a\n1\n2\n"
    assert b"t: 2 rows" in done.stderr
    assert not (tmp_path / "-").exists()


def test_a_query_may_go_to_standard_output_by_name(things, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = ["SELECT 7 AS n", "--output", "-", "--format", "csv"]
    assert main(["export", things, "--query", *rows]) == 0
    assert main(["query", things, *rows]) == 0
    assert capsys.readouterr().out == "n\n7\n" * 2
    assert not (tmp_path / "-").exists()


def test_order_takes_what_begins_with_a_dash(sqlite_file, capsys):
    path = str(sqlite_file("CREATE TABLE t (id int, h int)", "INSERT INTO t VALUES (1, 2), (3, 4)"))
    for order in (["--order", "-id"], ["--order=-id"], ["--order", "-h,id"]):
        assert main(["export", path, "t", "--output", "-", "--format", "csv", *order]) == 0
        assert capsys.readouterr().out == "id,h\n3,4\n1,2\n"


@pytest.mark.parametrize("rows", [["t"], ["--query", "SELECT * FROM t"]])
def test_text_that_is_not_utf_8_is_counted(sqlite_file, tmp_path, capsys, rows):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)",
        "INSERT INTO t (a, b) VALUES ('é', CAST(x'41ff' AS TEXT)), (CAST(x'ff' AS TEXT), 'b'),"
        " (CAST(x'fe' AS TEXT), NULL)",
    )
    for ending in ("csv", "tsv"):
        out = tmp_path / f"o.{ending}"
        assert main(["export", str(path), *rows, "--output", str(out)]) == 0
        said = capsys.readouterr().err
        assert "2 values of a, 1 value of b" in said, said
        assert out.read_text(encoding="utf-8").count("\ufffd") == 3
    assert main(["export", str(path), *rows, "--output", str(tmp_path / "o.jsonl")]) == 0
    assert "UTF-8" not in capsys.readouterr().err
