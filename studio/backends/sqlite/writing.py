"""Whether a database file may be written, and with what care."""

import os
from dataclasses import dataclass
from pathlib import Path

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


def writing(found: Probe, *, read_only: bool) -> Writing | str:
    """How to write, or the sentence that says why not."""
    name = Path(found.path).name
    if read_only:
        return "it was opened read-only, as asked"
    if reason := _never(found, name):
        return reason
    if found.is_wal:
        return _writing_wal(found, name)
    if not _access(Path(found.path).parent, os.W_OK | os.X_OK):
        return f"you have no permission to create a -journal beside {name}"
    return Writing(guard=False)


def _never(found: Probe, name: str) -> str:
    if found.write_version > NEWEST_VERSION:
        return f"{name} asks for a newer SQLite to be written (version {found.write_version})"
    if is_network(found.file_system):
        return f"{name} is on {found.file_system}, where another machine's locks cannot be seen"
    if not _access(Path(found.path), os.W_OK):
        return f"you have no permission to write {name}"
    return ""


def _writing_wal(found: Probe, name: str) -> Writing | str:
    if not found.locks.known:
        return "whether another program has it open cannot be known on this system"
    if found.wal is not None and found.shm is not None:
        beside = (Path(f"{found.path}-wal"), Path(f"{found.path}-shm"))
        if not all(_access(path, os.W_OK) for path in beside):
            return f"you have no permission to write the -wal and -shm beside {name}"
    elif not _access(Path(found.path).parent, os.W_OK | os.X_OK):
        return f"you have no permission to create a -wal beside {name}"
    elif not _would_own(found.owner):
        # Files we create belong to us; the program that owns the database could no longer write.
        return f"{name} belongs to another user, and so must the -wal and -shm beside it"
    return Writing(guard=bool(found.wal_bytes) or found.locks.any)


def _would_own(owner: int) -> bool:
    """Whether a -wal we create gets the database's owner: our own files, or root's chown."""
    euid = getattr(os, "geteuid", lambda: owner)()
    return euid in {owner, 0}


def _access(path: Path, mode: int) -> bool:
    effective = os.access in os.supports_effective_ids
    return os.access(path, mode, effective_ids=effective)
