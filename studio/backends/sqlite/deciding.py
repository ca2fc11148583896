"""How to open a database file so that looking leaves no trace, and why.

What a read-only SQLite connection does to a file depends on what lies beside it: `mode=ro` alone
creates -wal and -shm beside a clean WAL database; `immutable=1` reads old rows beside a live one;
only `readonly_shm=1` reads a live WAL and changes nothing. Whoever owns an empty -wal also gives
it the database's mode by opening it, and root gives every file to the database's owner: what root
reads in place it reads as a stranger (`credentials`), and where it cannot, through a copy.
"""

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from studio.backends.sqlite import credentials
from studio.backends.sqlite.credentials import Credentials
from studio.model.errors import Refused
from studio.wal.filesystem import is_network
from studio.wal.index import BLOCK_BYTES
from studio.wal.probe import Probe, Stamp


class OpeningMode(StrEnum):
    """The ways to open; each value is what the top line says."""

    READ_ONLY = "read in place"
    BESIDE_WAL = "read beside its WAL"
    IMMUTABLE = "read as immutable"
    COPY = "read from a private copy"
    MEMORY = "in memory"
    PAST = "read as of a commit"


@dataclass(frozen=True, slots=True)
class Decision:
    """A way, and one sentence about it."""

    how: OpeningMode
    why: str
    looks_as: Credentials | None = None
    """Whom to be while SQLite reads; None: oneself."""


def decide(found: Probe, shown: str) -> Decision:
    """The way for what was found. Raises Refused where every way could show wrong rows."""
    decision = _decide(found, shown)
    if decision.how not in {OpeningMode.READ_ONLY, OpeningMode.BESIDE_WAL}:
        return decision
    if would_change_mode(found.db, found.wal, found.shm):
        return _as_copy("opening its empty -wal or -shm would give that the database's mode")
    return _without_chown(decision, found) if credentials.is_root() else decision


def would_change_mode(db: Stamp | None, *beside: Stamp | None) -> bool:
    """Whether SQLite gives an empty -wal or -shm the database's mode, by opening it: if it is
    ours.
    """
    user = getattr(os, "geteuid", lambda: 0)()
    # Root reads as somebody else, who may not.
    if db is None or user == 0:
        return False
    return any(
        one is not None and one.size == 0 and one.owner == user and one.mode != db.mode
        for one in beside
    )


def _without_chown(decision: Decision, found: Probe) -> Decision:
    """The same, as a user for whom SQLite leaves owners alone."""
    beside = {"": found.db, "-wal": found.wal, "-shm": found.shm, "-journal": found.journal}
    there = {suffix: stamp for suffix, stamp in beside.items() if stamp is not None}
    # A live program's -journal may be gone by now, and is readable to who reads the database.
    needed = [Path(f"{found.path}{suffix}") for suffix in there if suffix != "-journal"]
    folder = Path(found.path).parent.stat()
    users = {folder.st_uid, *(one.owner for one in there.values())}
    groups = {folder.st_gid, *(one.group for one in there.values())}
    reader = credentials.reader_of(needed, users, groups)
    if reader is not None:
        return replace(decision, looks_as=reader)
    if decision.how is OpeningMode.READ_ONLY and found.journal is None and not found.locks.any:
        return decision
    return _as_copy("read in place by root, the files beside it would change their owner")


def _decide(found: Probe, shown: str) -> Decision:
    wal_must_belong(found, shown)
    if found.journal_left:
        return Decision(
            OpeningMode.COPY,
            "a -journal is left from a program that died while writing; its half-done change is "
            "undone in a private copy, the file itself is not touched",
        )
    if not found.is_wal:
        return Decision(OpeningMode.READ_ONLY, _rollback_why(found))
    return _decide_full_wal(found) if found.wal_bytes else _decide_empty_wal(found)


def wal_must_belong(found: Probe, shown: str) -> None:
    """Raise Refused for a WAL of another database: whoever opens them next applies it to this
    one.
    """
    if not found.wal_bytes:
        return
    header = found.wal_header
    if not found.is_wal:
        size = "is empty" if found.db and not found.db.size else "is not in WAL mode"
        reason = f"the database {size}"
    elif header is not None and header.ok and header.page_size != found.page_size:
        reason = f"its pages are {header.page_size} bytes, the database's {found.page_size}"
    else:
        return
    raise Refused(
        f"the -wal beside {shown} may belong to another database: {reason}. Opening them together "
        "would mix the two; move the -wal away, or bring the database it belongs to"
    )


