"""A -shm that is cut while SQLite has it mapped: said, where it would end this process.

A read behind the new end of a mapped file is SIGBUS, whose default ends the process: also the
unsaved edits and queries of the person. So a handler puts a page of ones where the file's was,
and SQLite goes on: it takes ones for no WAL-index, and its statement fails. What it read is
discarded in any case, because `Mapped.cuts` has moved. A write there still ends the process, as a
crash would, which loses nothing: a commit that nobody else can see must not be told as done.

The handler is Python called by C in the thread that read, at a place where SQLite holds neither a
lock of Python's nor memory in the making. Only where a mapping of a file called `-shm` is read is
it done; everything else goes to who was there before.
"""

import ctypes
import mmap
import os
import signal
import sqlite3
import sys
from functools import cache
from pathlib import Path

_KNOWN = {"x86_64", "aarch64", "riscv64"}
"""Where `siginfo_t` and `struct sigaction` are as below, with glibc and musl."""
_ADDRESS_AT = 16
_SA_SIGINFO = 4
_MAP_FIXED = 0x10
_MAPS = Path("/proc/self/maps")
_SHM = b"-shm"
_DELETED = b" (deleted)"


class _Action(ctypes.Structure):
    _fields_ = (
        ("handler", ctypes.c_void_p),
        ("mask", ctypes.c_byte * 128),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    )


class Mapped:
    """What happened to files that are mapped, of this process."""

    def __init__(self) -> None:
        self.cuts = 0
        """How often a page was read that is no more in its file."""
        self._former = _Action()
        self._library = ctypes.CDLL(None)
        self._library.mmap.restype = ctypes.c_void_p
        kind = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self._handler = kind(self._told)

    def listen(self) -> None:
        """Hear of it from now on."""
        address = ctypes.cast(self._handler, ctypes.c_void_p)
        action = _Action(handler=address, flags=_SA_SIGINFO)
        self._library.sigaction(
            int(signal.SIGBUS), ctypes.byref(action), ctypes.byref(self._former)
        )

    def cut(self) -> sqlite3.OperationalError:
        """What SQLite would say of it."""
        error = sqlite3.OperationalError("the -shm was cut while it was read")
        error.sqlite_errorname = "SQLITE_IOERR_SHMMAP"
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMMAP
        return error

    def _told(self, number: int, info: int, context: int) -> None:
        del context
        address = ctypes.c_size_t.from_address(info + _ADDRESS_AT).value
        page = address - address % mmap.PAGESIZE
        if not _is_shm(address) or not self._replaced(page):
            # It comes again at once, to whoever was asked before.
            self._library.sigaction(number, ctypes.byref(self._former), None)
            return
        self.cuts += 1

    def _replaced(self, page: int) -> bool:
        where, size = ctypes.c_void_p(page), ctypes.c_size_t(mmap.PAGESIZE)
        both, own = mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        nothing = ctypes.c_long(0)
        made = self._library.mmap(where, size, both, own | _MAP_FIXED, -1, nothing)
        if made != page:
            return False
        ctypes.memset(page, 0xFF, mmap.PAGESIZE)
        self._library.mprotect(where, size, mmap.PROT_READ)
        return True


def _is_shm(address: int) -> bool:
    """Whether a -shm is mapped there."""
    try:
        lines = _MAPS.read_bytes().splitlines()
    except OSError:
        return False
    for line in lines:
        first, _, last = line.partition(b" ")[0].partition(b"-")
        if int(first, 16) <= address < int(last, 16):
            return line.removesuffix(_DELETED).endswith(_SHM)
    return False


@cache
def mapped() -> Mapped | None:
    """That of this process, which listens; None where it cannot."""
    is_known = sys.platform.startswith("linux") and os.uname().machine in _KNOWN
    if not is_known or not os.access(_MAPS, os.R_OK):
        return None
    found = Mapped()
    found.listen()
    return found
