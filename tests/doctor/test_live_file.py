"""Looking at a file that a program writes: nothing beside it changes, and no writer waits."""

import sqlite3
from contextlib import closing

from tests.doctor.test_sqlite_samples import looked


def beside(folder):
    return {path.name: path.stat().st_ino for path in folder.iterdir()}


async def test_a_live_wal_is_looked_at_and_left_as_it_was(sqlite_file):
    path = sqlite_file("CREATE TABLE t (v REAL)", "CREATE TABLE money (price REAL)")
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as writer:
        writer.execute("INSERT INTO t VALUES (1)")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO t VALUES (2)")
        before, wal = beside(path.parent), (path.parent / "app.db-wal").read_bytes()
        report = await looked(path)
        assert {f.check for f in report.findings} >= {"no_primary_key", "money_as_float"}
        assert report.blind == []
        assert beside(path.parent) == before
        assert (path.parent / "app.db-wal").read_bytes() == wal
        writer.execute("COMMIT")
    assert report.complete
