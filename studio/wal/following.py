"""Commits as they happen: one document each, for as long as somebody listens."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from studio.wal.changes import row_counts
from studio.wal.frames import HEADER_BYTES
from studio.wal.history import History
from studio.wal.owners import touched
from studio.wal.probe import stamp
from studio.wal.states import UnreadableDatabase
from studio.wal.steady import FilesKept, Seen, steadily

_PAUSE_S = 0.1
_MOST_COUNTED = 50
"""Commits of one look whose rows are counted; the rest is told without."""
_Place = tuple[tuple[str, str] | None, int]


def follow(path: Path) -> Iterator[dict[str, Any]]:
    """What is committed from now on. A look when nothing happens is three `stat`s.

    A WAL that began anew may have taken commits along that nobody saw: that is told too.
    """
    place: _Place | None = None
    seen: object = None
    kept = FilesKept()
    while True:
        now = tuple(stamp(Path(f"{path}{suffix}")) for suffix in ("", "-wal")), _head(path)
        if now != seen:
            try:
                told, place = steadily(path, partial(_since, place=place), kept)
            except UnreadableDatabase as reason:
                told = [{"unreadable": str(reason)}]
            except OSError as error:
                # It may come back: a program that replaces it takes it away for a moment.
                told = [{"unreadable": f"{path.name}: {error.strerror or error}"}]
            yield from told
            seen = now
        else:
            time.sleep(_PAUSE_S)


def _since(files: Seen, place: _Place | None) -> tuple[list[dict[str, Any]], _Place]:
    history, _ = files
    salt = history.header.salt if history.header else None
    last = history.frames.mx_frame
    if place is None:
        return [{"following": history.wal_bytes > 0, "last_commit": last}], (salt, last)
    told: list[dict[str, Any]] = []
    known = place[1]
    if place[0] != salt:
        known = 0
        if place[0] is not None:
            told.append({"restarted": True, "commits_after": place[1], "may_be_missing": True})
    return told + list(_told(history, known)), (salt, last)


def _told(history: History, known: int) -> Iterator[dict[str, Any]]:
    new = [commit for commit in history.commits if commit.last_frame > known]
    if not new:
        return
    labels = touched(history)[-len(new) :]
    for place, (commit, label) in enumerate(zip(new, labels, strict=True)):
        counted = place >= len(new) - _MOST_COUNTED
        yield {
            "commit": commit.last_frame,
            "pages": len(commit.pages),
            "touched": label,
            "rows": row_counts(history, commit.last_frame) if counted else None,
        }


def _head(path: Path) -> bytes:
    """The WAL's header, which names its round, and where its commits are counted."""
    found = b""
    for suffix, size in (("-wal", HEADER_BYTES), ("-shm", 48)):
        try:
            with Path(f"{path}{suffix}").open("rb", buffering=0) as file:
                found += file.read(size)
        except OSError:
            continue
    return found
