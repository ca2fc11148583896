"""Staged and applied change sets on disk: nothing typed is lost, what was applied can be undone.

One folder a database, one file a set, one JSON line a step; files are 0600 and hold values of the
database, never how to reach it. A last line torn by a crash is a step that did not happen.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from studio.config.paths import state_folder
from studio.edits.applying.captured import Captured, decoded_captured
from studio.edits.journal.encoding import Json
from studio.edits.journal.line_files import (
    append,
    dumped,
    is_held,
    lines,
    modified,
    opened,
    sync_folder,
    write_all,
)
from studio.edits.journal.packing import packed, unpacked
from studio.edits.journal.staged_log import StagedLog, changes_of, replayed
from studio.edits.sql.layout import Group, grouped
from studio.model.apply_report import ApplyOutcome
from studio.model.change import Change
from studio.model.change_set import EditHistory
from studio.model.errors import StudioError

KEPT_SETS = 200
"""Applied sets remembered for each database; older ones are forgotten."""
_VERSION = 1
_SET_FILE = re.compile(r"applied-(\d+)\.jsonl")


def journal_root() -> Path:
    """Where journals live; XDG_STATE_HOME says otherwise."""
    return state_folder() / "edits"


class JournalFailed(StudioError):
    """The journal could not be written."""


@dataclass(frozen=True, slots=True)
class AppliedSet:
    """One set that was sent to the database."""

    id: int
    at: datetime
    changes: tuple[Change, ...]
    outcome: ApplyOutcome | None
    """None: studio ended before it knew; look at the database."""
    transaction_id: str | None = None
    captured: Captured = field(default_factory=Captured)
    undoes: int | None = None
    """The set this one took back."""
    undone_by: int | None = None

    @property
    def is_undoable(self) -> bool:
        """Whether it was applied, and not taken back."""
        return self.outcome is ApplyOutcome.APPLIED and self.undone_by is None


class EditJournal:
    """The journal of one database."""

    def __init__(self, key: str, root: Path | None = None) -> None:
        name = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        self.folder = (root or journal_root()) / name
        self._log: StagedLog | None = None
        """What this process stages; an applied set is all of it."""
        self._running: dict[int, int] = {}
        """Sets on their way into the database, and their open, locked files."""
        self.doubted: set[int] = set()
        """Sets whose COMMIT nobody answered, while it is found out what became of them."""

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
        numbers = self._numbers()
        number = max(numbers, default=0)
        line: dict[str, Json] = {
            "version": _VERSION,
            "at": datetime.now(UTC).isoformat(),
            "undoes": undoes,
            "packed": packed(groups),
        }
        while True:
            number += 1
            try:
                file = opened(self._path(number), os.O_CREAT | os.O_EXCL)
            except FileExistsError:
                continue
            # Held until the outcome is written: another studio must not settle what still runs.
            self._running[number] = file
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                write_all(file, dumped(line))
                os.fsync(file)
                sync_folder(self.folder)
                if self._log is not None and undoes is None:
                    self._log.sent(number)
            except OSError:
                os.close(self._running.pop(number))
                self._path(number).unlink(missing_ok=True)
                raise
            for old in sorted((*numbers, number))[:-KEPT_SETS]:
                self._path(old).unlink(missing_ok=True)
            return number

    def prepared(
        self, number: int, transaction_id: str | None, captured: Captured, *, sync: bool
    ) -> None:
        """Before COMMIT: how to ask about the transaction, and what its inverse needs. Raises
        JournalFailed.
        """
        line: dict[str, Json] = {"transaction": transaction_id, "captured": captured.encoded()}
        with self._writing():
            append(self._path(number), line, sync=sync)

    def finish(self, number: int, outcome: ApplyOutcome, undoes: int | None = None) -> None:
        """What became of it. Raises JournalFailed."""
        try:
            with self._writing():
                self._finish(number, outcome, undoes)
        finally:
            if number in self._running:
                os.close(self._running.pop(number))

    def _finish(self, number: int, outcome: ApplyOutcome, undoes: int | None) -> None:
        # Unsynced: a power cut that takes this line leaves a set to be found out by looking, and
        # may have taken the commit as well.
        append(self._path(number), {"outcome": outcome.value}, sync=False)
        if undoes is not None and outcome is ApplyOutcome.APPLIED:
            append(self._path(undoes), {"undone_by": number})
            # Taking an undo back makes the set undone by it applied again.
            again = self.entry(undoes)
            if again is not None and again.undoes is not None and self._path(again.undoes).exists():
                append(self._path(again.undoes), {"undone_by": None})

    def entries(self) -> tuple[AppliedSet, ...]:
        """Every set sent from here, newest first; unreadable ones left out."""
        found = (self.entry(number) for number in sorted(self._numbers(), reverse=True))
        return tuple(entry for entry in found if entry is not None)

    def entry(self, number: int) -> AppliedSet | None:
        """One set; None when there is none, or nothing in its file can be read."""
        found = list(lines(self._path(number)))
        if not found or not {"changes", "packed"} & set(found[0]):
            return None
        try:
            return _entry(number, found)
        except (KeyError, TypeError, ValueError):
            return None

    def last_undoable(self) -> AppliedSet | None:
        """The newest applied set that was neither taken back nor took something back."""
        return next((e for e in self.entries() if e.is_undoable and e.undoes is None), None)

    def unsettled(self) -> tuple[AppliedSet, ...]:
        """Sets of which nobody knows yet what became, and on which no living studio works."""
        return tuple(
            entry
            for entry in self.entries()
            if entry.outcome in {None, ApplyOutcome.UNKNOWN} and not is_held(self._path(entry.id))
        )

    # -- staged changes --------------------------------------------------------------------------

    def keep_staged(self) -> StagedLog:
        """A log of what is being staged now, by this process alone."""
        self._make_folder()
        self._log = StagedLog(self.folder / f"staged-{os.getpid()}-{os.urandom(4).hex()}.jsonl")
        return self._log

    def abandoned(self) -> Iterator[tuple[Path, EditHistory]]:
        """What was staged by a studio that is no longer there, newest first."""
        if not self.folder.is_dir():
            return
        paths = sorted(self.folder.glob("staged-*.jsonl"), key=modified, reverse=True)
        for path in paths:
            if is_held(path):
                continue
            history = replayed(path, self._applied)
            if len(history.present):
                yield path, history

    def take_up(self, path: Path, log: StagedLog) -> EditHistory:
        """Go on with an abandoned log in `log`; its own file goes when that is safe on disk."""
        history = replayed(path, self._applied)
        log.replace(history.present)
        path.unlink(missing_ok=True)
        return EditHistory(history.present)

    def _applied(self, number: int) -> Sequence[Change]:
        entry = self.entry(number)
        is_in = entry is not None and entry.outcome is ApplyOutcome.APPLIED
        return entry.changes if entry is not None and is_in else ()

    # -- files -----------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or str(error)
            raise JournalFailed(f"the journal in {self.folder} cannot be written: {why}") from error

    def _path(self, number: int) -> Path:
        return self.folder / f"applied-{number:06d}.jsonl"

    def _numbers(self) -> list[int]:
        if not self.folder.is_dir():
            return []
        found = map(_SET_FILE.fullmatch, os.listdir(self.folder))  # noqa: PTH208 a Path each is dear
        return [int(match[1]) for match in found if match is not None]

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _entry(number: int, found: Sequence[Mapping[str, Json]]) -> AppliedSet:
    merged: dict[str, Json] = {}
    for line in found:
        merged.update(line)
    outcome = merged.get("outcome")
    captured = merged.get("captured")
    return AppliedSet(
        number,
        datetime.fromisoformat(str(merged["at"])),
        unpacked(merged["packed"]) if "packed" in merged else changes_of(merged["changes"]),
        ApplyOutcome(outcome) if isinstance(outcome, str) else None,
        cast("str | None", merged.get("transaction")),
        decoded_captured(captured) if isinstance(captured, dict) else Captured(),
        cast("int | None", merged.get("undoes")),
        cast("int | None", merged.get("undone_by")),
    )
