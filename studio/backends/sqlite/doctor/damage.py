"""A damaged file in words: what its header promises, what is there, and what can be done."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from studio.backends.sqlite.failures import DAMAGE
from studio.backends.sqlite.opening import SQLiteOpening
from studio.model.errors import StatementFailed
from studio.model.health import HealthFinding, HealthSeverity
from studio.model.words import plural
from studio.wal.probe import Probe

_CHECKED = "*** in database main ***"
"""What SQLite's own check begins with."""
_OF_INDEX = re.compile(
    r"(?:row -?\d+ missing from|wrong # of entries in|non-unique entry in"
    r"|row -?\d+ values differ from|rowid not at end-of-record for row -?\d+ of) index (.*)",
    re.DOTALL,
)


def unreadable(opening: SQLiteOpening, error: StatementFailed) -> HealthFinding | None:
    """See halves.unreadable: SQLite refuses a file that is shorter than its header promises."""
    if error.code not in DAMAGE:
        return None
    found = opening.probe
    return damaged(opening, [*cut(found), *_unlike(found), error.message])


def damaged(opening: SQLiteOpening, messages: Sequence[str]) -> HealthFinding:
    """The finding `integrity`, whatever met the damage. `messages`: ours or SQLite's, at least
    one; the first is said.
    """
    lines = [line for message in messages for line in message.splitlines() if line != _CHECKED]
    found = opening.probe
    evidence: dict[str, object] = {"messages": lines}
    if found.page_size and found.db is not None:
        evidence |= {
            "bytes": found.db.size,
            "page_size": found.page_size,
            "pages": pages_of(found),
            "promised_pages": found.page_count or None,
        }
    return HealthFinding(
        "integrity",
        "database",
        HealthSeverity.ERROR,
        f"the file is damaged: {lines[0]}",
        evidence,
        "",
        f"copy the file away first; then `{_salvage(opening.path)}` (or `.recover` of the sqlite3 "
        "shell) writes what can be read into a new file; never VACUUM a damaged file",
    )


def index_of(message: str) -> str | None:
    """The index that does not match its table, where SQLite's own check says so; else None."""
    found = _OF_INDEX.fullmatch(message)
    return found[1] if found else None


def hint_for(opening: SQLiteOpening) -> str:
    """What to say to who cannot open it, as sentences; "" where the header tells of no damage."""
    seen = [*cut(opening.probe), *_unlike(opening.probe)]
    if not seen:
        return ""
    return (
        f"{seen[0][0].upper()}{seen[0][1:]}. Copy the file away before anything else; then "
        f"`{_salvage(opening.path)}` writes what can be read into a new file"
    )


def _salvage(path: Path) -> str:
    return shlex.join(
        ["studio", "wal", path.name, "--salvage", "--output", f"{path.stem}-salvaged.db"]
    )


def pages_of(found: Probe) -> int:
    """How many pages the file has room for, a torn one counted."""
    return -(-found.db.size // found.page_size) if found.db is not None and found.page_size else 0


def is_settled(found: Probe) -> bool:
    """Whether the main file alone is the database: nothing waits in a -wal or -journal, and nobody
    is in the middle of writing.
    """
    locks = found.locks
    return not (found.wal_bytes or found.journal_hot or locks.exclusive or locks.reserved)


def cut(found: Probe) -> Iterator[str]:
    """What is missing of a file, or points outside of it, as its header tells it."""
    if found.db is None or not found.page_size or not is_settled(found):
        return
    size, page, there = found.db.size, found.page_size, pages_of(found)
    promised = found.page_count
    if promised > there:
        yield (
            f"the file ends early: its header promises {plural(promised, 'page')} of {page:,} "
            f"bytes, and {_are(there)} there{', the last not whole' if size % page else ''}"
        )
    elif size % page and promised == there:
        yield f"its last page is torn: {size % page:,} of its {page:,} bytes are there"
    first, free = found.free_page, found.free_pages
    if first > max(promised, there) or free >= max(promised, there) > 0:
        yield (
            f"its list of free pages is wrong: {plural(free, 'page')} from page {first:,} on, "
            f"where {_are(there)} there"
        )


def _unlike(found: Probe) -> Iterator[str]:
    """A file with more than its header says is whole as long as SQLite reads it."""
    there, promised = pages_of(found), found.page_count
    if is_settled(found) and 0 < promised < there:
        yield (
            f"its header is wrong: it says {plural(promised, 'page')} of {found.page_size:,} "
            f"bytes, and {_are(there)} there"
        )


def _are(pages: int) -> str:
    return f"{pages:,} {'is' if pages == 1 else 'are'}"
