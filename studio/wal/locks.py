"""Who holds what: POSIX locks on a database and its -shm, asked without taking any."""

import os
import struct
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from studio.wal.index import ATTACHED_LOCK, WRITE_LOCK

try:
    import fcntl
except ImportError:  # Windows has other locks, and no way to ask about them
    fcntl = None  # type: ignore[assignment]

PENDING = 0x40000000
RESERVED = PENDING + 1
SHARED_FIRST = PENDING + 2
SHARED_BYTES = 510
_LINUX_FLOCK = "hhqqi4x"
_BSD_FLOCK = "qqihh"


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds a lock, as /proc/locks names it."""

    pid: int
    name: str
    """From /proc/PID/comm; empty when it cannot be read."""
    file: str
    """`db` or `shm`."""
    first: int
    last: int
    write: bool
    started: float = 0.0
    """When the process began, in seconds of the clock; 0 where that is not told."""


@dataclass(frozen=True, slots=True)
class FileLocks:
    """What is held on the two files."""

    known: bool
    """False where the system has no way to ask: then the rest says nothing."""
    shared: bool = False
    """Somebody has the database open and has read from it."""
    reserved: bool = False
    """A rollback-mode transaction is writing."""
    exclusive: bool = False
    """Nobody else may read: a commit in rollback mode, or `locking_mode=EXCLUSIVE`."""
    attached: bool = False
    """Somebody is connected to the WAL."""
    writing: bool = False
    """A WAL transaction is writing."""
    holders: tuple[Holder, ...] = ()
    """Names, where /proc/locks has any: none from another container."""
    names_known: bool = False

    @property
    def any(self) -> bool:
        """Whether anybody has the database open."""
        return self.shared or self.attached or self.exclusive or self.reserved

    @property
    def who(self) -> str:
        """The holders as `name (pid N)`, or "another process"."""
        people = dict.fromkeys((holder.name or "a process", holder.pid) for holder in self.holders)
        return ", ".join(f"{name} (pid {pid})" for name, pid in people) or "another process"


def read_locks(db: int, shm: int | None) -> FileLocks:
    """The locks on two open descriptors. Raises OSError where the file system has no locks."""
    if fcntl is None:
        return FileLocks(known=False)
    holders = _holders(db, "db") + (_holders(shm, "shm") if shm is not None else ())
    return FileLocks(
        known=True,
        shared=_is_held(db, SHARED_FIRST, SHARED_BYTES, for_writing=True),
        reserved=_is_held(db, RESERVED, 1, for_writing=True),
        exclusive=_is_held(db, SHARED_FIRST, SHARED_BYTES, for_writing=False),
        attached=shm is not None and _is_held(shm, ATTACHED_LOCK, 1, for_writing=True),
        writing=shm is not None and _is_held(shm, WRITE_LOCK, 1, for_writing=True),
        holders=holders,
        names_known=_LOCKS.exists(),
    )


def is_shm_attached(shm: int) -> bool:
    """Whether a program has the -shm of that descriptor open. False where nobody can tell."""
    if fcntl is None:
        return False
    try:
        return _is_held(shm, ATTACHED_LOCK, 1, for_writing=True)
    except OSError:
        return False


def _is_held(descriptor: int, first: int, length: int, *, for_writing: bool) -> bool:
    """Whether a lock on those bytes would be refused; `for_writing` also sees readers."""
    kind = fcntl.F_WRLCK if for_writing else fcntl.F_RDLCK
    if sys.platform.startswith("linux"):
        question = struct.pack(_LINUX_FLOCK, kind, 0, first, length, 0)
        answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, question)
        return bool(struct.unpack(_LINUX_FLOCK, answer)[0] != fcntl.F_UNLCK)
    question = struct.pack(_BSD_FLOCK, first, length, 0, kind, 0)
    answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, question)
    return bool(struct.unpack(_BSD_FLOCK, answer)[3] != fcntl.F_UNLCK)


_LOCKS = Path("/proc/locks")


def _holders(descriptor: int, file: str) -> tuple[Holder, ...]:
    from os import fstat, major, minor  # noqa: PLC0415 - posix only, like the whole function

    status = fstat(descriptor)
    here = f"{major(status.st_dev):02x}:{minor(status.st_dev):02x}:{status.st_ino}"
    try:
        lines = _LOCKS.read_text().splitlines()
    except OSError:
        return ()
    # "1: POSIX  ADVISORY  READ 4711 fd:01:131 1073741826 1073742335"; waiters have "->".
    fields = (line.split() for line in lines if " -> " not in line and here in line)
    return tuple(
        Holder(int(pid), _command(pid), file, int(first), _end(last), kind == "WRITE", _began(pid))
        for _, family, _, kind, pid, place, first, last in fields
        if place == here and family in {"POSIX", "OFDLCK"} and int(pid) > 0
    )


def _end(text: str) -> int:
    return sys.maxsize if text == "EOF" else int(text)


def _began(pid: str) -> float:
    """From /proc/PID/stat: ticks since the machine began. The name in it may hold spaces."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return _machine_began() + int(fields[_STARTED_AT]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


_STARTED_AT = 19


@cache
def _machine_began() -> int:
    """Raises OSError, ValueError."""
    lines = Path("/proc/stat").read_text().splitlines()
    return int(next((line for line in lines if line.startswith("btime")), "").split()[-1])


def _command(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    except OSError:
        return ""
