"""What is done with each state a database is found in: no trace left, and the right rows seen."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy.exc import DBAPIError

from studio.backends.base import Purpose
from studio.backends.sqlite import helper
from studio.backends.sqlite.connections import TIMEOUT_S
from studio.backends.sqlite.deciding import OpeningMode
from studio.backends.sqlite.engine import SQLite
from studio.backends.sqlite.opening import SQLiteOpening, open_file
from studio.db import url
from studio.db.session import Session, read_once
from studio.model.catalog import TableRef
from studio.model.errors import (
    Busy,
    ConnectFailed,
    ConnectionLost,
    DatabaseMissing,
    ReadOnly,
    Refused,
    StudioError,
)
from studio.wal.filesystem import file_system
from tests.backends.sqlite import situations
from tests.backends.sqlite.situations import Situation
from tests.backends.sqlite.users import forked, root_only
from tests.wal.programs import Program, as_nobody, glance, snapshot

COUNT = "SELECT count(*) FROM event"
ALL = ("", "-wal", "-shm")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users can reach, unlike tmp_path."""
    path = Path(tempfile.mkdtemp(prefix="opening-"))
    path.chmod(0o755)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


def opened(path: Path) -> SQLiteOpening:
    return open_file(url.parse(str(path)))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def look(path: Path) -> dict[str, object]:
    """Open, count, close: through the same doors as everybody."""
    try:
        how, rows = read_once(
            url.parse(str(path)),
            lambda connection, _, opening: (
                opening.how,
                connection.exec_driver_sql(COUNT).scalar_one(),
            ),
        )
    except StudioError as error:
        return {"error": type(error).__name__, "says": str(error)}
    return {"how": how, "rows": rows}


@pytest.mark.parametrize(
    ("situation", "how", "rows"),
    [
        (situations.live, OpeningMode.BESIDE_WAL, 50),
        (situations.live_empty_wal, OpeningMode.BESIDE_WAL, 50),
        (situations.live_writing, OpeningMode.BESIDE_WAL, 50),
        (situations.crashed, OpeningMode.BESIDE_WAL, 50),
        (situations.crashed_no_shm, OpeningMode.COPY, 50),
        (situations.short_shm, OpeningMode.COPY, 50),
        (situations.shm_without_wal, OpeningMode.IMMUTABLE, 10),
        (situations.clean, OpeningMode.IMMUTABLE, 50),
        (situations.clean_empty_wal, OpeningMode.IMMUTABLE, 50),
        (situations.rollback, OpeningMode.READ_ONLY, 50),
        (situations.rollback_live, OpeningMode.READ_ONLY, 50),
        (situations.rollback_persist, OpeningMode.READ_ONLY, 50),
        (situations.rollback_beside_empty_wal, OpeningMode.READ_ONLY, 50),
        (situations.hot_journal, OpeningMode.COPY, 50),
        (situations.symbolic_link, OpeningMode.BESIDE_WAL, 50),
        (situations.copied_pair, OpeningMode.COPY, 50),
    ],
)
def test_looking_sees_the_rows_and_changes_nothing(
    folder: Path, situation: Situation, how: OpeningMode, rows: int
) -> None:
    if situation is situations.crashed and "overlay" in file_system(folder):
        how = OpeningMode.COPY
    program = situation(folder / "app.db")
    try:
        before = snapshot(folder)
        assert look(folder / "app.db") == {"how": how.value, "rows": rows}
        assert snapshot(folder) == before
    finally:
        if program is not None:
            program.close()


@pytest.mark.parametrize(
    ("situation", "error", "words"),
    [
        (situations.exclusive, Busy, "locking_mode=EXCLUSIVE"),
        (situations.exclusive_rollback, Busy, "one exclusive transaction, or locking_mode"),
        (situations.other_page_size, Refused, "may belong to another database"),
        (situations.wal_beside_rollback, Refused, "not in WAL mode"),
        (situations.wal_beside_empty, Refused, "may belong to another database"),
        (situations.hard_link, Refused, "hard link"),
    ],
)
def test_what_cannot_be_seen_truly_is_refused(
    folder: Path, situation: Situation, error: type[StudioError], words: str
) -> None:
    program = situation(folder / "app.db")
    try:
        before = snapshot(folder)
        with pytest.raises(error, match=words):
            opened(folder / "app.db")
        assert snapshot(folder) == before
    finally:
        if program is not None:
            program.close()


