"""A plan from a file or the clipboard, whichever engine it came from."""

from dataclasses import replace
from pathlib import Path

from studio.backends.postgresql import pasted
from studio.backends.sqlite import pasted as sqlite_pasted
from studio.explain.report import Explained, SqliteExplained, explained, sqlite_explained
from studio.model.errors import StudioError


def decoded(data: bytes) -> str:
    """The text of a saved plan, whatever its encoding is worth."""
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    return data.decode(encoding, "replace")


def read_file(path: Path) -> Explained | SqliteExplained:
    """The plan in a file. Raises StudioError."""
    try:
        data = path.expanduser().read_bytes()
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise StudioError(f"Cannot read {path}: {why}.") from None
    return saved(decoded(data))


def saved(text: str) -> Explained | SqliteExplained:
    """Read a saved plan of either engine; raises StudioError when it is none."""
    if sqlite_pasted.is_saved(text):
        return sqlite_explained(sqlite_pasted.parse(text))
    return explained(replace(pasted.read(text)[0], source=text))
