"""What a person wrote, per connection: the texts of open queries, private files of their own."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from studio.config import paths

_MOST_DRAFTS = 100
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def folder_of(connection: str) -> str:
    """A folder's name for a connection, from its address without secrets."""
    return hashlib.sha256(connection.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that was left in a query tab."""

    number: int
    text: str


class QueryTexts:
    """The texts of one connection's query tabs, by number from 1."""

    def __init__(self, connection: str) -> None:
        self._folder = paths.state_folder() / "queries" / folder_of(connection)

    def load(self, number: int) -> str:
        """The text of a tab; empty where none was kept."""
        try:
            return self._path(number).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def save(self, number: int, text: str) -> None:
        """Keep a tab's text; raises OSError."""
        safe = text.encode("utf-8", "replace").decode("utf-8")
        paths.write_private(self._path(number), safe)

    def claim(self) -> int:
        """A number for a new text that no other tab has, of no other studio either. Where nothing
        can be kept: any. A claim that was never written to is given back by `release`.
        """
        number = 1
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            while True:
                try:
                    os.close(os.open(self._path(number), _NEW, 0o600))
                except FileExistsError:
                    number += 1
                else:
                    return number
        except OSError:
            return number

    def release(self, number: int) -> None:
        """Forget a text that says nothing."""
        try:
            if not self.load(number).strip():
                self._path(number).unlink(missing_ok=True)
        except OSError:
            # It takes no room and says nothing: the next one has another number.
            return

    def drafts(self) -> tuple[Draft, ...]:
        """What is kept and says something, the newest first; of equal texts only that."""
        found: dict[str, Draft] = {}
        for path in self._newest_first():
            text = self.load(int(path.stem))
            if text.strip():
                found.setdefault(text, Draft(int(path.stem), text))
        return tuple(found.values())

    def _newest_first(self) -> list[Path]:
        try:
            stamped = [
                (path.stat().st_mtime_ns, path)
                for path in self._folder.glob("*.sql")
                if path.stem.isdecimal()
            ]
        except OSError:
            return []
        return [path for _, path in sorted(stamped, reverse=True)[:_MOST_DRAFTS]]

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.sql"
