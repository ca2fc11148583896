"""Pages that SQLite asks us for: a VFS of Python's own SQLite library, by ctypes.

SQLite opens the real file itself, through its own VFS, so that it knows of every descriptor of the
file in this process: closing one by hand would drop the locks it holds there. Reading is answered
here; writing, locking and mapping are not. Nothing is loaded but the library that `sqlite3` uses,
so every connection, authorizer and driver above stays as it is.
"""

import ctypes
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Protocol
from urllib.parse import quote
from weakref import WeakValueDictionary

NAME = "studio-past"
_KEY = b"pages"
_OK, _READONLY, _IOERR, _NOTFOUND, _CANTOPEN = 0, 8, 10, 12, 14
_IOERR_READ, _IOERR_SHORT_READ = 266, 522
_MAIN_DB, _READ_ONLY = 0x100, 0x1
_HEADER_BYTES = 16
"""Before the real file's own structure, which must be aligned."""

_pointer, _int, _int64 = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
_kind = ctypes.CFUNCTYPE
_Open = _kind(_int, _pointer, _pointer, _pointer, _int, _pointer)
_Read = _kind(_int, _pointer, _pointer, _int, _int64)
_Close = _kind(_int, _pointer)
_Number = _kind(_int, _pointer, _int)
_Truncate = _kind(_int, _pointer, _int64)
_Size = _kind(_int, _pointer, ctypes.POINTER(_int64))
_Answer = _kind(_int, _pointer, ctypes.POINTER(_int))
_Control = _kind(_int, _pointer, _int, _pointer)


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs`, of version 3 at most."""

    _fields_ = (
        ("version", _int),
        ("file_bytes", _int),
        ("longest", _int),
        ("next", _pointer),
        ("name", ctypes.c_char_p),
        ("data", _pointer),
        ("open", _pointer),
        *((f"other_{number}", _pointer) for number in range(15)),
    )


class _Methods(ctypes.Structure):
    """`sqlite3_io_methods` of version 1: with neither shared memory nor mapping."""

    _fields_ = (
        ("version", _int),
        ("close", _Close),
        ("read", _Read),
        ("write", _Read),
        ("truncate", _Truncate),
        ("sync", _Number),
        ("size", _Size),
        ("lock", _Number),
        ("unlock", _Number),
        ("is_reserved", _Answer),
        ("control", _Control),
        ("sector", _Close),
        ("traits", _Close),
    )


class Pages(Protocol):
    """A database's pages, from wherever they are. Asked by any thread."""

    path: Path
    """The main file, which must exist."""
    page_size: int
    db_pages: int

    def read(self, page: int, main: Callable[[int], bytes]) -> bytes:
        """A whole page; `main` reads what the main file has in its place. Raises OSError."""


class _File:
    """One that is open, with the real one in it. Used by one thread at a time."""

    def __init__(self, pages: Pages, inner: int, methods: _Methods, name: object) -> None:
        self.pages = pages
        self._inner, self._real_close, self._real_read = inner, methods.close, methods.read
        self._name = name
        """Which SQLite does not copy."""
        self._whole = ctypes.create_string_buffer(pages.page_size)
        self._into = ctypes.addressof(self._whole)

    def main(self, page: int) -> bytes:
        """What the main file has there. Raises OSError."""
        size = self.pages.page_size
        code = self._real_read(self._inner, self._into, size, (page - 1) * size)
        # A free page behind the end was never written, and is zeroes.
        if code not in {_OK, _IOERR_SHORT_READ}:
            raise OSError(code)
        return self._whole.raw

    def close(self) -> int:
        """The code of it."""
        return int(self._real_close(self._inner))


class Resolver:
    """The VFS of this process."""

    def __init__(self, library: ctypes.CDLL) -> None:
        """Raises AttributeError where the library does not show what is needed."""
        library.sqlite3_vfs_find.restype = _pointer
        library.sqlite3_uri_parameter.restype = ctypes.c_char_p
        library.sqlite3_uri_parameter.argtypes = (_pointer, ctypes.c_char_p)
        self._parameter = library.sqlite3_uri_parameter
        self._real = library.sqlite3_vfs_find(None)
        real = _Vfs.from_address(self._real)
        self.real_name = real.name
        self._open_real = _Open(real.open)
        self._offered: WeakValueDictionary[bytes, Pages] = WeakValueDictionary()
        self._numbers = count(1)
        self._files: dict[int, _File] = {}
        """What is open, by the address of its `sqlite3_file`."""
        self._methods = _Methods(
            1,
            _Close(self._close),
            _Read(self._read),
            _Read(lambda *_: _READONLY),
            _Truncate(lambda *_: _READONLY),
            _Number(lambda *_: _OK),
            _Size(self._size),
            _Number(lambda *_: _OK),
            _Number(lambda *_: _OK),
            _Answer(self._is_reserved),
            _Control(lambda *_: _NOTFOUND),
            _Close(lambda *_: 0),
            _Close(lambda *_: 0),
        )
        self._open_here = _Open(self._open)
        self._vfs = _Vfs.from_buffer_copy(real)
        self._vfs.name = NAME.encode()
        self._vfs.file_bytes = _HEADER_BYTES + real.file_bytes
        self._vfs.next = None
        self._vfs.open = ctypes.cast(self._open_here, _pointer)
        if library.sqlite3_vfs_register(ctypes.byref(self._vfs), 0) != _OK:
            raise AttributeError(NAME)
        # SQLite may call until the process is gone, also while Python takes itself apart.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))

    def uri(self, name: Path, pages: Pages) -> str:
        """What opens `pages` as a database called `name`, as long as somebody keeps them."""
        key = str(next(self._numbers))
        self._offered[key.encode()] = pages
        there = quote(bytes(name))
        return f"file:{there}?vfs={NAME}&{_KEY.decode()}={key}&mode=ro&immutable=1"

    def _open(self, _vfs: int, name: int | None, file: int, flags: int, out: int | None) -> int:
        if not (name and flags & _MAIN_DB):
            # What sorts beyond the memory.
            return int(self._open_real(self._real, name, file, flags, out))
        code = _CANTOPEN
        ctypes.cast(file, ctypes.POINTER(_pointer))[0] = None
        # C hears of nothing but the number: an exception would be taken for "ok".
        with suppress(BaseException):
            code = self._open_pages(self._offered[self._parameter(name, _KEY)], file, out)
        return code

    def _open_pages(self, pages: Pages, file: int, out: int | None) -> int:
        # As SQLite keeps names: ended by zeroes before and behind.
        name = ctypes.create_string_buffer(b"\0" * 4 + bytes(pages.path) + b"\0" * 4)
        inner = file + _HEADER_BYTES
        code = self._open_real(
            self._real, ctypes.addressof(name) + 4, inner, _MAIN_DB | _READ_ONLY, out
        )
        if code == _OK:
            methods = _Methods.from_address(ctypes.cast(inner, ctypes.POINTER(_pointer))[0] or 0)
            self._files[file] = _File(pages, inner, methods, name)
            ctypes.cast(file, ctypes.POINTER(_pointer))[0] = ctypes.addressof(self._methods)
        return int(code)

    def _close(self, file: int) -> int:
        code = _IOERR
        with suppress(BaseException):
            code = self._files.pop(file).close()
        return code

    def _read(self, file: int, into: int, size: int, start: int) -> int:
        code = _IOERR_READ
        with suppress(BaseException):
            code = self._read_part(file, into, size, start)
        return code

    def _read_part(self, file: int, into: int, size: int, start: int) -> int:
        there = self._files[file]
        pages = there.pages
        page, begin = divmod(start, pages.page_size)
        data = pages.read(page + 1, there.main) if page < pages.db_pages else b""
        if size != pages.page_size:
            data = data[begin : begin + size]
        ctypes.memmove(into, data, len(data))
        if len(data) == size:
            return _OK
        ctypes.memset(into + len(data), 0, size - len(data))
        return _IOERR_SHORT_READ

    def _size(self, file: int, size: "ctypes._Pointer[ctypes.c_int64]") -> int:
        pages = self._files[file].pages
        size[0] = pages.db_pages * pages.page_size
        return _OK

    def _is_reserved(self, _file: int, answer: "ctypes._Pointer[ctypes.c_int]") -> int:
        answer[0] = 0
        return _OK


@cache
def resolver() -> Resolver | None:
    """That of this process; None where its SQLite is not within reach, or not as on Linux."""
    with suppress(AttributeError, ImportError, OSError, TypeError):
        library = ctypes.CDLL(import_module("_sqlite3").__file__)
        library.sqlite3_libversion.restype = ctypes.c_char_p
        if library.sqlite3_libversion() == sqlite3.sqlite_version.encode():
            found = Resolver(library)
            return found if found.real_name == b"unix" else None
    return None
