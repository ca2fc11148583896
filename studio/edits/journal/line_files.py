"""Files of JSON lines that survive a crash: written whole, synced, held by whoever writes them."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from studio.edits.journal.encoding import Json


def lines(path: Path) -> Iterator[dict[str, Json]]:
    """Whole lines; reading stops at the first that is torn."""
    try:
        raw = path.read_bytes()
    except OSError:
        return
    for line in raw.split(b"\n")[:-1]:
        try:
            found = json.loads(line)
        except ValueError:
            return
        if not isinstance(found, dict):
            return
        yield found


def dumped(line: Mapping[str, Json]) -> bytes:
    """A line of the file: JSON in ASCII, and its line end."""
    # ASCII only: surrogate escapes of broken text survive as \\udcXX.
    return json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n"


def opened(path: Path, flags: int = 0) -> int:
    """A file to append to, for its owner's eyes only."""
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | flags, 0o600)


def append(path: Path, line: Mapping[str, Json], *, sync: bool = True) -> None:
    """Write one more line."""
    file = opened(path)
    try:
        write_all(file, dumped(line))
        if sync:
            os.fsync(file)
    finally:
        os.close(file)


def write_all(file: int, data: bytes) -> None:
    """Write all of it. Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def sync_folder(folder: Path) -> None:
    """Make a new file's name survive a power cut."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def is_held(path: Path) -> bool:
    """Whether a living process keeps this file: the lock goes with the process, however it ends."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(file)


def modified(path: Path) -> float:
    """When it was last written; 0 when it is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
