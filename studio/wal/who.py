"""Who uses a database beside us: who reads where, and holds the checkpoint back, and who writes."""

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from studio.model.words import file_size
from studio.wal.index import CHECKPOINT_LOCK, READ_LOCK, WRITE_LOCK
from studio.wal.locks import Holder
from studio.wal.probe import Probe
from studio.wal.report import WalReport

Seen = Mapping[tuple[int, str], str]
"""Since when a process (by its number) was seen to do what `doings` says of it, as a time."""
NOBODY_SEEN: Seen = MappingProxyType({})


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


def doings(found: Probe) -> Iterator[tuple[Holder, str]]:
    """Who does what to the WAL: readers by where they read, the one furthest behind first."""
    for reader in readers(found):
        yield reader.holder, f"reads {reader.mark}"
    for byte, does in ((WRITE_LOCK, "is writing"), (CHECKPOINT_LOCK, "is checkpointing")):
        for holder in found.locks.holders:
            if holder.file == "shm" and holder.first <= byte <= holder.last:
                yield holder, does


def who(found: Probe, report: WalReport, seen: Seen = NOBODY_SEEN) -> list[str]:
    """Each of them in a line. `seen`: since when somebody looks at that."""
    said = []
    page = report.header.page_size if report.header else 0
    marks = {f"reads {reader.mark}": reader.mark for reader in readers(found)}
    everybody = tuple(doings(found))
    busy = {holder.pid for holder, does in everybody if does not in marks}
    for holder, does in everybody:
        since = _since(holder, seen.get((holder.pid, does)))
        if does not in marks:
            said.append(f"{named(holder)} {does}{since}")
            continue
        behind = report.mx_frame - marks[does]
        if behind > 0 and report.shm is not None:
            at = f"as of frame {marks[does]:,}" if marks[does] else "the main file alone"
            said.append(
                f"held back: {named(holder)} reads {at} and keeps {file_size(behind * page)} "
                f"from being checkpointed{since}"
            )
        elif holder.pid not in busy:
            # Who writes reads too.
            said.append(f"{named(holder)} reads the newest state; it holds nothing back{since}")
    # studio's own connection is no program that has it open.
    others = tuple(holder for holder in found.locks.holders if holder.pid != os.getpid())
    is_other = bool(others) or not found.locks.holders
    if not said and found.locks.attached and is_other:
        people = replace(found.locks, holders=others).who
        said.append(f"{people} has it open, and neither reads nor writes now")
    return said


def named(holder: Holder) -> str:
    """A process by its name and number."""
    return f"{holder.name or 'a process'} (pid {holder.pid})"


def _since(holder: Holder, seen: str | None) -> str:
    """What can be known of how long: SQLite notes no times, so it is since when we have seen it,
    and since when there is the process at all.
    """
    parts = [f"seen since {seen}"] if seen else []
    if holder.started:
        parts.append(f"running since {_when(holder.started)}")
    return f" ({', '.join(parts)})" if parts else ""


def _when(at: float) -> str:
    """The time of today, or the day."""
    then, now = (datetime.fromtimestamp(one).astimezone() for one in (at, time.time()))
    return f"{then:%H:%M:%S}" if then.date() == now.date() else f"{then:%Y-%m-%d %H:%M}"
