"""Rows of a commit made again what they were before it, by the ordinary apply."""

from contextlib import suppress
from pathlib import Path

import pytest

from studio.backends.registry import backend
from studio.backends.sqlite.wal_history import SQLiteWalHistory
from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.apply import apply_changes
from studio.edits.staging.bringing_back import NotBroughtBack, brought_back
from studio.model.apply_report import ApplyOutcome
from studio.model.change import Change
from studio.model.relation import TableRef
from tests.examples import examples
from tests.wal.programs import Program
from tests.wal.workload import Shape, make

MADE = (
    "PRAGMA journal_mode=wal",
    "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, born REAL, photo BLOB,"
    " loud TEXT AS (upper(name)))",
    "CREATE TABLE words (word TEXT, lang TEXT, n INTEGER, PRIMARY KEY (lang, word)) WITHOUT ROWID",
    "CREATE TABLE codes (code TEXT PRIMARY KEY, n)",
    "CREATE TABLE log (what TEXT)",
    "INSERT INTO people(id, name, born, photo) VALUES (1, 'Ann', 1.0, x'00ff'), (2, 'Bo', 1e300,"
    " NULL), (3, CAST(x'ff41' AS TEXT), -0.0, x'')",
    "INSERT INTO words VALUES ('Haus', 'de', 1), ('house', 'en', 2)",
    "INSERT INTO codes VALUES ('a', 1), ('b', 1.0), ('c', '1')",
    "INSERT INTO log VALUES ('x'), ('y')",
)
TABLES = ("people", "words", "codes")


@pytest.fixture
def writer(tmp_path: Path):
    (tmp_path / "live").mkdir()
    program = Program(tmp_path / "live/app.db")
    for statement in MADE:
        program.sql(statement)
    yield program
    program.close()


def everything(program: Program) -> list[object]:
    """Every row with every class, as SQL tells."""
    columns = {
        "people": ("id", "name", "born", "photo", "loud"),
        "words": ("word", "lang", "n"),
        "codes": ("code", "n"),
    }
    said = []
    for table, names in columns.items():
        told = ", ".join(
            f"typeof({n}), CASE typeof({n}) WHEN 'text' THEN hex({n}) ELSE quote({n}) END"
            for n in names
        )
        said.append(program.sql(f"SELECT {told} FROM {table} ORDER BY 2"))
    return said


async def bring_back(path: Path, *tables: str):
    """The newest commit's rows of these tables, brought back."""
    target, history = parse(str(path)), SQLiteWalHistory()
    _, report = history.report(target)
    changes = history.rows_of_commit(target, report.commits[-1].commit.last_frame)
    session = Session(backend("sqlite"), backend("sqlite").open(target))
    try:
        made = [
            change
            for name in tables
            for change in brought_back(await session.table(TableRef(None, name)), changes[name])
        ]
        return await apply_changes(session, made)
    finally:
        await session.close()


async def test_a_whole_transaction_is_brought_back(tmp_path, writer):
    before = everything(writer)
    writer.sql("BEGIN")
    writer.sql("DELETE FROM people WHERE id IN (1, 3)")
    writer.sql("UPDATE people SET name = 'Bob', photo = x'01' WHERE id = 2")
    writer.sql("INSERT INTO people(id, name) VALUES (9, 'New')")
    writer.sql("DELETE FROM words WHERE lang = 'de'")
    writer.sql("UPDATE words SET n = 2.0 WHERE lang = 'en'")
    writer.sql("UPDATE words SET n = 3 WHERE lang = 'en'")
    writer.sql("INSERT INTO words VALUES ('maison', 'fr', 3)")
    writer.sql("DELETE FROM codes WHERE code = 'a'")
    writer.sql("UPDATE codes SET n = 1 WHERE code = 'b'")
    writer.sql("COMMIT")
    assert everything(writer) != before
    report = await bring_back(tmp_path / "live/app.db", *TABLES)
    assert report.outcome is ApplyOutcome.APPLIED, (report.errors, report.conflicts)
    assert everything(writer) == before


