"""The whole database as of a commit: a session like any other, in which nothing can be written."""

import sqlite3
import stat
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from studio.backends.base import Purpose
from studio.backends.registry import backend
from studio.backends.sqlite.wal_history import SQLiteWalHistory
from studio.db.session import Session
from studio.db.url import parse
from studio.model.errors import ReadOnly, Refused, StudioError
from studio.model.relation import TableRef
from tests.wal.programs import Program, glance


@pytest.fixture
def writer(tmp_path: Path):
    (tmp_path / "live").mkdir()
    program = Program(tmp_path / "live/app.db")
    program.sql("PRAGMA journal_mode=wal")
    program.sql("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
    program.sql("INSERT INTO people VALUES (1, 'Ann'), (2, 'Bo')")
    program.sql("DELETE FROM people WHERE id = 2")
    yield program
    program.close()


async def rows(session: Session) -> list[tuple[object, ...]]:
    lane = session.lane(Purpose.BROWSE)
    return await lane.run(
        lambda c: [tuple(row) for row in c.exec_driver_sql("SELECT * FROM people").fetchall()]
    )


async def test_a_session_of_the_past_reads_and_refuses(tmp_path, writer):
    path = tmp_path / "live/app.db"
    before = glance(path.parent)
    opening = SQLiteWalHistory().visit(parse(str(path)), 3)
    session = Session(backend("sqlite"), opening)
    try:
        copy = Path(opening.target.address)
        assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
        assert await rows(session) == [(1, "Ann"), (2, "Bo")]
        assert opening.label == "app.db as of commit 3"
        assert opening.probe.is_wal
        server = await session.identify()
        assert server.read_only
        writer.sql("DELETE FROM people")
        writer.sql("PRAGMA wal_checkpoint(PASSIVE)")
        assert await rows(session) == [(1, "Ann"), (2, "Bo")]
        assert (await session.table(TableRef(None, "people"))).identity == ("id",)
        with pytest.raises(ReadOnly, match="nothing changes what was"):
            session.lane(Purpose.EDIT)
        with pytest.raises(ReadOnly, match="nothing changes what was"):
            session.own_lane(writable=True)
        for purpose in (Purpose.BROWSE, Purpose.QUERY, Purpose.WATCH):
            with pytest.raises(StudioError):
                await session.lane(purpose).run(lambda c: c.exec_driver_sql("DELETE FROM people"))
        assert set(glance(path.parent)) == set(before)
    finally:
        await session.close()
    assert not copy.parent.exists()


def test_a_commit_that_cannot_be_rebuilt_says_why(tmp_path, writer):
    path = tmp_path / "live/app.db"
    with pytest.raises(Refused, match=r"there is no commit 40.*nearest is 4"):
        SQLiteWalHistory().visit(parse(str(path)), 40)


@pytest.mark.parametrize("stays", [False, True])
def test_one_that_is_stopped_leaves_nothing(tmp_path, writer, monkeypatch, stays):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    history, target = (
        (SQLiteWalHistory().staying() if stays else SQLiteWalHistory()),
        parse(str(tmp_path / "live/app.db")),
    )
    with pytest.raises(Refused, match="stopped"):
        history.visit(target, 3, lambda _done, _total: True)
    assert [path.name for path in tmp_path.iterdir()] == ["live"]
    assert [one.commit.last_frame for one in history.report(target)[1].commits] == [2, 3, 4]
    history.close()


def test_one_who_stays_visits_what_came_since(tmp_path, writer):
    history, target = SQLiteWalHistory().staying(), parse(str(tmp_path / "live/app.db"))
    history.report(target)
    writer.sql("INSERT INTO people VALUES (7, 'Eva')")
    for commit, names in ((5, ["Ann", "Eva"]), (3, ["Ann", "Bo"])):
        opening = history.visit(target, commit)
        with closing(sqlite3.connect(opening.uri, uri=True)) as connection:
            found = connection.execute("SELECT name FROM people").fetchall()
        opening.end()
        assert [name for (name,) in found] == names
    history.close()
