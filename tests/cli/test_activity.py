"""`studio activity`: what it prints and how it ends."""

import json
import signal
import subprocess
import sys

import pytest

from studio.cli.main import main
from tests.postgres import run_sql


def test_one_look_is_one_document(capsys, postgres):
    assert main(["activity", postgres, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"server", "at", "ms", "counts", "trees", "sessions", "prepared"} <= found.keys()
    assert found["server"]["sees_all"] is True
    assert found["counts"].keys() == {
        "clients", "limit", "active", "waiting", "idle_in_transaction", "at_least",
        "oldest_xmin_age",
    }  # fmt: skip
    assert found["counts"]["limit"] == 57


def test_text_names_the_figures_and_that_nobody_waits(capsys, postgres):
    assert main(["activity", postgres, "--waiting"]) == 0
    head, waits = capsys.readouterr().out.splitlines()
    assert " · active " in head
    assert waits == "nobody waits"


def test_an_engine_without_sessions_is_a_wrong_command_line(capsys, sqlite_file):
    assert main(["activity", str(sqlite_file("CREATE TABLE t (a)"))]) == 2
    assert "SQLite has no sessions" in capsys.readouterr().err


def test_no_connection_is_3(capsys):
    assert main(["activity", "postgresql://localhost:1/nothing"]) == 3
    assert capsys.readouterr().out == ""


def test_what_the_server_refuses_is_4(capsys, postgres_server, postgres):
    run_sql(
        postgres,
        "DROP ROLE IF EXISTS blind",
        "CREATE ROLE blind LOGIN",
        "REVOKE SELECT ON pg_catalog.pg_locks FROM PUBLIC",
    )
    name = postgres.split("/")[3].split("?")[0]
    try:
        assert main(["activity", postgres_server.url(name, "blind")]) == 4
    finally:
        run_sql(postgres, "DROP ROLE blind")
    assert "42501" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["0", "no", "1e9", "nan"])
def test_an_interval_out_of_reach_is_2(wrong):
    with pytest.raises(SystemExit) as ended:
        main(["activity", "postgresql://host/db", "--watch", wrong])
    assert ended.value.code == 2


def test_watching_prints_a_document_a_line_until_interrupted(postgres):
    program = subprocess.Popen(
        [sys.executable, "-m", "studio", "activity", postgres, "--json", "--watch", "0.2"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    looks = [json.loads(program.stdout.readline()) for _ in range(2)]
    assert looks[0]["at"] < looks[1]["at"]
    program.send_signal(signal.SIGINT)
    program.communicate()
    assert program.returncode == 130
