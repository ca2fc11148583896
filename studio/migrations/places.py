"""Where a database is: whether two addresses name one, which folders may hold its project.

Opens nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from studio.backends.target import Target
from studio.db.url import parse
from studio.model.errors import StudioError


def same_place(one: str, other: str) -> bool:
    """Whether two targets name one database, whatever user or driver they name."""
    return _place(one) == _place(other)


def _place(address: str) -> tuple[str, ...]:
    try:
        target = parse(address)
        if (file := file_at(target.address)) is not None:
            return (str(file.resolve()),)
        parts = urlsplit(target.address)
        if parts.scheme:
            return (target.backend, parts.hostname or "", str(parts.port or ""), parts.path)
    except (StudioError, ValueError, OSError):
        pass
    return (address,)


def file_at(address: str) -> Path | None:
    """The file an address names, when it names one that exists."""
    try:
        path = Path(address)
        return path.absolute() if path.is_file() else None
    except (OSError, ValueError):
        # An address may be longer than any file name.
        return None


def folders_around(here: Path, target: Target | None) -> Iterator[Path]:
    """From the closest to what a person is likely to mean: `here`, the connected file's own.

    Below a home folder lies everything a person has, so it is nobody's project.
    """
    file = file_at(target.address) if target is not None else None
    is_everything = here in {Path.home(), Path(here.anchor)}
    if file is None or not is_everything:
        yield here
    if file is not None:
        folder = file.parent
        if is_everything or (folder != here and here not in folder.parents):
            yield folder
