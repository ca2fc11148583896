"""Where rows go: stdout, a pipe, or a file that is whole or not there."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from studio.model.errors import ConfigInvalid, Refused

_HEAD = 4096
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
"""How text begins that is packed: gzip, zstd."""
_BINARY = {".xlsx": b"PK\x03\x04", ".parquet": b"PAR1"}
"""How other files that studio writes begin, by what they are called."""
_BESIDE = ("-wal", "-shm", "-journal", ".wal")
"""What engines call the files they keep beside a database."""


@contextmanager
def destination(path: Path | None) -> Iterator[TextIO]:
    """Where rows go: stdout, or a file that appears under its name only when it is whole."""
    if path is None:
        yield sys.stdout
        return
    path = path.resolve()  # a link stays, and what it names is replaced
    if path.is_dir():
        raise ConfigInvalid(f"{path} is a folder: name a file inside it")
    _refuse_beside(path)
    if path.is_file():
        _refuse_other_data(path)
    with _direct(path) if path.exists() and not path.is_file() else _whole(path) as file:
        yield file


@contextmanager
def _direct(path: Path) -> Iterator[TextIO]:
    """A pipe or a device: to be written to, never to be replaced by a file."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise _unwritable(path, error) from error


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:200]}.")
    except OSError as error:
        raise _unwritable(path, error) from error
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        draft.chmod(_mode(path))
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise _unwritable(path, error) from error
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _refuse_beside(path: Path) -> None:
    """What lies beside a database is read as part of it, also where nothing lay there before."""
    beside = next((end for end in _BESIDE if path.name.endswith(end)), None)
    if beside is not None and path.with_name(path.name[: -len(beside)]).is_file():
        raise Refused(f"{path} belongs to the database beside it: name another file")


def _refuse_other_data(path: Path) -> None:
    """Text is replaced, as every command does; a database never is."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return  # replaced by its folder's leave; what is in it cannot be known
    if b"\0" in head and not head.startswith(_PACKED):
        if head.startswith(_BINARY.get(path.suffix, b"\0" * _HEAD)):
            return
        raise Refused(f"{path} holds data that is no text, such as a database: name another file")


def _mode(path: Path) -> int:
    """The permissions of the file that is there, or of any file newly made here."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _unwritable(path: Path, error: OSError) -> ConfigInvalid:
    if not path.parent.is_dir():
        return ConfigInvalid(f"there is no folder {path.parent}: make it, or name another file")
    return ConfigInvalid(f"{path} cannot be written: {error.strerror or error}")
