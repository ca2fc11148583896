"""Where a query's text is: kept as it is typed, and perhaps in a file of the person's own."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Self

from studio.config.statements import QueryTexts


class KeptText:
    """The text of one query tab, kept so that nothing typed is ever lost."""

    def __init__(self, texts: QueryTexts, number: int, given: str = "") -> None:
        """`number` was claimed for it."""
        self._texts = texts
        self._number = number
        self._keeping = Lock()
        self.text = given
        self._kept = ""

    def keep(self) -> None:
        """Write the newest text down, from whatever thread. Raises OSError."""
        # One after the other, and always the newest: an older text never comes last.
        with self._keeping:
            text = self.text
            if text != self._kept:
                self._texts.save(self._number, text)
                self._kept = text

    def end(self) -> None:
        """Keep it for the last time; what says nothing is not kept. Raises OSError."""
        self.keep()
        self._texts.release(self._number)


@dataclass(frozen=True, slots=True)
class SqlFile:
    """A file of SQL, as it was when its text was read or written."""

    path: Path
    seen: tuple[int, int]
    """Its time of change in ns, and its size in bytes."""

    @classmethod
    def read(cls, path: Path) -> tuple[Self, str]:
        """The file, and what it says. Raises OSError, UnicodeDecodeError."""
        seen = _stamp(path)
        return cls(path, seen), path.read_text("utf-8-sig")

    @classmethod
    def write(cls, path: Path, text: str) -> Self:
        """Replace what the file says. Raises OSError, UnicodeEncodeError."""
        path.write_bytes(text.encode())
        return cls(path, _stamp(path))


def in_the_way(path: Path, known: SqlFile | None) -> str | None:
    """What would be lost by writing to `path`, as a sentence; None when only text that came from
    the file `known`, or nothing at all.
    """
    try:
        stamp = _stamp(path)
    except OSError:
        return None
    if known is None or known.path != path:
        return f"{path} exists already."
    return None if known.seen == stamp else f"{path} was changed by another program meanwhile."


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size
