"""Staged and applied change sets on disk: nothing typed is lost, what was applied can be undone.

One folder a database, one file a set, one JSON line a step; files are 0600 and hold values of the
database, never how to reach it. A last line torn by a crash is a step that did not happen.
"""

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from studio.config.paths import state_folder
from studio.edits.encoding import Json, Malformed, decoded_change, encoded_change
from studio.edits.inverse import Captured, decoded_captured
from studio.edits.layout import Group, grouped
from studio.edits.packing import packed, unpacked
from studio.model.change import Change, ChangeSet, History, Outcome, RowKey
from studio.model.errors import StudioError

KEPT_SETS = 200
"""Applied sets remembered for each database; older ones are forgotten."""
_VERSION = 1


def journal_root() -> Path:
    """Where journals live; XDG_STATE_HOME says otherwise."""
    return state_folder() / "edits"


class JournalFailed(StudioError):
    """The journal could not be written."""

    is_full = False
    """Whether for want of space."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One set that was sent to the database."""

    id: int
    at: datetime
    changes: tuple[Change, ...]
    outcome: Outcome | None
    """None: studio ended before it knew; look at the database."""
    transaction_id: str | None = None
    captured: Captured = field(default_factory=Captured)
    undoes: int | None = None
    """The set this one took back."""
    undone_by: int | None = None

    @property
    def is_undoable(self) -> bool:
        """Whether it was applied, and not taken back."""
        return self.outcome is Outcome.APPLIED and self.undone_by is None


