"""What can go wrong while a set is applied, made to go wrong at a random instant.

Each trial applies one set of five changes to two tables and is killed, cut or starved somewhere on
the way. Then the database must hold the whole set or nothing of it, what was told must be what is
found, and what was staged must still be there if it was not applied.
"""

import asyncio
import json
import os
import random
import resource
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from studio.cli.main import main
from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.apply import apply_changes
from studio.edits.applying.undo import journal_of, recover
from studio.edits.journal.encoding import dumped_changes
from studio.edits.journal.fitting import fitted
from studio.edits.journal.journal import EditJournal
from studio.model.apply_report import ApplyOutcome
from studio.model.catalog import TableRef
from studio.model.change import Change, Delete, Insert, Update
from studio.model.change_set import ChangeSet
from studio.model.errors import ConnectFailed

DDL = (
    "CREATE TABLE parent (id integer PRIMARY KEY, n integer, pad text)",
    "CREATE TABLE child (id integer PRIMARY KEY, parent integer REFERENCES parent (id), m text)",
)
PAD = "x" * 3000
"""Makes a set larger than a page, so that it is written in more than one piece."""
BEFORE = ([(1, 1), (2, 1), (3, 1)], [(1, 1, "a"), (2, 2, "b")])
AFTER = ([(1, 2), (2, 2), (9, 9)], [(1, 1, "z"), (2, 9, "b")])

Found = tuple[list[tuple[object, ...]], list[tuple[object, ...]]]


class Broken(AssertionError):
    """The promise was not kept."""


def changes() -> tuple[Change, ...]:
    """A set that takes BEFORE to AFTER: every kind of change, in need of an order."""
    parent, child = TableRef(None, "parent"), TableRef(None, "child")
    return (
        Update(child, {"id": 2}, {"parent": 2}, {"parent": 9}),
        Update(parent, {"id": 1}, {"n": 1}, {"n": 2, "pad": PAD}),
        Update(parent, {"id": 2}, {"n": 1}, {"n": 2, "pad": PAD}),
        Insert(parent, {"id": 9, "n": 9, "pad": PAD}, "row-9"),
        Delete(parent, {"id": 3}, {"n": 1}),
        Update(child, {"id": 1}, {"m": "a"}, {"m": "z"}),
    )


@dataclass
class Place:
    """A database that trials are made in."""

    target: str
    folder: Path
    kind: str
    outcomes: dict[str, int] = field(default_factory=dict)

    def connect(self) -> "closing[sqlite3.Connection] | psycopg.Connection[tuple[object, ...]]":
        if self.kind == "sqlite":
            connection = sqlite3.connect(self.target, isolation_level=None, timeout=10)
            connection.execute("PRAGMA wal_autocheckpoint=0")
            return closing(connection)
        return psycopg.connect(self.target, autocommit=True)

    def build(self) -> None:
        with self.connect() as connection:
            if self.kind == "sqlite":
                connection.execute("PRAGMA journal_mode=WAL")
            for statement in DDL:
                connection.execute(statement)
        self.reset()

    def reset(self) -> None:
        """BEFORE again."""
        with self.connect() as connection:
            for statement in ("BEGIN", "DELETE FROM child", "DELETE FROM parent"):
                connection.execute(statement)
            for row in BEFORE[0]:
                connection.execute("INSERT INTO parent VALUES ({}, {}, NULL)".format(*row))
            for row in BEFORE[1]:
                connection.execute("INSERT INTO child VALUES ({}, {}, '{}')".format(*row))
            connection.execute("COMMIT")

    def holds(self) -> ApplyOutcome:
        """APPLIED or NOTHING; raises Broken for anything between."""
        with self.connect() as connection:
            found = (
                connection.execute("SELECT id, n FROM parent ORDER BY id").fetchall(),
                connection.execute("SELECT id, parent, m FROM child ORDER BY id").fetchall(),
            )
        if found == BEFORE:
            return ApplyOutcome.NOTHING
        if found == AFTER:
            return ApplyOutcome.APPLIED
        raise Broken(f"a partial set: {found}")

    def count(self, outcome: str) -> None:
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


