"""Plans outlived by the schema they were made for: looked at again before anything is written."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from studio.backends.base import Purpose
from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.apply import apply_changes
from studio.edits.applying.undo import journal_of, undo
from studio.edits.sql.prepared import Prepared, prepare, up_to_date
from studio.model.apply_report import ApplyOutcome
from studio.model.catalog import TableRef
from studio.model.change import Change, Delete, Update
from tests.edits.databases import Database, SQLiteDatabase

T = TableRef(None, "t")


@pytest.fixture
async def session(database: Database) -> AsyncIterator[Session]:
    """studio's side of a database that holds t (id, n) with the row (1, 1)."""
    database.run("CREATE TABLE t (id integer PRIMARY KEY, n integer)", "INSERT INTO t VALUES (1,1)")
    opened = await Session.open(parse(database.target))
    yield opened
    await opened.close()


def an_update(database: Database) -> Change:
    return Update(T, database.row(id=1), database.row(n=1), database.row(n=2))


async def reviewed(session: Session, database: Database) -> Prepared:
    return await prepare(session, [an_update(database)], await session.catalog())


async def test_a_reviewed_plan_is_applied_as_it_is(session: Session, database: Database) -> None:
    made = await reviewed(session, database)
    fresh = await up_to_date(session, made, None, session.lane(Purpose.EDIT))
    assert fresh.batches is made.batches
    assert (await apply_changes(session, made)).outcome is ApplyOutcome.APPLIED
    assert [str(n) for (n,) in database.run("SELECT n FROM t")] == ["2"]


async def test_it_is_made_anew_when_its_table_is_another(
    session: Session, database: Database
) -> None:
    made = await reviewed(session, database)
    database.run("ALTER TABLE t RENAME COLUMN n TO m")
    for trial in (True, False):
        report = await apply_changes(session, made, trial=trial)
        assert report.outcome is ApplyOutcome.NOTHING
        assert [error.kind for error in report.errors] == ["unknown_column"]


async def test_a_catalog_from_before_is_not_believed(session: Session, database: Database) -> None:
    """A cascade that came later is captured like any other."""
    old = await session.catalog()
    database.run(
        "CREATE TABLE child (id integer PRIMARY KEY, t integer REFERENCES t ON DELETE CASCADE)",
        "INSERT INTO child VALUES (7, 1)",
    )
    if database.engine == "postgresql":
        # Nothing there says cheaply that the schema is another: the catalog must be a new one.
        old = await session.catalog()
    journal = await journal_of(session)
    gone = Delete(T, database.row(id=1), database.row(n=1))
    report = await apply_changes(session, [gone], journal=journal, catalog=old)
    assert report.outcome is ApplyOutcome.APPLIED
    assert database.run("SELECT * FROM child") == []
    entry = journal.last_undoable()
    assert entry is not None
    assert (await undo(session, journal, entry)).outcome is ApplyOutcome.APPLIED
    assert [tuple(map(str, row)) for row in database.run("SELECT * FROM child")] == [("7", "1")]


async def test_another_file_in_its_place_is_another_schema(
    sqlite: SQLiteDatabase, tmp_path: Path
) -> None:
    sqlite.run("CREATE TABLE t (id integer PRIMARY KEY, n integer)", "INSERT INTO t VALUES (1,1)")
    sqlite.close()
    session = await Session.open(parse(sqlite.target))
    try:
        catalog = await session.catalog()
        made = await prepare(session, [Update(T, {"id": 1}, {"n": 1}, {"n": 2})], catalog)
        other = SQLiteDatabase(str(tmp_path / "other.db"))
        other.run("CREATE TABLE t (id integer PRIMARY KEY, m integer, n AS (m))")
        other.run("INSERT INTO t VALUES (1,1)")
        other.close()
        Path(other.target).replace(sqlite.target)
        seen = await session.catalog()
        assert catalog.schema_version != seen.schema_version
        report = await apply_changes(session, made)
        again = await apply_changes(session, made.staged, catalog=catalog)
    finally:
        await session.close()
    assert [error.kind for error in (*report.errors, *again.errors)] == ["generated"] * 2


async def test_a_schema_changed_while_it_waited_for_the_lock(sqlite: SQLiteDatabase) -> None:
    sqlite.run("CREATE TABLE t (id integer PRIMARY KEY, n integer)", "INSERT INTO t VALUES (1,1)")
    session = await Session.open(parse(sqlite.target))
    journal = await journal_of(session)
    lane = session.lane(Purpose.EDIT)
    try:
        for change, kinds in (
            ("ALTER TABLE t ADD COLUMN added DEFAULT 'here'", []),
            ("ALTER TABLE t RENAME COLUMN n TO m", ["unknown_column"]),
        ):
            made = await prepare(session, [Update(T, {"id": 1}, {"n": 1}, {"n": 2})])
            sqlite.run("BEGIN IMMEDIATE", change)
            applying = asyncio.ensure_future(apply_changes(session, made, journal=journal))
            while lane.running_since is None:
                await asyncio.sleep(0)
            await asyncio.sleep(0.02)
            sqlite.run("COMMIT")
            report = await applying
            assert [error.kind for error in report.errors] == kinds
            if not kinds:
                assert report.outcome is ApplyOutcome.APPLIED
                sqlite.run("UPDATE t SET n = 1")
    finally:
        await session.close()
    assert sqlite.run("SELECT * FROM t") == [(1, 1, "here")]
    outcomes = [entry.outcome for entry in reversed(journal.entries())]
    assert outcomes == [ApplyOutcome.NOTHING, ApplyOutcome.APPLIED, ApplyOutcome.NOTHING]
