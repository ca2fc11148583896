"""Whether a database file may be written, and with what care."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from studio.backends.sqlite import credentials
from studio.backends.sqlite.credentials import DAC_OVERRIDE, Credentials, may
from studio.backends.target import ASKED_READ_ONLY
from studio.wal.filesystem import is_network
from studio.wal.probe import NEWEST_VERSION, Probe


@dataclass(frozen=True, slots=True)
class Writing:
    """How an EDIT lane opens the file."""

    guard: bool
    """Keep a read-only connection open around it, so that closing never checkpoints somebody's
    WAL. Not where the WAL was empty and nobody was attached: there a normal last close leaves
    the folder as it was found.
    """
    acts_as: Credentials | None = None
    """Whom to be while SQLite works; None: oneself."""


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Nothing is written."""

    why: str
    """A sentence."""
    word: str
    """The same for the top line."""


_PERMISSIONS = "the file's permissions"
_WRITERS = 0o222


def writing(found: Probe, *, read_only: bool) -> Writing | Unwritten:
    """How to write, or why not."""
    name = Path(found.path).name
    if read_only:
        return Unwritten(ASKED_READ_ONLY.format(name), "--read-only")
    if (never := _never(found, name)) is not None:
        return never
    allowed = _writing_wal(found, name) if found.is_wal else _writing_journal(found, name)
    if isinstance(allowed, Unwritten) or not credentials.is_root():
        return allowed
    return _owners_kept(allowed, found, name)


def past_permissions(found: Probe) -> str:
    """Words for a file that nobody is to write, and that root writes all the same."""
    is_locked = found.db is not None and not found.db.mode & _WRITERS
    return f"as root, past {_PERMISSIONS}" if credentials.is_root() and is_locked else ""


def _writing_journal(found: Probe, name: str) -> Writing | Unwritten:
    if not may(Path(found.path).parent, os.W_OK | os.X_OK):
        return Unwritten(f"you have no permission to create a -journal beside {name}", _PERMISSIONS)
    return Writing(guard=False)


def _owners_kept(allowed: Writing, found: Probe, name: str) -> Writing | Unwritten:
    """The same for root, whose SQLite gives every file it opens to the database's owner: what is
    there keeps its owner, and what is made is the database owner's.
    """
    if found.db is None:
        return allowed
    owner = (found.db.owner, found.db.group)
    beside = [one for one in (found.wal, found.shm, found.journal) if one is not None]
    theirs = any((one.owner, one.group) != owner for one in beside)
    if found.db.owner and credentials.can_act():
        return replace(allowed, acts_as=Credentials(*owner, DAC_OVERRIDE))
    if not theirs:
        return allowed
    if found.wal and found.shm and credentials.can_act():
        # Nothing is made: whoever this is owns nothing after it.
        users, groups = [one.owner for one in beside], [one.group for one in beside]
        return replace(allowed, acts_as=credentials.stranger_to(users, groups, DAC_OVERRIDE))
    return Unwritten(
        f"the files beside {name} belong to another user than itself, and written by root they "
        "would not any more: run studio as the user whose program writes it",
        "its files' owners",
    )


def _never(found: Probe, name: str) -> Unwritten | None:
    if found.write_version > NEWEST_VERSION:
        version = found.write_version
        return Unwritten(
            f"{name} asks for a newer SQLite to be written (version {version})", "a newer format"
        )
    if is_network(found.file_system):
        where = f"on {found.file_system}"
        return Unwritten(f"{name} is {where}, where another machine's locks cannot be seen", where)
    if not may(Path(found.path), os.W_OK):
        return Unwritten(
            f"you have no permission to write {name}: ask its owner, or run studio as a user that "
            "has it",
            _PERMISSIONS,
        )
    return None


def _writing_wal(found: Probe, name: str) -> Writing | Unwritten:
    if not found.locks.known:
        return Unwritten(
            "whether another program has it open cannot be known on this system", "locks not known"
        )
    if found.wal is not None and found.shm is not None:
        beside = (Path(f"{found.path}-wal"), Path(f"{found.path}-shm"))
        if not all(may(path, os.W_OK) for path in beside):
            return Unwritten(
                f"you have no permission to write the -wal and -shm beside {name}", _PERMISSIONS
            )
    elif not may(Path(found.path).parent, os.W_OK | os.X_OK):
        return Unwritten(f"you have no permission to create a -wal beside {name}", _PERMISSIONS)
    elif not _would_own(found.owner):
        # Files we create belong to us; the program that owns the database could no longer write.
        return Unwritten(
            f"{name} belongs to another user, and so must the -wal and -shm beside it",
            "another user's file",
        )
    return Writing(guard=bool(found.wal_bytes) or found.locks.any)


def _would_own(owner: int) -> bool:
    """Whether a -wal we create gets the database's owner: ours, or what root makes for others."""
    euid = getattr(os, "geteuid", lambda: owner)()
    return euid in {owner, 0}