# -- studio, in a process of its own ---------------------------------------------------------------


def in_child(work: Callable[[], int], told: Path) -> int:
    """Start `work` in a fork of this process, its standard output in `told`; the process id."""
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        with suppress(BaseException):
            output = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            code = work()
    finally:
        os._exit(code)


def apply_by_command(place: Place) -> int:
    """`studio apply TARGET FILE --json`."""
    code = main(["apply", place.target, str(place.folder / "set.json"), "--json"])
    os.fsync(1)
    return code


def apply_as_the_screen(place: Place) -> int:
    """What the screen does: keep what is staged, apply, and only then let go of it."""

    async def work() -> int:
        session = await Session.open(parse(place.target))
        journal = await journal_of(session)
        staged = ChangeSet(await fitted(session, changes()))
        log = journal.keep_staged()
        log.record(staged)
        os.write(1, b'{"staged": true}\n')
        report = await apply_changes(session, staged.changes, journal=journal)
        if report.outcome is ApplyOutcome.APPLIED:
            log.record(ChangeSet())
        log.close()
        os.write(1, json.dumps({"outcome": report.outcome.value}).encode() + b"\n")
        await session.close()
        return report.exit_code

    return asyncio.run(work())


def kill_at_random(place: Place, chance: random.Random, longest_s: float, *, screen: bool) -> str:
    """kill -9 somewhere on the way. What was found, for statistics."""
    place.reset()
    (place.folder / "set.json").write_text(dumped_changes(ChangeSet(changes())))
    told = place.folder / "told"
    told.unlink(missing_ok=True)
    work = apply_as_the_screen if screen else apply_by_command
    process = in_child(lambda: work(place), told)
    time.sleep(chance.uniform(0, longest_s))
    return _killed(place, process, told, screen=screen)


def kill_near_commit(
    place: Place, chance: random.Random, longest_s: Sequence[float], *, screen: bool
) -> str:
    """kill -9 within `longest_s` after the set was written down (the transaction begins now), or
    after its inverse was (COMMIT is sent now).
    """
    place.reset()
    (place.folder / "set.json").write_text(dumped_changes(ChangeSet(changes())))
    told = place.folder / "told"
    told.unlink(missing_ok=True)
    near = chance.randrange(2)
    reading, writing = os.pipe()

    def work() -> int:
        _announce(("_begin", "prepared")[near], writing)
        return (apply_as_the_screen if screen else apply_by_command)(place)

    process = in_child(work, told)
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    time.sleep(chance.uniform(0, longest_s[near]))
    return _killed(place, process, told, screen=screen)


def _announce(step: str, to: int) -> None:
    """Write a byte when a step of the journal is done; only in a process about to be killed."""
    done: Callable[..., object] = getattr(EditJournal, step)

    def announced(*given: object, **named: object) -> object:
        answer = done(*given, **named)
        os.write(to, b".")
        return answer

    setattr(EditJournal, step, announced)


def _killed(place: Place, process: int, told: Path, *, screen: bool) -> str:
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    found = settled_holds(place)
    said = _said(told)
    if said and said != found:
        raise Broken(f"told {said}, found {found}")
    reached = asyncio.run(
        _check_journal(place, found, screen=screen, staged=b"staged" in _read(told))
    )
    return f"{reached}: {found.value}{' told' if said else ''}"


def settled_holds(place: Place) -> ApplyOutcome:
    """`holds`, once a server noticed that its client is gone."""
    until_clients_are_gone(place)
    return place.holds()


def until_clients_are_gone(place: Place) -> None:
    """Wait until a server noticed that its clients are gone."""
    if place.kind != "postgresql":
        return
    with psycopg.connect(place.target, autocommit=True) as connection:
        busy = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        while connection.execute(busy).fetchone() != (0,):
            time.sleep(0.005)


