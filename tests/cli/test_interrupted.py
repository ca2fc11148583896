"""ctrl+c in the middle of what writes: whether anything was kept is said."""

import signal
import subprocess
import sys
from time import monotonic, sleep

import psycopg
import pytest

from tests.patience import IN_VAIN_S

NOTHING = "interrupted: nothing of this script was kept"


def interrupted(*command, connection, by=signal.SIGINT):
    """What it said, after ctrl+c while its statement waits for a lock of `connection`."""
    program = subprocess.Popen(
        [sys.executable, "-m", "studio", *map(str, command)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    deadline = monotonic() + IN_VAIN_S
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'held'::regclass"
    while connection.execute(waits).fetchone() == (0,):
        assert program.poll() is None
        assert monotonic() < deadline
        sleep(0.01)
    program.send_signal(by)
    _, said = program.communicate(timeout=IN_VAIN_S)
    assert program.returncode == 128 + by
    return said.splitlines()[-1].removeprefix("studio: ")


@pytest.fixture
def holding(postgres):
    """A connection that holds a table; other tables are free."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a int); CREATE TABLE held (a int)")
        connection.execute("BEGIN; LOCK TABLE held")
        yield connection


@pytest.mark.parametrize(
    ("options", "said", "rows"),
    [
        (("--single-transaction",), NOTHING, 0),
        (("--mode", "manual"), NOTHING, 0),
        ((), "interrupted: at line 2; what ran before it was kept, and its own changes only if", 1),
        (None, NOTHING, 0),
    ],
)
def test_a_script_says_what_was_kept(postgres, holding, tmp_path, options, said, rows):
    script = tmp_path / "s.sql"
    script.write_text("insert into t values (1);\ninsert into held values (1)")
    given = [script.read_text()] if options is None else ["--file", script, *options]
    assert said in interrupted("query", postgres, *given, "--write", connection=holding)
    assert holding.execute("SELECT count(*) FROM t").fetchone() == (rows,)


def test_an_import_says_that_nothing_was_kept(postgres, holding, tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("a\n1\n2\n")
    said = interrupted("import", postgres, "held", file, connection=holding)
    assert said == "interrupted: nothing was imported"
    assert holding.execute("SELECT count(*) FROM held").fetchone() == (0,)


WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("options", [None, (), ("--single-transaction",), ("--report",)])
def test_every_signal_that_ends_it_stops_the_statement_in_the_server(
    postgres, holding, tmp_path, options, by
):
    script = tmp_path / "s.sql"
    script.write_text("insert into t values (1);\ninsert into held values (1)")
    given = [script.read_text()] if options is None else ["--file", script, *options]
    interrupted("query", postgres, *given, "--write", connection=holding, by=by)
    # The lock is still held: a statement that was left behind waits as long as that.
    end = monotonic() + IN_VAIN_S
    while holding.execute(WAITS, [holding.info.dbname]).fetchone() != (0,):
        assert monotonic() < end, "it still waits in the server"
        sleep(0.01)
