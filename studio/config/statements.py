"""What a person wrote and ran, per connection: texts of open queries, and the history.

Both are private files below the state folder. Statements that name a password are never kept.
"""

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from studio.config import paths

MOST_KEPT = 1_000
"""Statements of one connection's history."""
_TRIM_BYTES = 4_000_000
_LONGEST = 100_000
"""Characters; longer statements are loads of data, not questions to ask again."""
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

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.sql"


class History:
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
