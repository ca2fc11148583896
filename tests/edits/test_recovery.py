"""What became of a set whose end nobody saw, found by its rows alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.undo import journal_of, recover
from studio.model.apply_report import ApplyOutcome
from studio.model.catalog import TableRef
from studio.model.change import Change, Delete, Insert, Update
from tests.edits.databases import SQLiteDatabase

T = TableRef(None, "t")
BEFORE = "INSERT INTO t VALUES (1, 1), (2, 1), (3, 1)"
SETS: dict[str, Sequence[Change]] = {
    "the new row gets the number of the deleted one": (
        Delete(T, {"id": 3}, {"n": 1}),
        Insert(T, {"n": 7}),
        Update(T, {"id": 1}, {"n": 1}, {"n": 2}),
    ),
    "the new row is as the deleted one was": (
        Delete(T, {"id": 3}, {"n": 1}),
        Insert(T, {"id": 3, "n": 1}),
        Update(T, {"id": 1}, {"n": 1}, {"n": 2}),
    ),
    "keys move up": tuple(Update(T, {"id": i}, {"n": 1}, {"id": i + 1}) for i in (1, 2, 3)),
    "a key is taken over": (
        Delete(T, {"id": 2}, {"n": 1}),
        Update(T, {"id": 1}, {"n": 1}, {"id": 2, "n": 5}),
    ),
}


async def looked(sqlite: SQLiteDatabase) -> ApplyOutcome | None:
    """What the next start finds out of the only set."""
    session = await Session.open(parse(sqlite.target))
    try:
        journal = await journal_of(session)
        (file,) = journal.folder.glob("applied-*.jsonl")
        forget_outcome(file)
        (entry,) = await recover(session, journal)
        return entry.outcome
    finally:
        await session.close()


def forget_outcome(file: Path) -> None:
    """As if studio had been killed between COMMIT and writing it down."""
    kept = [line for line in file.read_text().splitlines(True) if not line.startswith('{"outcome')]
    file.write_text("".join(kept))


@pytest.mark.parametrize("name", SETS)
async def test_it_is_known_by_its_rows_what_became_of_a_set(
    sqlite: SQLiteDatabase, name: str
) -> None:
    sqlite.run("CREATE TABLE t (id integer PRIMARY KEY, n integer)", BEFORE)
    report = await sqlite.apply(*SETS[name])
    assert report.outcome is ApplyOutcome.APPLIED
    assert await looked(sqlite) is ApplyOutcome.APPLIED
    sqlite.run("DELETE FROM t", BEFORE)
    assert await looked(sqlite) is ApplyOutcome.NOTHING
