"""ctrl+c in the middle: what was found is printed, and the statement is stopped on the server."""

import json
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from tests.patience import IN_VAIN_S

SLOW_FROM_THE_THIRD = """
import sys
from studio.backends.postgresql.doctor import checking, queries
checking.text = lambda name: (
    queries.text(name) if name == "no_primary_key" else "SELECT pg_sleep(60) /* doctor */"
)
sys.argv = ["studio", "doctor", *sys.argv[1:]]
from studio.cli.main import run
run()
"""


def sleeping(connection):
    return connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60) /* doctor */'"
        " AND state = 'active' AND datname = current_database()"
    ).fetchone()[0]


def test_what_was_found_is_printed_and_the_server_is_left_alone(postgres):
    only = "no_primary_key,unlogged_table"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE TABLE bare (v int)")
        doctor = subprocess.Popen(
            [sys.executable, "-c", SLOW_FROM_THE_THIRD, postgres, "--only", only, "--json"],
            stdout=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + IN_VAIN_S
        while not sleeping(connection):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        doctor.send_signal(signal.SIGINT)
        out, _ = doctor.communicate(timeout=IN_VAIN_S)
        assert doctor.returncode == 130
        found = json.loads(out)
        assert found["complete"] is False
        assert [f["object"] for f in found["findings"]] == ["public.bare"]
        assert sleeping(connection) == 0


SLOW_SCHEMA_FILES = """
import sys, threading
from studio.cli import doctor
def reading(session, report):
    print("reading", file=sys.stderr, flush=True)
    threading.Event().wait(0.5)
doctor._declared = reading
sys.argv = ["studio", "doctor", *sys.argv[1:]]
from studio.cli.main import run
run()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_findings_are_printed_though_nobody_waits_for_their_schema_lines(sqlite_file, number):
    path = sqlite_file("CREATE TABLE bare (v)")
    doctor = subprocess.Popen(
        [sys.executable, "-c", SLOW_SCHEMA_FILES, str(path), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert doctor.stderr.readline() == "reading\n"
    doctor.send_signal(number)
    out, _ = doctor.communicate(timeout=IN_VAIN_S)
    found = json.loads(out)
    assert doctor.returncode == 128 + number
    assert found["complete"] is True
    assert found["findings"]
