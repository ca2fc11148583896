"""The server as a whole: what it counts, what it does not tell, rates of two looks."""

import json

import psycopg

from studio.activity.overview import lines, rate, with_known_sizes
from studio.activity.watching import watching
from studio.cli.main import main
from studio.db.session import Session
from studio.db.url import parse
from studio.model.activity import Overview


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
    said = dict(lines(second, first))
    assert said["WAL"].endswith("B/s")
    assert " MB" in said[name]
    assert said["autovacuum"] == f"0 of {second.autovacuum_limit} at work"
    assert dict(lines(second, None))["WAL"] == "rate known after the next look"


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
        assert dict(lines(now, None))["overview_closed"].startswith("          ?")
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
