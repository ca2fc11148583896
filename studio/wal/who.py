"""Who uses a database beside us: who reads where, and holds the checkpoint back, and who writes."""

import os
from dataclasses import dataclass, replace

from studio.model.words import file_size
from studio.wal.index import CHECKPOINT_LOCK, READ_LOCK, WRITE_LOCK
from studio.wal.locks import Holder
from studio.wal.probe import Probe
from studio.wal.report import WalReport


@dataclass(frozen=True, slots=True)
class Reader:
    """A process that reads at a mark: no page beyond it can be checkpointed."""

    holder: Holder
    mark: int
    """The last frame it sees; 0: the main file alone."""


def readers(found: Probe) -> tuple[Reader, ...]:
    """Who reads now, the one furthest behind first."""
    if found.index is None:
        return ()
    reading = [
        Reader(holder, mark)
        for holder in found.locks.holders
        for number, mark in enumerate(found.index.read_marks)
        if holder.file == "shm" and holder.first <= READ_LOCK + number <= holder.last
    ]
    return tuple(sorted(reading, key=lambda reader: reader.mark))


def who(found: Probe, report: WalReport) -> list[str]:
    """Each of them in a line."""
    said = []
    page = report.header.page_size if report.header else 0
    for reader in readers(found):
        behind = report.mx_frame - reader.mark
        name = f"{reader.holder.name or 'a process'} (pid {reader.holder.pid})"
        if behind > 0 and report.shm is not None:
            at = f"as of frame {reader.mark:,}" if reader.mark else "the main file alone"
            said.append(
                f"held back: {name} reads {at} and keeps {file_size(behind * page)} "
                "from being checkpointed"
            )
        else:
            said.append(f"{name} reads the newest state; it holds nothing back")
    for byte, does in ((WRITE_LOCK, "is writing"), (CHECKPOINT_LOCK, "is checkpointing")):
        said += [
            f"{holder.name or 'a process'} (pid {holder.pid}) {does}"
            for holder in found.locks.holders
            if holder.file == "shm" and holder.first <= byte <= holder.last
        ]
    # studio's own connection is no program that has it open.
    others = tuple(holder for holder in found.locks.holders if holder.pid != os.getpid())
    is_other = bool(others) or not found.locks.holders
    if not said and found.locks.attached and is_other:
        who = replace(found.locks, holders=others).who
        said.append(f"{who} has it open, and neither reads nor writes now")
    return said
