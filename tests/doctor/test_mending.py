"""Rows that have a fault are found by its condition, and what mends them can be staged."""

import sqlite3
from contextlib import aclosing, closing

import pytest

from studio.db.session import Session
from studio.db.url import parse
from studio.doctor.mending import mended
from studio.doctor.run import Asked, examine
from studio.edits.applying.apply import apply_changes
from studio.model.apply_report import ApplyOutcome
from studio.model.change_set import ChangeSet

MOMENTS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) "


@pytest.fixture
def shop(sqlite_file):
    return sqlite_file(
        "CREATE TABLE m (id INTEGER PRIMARY KEY, created_at INTEGER DEFAULT CURRENT_TIMESTAMP)",
        f"{MOMENTS} INSERT INTO m SELECT i, 1700000000000 + i FROM n",
        "INSERT INTO m (id) VALUES (100)", "INSERT INTO m VALUES (101, '2024-05-06 07:08:09')",
        "INSERT INTO m VALUES (102, '2024-99-99 is no moment')",
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, parent_id TEXT)",
        "CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id))",
        "INSERT INTO parent VALUES (1, 'x')", "INSERT INTO child VALUES (1, 1), (2, NULL), (3, 9)",
    )  # fmt: skip


async def findings(session):
    found = {}
    async with aclosing(examine(session, Asked())) as reports:
        async for report in reports:
            found = {(f.check, f.object): f for f in report.findings}
    return found


def ids(path, table, where):
    with closing(sqlite3.connect(path)) as connection:
        return [i for (i,) in connection.execute(f"SELECT id FROM {table} WHERE {where}")]


async def test_text_in_a_millisecond_column_becomes_milliseconds(shop):
    session = await Session.open(parse(str(shop)))
    try:
        found = await findings(session)
        mixed = found["mixed_timestamp_format", "m.created_at"]
        assert ids(shop, "m", mixed.rows.where) == [100, 101]
        assert ids(shop, "m", found["timestamp_default_text", "m.created_at"].rows.where) == [
            100, 101, 102,
        ]  # fmt: skip
        (ref,) = [s.ref for s in await session.outline() if s.ref.name == "m"]
        changes = await mended(session, await session.table(ref), mixed.rows)
        assert [change.identity["id"] for change in changes] == [100, 101]
        assert changes[1].before == {"created_at": "2024-05-06 07:08:09"}
        assert changes[1].after == {"created_at": 1714979289000}
        report = await apply_changes(session, ChangeSet().staged(*changes))
        assert report.outcome is ApplyOutcome.APPLIED
        assert ("mixed_timestamp_format", "m.created_at") not in await findings(session)
        assert await mended(session, await session.table(ref), mixed.rows) == ()
        # What is no moment is left as it is, for a person.
        assert ids(shop, "m", "typeof(created_at) = 'text'") == [102]
    finally:
        await session.close()


async def test_rows_that_reference_nothing_are_found_and_not_mended(shop):
    session = await Session.open(parse(str(shop)))
    try:
        orphans = (await findings(session))["foreign_key_violation", "child(parent_id)"]
        assert ids(shop, "child", orphans.rows.where) == [3]
        (ref,) = [s.ref for s in await session.outline() if s.ref.name == "child"]
        assert await mended(session, await session.table(ref), orphans.rows) == ()
    finally:
        await session.close()


async def test_texts_that_are_numbers_are_staged_and_no_others(sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, size BLOB)",
        "INSERT INTO t VALUES (1, 1), (2, '17'), (3, 'about 20 kB'), (4, '-2.5')",
        "PRAGMA writable_schema = 1",
        "UPDATE sqlite_schema SET sql = replace(sql, 'BLOB', 'INTEGER')",
    )
    session = await Session.open(parse(str(path)))
    try:
        one = (await findings(session))["mixed_storage_classes", "t.size"]
        assert ids(path, "t", one.rows.where) == [2, 3, 4]
        (ref,) = [s.ref for s in await session.outline() if s.ref.name == "t"]
        changes = await mended(session, await session.table(ref), one.rows)
    finally:
        await session.close()
    assert [(c.identity["id"], c.after["size"]) for c in changes] == [(2, 17), (4, -2.5)]