def test_an_empty_file_is_an_empty_database(folder: Path) -> None:
    situations.empty(folder / "app.db")
    before = snapshot(folder)
    outline = read_once(url.parse(str(folder / "app.db")), lambda c, backend, _: backend.outline(c))
    assert [summary.ref.name for summary in outline] == ["sqlite_schema"]
    assert snapshot(folder) == before


# -- another user ----------------------------------------------------------------------------------


@root_only
@pytest.mark.parametrize(
    ("situation", "folder_mode", "modes", "seen"),
    [
        (situations.live, 0o755, {}, (OpeningMode.BESIDE_WAL, 50)),
        (situations.live, 0o777, {}, (OpeningMode.BESIDE_WAL, 50)),
        (situations.live, 0o777, dict.fromkeys(ALL, 0o666), (OpeningMode.BESIDE_WAL, 50)),
        (situations.live, 0o755, {"-shm": 0o600}, (OpeningMode.COPY, 50)),
        (situations.live, 0o755, {"-wal": 0o600}, "Refused"),
        (situations.live, 0o755, dict.fromkeys(ALL, 0o600), "ConnectFailed"),
        (situations.live_empty_wal, 0o777, {"-shm": 0o600}, (OpeningMode.COPY, 50)),
        (situations.crashed, 0o755, {}, (OpeningMode.BESIDE_WAL, 50)),
        (situations.crashed, 0o777, dict.fromkeys(ALL, 0o444), (OpeningMode.BESIDE_WAL, 50)),
        (situations.crashed_no_shm, 0o755, {}, (OpeningMode.COPY, 50)),
        (situations.crashed_no_shm, 0o777, {}, (OpeningMode.COPY, 50)),
        (situations.shm_without_wal, 0o777, {}, (OpeningMode.IMMUTABLE, 10)),
        (situations.clean, 0o777, {}, (OpeningMode.IMMUTABLE, 50)),
        (situations.clean, 0o555, {"": 0o444}, (OpeningMode.IMMUTABLE, 50)),
        (situations.rollback, 0o777, {}, (OpeningMode.READ_ONLY, 50)),
    ],
)  # fmt: skip
def test_another_user_looks_and_changes_nothing(
    folder: Path,
    situation: Situation,
    folder_mode: int,
    modes: dict[str, int],
    seen: tuple[OpeningMode, int] | str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = folder / "app.db"
    warm = folder / "warm.db"
    situations.rollback(warm)
    look(warm)  # imports what the child cannot
    warm.unlink()
    monkeypatch.setattr(helper, "_answer", forked)
    program = situation(path)
    for suffix, mode in modes.items():
        Path(f"{path}{suffix}").chmod(mode)
    folder.chmod(folder_mode)
    try:
        before = snapshot(folder)
        answer = as_nobody(lambda: look(path))
        if isinstance(seen, str):
            assert answer["error"] == seen
        else:
            assert answer == {"how": seen[0].value, "rows": seen[1]}
        assert snapshot(folder) == before
    finally:
        if program is not None:
            program.close()


@root_only
def test_another_users_database_is_written_only_if_its_files_stay_theirs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "app.db"
    situations.clean(path)
    look(path)
    monkeypatch.setattr(helper, "_answer", forked)
    folder.chmod(0o777)
    path.chmod(0o666)
    assert "belongs to another user" in as_nobody(lambda: opened(path).not_writable_because)
    path.chmod(0o644)
    assert "no permission" in as_nobody(lambda: opened(path).not_writable_because)


# -- beside a living program -----------------------------------------------------------------------


async def test_a_live_writer_is_not_blocked_and_its_commits_are_seen(folder: Path) -> None:
    program = situations.live(folder / "app.db")
    session = await Session.open(url.parse(str(folder / "app.db")))
    try:
        lane = session.lane(Purpose.BROWSE)
        async with lane.transaction(read_only=True) as reading:
            assert (await reading.fetch(COUNT)).rows == ((50,),)
            program.sql("INSERT INTO event(note) VALUES ('while we read')")
            program.sql("PRAGMA wal_checkpoint(PASSIVE)")
            assert (await reading.fetch(COUNT)).rows == ((50,),)
        assert (await lane.fetch(COUNT)).rows == ((51,),)
        before = glance(folder)
        assert (await lane.fetch(COUNT)).rows == ((51,),)
        assert glance(folder) == before
    finally:
        await session.close()
    program.close()
    assert names(folder) == ["app.db"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc/locks is Linux's")
async def test_nothing_we_do_drops_the_locks_of_an_open_connection(folder: Path) -> None:
    def ours() -> set[tuple[str, int]]:
        found = helper.probe(folder / "app.db").locks.holders
        return {(holder.file, holder.first) for holder in found if holder.pid == os.getpid()}

    program = situations.live(folder / "app.db")
    session = await Session.open(url.parse(str(folder / "app.db")))
    try:
        async with session.lane(Purpose.BROWSE).transaction(read_only=True) as reading:
            await reading.fetch(COUNT)
            held = ours()
            assert {file for file, _ in held} == {"db", "shm"}
            await session.outline()
            await session.reflect(lambda c: session.backend.table(c, TableRef(None, "event")))
            opened(folder / "app.db")
            session.backend.is_stale(session.opening)
            assert held <= ours()
    finally:
        await session.close()
        program.close()


BUSY = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=5)
print("ready", flush=True)
while True:
    # As on a disk that needs 30 ms to sync; the -journal is there for as long.
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("UPDATE event SET note = note || '.' WHERE id = 1")
    time.sleep(0.03)
    connection.execute("COMMIT")
    time.sleep(0.003)
"""


@pytest.fixture
def committing(folder: Path) -> Iterator[Path]:
    """A database that a program with a rollback journal commits to all the time."""
    path = folder / "app.db"
    situations.rollback(path)
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", BUSY, str(path)], stdout=subprocess.PIPE
    ) as program:
        assert program.stdout
        program.stdout.readline()
        yield path
        program.kill()


async def test_beside_constant_commits_one_reads_in_place_and_is_let_in(
    committing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []
    real = helper.probe
    monkeypatch.setattr(helper, "probe", lambda path: looks.append(path) or real(path))
    for _ in range(5):
        session = await Session.open(url.parse(str(committing)))
        looked = len(looks)
        try:
            assert session.opening.how == OpeningMode.READ_ONLY
            for _ in range(10):
                lane = session.lane(Purpose.BROWSE)
                assert (await lane.fetch(COUNT)).rows == ((50,),)
                await lane.rest()
            # A -journal that comes and goes is no reason to look again.
            assert len(looks) == looked
        finally:
            await session.close()


async def test_a_reader_that_waits_for_a_commit_can_be_stopped(folder: Path) -> None:
    path = folder / "app.db"
    situations.rollback(path)
    session = await Session.open(url.parse(str(path)))
    program = Program(path)
    try:
        lane = session.lane(Purpose.BROWSE)
        await lane.fetch(COUNT)
        program.sql("BEGIN EXCLUSIVE")
        waiting = asyncio.ensure_future(lane.fetch(COUNT))
        while lane.running_since is None:
            await _turn()
        waiting.cancel()
        started = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert time.monotonic() - started < TIMEOUT_S * 0.75
        program.sql("COMMIT")
        assert (await lane.fetch(COUNT)).rows == ((50,),)
    finally:
        await session.close()
        program.close()


async def test_a_transaction_that_keeps_readers_out_is_told_with_its_program(folder: Path) -> None:
    path = folder / "app.db"
    situations.rollback(path)
    session = await Session.open(url.parse(str(path)))
    program = Program(path)
    try:
        program.sql("BEGIN EXCLUSIVE")
        program.sql("UPDATE event SET note = 'x'")
        with pytest.raises(Busy, match=rf"\(pid {program.process.pid}\)"):
            await session.lane(Purpose.BROWSE).fetch(COUNT)
    finally:
        await session.close()
        program.close()


async def test_a_program_that_dies_while_it_writes_is_read_through_a_copy(folder: Path) -> None:
    path = folder / "app.db"
    situations.rollback(path)
    session = await Session.open(url.parse(str(path)))
    try:
        lane = session.lane(Purpose.BROWSE)
        assert (await lane.fetch(COUNT)).rows == ((50,),)
        program = Program(path)
        program.sql("PRAGMA cache_size=1")
        program.sql("BEGIN IMMEDIATE")
        program.sql("DELETE FROM event")
        program.sql("CREATE TABLE more AS SELECT hex(randomblob(900)) FROM sqlite_schema")
        program.sql("INSERT INTO more SELECT hex(randomblob(9000)) FROM more, more, more, more")
        program.kill()
        before = snapshot(folder)
        assert (await lane.fetch(COUNT)).rows == ((50,),)
        assert session.opening.how == OpeningMode.COPY
        assert snapshot(folder) == before
    finally:
        await session.close()


@pytest.mark.parametrize("journal_mode", ["PERSIST", "TRUNCATE"])
def test_an_edit_leaves_a_journal_that_its_program_keeps(folder: Path, journal_mode: str) -> None:
    path = folder / "app.db"
    situations.rollback(path)
    program = Program(path)
    try:
        program.sql(f"PRAGMA journal_mode={journal_mode}")
        program.sql("UPDATE event SET note = 'kept'")
        inode = Path(f"{path}-journal").stat().st_ino
        with SQLite().sync_engine(opened(path), Purpose.EDIT).connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.exec_driver_sql("DELETE FROM event WHERE id = 1")
            connection.exec_driver_sql("COMMIT")
        assert Path(f"{path}-journal").stat().st_ino == inode
        assert look(path) == {"how": OpeningMode.READ_ONLY.value, "rows": 49}
        program.sql("UPDATE event SET note = 'still written'")
    finally:
        program.close()


async def test_the_last_close_of_the_program_cleans_up_once_we_rest(folder: Path) -> None:
    program = situations.live(folder / "app.db")
    session = await Session.open(url.parse(str(folder / "app.db")))
    try:
        lane = session.lane(Purpose.BROWSE)
        await lane.fetch(COUNT)
        await lane.rest()
        program.close()
        assert names(folder) == ["app.db"]
        before = snapshot(folder)
        assert (await lane.fetch(COUNT)).rows == ((50,),)
        assert session.opening.how == OpeningMode.IMMUTABLE
        await lane.rest()
        assert snapshot(folder) == before
    finally:
        await session.close()


async def test_an_idle_connection_is_closed_by_itself(folder: Path) -> None:
    program = situations.live(folder / "app.db")
    session = await Session.open(url.parse(str(folder / "app.db")))
    try:
        await session.lane(Purpose.BROWSE).fetch(COUNT)
        assert any(h.pid == os.getpid() for h in helper.probe(folder / "app.db").locks.holders)
        assert session.opening.idle_close_s == 2.0
        deadline = time.monotonic() + 10
        while any(h.pid == os.getpid() for h in helper.probe(folder / "app.db").locks.holders):
            assert time.monotonic() < deadline
            await _turn()
    finally:
        await session.close()
        program.close()


async def _turn() -> None:
    """Let the loop's timers run."""
    await asyncio.sleep(0.05)


async def test_a_program_that_appears_is_seen(folder: Path) -> None:
    path = folder / "app.db"
    situations.clean(path)
    session = await Session.open(url.parse(str(path)))
    try:
        lane = session.lane(Purpose.BROWSE)
        assert (await lane.fetch(COUNT)).rows == ((50,),)
        assert session.opening.how == OpeningMode.IMMUTABLE
        program = Program(path)
        program.sql("INSERT INTO event(note) VALUES ('new')")
        assert (await lane.fetch(COUNT)).rows == ((51,),)
        assert session.opening.how == OpeningMode.BESIDE_WAL
        program.close()
    finally:
        await session.close()


async def test_a_checkpoint_and_vacuum_of_another_is_noticed(folder: Path) -> None:
    path = folder / "app.db"
    situations.clean(path)
    session = await Session.open(url.parse(str(path)))
    try:
        lane = session.lane(Purpose.BROWSE)
        await lane.fetch(COUNT)
        program = Program(path)
        program.sql("DELETE FROM event WHERE id > 20")
        program.sql("VACUUM")
        program.close()
        assert (await lane.fetch(COUNT)).rows == ((20,),)
        assert session.opening.how == OpeningMode.IMMUTABLE
    finally:
        await session.close()


async def test_a_file_replaced_while_open_is_opened_again(folder: Path) -> None:
    path = folder / "app.db"
    situations.rollback(path)
    session = await Session.open(url.parse(str(path)))
    try:
        lane = session.lane(Purpose.BROWSE)
        assert (await lane.fetch(COUNT)).rows == ((50,),)
        other = folder / "other.db"
        situations.clean(other)
        program = Program(other)
        program.sql("DELETE FROM event WHERE id > 7")
        program.close()
        other.rename(path)
        assert (await lane.fetch(COUNT)).rows == ((7,),)
        assert session.opening.how == OpeningMode.IMMUTABLE
    finally:
        await session.close()


async def test_a_file_that_went_away_is_missing_not_made(folder: Path) -> None:
    path = folder / "app.db"
    situations.rollback(path)
    session = await Session.open(url.parse(str(path)))
    try:
        await session.lane(Purpose.BROWSE).fetch(COUNT)
        path.unlink()
        with pytest.raises(DatabaseMissing):
            await session.lane(Purpose.BROWSE).fetch(COUNT)
        assert not names(folder)
    finally:
        await session.close()


def test_a_killed_writer_keeps_its_wal_while_we_read(folder: Path) -> None:
    program = situations.live(folder / "app.db")
    before = snapshot(folder)

    def read(connection, _, __):
        assert connection.exec_driver_sql(COUNT).scalar_one() == 50
        program.kill()
        return connection.exec_driver_sql(COUNT).scalar_one()

    assert read_once(url.parse(str(folder / "app.db")), read) == 50
    assert snapshot(folder) == before


# -- names that lead nowhere -----------------------------------------------------------------------


def test_a_missing_file_is_never_created(folder: Path) -> None:
    with pytest.raises(DatabaseMissing, match="nothing was created"):
        opened(folder / "app.db")
    with pytest.raises(DatabaseMissing, match="there is no folder"):
        opened(folder / "nowhere" / "app.db")
    assert not list(folder.iterdir())


def test_what_is_no_database_says_what_it_is(folder: Path) -> None:
    (folder / "text").write_text("not a database, whatever its length may be" * 9)
    (folder / "short").write_bytes(b"SQLite format 3\0 and no more")
    (folder / "random").write_bytes(os.urandom(8192))
    os.mkfifo(folder / "fifo")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))
        for name, words in (
            ("text", "not an SQLite database, or it is encrypted"),
            ("short", "not an SQLite database"),
            ("random", "encrypted"),
            ("fifo", "fifo"),
            ("socket", "socket"),
            (".", "is a folder"),
        ):
            with pytest.raises(ConnectFailed, match=words) as caught:
                opened(folder / name)
            assert caught.value.exit_code == 3


