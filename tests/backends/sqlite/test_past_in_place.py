"""A commit's pages read where they are: the same rows as in a copy, and never those of later."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy.exc import DBAPIError

from studio.backends.base import Purpose
from studio.backends.registry import backend
from studio.backends.sqlite import helper, past
from studio.backends.sqlite.resolver import resolver
from studio.backends.sqlite.wal_history import SQLiteWalHistory
from studio.db.session import Session
from studio.db.url import parse
from studio.wal.history import opened
from tests.wal.programs import Program, glance
from tests.wal.workload import Shape, make

pytestmark = pytest.mark.skipif(resolver() is None, reason="its SQLite is not within reach")


@pytest.fixture
def let_copy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Every database is worthwhile; the copy is begun when this is set."""
    may = Event()
    monkeypatch.setattr(past, "WORTHWHILE", 0)
    save = helper.save_state

    def later(*how: object, **named: object) -> int:
        may.wait()
        return save(*how, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(helper, "save_state", later)
    yield may
    may.set()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Program]:
    (tmp_path / "live").mkdir()
    program = Program(tmp_path / "live/app.db")
    program.sql("PRAGMA journal_mode=wal")
    program.sql("PRAGMA wal_autocheckpoint=0")
    program.sql("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
    program.sql("INSERT INTO people VALUES (0, 'Zoe')")
    program.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    program.sql("INSERT INTO people VALUES (1, 'Ann'), (2, 'Bo')")
    program.sql("DELETE FROM people WHERE id = 2")
    rest(tmp_path / "live/app.db")
    yield program
    program.close()


def rest(path: Path) -> None:
    """As if nobody had written the main file for a while."""
    then = time.time_ns() - 10_000_000_000
    os.utime(path, ns=(then, then))


async def names(session: Session) -> list[str]:
    lane = session.lane(Purpose.BROWSE)
    found = await lane.run(
        lambda c: c.exec_driver_sql("SELECT name FROM people ORDER BY id").fetchall()
    )
    return [str(name) for (name,) in found]


def dumped(uri: str) -> list[str]:
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return list(connection.iterdump())


@pytest.mark.parametrize(
    ("seed", "page_size", "encoding", "auto_vacuum"),
    [(1, 512, "UTF-8", 1), (2, 4096, "UTF-16le", 0), (3, 65536, "UTF-16be", 2)],
)
def test_it_is_what_a_copy_is(tmp_path, let_copy, seed, page_size, encoding, auto_vacuum):
    made = make(Shape(seed, page_size, encoding, auto_vacuum, commits=6), tmp_path)
    rest(made.path)
    history, target = SQLiteWalHistory().staying(), parse(str(made.path))
    _, report = history.report(target)
    assert report.reachable
    for frame in report.reachable:
        opening = history.visit(target, frame)
        assert "vfs=" in opening.uri
        seen = dumped(opening.uri)
        assert dumped(opening.uri) == seen
        output = tmp_path / f"{frame}.db"
        let_copy.set()
        history.save_state(target, frame, output)
        let_copy.clear()
        assert seen == dumped(f"file:{output}")
        opening.end()
    history.close()


async def test_a_checkpoint_is_waited_out_with_the_copy(tmp_path, writer, let_copy):
    path = tmp_path / "live/app.db"
    before = set(glance(path.parent))
    opening = SQLiteWalHistory().visit(parse(str(path)), 1)
    session = Session(backend("sqlite"), opening)
    try:
        assert await names(session) == ["Zoe", "Ann", "Bo"]
        assert set(glance(path.parent)) == before
        writer.sql("INSERT INTO people VALUES (3, 'Eva')")
        assert await names(session) == ["Zoe", "Ann", "Bo"]
        let_copy.set()
        assert opening.past is not None
        opening.past.wait()
        writer.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        assert await names(session) == ["Zoe", "Ann", "Bo"]
        assert "vfs=" not in opening.past.uri
    finally:
        await session.close()
    assert not opening.path.parent.exists()


@pytest.mark.parametrize("how", ["PASSIVE", "TRUNCATE"])
def test_what_a_checkpoint_took_is_said_and_never_shown(tmp_path, writer, let_copy, how):
    path = tmp_path / "live/app.db"
    with opened(path) as history:
        first = history.commits[0].last_frame
    opening = SQLiteWalHistory().visit(parse(str(path)), first)
    engine = backend("sqlite").sync_engine(opening, Purpose.BROWSE)
    try:
        with engine.connect() as connection:
            assert len(connection.exec_driver_sql("SELECT * FROM people").fetchall()) == 3
        writer.sql("CREATE TABLE other (id INTEGER PRIMARY KEY)")
        writer.sql(f"PRAGMA wal_checkpoint({how})")
        let_copy.set()
        for _ in range(2):
            with pytest.raises(DBAPIError, match=r"checkpoint|no commit"):
                engine.connect()
    finally:
        opening.end()


def test_the_locks_of_this_process_stay(tmp_path, writer, let_copy):
    """One descriptor closed by hand would drop them all."""
    path = tmp_path / "live/app.db"
    live = f"file:{path}?mode=ro&readonly_shm=1"
    with closing(sqlite3.connect(live, uri=True, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM people").fetchall()

        def held() -> set[tuple[str, int, int]]:
            holders = helper.probe(path).locks.holders
            return {(one.file, one.first, one.last) for one in holders if one.pid == os.getpid()}

        before = held()
        assert before
        opening = SQLiteWalHistory().visit(parse(str(path)), 1)
        assert dumped(opening.uri)
        assert held() == before
        opening.end()
        assert held() == before
        with suppress(sqlite3.Error), closing(sqlite3.connect(opening.uri, uri=True)) as late:
            late.execute("SELECT * FROM people").fetchall()
        assert held() == before


def test_one_that_was_just_written_is_copied(tmp_path, writer, let_copy):
    path = tmp_path / "live/app.db"
    os.utime(path)
    let_copy.set()
    opening = SQLiteWalHistory().visit(parse(str(path)), 1)
    assert opening.past is None
    assert len(dumped(opening.uri)) > 2
    opening.end()