async def test_a_row_that_changed_since_is_a_conflict(tmp_path, writer):
    path = tmp_path / "live/app.db"
    writer.sql("UPDATE people SET name = 'Bob' WHERE id = 2")
    target, history = parse(str(path)), SQLiteWalHistory()
    commit = history.report(target)[1].commits[-1].commit.last_frame
    changes = history.rows_of_commit(target, commit)["people"]
    writer.sql("UPDATE people SET name = 'Bobby' WHERE id = 2")
    session = Session(backend("sqlite"), backend("sqlite").open(target))
    try:
        table = await session.table(TableRef(None, "people"))
        report = await apply_changes(session, brought_back(table, changes))
    finally:
        await session.close()
    assert report.outcome is ApplyOutcome.NOTHING
    assert report.conflicts[0].moved == ("name",)
    assert writer.sql("SELECT name FROM people WHERE id = 2") == [["Bobby"]]


async def test_a_row_that_is_there_again_is_not_there_twice(tmp_path, writer):
    writer.sql("DELETE FROM codes WHERE code = 'a'")
    path = tmp_path / "live/app.db"
    assert (await bring_back(path, "codes")).outcome is ApplyOutcome.APPLIED
    target, history = parse(str(path)), SQLiteWalHistory()
    commits = [one.commit.last_frame for one in history.report(target)[1].commits]
    changes = history.rows_of_commit(target, commits[-2])["codes"]
    session = Session(backend("sqlite"), backend("sqlite").open(target))
    try:
        table = await session.table(TableRef(None, "codes"))
        report = await apply_changes(session, brought_back(table, changes))
    finally:
        await session.close()
    assert report.errors[0].kind == "unique"


async def test_without_a_key_or_of_another_structure_it_says_why(tmp_path, writer):
    path = tmp_path / "live/app.db"
    writer.sql("DELETE FROM log")
    with pytest.raises(NotBroughtBack, match="log has no key"):
        await bring_back(path, "log")
    writer.sql("BEGIN")
    writer.sql("DELETE FROM codes")
    writer.sql("ALTER TABLE codes RENAME COLUMN code TO word")
    writer.sql("COMMIT")
    with pytest.raises(NotBroughtBack, match="another structure now than it was then: 'code'"):
        await bring_back(path, "codes")


async def test_a_row_from_before_a_new_column_comes_back_without_it(tmp_path, writer):
    path = tmp_path / "live/app.db"
    before = writer.sql("SELECT * FROM codes")
    writer.sql("BEGIN")
    writer.sql("DELETE FROM codes")
    writer.sql("ALTER TABLE codes ADD COLUMN more TEXT DEFAULT 'new'")
    writer.sql("COMMIT")
    assert (await bring_back(path, "codes")).outcome is ApplyOutcome.APPLIED
    assert writer.sql("SELECT * FROM codes") == [[*row, "new"] for row in before]


@pytest.mark.parametrize("seed", range(examples(48)))
async def test_any_commit_can_be_taken_back_while_it_is_the_newest(seed: int, tmp_path) -> None:
    made = make(Shape(seed, 512 << seed % 4, auto_vacuum=seed % 3, commits=2 + seed % 9), tmp_path)
    target, history = parse(str(made.path)), SQLiteWalHistory()
    commits = history.report(target)[1].commits
    if not commits:
        return
    changes = history.rows_of_commit(target, commits[-1].commit.last_frame)
    session = Session(backend("sqlite"), backend("sqlite").open(target))
    back: list[Change] = []
    try:
        known = {summary.ref.name: summary.ref for summary in await session.outline()}
        for name in changes.keys() & known.keys():
            with suppress(NotBroughtBack):
                back += brought_back(await session.table(known[name]), changes[name])
        brought = {change.table.name for change in back}
        report = await apply_changes(session, back) if back else None
    finally:
        await session.close()
    assert report is None or report.outcome is ApplyOutcome.APPLIED, (
        report.errors,
        report.conflicts,
    )
    after = history.report(target)[1].commits[-1].commit.last_frame
    left = history.rows_between(target, commits[-1].commit.first_frame - 1, after)
    assert not {name: rows for name, rows in left.items() if name in brought and rows}
