"""Whom to be while SQLite works, when this process is root.

SQLite asks `geteuid()`: as root it gives every -wal, -shm and -journal it opens, to read too, to
the database's owner, whoever had it before (`robustFchown` in its unix VFS). An application that
runs as another user than that owner can write no more, and a file that keeps its owner still gets
a new ctime. So a call into SQLite is made as somebody else, and only for its length:

- To look: a user and a group that own none of the files, with the one capability that reads what
  root may read. The kernel itself then refuses chown, chmod and writing, whatever SQLite tries.
- To write: the database's owner and group, so that a new -wal, -shm or -journal is theirs, with
  the capability that writes what root may write, and none that chowns.

Linux keeps credentials for each thread; libc changes those of all threads at once, so the system
calls are made directly. Only the effective ids change: the owner can neither signal nor trace this
process, and going back needs no permission.
"""

import os
import struct
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

DAC_OVERRIDE = 1 << 1
"""CAP_DAC_OVERRIDE: read and write whatever the mode bits say."""
DAC_READ_SEARCH = 1 << 2
"""CAP_DAC_READ_SEARCH: read whatever the mode bits say. Containers mostly lack it."""
_STRANGERS = range(65534, 65000, -1)
"""Who owns nothing: the first is `nobody`, who may own something after all."""
_CAPABILITIES_V3 = 0x20080522
_UNCHANGED = -1
_GENERIC = {"setresuid": 147, "setresgid": 149, "setgroups": 159, "capget": 90, "capset": 91}
_CALLS = {
    "x86_64": {"setresuid": 117, "setresgid": 119, "setgroups": 116, "capget": 125, "capset": 126},
    "aarch64": _GENERIC,
    "riscv64": _GENERIC,
}
"""From the kernel's tables of system calls."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user to be, for a while."""

    user: int
    group: int
    capabilities: int
    """A bit mask; of these, the ones this process has are kept."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a thread was."""

    user: int
    group: int
    groups: tuple[int, ...]
    capabilities: tuple[int, int, int]
    """Effective, permitted and inheritable."""


def is_root() -> bool:
    """Whether SQLite would change owners."""
    return getattr(os, "geteuid", lambda: 1)() == 0


@contextmanager
def acting_as(credentials: Credentials | None) -> Iterator[None]:
    """This thread is that user inside the block; None: it stays who it is. Raises OSError."""
    if credentials is None:
        yield
        return
    kept = _Kept(os.geteuid(), os.getegid(), tuple(os.getgroups()), _capabilities())
    try:
        _become(credentials, kept)
        yield
    finally:
        _return(kept)


def can_act() -> bool:
    """Whether a thread of this root can be somebody else, and come back."""
    is_64 = sys.maxsize > 1 << 32
    if not (sys.platform.startswith("linux") and is_64 and os.uname().machine in _CALLS):
        return False
    real, _, saved = os.getresuid()
    if 0 not in {real, saved}:
        return False
    try:
        with acting_as(Credentials(_STRANGERS[0], _STRANGERS[0], 0)):
            return os.geteuid() == _STRANGERS[0]
    except OSError:
        return False


def stranger_to(users: Iterable[int], groups: Iterable[int], capabilities: int) -> Credentials:
    """Somebody who is none of `users` and in none of `groups`."""
    owners = {*users, *groups}
    nobody = next(number for number in _STRANGERS if number not in owners)
    return Credentials(nobody, nobody, capabilities)


def reader_of(
    paths: Iterable[Path], users: Iterable[int], groups: Iterable[int]
) -> Credentials | None:
    """A stranger who can read all of `paths`; None where there is none: another machine or a
    user's own mount decides there, or this root is not allowed to be anybody else.
    """
    if not can_act():
        return None
    everything = tuple(paths)
    reader = stranger_to(users, groups, DAC_READ_SEARCH)
    for able in (reader, replace(reader, capabilities=DAC_OVERRIDE)):
        with acting_as(able):
            if all(may(path, os.R_OK) for path in everything) and may(
                _scratch(), os.W_OK | os.X_OK
            ):
                return able
    return None


def may(path: Path, mode: int) -> bool:
    """`os.access` for whom this thread is."""
    effective = os.access in os.supports_effective_ids
    return os.access(path, mode, effective_ids=effective)


def _scratch() -> Path:
    """Where SQLite puts what it sorts, in its own order; it asks by the real user, who is root."""
    named = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp")  # noqa: S108
    return next(
        (Path(name) for name in named if name and Path(name).is_dir()), Path(tempfile.gettempdir())
    )


# -- system calls ----------------------------------------------------------------------------------


def _become(credentials: Credentials, kept: _Kept) -> None:
    if kept.groups:
        _call("setgroups", 0, None)
    _call("setresgid", _UNCHANGED, credentials.group, _UNCHANGED)
    # Leaving root clears the effective capabilities, and keeps the permitted ones for the way back.
    _call("setresuid", _UNCHANGED, credentials.user, _UNCHANGED)
    _, permitted, inheritable = kept.capabilities
    _set_capabilities(credentials.capabilities & permitted, permitted, inheritable)


def _return(kept: _Kept) -> None:
    _call("setresuid", _UNCHANGED, kept.user, _UNCHANGED)
    _set_capabilities(*kept.capabilities)
    _call("setresgid", _UNCHANGED, kept.group, _UNCHANGED)
    if kept.groups:
        _call("setgroups", len(kept.groups), struct.pack(f"{len(kept.groups)}I", *kept.groups))


_HEADER = struct.pack("Ii", _CAPABILITIES_V3, 0)
_HALVES = struct.Struct("6I")
"""Effective, permitted, inheritable: their lower 32 bits, then the upper ones."""
_LOW = 0xFFFFFFFF


def _capabilities() -> tuple[int, int, int]:
    from ctypes import create_string_buffer  # noqa: PLC0415 only root needs it

    data = create_string_buffer(_HALVES.size)
    _call("capget", _HEADER, data)
    halves = _HALVES.unpack(data.raw)
    return halves[0] | halves[3] << 32, halves[1] | halves[4] << 32, halves[2] | halves[5] << 32


def _set_capabilities(effective: int, permitted: int, inheritable: int) -> None:
    sets = (effective, permitted, inheritable)
    data = _HALVES.pack(*(one & _LOW for one in sets), *(one >> 32 for one in sets))
    _call("capset", _HEADER, data)


@cache
def _system_call() -> tuple[Callable[..., int], Callable[[], int]]:
    """The call itself, and what tells its error."""
    import ctypes  # noqa: PLC0415 only root needs it

    return ctypes.CDLL(None, use_errno=True).syscall, ctypes.get_errno


def _call(name: str, *arguments: object) -> None:
    call, error = _system_call()
    # Ids are 32 bits wide, and so is what ctypes makes of a number.
    if call(_CALLS[os.uname().machine][name], *arguments) == -1:
        code = error()
        raise OSError(code, f"{name}: {os.strerror(code)}")
