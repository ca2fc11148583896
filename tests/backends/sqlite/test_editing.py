"""What an EDIT lane does to a file that others use: its own rows, and nothing else."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from studio.backends.base import Purpose
from studio.backends.sqlite.deciding import OpeningMode
from studio.db import url
from studio.db.session import Session
from studio.model.errors import Busy, ConnectionLost, ConstraintFailed, ReadOnly
from tests.backends.sqlite import situations
from tests.wal.programs import Program

COUNT = "SELECT count(*) FROM event"
INSERT = "INSERT INTO event(note) VALUES ('edited')"


async def insert(session: Session, sql: str = INSERT) -> None:
    async with session.lane(Purpose.EDIT).transaction() as transaction:
        await transaction.fetch(sql)
    await session.lane(Purpose.EDIT).close()


async def rows(session: Session) -> object:
    return (await session.lane(Purpose.BROWSE).fetch(COUNT)).rows[0][0]


def sizes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir())}


async def opened(path: Path) -> Session:
    return await Session.open(url.parse(str(path)))


async def test_beside_a_live_program(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    program = situations.live(path)
    main = path.read_bytes()
    session = await opened(path)
    try:
        assert await rows(session) == 50
        await insert(session)
        assert await rows(session) == 51
        assert program.sql(COUNT) == [[51]]
        program.sql(INSERT)
        assert await rows(session) == 52
    finally:
        await session.close()
    assert path.read_bytes() == main, "an edit made a checkpoint"
    program.close()
    assert list(sizes(tmp_path)) == ["app.db"]


async def test_a_crashed_wal_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    situations.crashed(path)
    main, before = path.read_bytes(), sizes(tmp_path)
    session = await opened(path)
    try:
        assert await rows(session) == 50
        await insert(session)
        assert await rows(session) == 51
    finally:
        await session.close()
    after = sizes(tmp_path)
    assert path.read_bytes() == main
    assert list(after) == list(before)
    assert after["app.db-wal"] > before["app.db-wal"]


async def test_a_clean_folder_is_left_clean(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    situations.clean(path)
    session = await opened(path)
    try:
        assert await rows(session) == 50
        assert session.opening.how == OpeningMode.IMMUTABLE
        await insert(session)
        assert await rows(session) == 51
    finally:
        await session.close()
    assert list(sizes(tmp_path)) == ["app.db"]


async def test_a_rollback_database(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    situations.rollback(path)
    session = await opened(path)
    try:
        await insert(session)
        assert await rows(session) == 51
    finally:
        await session.close()
    assert list(sizes(tmp_path)) == ["app.db"]


async def test_foreign_keys_are_enforced(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    program = situations.live(path)
    program.sql("CREATE TABLE detail(event_id INTEGER REFERENCES event(id))")
    session = await opened(path)
    try:
        with pytest.raises(ConstraintFailed) as caught:
            await insert(session, "INSERT INTO detail VALUES (9999)")
        assert caught.value.kind == "foreign_key"
        assert await rows(session) == 50
    finally:
        await session.close()
        program.close()


async def test_a_replaced_file_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    situations.rollback(path)
    session = await opened(path)
    try:

        async def insert_while_replaced() -> None:
            async with session.lane(Purpose.EDIT).transaction() as transaction:
                await transaction.fetch(INSERT)
                situations.rollback(tmp_path / "other.db")
                (tmp_path / "other.db").rename(path)

        with pytest.raises(ConnectionLost, match="replaced"):
            await insert_while_replaced()
        assert await rows(session) == 50
    finally:
        await session.close()


async def test_another_writer_makes_it_busy_not_wrong(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    program = situations.live_writing(path)
    session = await opened(path)
    try:
        assert await rows(session) == 50
        with pytest.raises(Busy, match="Another connection is writing"):
            await insert(session)
        program.sql("COMMIT")
        await insert(session)
        assert await rows(session) == 56
    finally:
        await session.close()
        program.close()


async def test_a_busy_reader_of_ours_makes_it_busy(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    program = situations.live(path)
    session = await opened(path)
    try:
        async with session.lane(Purpose.QUERY).transaction(read_only=True) as reading:
            await reading.fetch(COUNT)
            with pytest.raises(Busy, match="still reading"):
                await insert(session)
        await insert(session)
        assert await rows(session) == 51
    finally:
        await session.close()
        program.close()


@pytest.mark.parametrize("purpose", [Purpose.BROWSE, Purpose.QUERY, Purpose.WATCH])
@pytest.mark.parametrize("situation", [situations.live, situations.clean, situations.rollback])
async def test_only_an_edit_lane_writes(
    tmp_path: Path, purpose: Purpose, situation: situations.Situation
) -> None:
    program = situation(tmp_path / "app.db")
    session = await opened(tmp_path / "app.db")
    try:
        for sql in (INSERT, "CREATE TABLE t(a)", "DROP TABLE event", "UPDATE event SET note = 1"):
            with pytest.raises(ReadOnly):
                await session.lane(purpose).fetch(sql)
        assert await rows(session) == 50
    finally:
        await session.close()
        if program:
            program.close()


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH 'other.db' AS other",
        "VACUUM INTO 'copy.db'",
        "PRAGMA wal_checkpoint",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA journal_mode=DELETE",
        "PRAGMA query_only=OFF",
        "PRAGMA writable_schema=ON",
        "PRAGMA optimize",
        "DETACH main",
    ],
)
async def test_a_persons_statement_cannot_leave_the_file(
    tmp_path: Path, sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    situations.crashed(tmp_path / "app.db")
    before = sizes(tmp_path)
    session = await opened(tmp_path / "app.db")
    try:
        lane = session.lane(Purpose.QUERY)
        with pytest.raises(ReadOnly, match="only looks"):
            await lane.fetch(sql)
        assert (await lane.fetch("PRAGMA table_info(event)")).rows
        assert (await lane.fetch("PRAGMA journal_mode")).rows == (("wal",),)
        assert (await lane.fetch("SELECT * FROM pragma_table_list")).rows
        with pytest.raises(ReadOnly, match="only looks"):
            await lane.fetch("CREATE TEMP TABLE notes(a)")
    finally:
        await session.close()
    assert sizes(tmp_path) == before


_EDITOR = """
import asyncio, sys
from studio.backends.base import Purpose
from studio.db import url
from studio.db.session import Session

