"""The server as a whole: what it counts, what it does not tell, rates of two looks."""

import contextlib
import json
from collections import Counter
from dataclasses import replace

import psycopg
import pytest

from studio.activity.overview import lines, rate, with_known_sizes
from studio.activity.watching import watching
from studio.cli.main import main
from studio.db.session import Session
from studio.db.url import parse
from studio.model.activity import Overview
from tests.postgres import run_sql


async def seen(url, *, with_sizes=True):
    database = await Session.open(parse(url))
    try:
        async with watching(database) as watcher:
            return await watcher.overview(with_sizes=with_sizes)
    finally:
        await database.close()


async def test_databases_wal_and_checkpoints(postgres):
    first = await seen(postgres)
    with psycopg.connect(postgres, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute("CREATE TABLE t AS SELECT repeat('x', 900) FROM generate_series(1, 999)")
        connection.execute("CHECKPOINT")
    second = with_known_sizes(await seen(postgres, with_sizes=False), first)
    assert "template1" not in {one.name for one in second.databases}
    mine = next(one for one in second.databases if one.name == name)
    assert mine.bytes is not None
    assert mine.bytes > 1_000_000
    assert second.wal_bytes - first.wal_bytes > 900_000
    assert second.checkpoints_requested > first.checkpoints_requested
    said = dict(lines(second, first, Counter()))
    assert said["WAL"].endswith("B/s")
    assert " MB" in said[name]
    assert said["autovacuum"] == f"0 of {second.autovacuum_limit} at work"
    assert dict(lines(second, None, Counter()))["WAL"] == "rate known after the next look"


async def test_one_rollback_is_said_as_one(postgres):
    now = await seen(postgres)
    figures = replace(now.databases[0], rollbacks=1, deadlocks=2)
    said = dict(lines(replace(now, databases=(figures,)), None, Counter()))
    assert "  1 rollback, 2 deadlocks" in said[figures.name]


async def test_what_a_role_may_not_see_is_not_known(postgres, postgres_server):
    with psycopg.connect(postgres, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute("CREATE ROLE overview_nobody LOGIN")
        connection.execute("CREATE DATABASE overview_closed")
        connection.execute("REVOKE CONNECT ON DATABASE overview_closed FROM PUBLIC")
    try:
        now = await seen(postgres_server.url(name, "overview_nobody"))
        sizes = {one.name: one.bytes for one in now.databases}
        assert sizes["overview_closed"] is None
        assert sizes[name] is not None
        assert dict(lines(now, None, Counter()))["overview_closed"].startswith("          ?")
    finally:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("DROP DATABASE overview_closed")
            connection.execute("DROP ROLE overview_nobody")


def test_a_counter_that_was_reset_has_no_rate():
    def at(seconds):
        return Overview((), seconds, None, None, None, None, 0, None)

    assert rate(30, 10, at(12.0), at(2.0)) == 2.0
    assert rate(5, 10, at(12.0), at(2.0)) is None
    assert rate(30, 10, at(2.0), at(2.0)) is None
    assert rate(None, 10, at(12.0), at(2.0)) is None


def test_the_command_prints_it_when_asked(postgres, capsys):
    assert main(["activity", postgres, "--json", "--cluster"]) == 0
    found = json.loads(capsys.readouterr().out)["cluster"]
    assert found.keys() == {
        "at_s", "wal_bytes", "checkpoints_timed", "checkpoints_requested", "checkpoints_since",
        "autovacuum_workers", "autovacuum_limit", "databases",
    }  # fmt: skip
    assert main(["activity", postgres, "--json"]) == 0
    assert "cluster" not in json.loads(capsys.readouterr().out)
    assert main(["activity", postgres, "--cluster"]) == 0
    assert "checkpoints: " in capsys.readouterr().out


@pytest.mark.parametrize("is_blind", [False, True])
def test_a_place_that_is_taken_is_counted_once_everywhere(
    postgres, postgres_server, capsys, is_blind
):
    """Of `limit` our own connection takes one, too; and so the head line and the databases say."""
    name = psycopg.conninfo.conninfo_to_dict(postgres)["dbname"]
    run_sql(postgres, "DROP ROLE IF EXISTS counts_nobody", "CREATE ROLE counts_nobody LOGIN")
    url = postgres_server.url(name, "counts_nobody") if is_blind else postgres
    with contextlib.ExitStack() as connected:
        for database in (name, name, "template1"):
            other = postgres_server.conninfo(database)
            connected.enter_context(psycopg.connect(other))
        assert main(["activity", url, "--json", "--cluster"]) == 0
        found = json.loads(capsys.readouterr().out)
    run_sql(postgres, "DROP ROLE counts_nobody")
    by_name = {one["name"]: one["clients"] for one in found["cluster"]["databases"]}
    assert found["counts"]["clients"] == sum(by_name.values())
    # Two of ours, and what the command holds itself: at least the connection that looks.
    assert by_name[name] >= 3
    assert by_name["template1"] == 1
