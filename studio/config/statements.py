"""What a person wrote and ran, per connection: texts of open queries, and the history.

Both are private files below the state folder. Statements that name a password are never kept.
"""

import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from studio.config import paths

MOST_KEPT = 1_000
"""Statements of one connection's history."""
_TRIM_BYTES = 4_000_000
_LONGEST = 100_000
"""Characters; longer statements are loads of data, not questions to ask again."""
_MOST_DRAFTS = 100
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_SECRET = re.compile(r"\bPASSWORD\s*(?:=\s*)?'|\bIDENTIFIED\s+BY\b|://[^\s/:@']+:[^\s@']+@", re.I)


@dataclass(frozen=True, slots=True)
class Ran:
    """One statement of the history."""

    at: str
    """ISO 8601, UTC."""
    sql: str
    ms: float
    rows: int
    """Returned or changed; -1 where nobody said."""
    error: str = ""


def folder_of(connection: str) -> str:
    """A folder's name for a connection, from its address without secrets."""
    return hashlib.sha256(connection.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def holds_secret(sql: str) -> bool:
    """Whether a statement names a password: it is never kept."""
    return _SECRET.search(sql) is not None


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


class StatementHistory:
    """What ran on one connection, oldest first."""

    def __init__(self, connection: str) -> None:
        self._path = paths.state_folder() / "history" / f"{folder_of(connection)}.jsonl"

    def add(self, ran: Ran) -> None:
        """Keep a statement, unless it holds a secret or nothing can be kept."""
        if holds_secret(ran.sql) or len(ran.sql) > _LONGEST:
            return
        line = json.dumps(asdict(ran)).encode() + b"\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(line)
                is_long = file.tell() > _TRIM_BYTES
            if is_long:
                self._trim()
        except OSError:
            # A history that cannot be kept is no reason to stop anybody's work.
            return

    def add_all(self, ran: Sequence[Ran]) -> None:
        """Keep them in their order."""
        for each in ran:
            self.add(each)

    def entries(self) -> tuple[Ran, ...]:
        """What is kept; a line that cannot be read is left out."""
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ()
        found = (_ran(line) for line in lines[-MOST_KEPT:])
        return tuple(ran for ran in found if ran is not None)

    def _trim(self) -> None:
        kept = [json.dumps(asdict(ran)) for ran in self.entries()[-MOST_KEPT // 2 :]]
        paths.write_private(self._path, "\n".join(kept) + "\n")


def _ran(line: str) -> Ran | None:
    try:
        said = json.loads(line)
        return Ran(
            str(said["at"]),
            str(said["sql"]),
            float(said["ms"]),
            int(said["rows"]),
            str(said.get("error", "")),
        )
    except (ValueError, KeyError, TypeError):
        return None
