"""What a server spends its time on, by pg_stat_statements.

The wheel's server has no such extension, so these tests make one of the same name and shape, which
holds what they put there. PostgreSQL 18 finds extensions in any folder it is told.
"""

import json
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest

from studio.activity import counted
from studio.backends.postgresql.doctor import queries
from studio.cli.main import main
from studio.db.session import Session
from studio.db.url import parse
from studio.model.errors import Unsupported
from studio.model.statements import StatementOrder
from tests.activity.situations import stage

_LIKE = """
CREATE TABLE pg_stat_statements (
  userid oid, dbid oid, toplevel bool, queryid bigint, query text, calls bigint,
  total_exec_time float8, mean_exec_time float8, rows bigint,
  shared_blks_hit bigint, shared_blks_read bigint, shared_blks_written bigint,
  local_blks_read bigint, local_blks_written bigint,
  temp_blks_read bigint, temp_blks_written bigint,
  shared_blk_read_time float8, shared_blk_write_time float8, local_blk_read_time float8,
  local_blk_write_time float8);
CREATE TABLE pg_stat_statements_info (dealloc bigint, stats_reset timestamptz);
GRANT SELECT ON pg_stat_statements, pg_stat_statements_info TO PUBLIC;
"""
_FILL = """
INSERT INTO "50% more".pg_stat_statements
SELECT 10, (SELECT oid FROM pg_database WHERE datname = d), true, n, q, calls, total,
       total / calls, 7 * calls, 100, moved, 0, 0, 0, 0, 0, 1, 0, 0, 0
FROM (VALUES (current_database(), 1, 'SELECT * FROM t WHERE id = $1', 1000, 600.0, 5),
             (current_database(), 2, E'SELECT\\n  count(*) FROM t', 1, 300.0, 9000),
             (current_database(), 3, '<insufficient privilege>', 10, 100.0, 0),
             ('template1', 4, 'SELECT of another database', 1, 99999.0, 0)
     ) AS v (d, n, q, calls, total, moved);
INSERT INTO "50% more".pg_stat_statements_info VALUES (3, '2026-11-01 00:00+00');
"""


@pytest.fixture
def counting(postgres, postgres_server):
    """A database with the extension, in a schema whose name needs care."""
    if postgres_server.version < 18:
        pytest.skip("extension_control_path came with PostgreSQL 18")
    folder = Path(postgres_server.folder) / "share" / "extension"
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / "pg_stat_statements.control").write_text(
            "default_version = '1.12'\nrelocatable = true\n"
        )
        (folder / "pg_stat_statements--1.12.sql").write_text(_LIKE)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"SET extension_control_path = '{folder.parent}'")
        connection.execute('CREATE SCHEMA "50% more"')
        connection.execute('CREATE EXTENSION pg_stat_statements SCHEMA "50% more"')
        connection.execute(_FILL)
        connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
    return postgres


async def top(url, order=StatementOrder.TOTAL):
    database = await Session.open(parse(url))
    try:
        return await counted.top(database, order)
    finally:
        await database.close()


async def test_the_first_by_total_by_one_run_and_by_io(counting):
    found = await top(counting)
    assert [one.calls for one in found.statements] == [1000, 1, 10]
    assert (found.counted, found.since, found.forgotten) == (3, "2026-11-01T00:00:00Z", 3)
    first = found.statements[0]
    assert (first.share, first.mean_ms, first.rows, first.io_ms) == (0.6, 0.6, 7000, None)
    assert found.statements[2].query is None
    assert counted.head(found, StatementOrder.TOTAL).startswith("3 statements counted, by time")
    for order in (StatementOrder.MEAN, StatementOrder.IO):
        assert (await top(counting, order)).statements[0].calls == 1


async def test_the_first_of_many_are_said_to_be_the_first(counting):
    database = await Session.open(parse(counting))
    try:
        found = await counted.top(database, StatementOrder.TOTAL, 2)
    finally:
        await database.close()
    said = counted.head(found, StatementOrder.TOTAL)
    assert said.startswith("the first 2 of 3 statements counted, by time")


async def test_our_own_questions_are_told_from_an_applications(counting):
    own = (
        queries.text("dead_rows"),
        # As from PostgreSQL 18 on: without the comments before it.
        queries.text("dead_rows").partition("\n")[2].replace("'%s.%s'", "$1"),
        (files("studio.backends.postgresql.activity") / "sessions.sql").read_text("utf-8"),
    )
    for number, text in enumerate((*own, "WITH relation AS (SELECT 1) TABLE relation")):
        with psycopg.connect(counting, autocommit=True) as connection:
            connection.execute(
                'UPDATE "50%% more".pg_stat_statements SET query = %s WHERE queryid = 1', (text,)
            )
        assert (await top(counting)).statements[0].is_own is (number < len(own)), text


async def test_where_nothing_is_counted_it_says_what_would_help(postgres, capsys):
    with pytest.raises(Unsupported, match="CREATE EXTENSION pg_stat_statements"):
        await top(postgres)


def test_the_command(counting, capsys):
    assert main(["activity", counting, "--statements", "mean", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["statements"]
    assert found["order"] == "mean"
    assert found["top"][0]["query"] == "SELECT\n  count(*) FROM t"
    assert main(["activity", counting, "--statements"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].endswith("SELECT * FROM t WHERE id = $1")
    assert lines[4].endswith("hidden")


def test_the_command_where_nothing_is_counted(postgres, tmp_path, capsys):
    assert main(["activity", postgres, "--statements"]) == 4
    assert "shared_preload_libraries" in capsys.readouterr().err


def test_a_long_statement_is_shown_with_what_it_usually_takes(counting, capsys):
    """Of the fixture's table the queryid is made that of the session that runs."""
    running = "SELECT pg_sleep(600), 'of this test'"
    with stage(counting) as on:
        actor = on.actor("slow").ask("SET compute_query_id = on").wait(running)
        on.until("clock_timestamp() - query_start > '1.1 s' AND query_id IS NOT NULL", actor.pid)
        with psycopg.connect(counting, autocommit=True) as connection:
            connection.execute(
                'UPDATE "50%% more".pg_stat_statements SET queryid = a.query_id '
                "FROM pg_stat_activity AS a WHERE a.pid = %s AND calls = 1000",
                (actor.pid,),
            )
        with psycopg.connect(counting, autocommit=True) as connection:
            # What it took once is nothing usual.
            connection.execute('UPDATE "50% more".pg_stat_statements SET calls = 1')
            assert main(["activity", counting]) == 0
            assert "usually" not in capsys.readouterr().out
            connection.execute('UPDATE "50% more".pg_stat_statements SET calls = 2')
        assert main(["activity", counting, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)["sessions"]
        usual = {one["pid"]: one["usual_ms"] for one in found}
        assert usual.pop(actor.pid) == 300
        assert set(usual.values()) <= {None}
        assert main(["activity", counting]) == 0
        (line,) = [x for x in capsys.readouterr().out.splitlines() if f" {actor.pid} " in x]
        assert line.endswith("[usually 300.0 ms]")