def test_a_format_from_the_future_is_told(folder: Path) -> None:
    path = folder / "app.db"
    situations.rollback(path)
    data = bytearray(path.read_bytes())
    data[18] = 3
    path.write_bytes(data)
    opening = opened(path)
    assert "newer SQLite" in opening.not_writable_because
    assert look(path) == {"how": OpeningMode.READ_ONLY.value, "rows": 50}
    data[19] = 3
    path.write_bytes(data)
    with pytest.raises(ConnectFailed, match="newer SQLite"):
        opened(path)


@pytest.mark.parametrize("name", ["a?b#c%20d é.db", "  spaces .db", "file:x", "näh\n.db", "%41.db"])
def test_any_name_is_opened_and_no_other_made(folder: Path, name: str) -> None:
    path = folder / name
    situations.live(path).kill()
    before = snapshot(folder)
    opening = open_file(url.Target("sqlite", str(path), str(path)))
    assert opening.label == path.name
    assert look_at(opening) == 50
    assert snapshot(folder) == before


def look_at(opening: SQLiteOpening) -> object:
    engine = SQLite().sync_engine(opening, Purpose.BROWSE)
    with engine.connect() as connection:
        return connection.exec_driver_sql(COUNT).scalar_one()


def test_a_name_that_is_not_utf8(folder: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.db"))
    situations.rollback(path)
    assert look_at(open_file(url.Target("sqlite", str(path), "caf?.db"))) == 50


# -- copies and memory -----------------------------------------------------------------------------


def test_a_private_copy_is_private_and_goes_away(folder: Path) -> None:
    situations.crashed_no_shm(folder / "app.db")
    opening = opened(folder / "app.db")
    place = Path(opening.uri.removeprefix("file:").partition("?")[0]).parent
    assert place.stat().st_mode & 0o777 == 0o700
    assert opening.not_writable_because
    assert "private copy" in opening.why
    del opening
    assert not place.exists()


async def test_memory_is_one_database_for_every_lane() -> None:
    session = await Session.open(url.parse(":memory:"))
    try:
        async with session.lane(Purpose.EDIT).transaction() as writing:
            await writing.fetch("CREATE TABLE t(a)")
            await writing.fetch("INSERT INTO t VALUES (1)")
        rows = (await session.lane(Purpose.BROWSE).fetch("SELECT a FROM t")).rows
        assert rows == ((1,),)
        assert {summary.ref.name for summary in await session.outline()} >= {"t"}
    finally:
        await session.close()


def test_read_only_is_kept_as_asked(folder: Path) -> None:
    situations.clean(folder / "app.db")
    target = url.parse(str(folder / "app.db"), read_only=True)
    opening = open_file(target)
    assert not opening.writable
    assert "--read-only" in opening.not_writable_because


def test_editing_is_refused_with_the_reason(folder: Path) -> None:
    situations.crashed_no_shm(folder / "app.db")
    opening = opened(folder / "app.db")
    with pytest.raises(ReadOnly, match="private copy"):
        SQLite().sync_engine(opening, Purpose.EDIT).connect()


def test_a_replaced_file_is_not_connected_to(folder: Path) -> None:
    path = folder / "app.db"
    situations.rollback(path)
    opening = opened(path)
    situations.rollback(folder / "other.db")
    (folder / "other.db").rename(path)
    with pytest.raises(ConnectionLost):
        SQLite().sync_engine(opening, Purpose.BROWSE).connect()


@root_only
def test_files_that_are_closed_to_us_while_they_are_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "app.db"
    program = situations.live(path)
    look(path)  # imports what the child cannot
    monkeypatch.setattr(helper, "_answer", forked)
    folder.chmod(0o777)

    def close_them() -> None:
        while not (folder / "seen").exists():
            time.sleep(0.01)
        for suffix in ALL:
            Path(f"{path}{suffix}").chmod(0o600)
        (folder / "closed").touch()

    def work() -> list[object]:
        engine = SQLite().sync_engine(opened(path), Purpose.BROWSE)
        with engine.connect() as connection:
            counted = connection.exec_driver_sql(COUNT).scalar_one()
        (folder / "seen").touch()
        while not (folder / "closed").exists():
            time.sleep(0.01)
        try:
            with engine.connect() as connection:
                return [counted, connection.exec_driver_sql(COUNT).scalar_one()]
        except (StudioError, DBAPIError) as error:
            return [counted, str(SQLite().translate(getattr(error, "orig", error)))]

    owner = Thread(target=close_them, daemon=True)
    owner.start()
    try:
        counted, said = as_nobody(work)
        owner.join()
        before = {name: status[:-3] for name, status in glance(folder).items()}
        assert counted == 50
        assert "cannot be opened any more" in str(said)
        assert program is not None
        program.sql("INSERT INTO event VALUES (1000, 'x')")
        assert {name: status[:-3] for name, status in glance(folder).items()} == before
    finally:
        if program is not None:
            program.close()
