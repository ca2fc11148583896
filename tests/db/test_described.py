"""The words beside a database's name: what a person can do, and why."""

import os
import sqlite3
from contextlib import closing

import pytest

from studio.backends.base import Purpose
from studio.db.session import Session, described
from studio.db.url import parse


async def words(address: str, *, read_only: bool = False) -> list[str]:
    """What the top line says, piece by piece."""
    session = await Session.open(parse(address, read_only=read_only))
    try:
        return described(await session.identify(), session.opening).split(" · ")
    finally:
        await session.close()


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (id integer PRIMARY KEY)")
    return path


async def test_a_file_that_can_be_edited_says_so_and_then_how_it_is_read(database) -> None:
    assert (await words(str(database)))[1:3] == ["editable", "read in place"]
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("INSERT INTO t VALUES (1)")
        connection.commit()
        assert (await words(str(database)))[1:3] == ["editable", "read beside its WAL"]
    assert (await words(str(database)))[1:3] == ["editable", "read as immutable"]


async def test_what_was_asked_for_is_said(database, postgres) -> None:
    for address in (str(database), postgres, ":memory:"):
        assert (await words(address, read_only=True))[1] == "read-only (--read-only)"
        assert (await words(address))[1] == "editable"


@pytest.mark.skipif(os.geteuid() != 0, reason="nobody else writes what is not to be written")
@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
async def test_that_root_writes_what_nobody_is_to_write_is_said_and_true(database, mode) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"PRAGMA journal_mode={mode}")
    database.chmod(0o444)
    assert (await words(str(database)))[1] == "editable (as root, past the file's permissions)"
    session = await Session.open(parse(str(database)))
    try:
        async with session.lane(Purpose.EDIT).transaction() as transaction:
            await transaction.run(lambda c: c.exec_driver_sql("INSERT INTO t VALUES (7)"))
    finally:
        await session.close()
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT id FROM t").fetchall() == [(7,)]
    assert database.stat().st_mode & 0o777 == 0o444


async def test_permissions_are_said(database, monkeypatch) -> None:
    monkeypatch.setattr("studio.backends.sqlite.writing.may", lambda path, mode: False)
    assert (await words(str(database)))[1] == "read-only (the file's permissions)"