def _read(told: Path) -> bytes:
    return told.read_bytes() if told.exists() else b""


def _said(told: Path) -> ApplyOutcome | None:
    text = _read(told).removeprefix(b'{"staged": true}\n')
    try:
        return ApplyOutcome(json.loads(text)["outcome"])
    except (ValueError, KeyError):
        return None


def _reached(journal: EditJournal) -> str:
    """How far an apply had come, by its journal."""
    entries = journal.entries()
    if not entries:
        return "before it began"
    if entries[0].outcome is not None:
        return "after it ended"
    (file,) = journal.folder.glob("applied-*.jsonl")
    return "at COMMIT" if b'"captured"' in file.read_bytes() else "in the transaction"


async def _check_journal(place: Place, found: ApplyOutcome, *, screen: bool, staged: bool) -> str:
    """What the next start would say of the set must be what is found; how far it had come."""
    session = await Session.open(parse(place.target))
    try:
        journal = await journal_of(session)
        reached = _reached(journal)
        await recover(session, journal)
        entries = journal.entries()
        if entries and entries[0].outcome not in {found, None}:
            raise Broken(f"the journal says {entries[0].outcome}, found {found}")
        if found is ApplyOutcome.APPLIED and not entries:
            raise Broken("applied, and the journal knows nothing of it")
        wanted = ChangeSet(await fitted(session, changes()))
        kept = [history.present for _, history in journal.abandoned()]
        if screen and staged and found is ApplyOutcome.NOTHING and wanted not in kept:
            raise Broken("what was staged is lost")
        if found is ApplyOutcome.APPLIED and kept:
            raise Broken("what was applied already is offered again")
    finally:
        await session.close()
    for file in journal.folder.glob("*"):
        file.unlink()
    return reached


# -- a full disk -----------------------------------------------------------------------------------


def starve(place: Place, chance: random.Random) -> str:
    """No file may grow beyond a random size: SQLite fails to write at some page."""
    place.reset()
    # What was staged takes 10 kB, the journal as much, a -shm 32 kB and the WAL a little less.
    limit = chance.randrange(14_000, 48_000)
    told = place.folder / "told"
    told.unlink(missing_ok=True)

    def work() -> int:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        return apply_as_the_screen(place)

    process = in_child(work, told)
    os.waitpid(process, 0)
    found, said = place.holds(), _said(told)
    if said is None:
        raise Broken("studio told nothing")
    if said != found:
        raise Broken(f"told {said}, found {found}")
    asyncio.run(_check_journal(place, found, screen=True, staged=True))
    return f"full {found.value}"


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[bool]:
    """A file system of `size` bytes at `folder`; False where this user may not mount one."""
    folder.mkdir(exist_ok=True)
    options = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(options, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def fill_disk(place: Place, chance: random.Random, room: int) -> str:
    """The disk the database is on has at most `room` bytes left: writes end with ENOSPC."""
    place.reset()
    ballast = Path(place.target).with_name("ballast")
    free = os.statvfs(ballast.parent)
    size = free.f_bavail * free.f_frsize - chance.randrange(0, room)
    try:
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, size))
        told = place.folder / "told"
        told.unlink(missing_ok=True)
        os.waitpid(in_child(lambda: apply_as_the_screen(place), told), 0)
    finally:
        ballast.unlink(missing_ok=True)
    found, said = place.holds(), _said(told)
    if said != found:
        raise Broken(f"told {said}, found {found}")
    asyncio.run(_check_journal(place, found, screen=True, staged=True))
    return f"no space {found.value}"


# -- a connection cut ------------------------------------------------------------------------------