class Journal:
    """The journal of one database."""

    def __init__(self, key: str, root: Path | None = None) -> None:
        name = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        self.folder = (root or journal_root()) / name
        self._running: dict[int, int] = {}
        """Sets on their way into the database, and their open, locked files."""

    # -- applied sets ----------------------------------------------------------------------------

    def begin(
        self,
        changes: Sequence[Change],
        undoes: int | None = None,
        groups: Sequence[Group] | None = None,
    ) -> int:
        """Write down what is about to be sent, safely on disk; its number. `groups`: the changes
        by layout, where that is known already. Raises JournalFailed.
        """
        with self._writing():
            return self._begin(undoes, groups if groups is not None else grouped(changes))

    def _begin(self, undoes: int | None, groups: Sequence[Group]) -> int:
        self._make_folder()
        number = max(self._numbers(), default=0)
        line: dict[str, Json] = {
            "version": _VERSION,
            "at": datetime.now(UTC).isoformat(),
            "undoes": undoes,
            "packed": packed(groups),
        }
        while True:
            number += 1
            try:
                file = _opened(self._path(number), os.O_CREAT | os.O_EXCL)
            except FileExistsError:
                continue
            # Held until the outcome is written: another studio must not settle what still runs.
            self._running[number] = file
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                _write_all(file, _dumped(line))
                os.fsync(file)
                _sync_folder(self.folder)
            except OSError:
                os.close(self._running.pop(number))
                self._path(number).unlink(missing_ok=True)
                raise
            self._forget()
            return number

    def prepared(
        self, number: int, transaction_id: str | None, captured: Captured, *, sync: bool
    ) -> None:
        """Before COMMIT: how to ask about the transaction, and what its inverse needs. Raises
        JournalFailed.
        """
        line: dict[str, Json] = {"transaction": transaction_id, "captured": captured.encoded()}
        with self._writing():
            _append(self._path(number), line, sync=sync)

    def finish(self, number: int, outcome: Outcome, undoes: int | None = None) -> None:
        """What became of it. Raises JournalFailed."""
        try:
            with self._writing():
                self._finish(number, outcome, undoes)
        finally:
            if number in self._running:
                os.close(self._running.pop(number))

    def _finish(self, number: int, outcome: Outcome, undoes: int | None) -> None:
        _append(self._path(number), {"outcome": outcome.value})
        if undoes is not None and outcome is Outcome.APPLIED:
            _append(self._path(undoes), {"undone_by": number})
            # Taking an undo back makes the set undone by it applied again.
            again = self.entry(undoes)
            if again is not None and again.undoes is not None and self._path(again.undoes).exists():
                _append(self._path(again.undoes), {"undone_by": None})

    def entries(self) -> tuple[Entry, ...]:
        """Every set sent from here, newest first; unreadable ones left out."""
        found = (self.entry(number) for number in sorted(self._numbers(), reverse=True))
        return tuple(entry for entry in found if entry is not None)

    def entry(self, number: int) -> Entry | None:
        """One set; None when there is none, or nothing in its file can be read."""
        lines = list(_lines(self._path(number)))
        if not lines or not {"changes", "packed"} & set(lines[0]):
            return None
        try:
            return _entry(number, lines)
        except (KeyError, TypeError, ValueError):
            return None

    def last_undoable(self) -> Entry | None:
        """The newest applied set that was neither taken back nor took something back."""
        return next((e for e in self.entries() if e.is_undoable and e.undoes is None), None)

    def unsettled(self) -> tuple[Entry, ...]:
        """Sets of which nobody knows yet what became, and on which no living studio works."""
        return tuple(
            entry
            for entry in self.entries()
            if entry.outcome in {None, Outcome.UNKNOWN} and not _is_held(self._path(entry.id))
        )

    # -- staged changes --------------------------------------------------------------------------

    def keep_staged(self) -> "StagedLog":
        """A log of what is being staged now, by this process alone."""
        self._make_folder()
        return StagedLog(self.folder / f"staged-{os.getpid()}-{os.urandom(4).hex()}.jsonl")

    def abandoned(self) -> Iterator[tuple[Path, History]]:
        """What was staged by a studio that is no longer there, newest first."""
        if not self.folder.is_dir():
            return
        paths = sorted(self.folder.glob("staged-*.jsonl"), key=_modified, reverse=True)
        for path in paths:
            if _is_held(path):
                continue
            history = _replayed(path)
            if len(history.present):
                yield path, history

    def take_up(self, path: Path, log: "StagedLog") -> History:
        """Go on with an abandoned log in `log`; its own file goes when that is safe on disk."""
        history = _replayed(path)
        log.replace(history.present)
        path.unlink(missing_ok=True)
        return History(history.present)

    # -- files -----------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or str(error)
            failed = JournalFailed(f"the journal in {self.folder} cannot be written: {why}")
            failed.is_full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
            raise failed from error

    def _path(self, number: int) -> Path:
        return self.folder / f"applied-{number:06d}.jsonl"

    def _numbers(self) -> list[int]:
        return [int(path.stem[8:]) for path in self.folder.glob("applied-*.jsonl")]

    def _forget(self) -> None:
        for number in sorted(self._numbers())[:-KEPT_SETS]:
            self._path(number).unlink(missing_ok=True)

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)


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

    def close(self) -> None:
        """Let go; a log of nothing is removed, one of something is offered on the next start."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            if not len(self._set):
                self.path.unlink(missing_ok=True)

    def _write(self, line: Mapping[str, Json]) -> None:
        if self._file is None:
            flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(self.path, flags, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            _sync_folder(self.path.parent)
        _write_all(self._file, _dumped(line))
        os.fsync(self._file)


def _difference(
    old: Mapping[RowKey, Change], new: Mapping[RowKey, Change]
) -> tuple[list[int], list[Change]] | None:
    """The places in `old` that are gone, and the changes of `new` that are new or other.

    None when what stays is in another order: places written later would mean other rows.
    A step touches few of many rows and keeps the keys of the rest: those are walked past without
    hashing one.
    """
    dropped: list[int] = []
    staged: list[Change] = []
    left = iter(new.items())
    at = next(left, None)
    for place, (key, was) in enumerate(old.items()):
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


def _replayed(path: Path) -> History:
    history = History()
    for line in _lines(path):
        try:
            present = history.present
            if "set" in line:
                history = history.to(ChangeSet(_changes(line["set"])))
                continue
            listed = present.changes
            dropped = [listed[int(cast("int", i))] for i in cast("list[Json]", line["drop"])]
            kept = {change.key: change for change in present.without(*dropped)}
            kept.update((change.key, change) for change in _changes(line["stage"]))
            history = history.to(ChangeSet(kept.values()))
        except (KeyError, IndexError, TypeError, ValueError):
            break
    return history


def _changes(found: Json) -> tuple[Change, ...]:
    if not isinstance(found, list):
        raise Malformed("changes must be a list")
    return tuple(decoded_change(one) for one in found)


def _entry(number: int, lines: Sequence[Mapping[str, Json]]) -> Entry:
    merged: dict[str, Json] = {}
    for line in lines:
        merged.update(line)
    outcome = merged.get("outcome")
    captured = merged.get("captured")
    return Entry(
        number,
        datetime.fromisoformat(str(merged["at"])),
        unpacked(merged["packed"]) if "packed" in merged else _changes(merged["changes"]),
        Outcome(outcome) if isinstance(outcome, str) else None,
        cast("str | None", merged.get("transaction")),
        decoded_captured(captured) if isinstance(captured, dict) else Captured(),
        cast("int | None", merged.get("undoes")),
        cast("int | None", merged.get("undone_by")),
    )


def _lines(path: Path) -> Iterator[dict[str, Json]]:
    """Whole lines; reading stops at the first that is torn."""
    try:
        raw = path.read_bytes()
    except OSError:
        return
    for line in raw.split(b"\n")[:-1]:
        try:
            found = json.loads(line)
        except ValueError:
            return
        if not isinstance(found, dict):
            return
        yield found


def _dumped(line: Mapping[str, Json]) -> bytes:
    # ASCII only: surrogate escapes of broken text survive as \\udcXX.
    return json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n"


def _opened(path: Path, flags: int = 0) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | flags, 0o600)


def _append(path: Path, line: Mapping[str, Json], *, sync: bool = True) -> None:
    file = _opened(path)
    try:
        _write_all(file, _dumped(line))
        if sync:
            os.fsync(file)
    finally:
        os.close(file)


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _is_held(path: Path) -> bool:
    """Whether a living process keeps this file: the lock goes with the process, however it ends."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(file)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