async def main():
    session = await Session.open(url.parse(sys.argv[1]))
    lane = session.lane(Purpose.EDIT)
    n = 0
    while True:
        async with lane.transaction() as transaction:
            await transaction.fetch("INSERT INTO pair(side, n) VALUES ('left', ?)", (n,))
            await transaction.fetch("INSERT INTO pair(side, n) VALUES ('right', ?)", (n,))
        n += 1
        print(n, flush=True)

asyncio.run(main())
"""


def test_an_editor_killed_at_any_moment_loses_nothing_of_the_program(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    program = situations.live(path)
    program.sql("CREATE TABLE pair(side TEXT, n INTEGER)")
    acknowledged = 50
    for stop_after in (1, 2, 5, 11):
        editor = subprocess.Popen(
            [sys.executable, "-c", _EDITOR, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert editor.stdout
        while (line := editor.stdout.readline()) and int(line) < stop_after:
            with suppress(AssertionError):  # SQLITE_BUSY: its timeout is 0
                program.sql(INSERT)
                acknowledged += 1
        os.kill(editor.pid, signal.SIGKILL)
        editor.wait()
        editor.stdout.close()
        program.sql(INSERT)
        acknowledged += 1
    assert program.sql(COUNT) == [[acknowledged]]
    assert program.sql("SELECT n FROM pair GROUP BY n HAVING count(*) % 2") == []
    assert program.sql("PRAGMA integrity_check") == [["ok"]]
    program.close()
    assert list(sizes(tmp_path)) == ["app.db"]


async def test_a_foreign_program_is_never_checkpointed_by_our_close(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    program = situations.live(path)
    main = path.read_bytes()
    session = await opened(path)
    async with session.lane(Purpose.EDIT).transaction() as transaction:
        await transaction.fetch(INSERT)
        program.kill()
    await session.close()
    assert path.read_bytes() == main
    assert set(sizes(tmp_path)) == {"app.db", "app.db-shm", "app.db-wal"}
    again = Program(path)
    assert again.sql(COUNT) == [[51]]
    again.close()