class Proxy:
    """Stands before a PostgreSQL socket, and cuts one connection where it is told to."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder = folder
        self.server = str(server / ".s.PGSQL.5432")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / ".s.PGSQL.5432"))
        self.listener.listen(50)
        self.cut: str | int | None = None
        """"before" or "during" or "after" COMMIT, or after so many bytes from the client."""
        self.gone_after_cut = False
        """Whether nobody can connect any more once a connection was cut."""
        self.gone = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.gone:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self.server)
            except OSError:
                client.close()
                continue
            pair = _Pair(self, client, server)
            threading.Thread(target=pair.from_client, daemon=True).start()
            threading.Thread(target=pair.from_server, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class _Pair:
    """One client and its server connection."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self.commit_seen = False
        self.writes = False
        self.bytes = 0

    def from_client(self) -> None:
        with suppress(OSError):
            while data := self.client.recv(65536):
                self.writes = self.writes or b"BEGIN READ WRITE" in data
                cut = self.proxy.cut if self.writes else None
                self.bytes += len(data) if self.writes else 0
                if b"COMMIT" in data and self.writes:
                    if cut == "before":
                        break
                    self.commit_seen = True
                if isinstance(cut, int) and self.bytes > cut:
                    self.server.sendall(data[: max(0, len(data) - (self.bytes - cut))])
                    break
                self.server.sendall(data)
        self._end()

    def from_server(self) -> None:
        with suppress(OSError):
            while data := self.server.recv(65536):
                if self.commit_seen and self.proxy.cut == "during":
                    break
                self.client.sendall(data)
                if self.commit_seen and self.proxy.cut == "after":
                    break
        self._end()

    def _end(self) -> None:
        if self.writes:
            self.proxy.gone = self.proxy.gone or (
                self.proxy.gone_after_cut and self.proxy.cut is not None
            )
            self.proxy.cut = None
        for one in (self.client, self.server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def cut(place: Place, proxy: Proxy, through: str, where: str | int) -> str:
    """Apply through the proxy, cut at `where`; what is told must be what is found."""
    place.reset()
    proxy.cut = where

    async def work() -> ApplyOutcome:
        session = await Session.open(parse(through))
        try:
            whole = await fitted(session, changes())
            journal = await journal_of(session)
            report = await apply_changes(session, whole, journal=journal)
            return report.outcome
        finally:
            await session.close()

    said = asyncio.run(work())
    proxy.cut = None
    found = settled_holds(place)
    if said != found:
        raise Broken(f"cut {where}: told {said}, found {found}")
    return f"cut {where if isinstance(where, str) else 'anywhere'} {found.value}"


@contextmanager
def short_folder(folder: Path) -> Iterator[Path]:
    """A folder whose path fits into a socket's name."""
    link = Path(f"/tmp/studio-cut-{os.getpid()}")
    link.mkdir(exist_ok=True)
    del folder
    try:
        yield link
    finally:
        for file in link.iterdir():
            file.unlink()
        link.rmdir()


# -- the server killed -----------------------------------------------------------------------------


def stop_server(
    place: Place, stop: Callable[[], None], start: Callable[[], None], delay: float
) -> str:
    """The server dies `delay` seconds into an apply, and is started again."""
    place.reset()

    def die() -> None:
        time.sleep(delay)
        stop()
        start()

    async def work() -> ApplyOutcome:
        session = await Session.open(parse(place.target))
        try:
            whole = await fitted(session, changes())
            catalog = await session.catalog()
            journal = await journal_of(session)
            killer.start()
            report = await apply_changes(session, whole, journal=journal, catalog=catalog)
        except ConnectFailed:
            # Before anything began: the same as being told that nothing happened.
            return ApplyOutcome.NOTHING
        else:
            return report.outcome
        finally:
            await session.close()

    killer = threading.Thread(target=die)
    try:
        said = asyncio.run(work())
    finally:
        killer.join()
    found = settled_holds(place)
    if said != found:
        raise Broken(f"told {said}, found {found}")
    return f"server {found.value}"
