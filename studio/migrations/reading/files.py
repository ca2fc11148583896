"""Reading a stranger's files: bounded, regular files only, and a reason when it cannot be done."""

import os
import stat
from pathlib import Path

MAX_MIGRATION_BYTES = 32 * 1024 * 1024
MAX_CONFIG_BYTES = 1024 * 1024
HEAD_BYTES = 64 * 1024
_FAR = "../../../.."


class UnreadableFile(Exception):
    """A file could not be read; `str()` is the reason as a clause."""


def contents(path: Path, limit: int = MAX_MIGRATION_BYTES) -> bytes:
    """The bytes of a regular file of at most `limit` bytes; raises Unreadable."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            # A FIFO or a device would block or never end.
            raise UnreadableFile("is not a regular file")
        if status.st_size > limit:
            raise UnreadableFile(f"is too large to read ({status.st_size / 1048576:,.0f} MB)")
        with path.open("rb") as stream:
            return stream.read(limit)
    except FileNotFoundError:
        raise UnreadableFile("does not exist") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "bad path"
        raise UnreadableFile(f"cannot be read: {reason}") from None


def text(path: Path, limit: int = MAX_CONFIG_BYTES) -> str:
    """The file as UTF-8, a byte order mark removed, bad bytes replaced; raises Unreadable."""
    return decoded(contents(path, limit))


def decoded(raw: bytes) -> str:
    """A file's bytes as `text` reads them."""
    return raw.decode("utf-8-sig", "replace")


def text_or_empty(path: Path, limit: int = MAX_CONFIG_BYTES) -> str:
    """The file's text, or nothing when it cannot be read."""
    try:
        return text(path, limit)
    except UnreadableFile:
        return ""


def head(path: Path) -> str:
    """The beginning of a file, enough to recognise a tool's markers; "" when it cannot be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return ""
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES).decode("utf-8-sig", "replace")
    except (OSError, ValueError):
        return ""


def plain(path: Path) -> str:
    """The path with `.` and `..` worked out by text alone: no link is followed."""
    return os.path.normpath(path)


def relative(path: Path, base: Path) -> str:
    """The path as seen from `base`, with `..` where it lies outside; always with `/`."""
    return Path(os.path.relpath(path, base)).as_posix()


def shown_path(path: Path, base: Path | None) -> str:
    """A path as people see it from `base`, unless it lies far away from there."""
    if base is None:
        return str(path)
    seen = relative(path, base)
    return str(path) if seen.startswith(_FAR) else seen
