"""A large file: whole tables wait until they are asked for, and what that leaves open is said."""

import sqlite3
from contextlib import closing

from tests.doctor.test_sqlite_samples import looked

FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO {} SELECT i, i FROM n
"""


async def test_what_only_reading_all_can_tell_waits_for_full(sqlite_file, monkeypatch):
    path = sqlite_file(
        "CREATE TABLE dense (id INTEGER PRIMARY KEY, v)", "CREATE INDEX dense_v ON dense (v)",
        "CREATE TABLE gaps (id INTEGER PRIMARY KEY, v)", "CREATE INDEX gaps_v ON gaps (v)",
        "CREATE TABLE k (a TEXT, b TEXT, PRIMARY KEY (a, b))", "INSERT INTO k VALUES ('x', NULL)",
        FILL.format("dense"), FILL.format("gaps"),
        "INSERT INTO gaps VALUES (9000000000, 1)", "ANALYZE",
    )  # fmt: skip
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        # As if there had been ten times as many rows when they were counted.
        made.execute("UPDATE sqlite_stat1 SET stat = '900000 1' WHERE idx IN ('dense_v', 'gaps_v')")
    monkeypatch.setattr("studio.backends.sqlite.doctor.look.SMALL_BYTES", 0)
    only = ("statistics_stale", "nullable_primary_key", "integrity")
    quick = await looked(path, only=only)
    assert [(f.check, f.object, f.severity) for f in quick.findings] == [
        ("nullable_primary_key", "k.a", "notice"),
        ("statistics_stale", "dense", "notice"),
    ]
    assert {n.check for n in quick.not_run} == {"statistics_stale", "integrity"}
    full = await looked(path, only=only, full=True)
    assert [(f.check, f.object, f.severity) for f in full.findings] == [
        ("nullable_primary_key", "k.a", "error"),
        ("statistics_stale", "dense", "notice"),
        ("statistics_stale", "gaps", "notice"),
    ]
    assert full.not_run == []
