"""What the commands do with streams and files that are closed, full, foreign or no text."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from studio.cli.main import main

MISSING, FAILED_STATEMENT, USAGE = 3, 4, 2
FULL = Path("/dev/full")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
        connection.execute("INSERT INTO t VALUES (1, 'é')")
        connection.commit()
    return path


def run(script: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`script` in a shell; `$@` is the command with its arguments."""
    command = [sys.executable, "-m", "studio", *map(str, arguments)]
    return subprocess.run(
        ["sh", "-c", script, "sh", *command],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def one_sentence(said: bytes) -> bool:
    return said.startswith(b"studio: ") and said.count(b"\n") == 1


COMMANDS = [("schema", ()), ("schema", ("--format", "json")), ("query", ("SELECT * FROM t",))]


@pytest.mark.skipif(not FULL.is_char_device(), reason="Linux has it")
@pytest.mark.parametrize(("command", "more"), COMMANDS)
def test_a_full_disk_behind_stdout_is_a_sentence(database, command, more):
    done = run('"$@" > /dev/full', command, database, *more)
    assert done.returncode == USAGE
    assert one_sentence(done.stderr)
    assert b"No space left" in done.stderr


@pytest.mark.parametrize(("command", "more"), COMMANDS)
def test_a_closed_stdout_is_a_sentence(database, command, more):
    done = run('"$@" >&-', command, database, *more)
    assert done.returncode == USAGE
    assert one_sentence(done.stderr)


def test_a_closed_stderr_does_not_talk_into_the_data(database):
    done = run('"$@" 2>&-', "query", database, "SELECT * FROM nope")
    assert (done.returncode, done.stdout) == (FAILED_STATEMENT, b"")


def test_a_closed_stdin_is_a_sentence(database):
    done = run('"$@" <&-', "query", database, "-")
    assert done.returncode == USAGE
    assert one_sentence(done.stderr)


@pytest.mark.parametrize("redirection", ["<&-", ">&-", "< /dev/null", "> /dev/null"])
def test_the_screen_without_a_terminal_is_said(database, redirection):
    done = run(f'"$@" {redirection}', database)
    assert done.returncode == USAGE
    assert b"needs a terminal" in done.stderr


def test_statements_that_are_not_utf_8_are_said(database):
    from_stdin = run('printf \'select "\\377"\' | "$@"', "query", database, "-")
    as_word = run('"$@" "$(printf "select \'\\377\'")"', "query", database)
    for done in (from_stdin, as_word):
        assert done.returncode == USAGE
        assert one_sentence(done.stderr)
        assert b"UTF-8" in done.stderr


def test_statements_from_stdin_may_begin_with_a_mark(database):
    done = run("printf '\\357\\273\\277select 7' | \"$@\"", "query", database, "-")
    assert (done.returncode, done.stdout.split()[-1]) == (0, b"7")


def test_rows_are_utf_8_whatever_the_locale(database):
    done = run('"$@"', "query", database, "SELECT b FROM t", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout.split()[-1]) == (0, "é".encode())


def test_a_message_cannot_steer_the_terminal(tmp_path, capsys):
    assert main(["schema", f"{tmp_path}/no\x1b]0;title\x07.db"]) == MISSING
    said = capsys.readouterr().err
    assert "there is no file" in said
    assert "\x1b" not in said
    assert "\x07" not in said


# -- --output --------------------------------------------------------------------------------------


def test_a_folder_is_no_output(database, tmp_path, capsys):
    assert main(["query", str(database), "SELECT 1", "--output", str(tmp_path)]) == USAGE
    assert "is a folder" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["a.db"]


def test_a_missing_folder_is_named_without_errno(database, tmp_path, capsys):
    out = tmp_path / "missing" / "out.csv"
    assert main(["query", str(database), "SELECT 1", "--output", str(out)]) == USAGE
    said = capsys.readouterr().err
    assert str(out.parent) in said
    assert "Errno" not in said


def test_output_into_a_pipe_leaves_the_pipe(database, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = run(
        f'cat {pipe} & "$@" && wait',
        *("query", database, "SELECT a FROM t", "--format", "csv", "--output", pipe),
    )
    assert (done.returncode, done.stdout) == (0, b"a\n1\n")
    assert pipe.is_fifo()


def test_output_follows_a_link_and_keeps_the_mode(database, tmp_path):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    query = ["query", str(database), "SELECT a FROM t", "--format", "csv", "--output"]
    assert main([*query, str(link)]) == 0
    assert link.is_symlink()
    assert real.read_text() == "a\n1\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_new_output_is_as_readable_as_any_new_file(database, tmp_path):
    plain, out = tmp_path / "plain", tmp_path / "out.csv"
    plain.touch()
    assert main(["query", str(database), "SELECT a FROM t", "--output", str(out)]) == 0
    assert out.stat().st_mode == plain.stat().st_mode


# -- arguments -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "option", [("--timeout", "0"), ("--timeout", "-1"), ("--timeout", "nan"), ("--max-rows", "-1")]
)
def test_numbers_that_mean_nothing_are_refused(database, capsys, option):
    with pytest.raises(SystemExit, match=str(USAGE)):
        main(["query", str(database), "SELECT 1", *option])
    assert option[0] in capsys.readouterr().err


@pytest.mark.parametrize("source", ["@missing.sql", "@."])
def test_a_statement_file_that_cannot_be_read_is_said_without_errno(database, capsys, source):
    assert main(["query", str(database), source]) == USAGE
    assert "Errno" not in capsys.readouterr().err


@pytest.mark.parametrize("text", ["SELECT ?", "SELECT :x", "SELECT $1"])
def test_a_parameter_without_value_is_said_plainly(database, capsys, text):
    assert main(["query", str(database), text]) == FAILED_STATEMENT
    said = capsys.readouterr().err
    assert "bindings" not in said
    assert "--param" in said
