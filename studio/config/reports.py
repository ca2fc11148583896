"""Reports of failures nobody foresaw: where in the code, with which versions, and no data at all.

No value, no message and no argument is in one: a message may quote a row, an argument a password.
"""

import os
import platform
import sqlite3
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePath

from studio import __version__
from studio.config.paths import state_folder, write_private

EXIT_CODE = 70
"""EX_SOFTWARE of sysexits.h: the program itself is at fault."""
_PACKAGES = ("textual", "sqlalchemy", "psycopg", "aiosqlite")
_KEPT = 20
"""Reports kept; older ones go."""


def report(error: BaseException) -> str:
    """The versions and the stack of `error`, and of what it came from."""
    return "\n".join((*_versions(), "", *_stacks(error, set()), ""))


def written(error: BaseException) -> Path | None:
    """The file `report` was written to; None where none can be."""
    folder = state_folder() / "reports"
    now = datetime.now(UTC)
    path = folder / f"{now:%Y%m%dT%H%M%S}-{now.microsecond:06}-{os.getpid()}.txt"
    try:
        write_private(path, report(error))
        for old in sorted(folder.glob("*.txt"))[:-_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def told(error: BaseException) -> str:
    """What to say when studio ends because of `error`; the report is written, or part of it."""
    what = f"something went wrong inside studio ({type(error).__name__})"
    path = written(error)
    if path is None:
        return f"{what}. A report, without any data:\n\n{report(error)}"
    return f"{what}. A report, without any data, is in {path}"


def _versions() -> Iterator[str]:
    yield f"studio {__version__}"
    yield f"Python {platform.python_version()} · {platform.system()} {platform.machine()}"
    yield f"SQLite {sqlite3.sqlite_version}"
    for package in _PACKAGES:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            continue
    yield f"TERM={os.environ.get('TERM', '')}"


def _stacks(error: BaseException, seen: set[int]) -> Iterator[str]:
    if id(error) in seen:
        return
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _stacks(before, seen)
        yield "and then"
    kind = type(error)
    yield f"{kind.__module__}.{kind.__qualname__}"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {_place(frame.filename)}:{frame.lineno} {frame.name}"
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield "one of them"
            yield from _stacks(one, seen)


def _place(file: str) -> str:
    """A source file without the folders above its package, whose names may be a person's."""
    parts = PurePath(file).parts
    for package in ("site-packages", "studio"):
        if package in parts:
            at = len(parts) - 1 - parts[::-1].index(package)
            return "/".join(parts[at + (package == "site-packages") :])
    return "/".join(parts[-2:])