def _rollback_why(found: Probe) -> str:
    if found.db is not None and found.db.size == 0:
        return "an empty file is an empty database"
    if is_network(found.file_system):
        return (
            f"it keeps no WAL, and is on {found.file_system}: SQLite's locks are only as good as "
            "that file system's"
        )
    return "it keeps no WAL: reading takes a shared lock for a moment and changes nothing"


def _decide_empty_wal(found: Probe) -> Decision:
    if found.locks.any and found.shm is not None and found.shm_readable and found.wal is not None:
        return Decision(
            OpeningMode.BESIDE_WAL,
            f"{found.locks.who} has it open; every commit is seen as it happens",
        )
    if found.locks.any:
        return _as_copy(f"{found.locks.who} has it open, and its -shm is not readable to you")
    unsure = "" if found.locks.known else "; whether a program has it open cannot be known here"
    return Decision(
        OpeningMode.IMMUTABLE,
        f"nobody has it open and its WAL is empty, so it is read without leaving a trace{unsure}",
    )


def _decide_full_wal(found: Probe) -> Decision:
    if not found.wal_readable:
        raise Refused(
            f"the -wal beside {found.path} is not readable to you, and it holds rows the main "
            "file lacks. Ask its owner for read access to all three files"
        )
    _version_must_be_known(found)
    if reason := _not_in_place(found):
        return _as_copy(reason)
    _header_must_hold(found)
    if found.locks.any:
        return Decision(
            OpeningMode.BESIDE_WAL,
            f"{found.locks.who} has it open; every commit is seen as it happens",
        )
    return Decision(
        OpeningMode.BESIDE_WAL,
        "its last program left without cleaning up; the rows in its WAL are seen, and left there",
    )


def _version_must_be_known(found: Probe) -> None:
    """Raise Refused where no SQLite opens the database, nor a copy of it."""
    header = found.wal_header
    if header is not None and header.other_version:
        raise Refused(
            f"the -wal beside {found.path} asks for version {header.other_version} of its format, "
            "and SQLite opens no database beside such a one: it is damaged, or of a newer SQLite. "
            "To read the main file alone, copy it without the -wal and open the copy"
        )


def _header_must_hold(found: Probe) -> None:
    """Raise Refused where SQLite would try for ten seconds: it reads a WAL that nobody has open
    itself, whose header its -shm says it has checked.
    """
    header, index = found.wal_header, found.index
    is_counted = index is not None and index.stable and index.cksum_ok and index.mx_frame > 0
    if found.locks.any or not is_counted or (header is not None and header.ok):
        return
    raise Refused(
        f"the header of the -wal beside {found.path} does not check out: it is damaged, and no "
        "commit in it can be read. `studio wal --check` says more; to read the main file alone, "
        "copy it without the -wal and open the copy"
    )


def _not_in_place(found: Probe) -> str:
    """Why a WAL cannot be read where it is; "" when it can."""
    if is_network(found.file_system):
        return f"it is on {found.file_system}, where another machine's WAL cannot be read"
    if found.shm is None or found.shm.size < BLOCK_BYTES:
        return "its -wal has no -shm, which reading in place would create"
    if found.index is not None and found.shm.size < found.index.file_bytes:
        return "its -shm is cut"
    if not found.shm_readable:
        return "its -shm is not readable to you"
    return "" if found.locks.any else _UNSEEN_WRITERS.get(found.file_system, "")


_OVERLAY = (
    "nobody here has it open and it is on an overlay, where a program outside the container may "
    "be writing unseen"
)
_UNSEEN_WRITERS = {
    "": "nobody has it open, and whether its disk is shared cannot be known here",
    "overlay": _OVERLAY,
    "overlayfs": _OVERLAY,
}


def _as_copy(reason: str) -> Decision:
    return Decision(
        OpeningMode.COPY, f"{reason}; a private copy with the WAL's rows is read instead"
    )
