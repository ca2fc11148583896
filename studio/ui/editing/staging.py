"""What is staged in one open database: every step of it, in memory and on disk."""

from asyncio import wrap_future
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from studio.edits.journal.journal import EditJournal
from studio.edits.journal.staged_log import StagedLog
from studio.model.catalog import TableRef
from studio.model.change import Change
from studio.model.change_set import ChangeSet, EditHistory

MOST_STEPS = 500
"""Steps that can be taken back; what is staged itself has no limit."""


@dataclass(frozen=True, slots=True)
class Staged:
    """What changed about the staging, for those who show it."""

    is_applied: bool = False
    """Whether it went into the database: rows must be read again, of any table. Cascades and
    triggers reach others than an edit names, and views show them.
    """


Listener = Callable[[Staged], None]


class Staging:
    """One change set over all tables, with its past. Owns the log of it on disk."""

    def __init__(self) -> None:
        self._history = EditHistory()
        self._listeners: list[Listener] = []
        self._journal: EditJournal | None = None
        self._log: StagedLog | None = None
        # One thread: steps reach the disk in order, and no key waits for it.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="staged")
        self._failed = ""
        self._is_closed = False
        self._had: tuple[ChangeSet, dict[TableRef, bool]] = (self._history.present, {})
        self.on_unkept: Callable[[str], None] = lambda _reason: None
        """Told once, from another thread, when steps no longer reach the disk."""

    # -- what there is ---------------------------------------------------------------------------

    @property
    def changes(self) -> ChangeSet:
        """What is staged now, of all tables, in the order it was staged."""
        return self._history.present

    def has(self, table: TableRef) -> bool:
        """Whether anything is staged for `table`."""
        changes, known = self._had
        if changes is not self.changes:
            changes, known = self._had = (self.changes, {})
        if table not in known:
            known[table] = any(c.table is table or c.table == table for c in changes)
        return known[table]

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._history.past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return bool(self._history.future)

    @property
    def journal(self) -> EditJournal | None:
        """Where applied and staged sets are kept, once it is known."""
        return self._journal

    @property
    def unkept_because(self) -> str | None:
        """Why what is staged is not on disk, in words that may be empty; None: it is."""
        return self._failed if self._failed or self._journal is None else None

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each step; the answer stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # -- steps -----------------------------------------------------------------------------------

    def stage(self, *changes: Change) -> None:
        """Stage these, as one step."""
        self.become(self.changes.staged(*changes))

    def drop(self, *changes: Change) -> None:
        """Stage these no longer, as one step."""
        self.become(self.changes.without(*changes))

    def become(self, changes: ChangeSet) -> None:
        """Go on with another set, as one step."""
        self._move(self._history.to(changes))

    def undo(self) -> bool:
        """Take the last step back; False when there is none."""
        moved = self.can_undo
        self._move(self._history.undo())
        return moved

    def redo(self) -> bool:
        """Do the step again that was taken back; False when there is none."""
        moved = self.can_redo
        self._move(self._history.redo())
        return moved

    def applied(self, changes: Iterable[Change] = ()) -> None:
        """These are in the database now, and cannot be unstaged any more; or others, that were
        taken back.
        """
        self._set(EditHistory(self.changes.without(*changes)))
        self._tell(Staged(is_applied=True))

    def _move(self, history: EditHistory) -> None:
        if history is self._history:
            return
        if len(history.past) > MOST_STEPS:
            history = replace(history, past=history.past[-MOST_STEPS:])
        self._set(history)
        self._tell(Staged())

    def _set(self, history: EditHistory) -> None:
        self._history = history
        self._keep(history.present)

    def _tell(self, what: Staged) -> None:
        for listener in tuple(self._listeners):
            listener(what)

    # -- on disk ---------------------------------------------------------------------------------

    def keep_in(self, journal: EditJournal) -> None:
        """Keep every step in `journal` from now on."""
        self._journal = journal
        self.keep_again()

    def take_up(self, path: Path) -> "Future[EditHistory] | None":
        """Go on with what another studio left in `path`; `become_taken_up` with the answer."""
        journal = self._journal
        if journal is None:
            return None

        def taken() -> EditHistory:
            log = self._open(journal)
            return journal.take_up(path, log)

        return self._writer.submit(taken)

    def become_taken_up(self, history: EditHistory) -> None:
        """Show what was taken up; it is on disk already."""
        self._history = history
        self._tell(Staged())

    async def kept(self) -> None:
        """Wait until every step so far is on disk."""
        await wrap_future(self._writer.submit(lambda: None))

    async def forget(self) -> None:
        """Take what is staged off the disk: it goes into the database, and nothing could be written
        there that says so. The next step is kept again. Raises OSError.
        """

        def forgotten() -> None:
            log, self._log = self._log, None
            if log is not None:
                log.forget()

        await wrap_future(self._writer.submit(forgotten))

    def keep_again(self) -> None:
        """What is staged is on its way nowhere: keep it on disk, where that can be done."""
        if len(self.changes):
            self._keep(self.changes)

    def close(self) -> None:
        """Wait until every step is on disk; what is staged is offered on the next start. Later
        steps are not kept: of what is applied in this moment, the journal knows.
        """
        self._is_closed = True
        self._writer.shutdown(wait=True)
        if self._log is not None:
            self._log.close()
            self._log = None

    def _open(self, journal: EditJournal) -> StagedLog:
        if self._log is None:
            self._log = journal.keep_staged()
        return self._log

    def _keep(self, changes: ChangeSet) -> None:
        journal = self._journal
        if self._is_closed or journal is None or (self._log is None and not len(changes)):
            return

        def record() -> None:
            try:
                self._open(journal).record(changes)
            except OSError as error:
                self._unkept(error)
            else:
                self._failed = ""

        self._writer.submit(record)

    def _unkept(self, error: OSError) -> None:
        reason = error.strerror or str(error)
        if reason != self._failed:
            self._failed = reason
            self.on_unkept(reason)
