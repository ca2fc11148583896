"""What is being staged, on disk step by step: offered again when studio ended too early."""

import fcntl
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import compress, count, islice
from operator import is_not
from pathlib import Path
from typing import cast

from studio.edits.journal.encoding import Json, Malformed, decoded_change, encoded_change
from studio.edits.journal.line_files import dumped, lines, sync_folder, write_all
from studio.model.change import Change, RowKey
from studio.model.change_set import ChangeSet, EditHistory

_SENT = "sent"
"""Key of the line that says which set of the journal everything before it went to."""


class StagedLog:
    """Every step of staging, on disk before the next key is read. Closed empty, it is gone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None
        self._set: ChangeSet = ChangeSet()

    def record(self, changes: ChangeSet) -> None:
        """The set as it is now: only what differs from the last time is written, and fsync'd."""
        found = _difference(self._set.by_key, changes.by_key)
        if found is None:
            self.replace(changes)
            return
        dropped, staged = found
        line: dict[str, Json] = {
            "drop": list(dropped),
            "stage": [encoded_change(change) for change in staged],
        }
        self._write(line)
        self._set = changes

    def replace(self, changes: ChangeSet) -> None:
        """Begin anew with a whole set."""
        self._write({"set": [encoded_change(change) for change in changes]})
        self._set = changes

    def sent(self, number: int) -> None:
        """All of it is on its way into the database, as set `number` of the journal."""
        if self._file is not None:
            self._write({_SENT: number})

    def close(self) -> None:
        """Let go; a log of nothing is removed, one of something is offered on the next start."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            if not len(self._set):
                # One that stays holds nothing that could be offered.
                with suppress(OSError):
                    self.path.unlink(missing_ok=True)

    def forget(self) -> None:
        """Let nothing of it be offered again. Needs no space, nor a folder that can be written."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None
            with suppress(OSError):
                self.path.unlink(missing_ok=True)
        self._set = ChangeSet()

    def _write(self, line: Mapping[str, Json]) -> None:
        if self._file is None:
            flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(self.path, flags, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            sync_folder(self.path.parent)
        write_all(self._file, dumped(line))
        os.fsync(self._file)


def _difference(
    old: Mapping[RowKey, Change], new: Mapping[RowKey, Change]
) -> tuple[list[int], list[Change]] | None:
    """The places in `old` that are gone, and the changes of `new` that are new or other.

    None when what stays is in another order: places written later would mean other rows.
    A step touches few of many rows and keeps the keys of the rest: those are walked past without
    hashing one, and those before the first that differs without looking into them.
    """
    dropped: list[int] = []
    staged: list[Change] = []
    differ = compress(count(), map(is_not, old.values(), new.values()))
    first = next(differ, min(len(old), len(new)))
    left = islice(new.items(), first, None)
    at = next(left, None)
    for place, (key, was) in enumerate(islice(old.items(), first, None), first):
        if at is not None and key is at[0]:
            if at[1] is not was and at[1] != was:
                staged.append(at[1])
            at = next(left, None)
        elif key in new:
            return None
        else:
            dropped.append(place)
    if at is not None:
        staged.append(at[1])
        staged.extend(change for _, change in left)
    return dropped, staged


def replayed(path: Path, was_applied: Callable[[int], Sequence[Change]]) -> EditHistory:
    """What the log at `path` holds; `was_applied` tells which changes of a set of the journal went
    into the database.

    Who sent a set and then died could not take it out of the log any more: staged again, its new
    rows would be there twice.
    """
    history, sent = EditHistory(), list[int]()
    for line in lines(path):
        try:
            if _SENT in line:
                sent.append(int(cast("int", line[_SENT])))
                continue
            history = history.to(_next(history.present, line))
        except (KeyError, IndexError, TypeError, ValueError):
            break
        sent.clear()
    done = {change.key: change for number in sent for change in was_applied(number)}
    present = history.present
    return history.without(*(c for c in present if done.get(c.key) == c))


def _next(present: ChangeSet, line: Mapping[str, Json]) -> ChangeSet:
    if "set" in line:
        return ChangeSet(changes_of(line["set"]))
    listed = present.changes
    dropped = [listed[int(cast("int", i))] for i in cast("list[Json]", line["drop"])]
    kept = {change.key: change for change in present.without(*dropped)}
    kept.update((change.key, change) for change in changes_of(line["stage"]))
    return ChangeSet(kept.values())


def changes_of(found: Json) -> tuple[Change, ...]:
    """Changes one by one. Raises Malformed."""
    if not isinstance(found, list):
        raise Malformed("changes must be a list")
    return tuple(decoded_change(one) for one in found)
