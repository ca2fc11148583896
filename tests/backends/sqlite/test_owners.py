"""Nobody who looks, root neither, changes whose a file is; nor does root who writes.

Real processes of real users. Every combination of owners takes some minutes:
`STUDIO_EVERY_OWNER=1 pytest tests/backends/sqlite/test_owners.py`; otherwise, a few of them.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random
from threading import get_native_id

import pytest

from studio.backends.base import Purpose
from studio.backends.sqlite import credentials, helper
from studio.backends.sqlite.credentials import Credentials, acting_as
from studio.backends.sqlite.deciding import OpeningMode
from studio.backends.sqlite.engine import SQLite
from studio.backends.sqlite.opening import open_file
from studio.config.discovery import discover
from studio.db import url
from studio.db.session import Session, read_once
from studio.model.errors import StudioError
from tests.backends.sqlite.users import forked, root_only
from tests.terminal import Terminal
from tests.wal.programs import Program, as_user, glance

ROOT, OWNER, OTHER, STRANGER = 0, 12345, 12346, 12347
EVERY = bool(os.environ.get("STUDIO_EVERY_OWNER"))
FEW = 1
COUNT = "SELECT count(*) FROM event"
INSERT = "INSERT INTO event(note) VALUES ('still here')"
linux_only = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux has credentials for each thread"
)
pytestmark = [root_only, linux_only]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users can reach, unlike tmp_path."""
    path = Path(tempfile.mkdtemp(prefix="owners-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module", autouse=True)
def _imported(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Look once: another user may not be able to import what it takes."""
    path = tmp_path_factory.mktemp("imported") / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE event(a); INSERT INTO event VALUES (1), (2)")
    assert _look(path) == 2


# -- what is found ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Owners:
    """User numbers; groups have the same."""

    db: int
    wal: int
    """Of the -journal too."""
    shm: int
    folder: int

    def give(self, path: Path) -> None:
        for suffix, user in (
            ("", self.db),
            ("-wal", self.wal),
            ("-journal", self.wal),
            ("-shm", self.shm),
        ):
            if (there := Path(f"{path}{suffix}")).exists():
                os.chown(there, user, user)
                # When the program has all beside, only they keep it writing.
                beside_is_the_programs = self.wal == self.shm == OTHER
                there.chmod(0o644 if suffix and beside_is_the_programs else 0o666)
        os.chown(path.parent, self.folder, self.folder)
        path.parent.chmod(0o777)


COMBINATIONS = [
    Owners(*each) for each in product((ROOT, OWNER), (OWNER, OTHER), (OWNER, OTHER), (ROOT, OWNER))
]


def _started(path: Path, journal_mode: str) -> Program:
    path.parent.chmod(0o777)
    path.touch()
    path.chmod(0o666)
    program = Program(path, OTHER)
    program.sql(f"PRAGMA journal_mode={journal_mode}")
    program.sql("PRAGMA wal_autocheckpoint=0")
    program.sql("CREATE TABLE event(id INTEGER PRIMARY KEY, note TEXT)")
    program.sql("INSERT INTO event(note) VALUES ('one'), ('two')")
    return program


def wal_live(path: Path) -> Program:
    return _started(path, "WAL")


def wal_live_empty(path: Path) -> Program:
    program = _started(path, "WAL")
    program.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return program


def wal_writing(path: Path) -> Program:
    program = _started(path, "WAL")
    program.sql("BEGIN IMMEDIATE")
    return program


def wal_crashed(path: Path) -> None:
    wal_live(path).kill()


def wal_clean(path: Path) -> None:
    wal_live(path).close()


def journal_live(path: Path) -> Program:
    return _started(path, "DELETE")


def journal_writing(path: Path) -> Program:
    program = _started(path, "DELETE")
    program.sql("BEGIN IMMEDIATE")
    program.sql(INSERT)
    return program


def journal_kept(path: Path) -> Program:
    return _started(path, "PERSIST")


def journal_kept_dead(path: Path) -> None:
    journal_kept(path).close()


def journal_emptied(path: Path) -> Program:
    return _started(path, "TRUNCATE")


def journal_hot(path: Path) -> None:
    program = _started(path, "DELETE")
    program.sql("PRAGMA cache_size=1")
    program.sql("BEGIN IMMEDIATE")
    program.sql(
        "INSERT INTO event(note) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 2000) SELECT hex(randomblob(99)) FROM n"
    )
    program.kill()


STATES: tuple[Callable[[Path], Program | None], ...] = (
    wal_live, wal_live_empty, wal_writing, wal_crashed, wal_clean, journal_live, journal_writing,
    journal_kept, journal_kept_dead, journal_emptied, journal_hot,
)  # fmt: skip


def _some(seed: str) -> list[Owners]:
    """The worst one, and another."""
    worst = Owners(OWNER, OTHER, OTHER, OWNER)
    return COMBINATIONS if EVERY else [worst, *Random(seed).sample(COMBINATIONS, FEW)]


def _all_of(folder: Path) -> dict[str, tuple[object, ...]]:
    return glance(folder)


# -- looking ---------------------------------------------------------------------------------------


def _look(path: Path) -> object:
    try:
        return read_once(
            url.parse(str(path)), lambda c, _, __: c.exec_driver_sql(COUNT).scalar_one()
        )
    except StudioError as error:
        return str(error)


@pytest.mark.parametrize("looker", [ROOT, OWNER, STRANGER])
@pytest.mark.parametrize("state", STATES)
def test_a_look_changes_nothing_of_any_file(
    state: Callable[[Path], Program | None],
    looker: int,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(helper, "_answer", forked)
    for number, owners in enumerate(_some(f"{state.__name__} {looker}")):
        here = folder / str(number)
        here.mkdir()
        program = state(here / "app.db")
        try:
            owners.give(here / "app.db")
            before = _all_of(here)
            rows = as_user(looker, lambda path=here / "app.db": _look(path))
            assert _all_of(here) == before, owners
            assert rows == 2, owners
            if program is not None:
                _can_still_write(program, here / "app.db")
        finally:
            if program is not None:
                program.close()


def _can_still_write(program: Program, path: Path) -> None:
    """The one that runs, and one of its user that starts now."""
    if program.sql("SELECT 1") and program.tell("sql", "COMMIT") is not None:
        program.sql("SELECT 1")  # there was no transaction
    program.sql(INSERT)
    another = Program(path, OTHER)
    try:
        another.sql(INSERT)
    finally:
        another.close()


@pytest.mark.parametrize("looker", [OWNER, OTHER])
def test_the_owner_of_an_empty_wal_does_not_give_it_the_databases_mode(
    looker: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helper, "_answer", forked)
    path = folder / "app.db"
    program = wal_live_empty(path)
    try:
        Path(f"{path}-wal").chmod(0o660)
        path.chmod(0o644)
        os.chown(f"{path}-wal", looker, looker)
        before = _all_of(folder)
        assert as_user(looker, lambda: _look(path)) == 2
        assert _all_of(folder) == before
    finally:
        program.close()


@pytest.mark.parametrize("state", [wal_live, wal_live_empty, journal_kept, journal_writing])
@pytest.mark.parametrize("db_owner", [ROOT, OWNER])
async def test_every_lane_of_root_changes_nothing(
    state: Callable[[Path], Program], db_owner: int, folder: Path
) -> None:
    path = folder / "app.db"
    program = state(path)
    try:
        Owners(db_owner, OTHER, OTHER, db_owner).give(path)
        before = _all_of(folder)
        session = await Session.open(url.parse(str(path)))
        try:
            await session.catalog()
            for purpose in (Purpose.BROWSE, Purpose.QUERY, Purpose.WATCH):
                lane = session.lane(purpose)
                assert (await lane.fetch(COUNT)).rows == ((2,),)
                async for chunk in lane.stream("SELECT * FROM event ORDER BY note"):
                    assert len(chunk.rows) == 2
                await lane.rest()
            private = await session.reflect(_copied)
        finally:
            await session.close()
        assert private == 2
        assert _all_of(folder) == before
        _can_still_write(program, path)
    finally:
        program.close()


def _copied(connection) -> object:
    """As an advised index is tried."""
    with closing(sqlite3.connect("")) as copy:
        connection.connection.driver_connection.backup(copy)
        return copy.execute(COUNT).fetchone()[0]


@pytest.mark.parametrize("state", [wal_live, journal_kept])
def test_no_command_of_root_changes_anything(
    state: Callable[[Path], Program], folder: Path, tmp_path: Path
) -> None:
    path = folder / "app.db"
    program = state(path)
    try:
        Owners(OWNER, OTHER, OTHER, OWNER).give(path)
        (tmp_path / "migrations").mkdir()
        before = _all_of(folder)
        for command in (
            ["query", str(path), COUNT],
            ["schema", str(path)],
            ["explain", str(path), COUNT],
            ["migrations", str(tmp_path), "--db", str(path)],
        ):
            answer = subprocess.run(
                [sys.executable, "-m", "studio", *command], capture_output=True, check=False
            )
            assert _all_of(folder) == before, command
            assert b"Traceback" not in answer.stderr, answer.stderr
        _can_still_write(program, path)
    finally:
        program.close()


@pytest.mark.parametrize("state", [wal_live, journal_kept])
def test_browsing_as_root_changes_nothing(state: Callable[[Path], Program], folder: Path) -> None:
    path = folder / "app.db"
    program = state(path)
    try:
        Owners(OWNER, OTHER, OTHER, OWNER).give(path)
        before = _all_of(folder)
        with Terminal([sys.executable, "-m", "studio", str(path)]) as terminal:
            terminal.wait_for("two", timeout_s=60)
            terminal.settle()
            assert _all_of(folder) == before
            terminal.press("q")
            terminal.wait_exit()
        assert _all_of(folder) == before
        _can_still_write(program, path)
    finally:
        program.close()


def test_the_list_of_what_is_nearby_changes_nothing(folder: Path) -> None:
    program = wal_live(folder / "app.db")
    try:
        Owners(OWNER, OTHER, OTHER, OWNER).give(folder / "app.db")
        before = _all_of(folder)
        assert any(found.label == "app.db" for found in discover(folder))
        assert _all_of(folder) == before
    finally:
        program.close()


@pytest.mark.parametrize("state", [wal_live, wal_crashed, journal_kept])
def test_root_that_can_be_nobody_else_reads_a_copy(
    state: Callable[[Path], Program | None], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the system knows no credentials of threads, or a container forbids changing them."""
    monkeypatch.setattr(credentials, "_CALLS", {})
    path = folder / "app.db"
    program = state(path)
    try:
        Owners(OWNER, OTHER, OTHER, OWNER).give(path)
        before = _all_of(folder)
        opening = open_file(url.parse(str(path)))
        assert opening.way is OpeningMode.COPY
        assert _look(path) == 2
        assert _all_of(folder) == before
    finally:
        if program is not None:
            program.close()


# -- writing as root -------------------------------------------------------------------------------


def _whose(folder: Path) -> dict[str, tuple[int, int]]:
    found = {path.name: path.stat() for path in folder.iterdir()}
    return {name: (status.st_uid, status.st_gid) for name, status in found.items()}


@pytest.mark.parametrize("state", STATES[:-1])
def test_an_edit_of_root_changes_no_owner(
    state: Callable[[Path], Program | None], folder: Path
) -> None:
    for number, owners in enumerate(_some(f"edit {state.__name__}")):
        here = folder / str(number)
        here.mkdir()
        path = here / "app.db"
        program = state(path)
        try:
            if program is not None:
                program.tell("sql", "COMMIT")
            owners.give(path)
            before = _whose(here)
            opening = open_file(url.parse(str(path)))
            if not opening.writable:
                # Root's own database, with a -journal of others.
                assert owners.db == ROOT, opening.not_writable_because
                assert "another user" in opening.not_writable_because
                continue
            during = _edited(opening, here)
            assert all(during[name] == whose for name, whose in before.items()), owners
            new = {whose for name, whose in during.items() if name not in before}
            assert new <= {(owners.db, owners.db)}, owners
            assert _whose(here) == before, owners
            if program is not None:
                _can_still_write(program, path)
        finally:
            if program is not None:
                program.close()


def _edited(opening, folder: Path) -> dict[str, tuple[int, int]]:
    """Insert a row; whose the files are before it is committed, when all of them are there."""
    engine = SQLite().sync_engine(opening, Purpose.EDIT)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.exec_driver_sql(INSERT)
        during = _whose(folder)
        connection.exec_driver_sql("COMMIT")
        assert connection.exec_driver_sql(COUNT).scalar_one() > 2
    return during


# -- the walls -------------------------------------------------------------------------------------


def test_who_looks_may_not_change_a_file_whatever_is_tried(folder: Path) -> None:
    path = folder / "app.db"
    journal_kept_dead(path)
    Owners(OWNER, OTHER, OTHER, OWNER).give(path)
    folder.chmod(0o700)
    path.chmod(0o600)
    reader = open_file(url.parse(str(path))).looks_as
    assert reader is not None
    before = _all_of(folder)
    with acting_as(reader):
        assert path.read_bytes()[:6] == b"SQLite"
        for harm in (
            lambda: os.chown(path, OWNER, OWNER),
            lambda: path.chmod(0o666),
            lambda: path.open("r+b"),
            (folder / "app.db-wal").touch,
            lambda: os.utime(path),
            path.unlink,
        ):
            with pytest.raises(PermissionError):
                harm()
    assert _all_of(folder) == before


def test_one_thread_is_somebody_else_and_comes_back() -> None:
    def ids(thread: int) -> list[str]:
        text = Path(f"/proc/self/task/{thread}/status").read_text()
        words = ("Uid", "Gid", "Groups", "Cap")
        return [line for line in text.splitlines() if line.startswith(words)]

    def act() -> None:
        before = ids(get_native_id())
        with acting_as(Credentials(OWNER, OTHER, 0)):
            assert (os.geteuid(), os.getegid(), os.getgroups()) == (OWNER, OTHER, [])
            assert os.getresuid() == (0, OWNER, 0)
            assert ids(waiting) == before
        assert ids(get_native_id()) == before

    waiting = get_native_id()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(act).result()
