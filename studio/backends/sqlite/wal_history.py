"""A WAL's commits, asked of the process apart."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from studio.backends.halves.wal_history import Progress, RowCounts, never
from studio.backends.sqlite import helper, past
from studio.backends.sqlite.deciding import OpeningMode, wal_must_belong
from studio.backends.sqlite.looking import look
from studio.backends.sqlite.opening import IDLE_CLOSE_S, SQLiteOpening, file_uri
from studio.backends.sqlite.private import PrivateFolder
from studio.backends.target import Opening, Target
from studio.model.errors import ConfigInvalid, ConnectFailed, Refused
from studio.wal import changes, remains
from studio.wal.changes import Changes
from studio.wal.journal import Undo
from studio.wal.probe import Probe, as_one_file, with_users
from studio.wal.probe import unpacked as unpacked_probe
from studio.wal.remains import Remains
from studio.wal.report import WalReport, unpacked
from studio.wal.wanted import Saving


class SQLiteWalHistory:
    """The half of that name."""

    def __init__(self, *, stays: bool = False) -> None:
        self._stays = stays
        self._reader: helper.ReaderProcess | None = None
        self._path: Path | None = None
        """The real file, once a report was read."""
        self._salt = ""
        """Of the round of the WAL that it listed: in another, its numbers are other commits."""

    def staying(self) -> "SQLiteWalHistory":
        """The same with a process that stays."""
        return SQLiteWalHistory(stays=True)

    def stop(self) -> None:
        """End what is read now."""
        if self._reader is not None:
            self._reader.stop()

    def close(self) -> None:
        """Let the process go."""
        self._path = None
        if self._reader is not None:
            self._reader.close()

    def _ask(self, path: Path, *question: str) -> dict[str, Any]:
        reader = self._kept(path)
        return helper.ask_wal(path, *question) if reader is None else reader.ask(*question)

    def _kept(self, path: Path) -> helper.ReaderProcess | None:
        """The process that stays, of one that does: it reads that file, and no other."""
        if self._stays and (self._reader is None or self._reader.path != path):
            if self._reader is not None:
                self._reader.close()
            self._reader = helper.ReaderProcess(path)
        return self._reader

    def _looker(self) -> Callable[[Path], Probe] | None:
        """The process that is there: starting another takes the processor from the program whose
        database it is.
        """
        reader = self._reader
        if reader is None or self._path is None:
            return None
        return lambda named: unpacked_probe(reader.ask("--probe", str(named)))

    def _changes(self, target: Target, question: list[str], table: str | None) -> Changes:
        only = [] if table is None else [table]
        # A page that stays has looked when it read its report, and looks again when files move.
        path = self._path or Path(looked_at(target).path)
        return changes.unpacked(self._ask(path, *helper.of_round(self._salt), *question, *only))

    def report(self, target: Target) -> tuple[Probe, WalReport]:
        """What lies there, every commit in the WAL, and what a journal would undo that was left."""
        found = looked_at(target, self._looker())
        path = Path(found.path)
        self._path = path if self._stays else None
        report = unpacked(self._ask(path, "--report"))
        header = report.header
        self._salt = "".join(header.salt) if self._stays and header is not None else ""
        if found.journal_left:
            report = replace(report, journal=Undo(**self._ask(path, "--journal")))
        return found, report

    def users(self, target: Target, found: Probe) -> Probe:
        """The same with who uses it by now."""
        del target
        return with_users(found, self._ask(Path(found.path), "--users"))

    def rows_of_commit(self, target: Target, commit: int, table: str | None = None) -> Changes:
        """The rows a commit changed, by table."""
        return self._changes(target, ["--commit", str(commit)], table)

    def row_counts(self, target: Target, commits: Sequence[int]) -> RowCounts:
        """How many rows some commits changed."""
        path = self._path or Path(looked_at(target).path)
        question = [*helper.of_round(self._salt), "--counts", *map(str, commits)]
        found = self._ask(path, *question)
        return {int(commit): rows for commit, rows in found.items() if rows is not None}

    def rows_between(
        self, target: Target, first: int, second: int, table: str | None = None
    ) -> Changes:
        """The rows that are different in the second of two commits."""
        return self._changes(target, ["--between", str(first), str(second)], table)

    def rows_to_undo(self, target: Target, table: str | None = None) -> Changes:
        """The rows that a journal would undo that was left."""
        return self._changes(target, ["--undone"], table)

    def deleted_rows(self, target: Target) -> Remains:
        """Deleted rows whose bytes can still be read."""
        return remains.unpacked(self._ask(Path(looked_at(target).path), "--deleted"))

    def save_state(self, target: Target, commit: int, output: Path, ask: Progress = never) -> int:
        """Write the database as of a commit to a new file; its bytes."""
        if not output.parent.is_dir():
            raise ConfigInvalid(
                f"there is no folder {output.parent}: make it, or name another file"
            )
        path = self._path or Path(looked_at(target).path)
        how, reader = Saving(salt=self._salt), self._kept(path)
        return helper.save_state(path, commit, output.absolute(), ask, how, reader=reader)

    def visit(self, target: Target, commit: int, ask: Progress = never) -> Opening:
        """The whole database as of a commit: its pages in place until a private copy is whole, or
        that copy.
        """
        folder, started = PrivateFolder(), time.monotonic()
        copy = folder.path / past.NAME
        path = self._path or Path(looked_at(target).path)
        question = [*helper.of_round(self._salt), "--places", str(commit)]
        places = past.unpacked(commit, self._ask(path, *question))
        pages = past.in_place(path, places, folder, self._kept(path))
        if pages is None:
            self._copy(path, commit, copy, places.salt, ask)
        then = f"{target.shown} as of commit {commit}"
        return SQLiteOpening(
            target=replace(target, address=str(copy), shown=then, read_only=True),
            label=Path(then).name,
            how="",
            why=f"every page is read as it was after commit {commit}",
            writable=False,
            not_writable_because=f"this is {Path(then).name}: nothing changes what was",
            read_only_word="the past",
            idle_close_s=None if pages is None else IDLE_CLOSE_S,
            path=copy,
            uri=file_uri(copy, "mode=ro&immutable=1") if pages is None else pages.uri,
            way=OpeningMode.PAST,
            # Nobody else has it open, and nobody here yet.
            probe=as_one_file(copy, places.first, places.size),
            opened_at=time.monotonic(),
            copy_s=time.monotonic() - started,
            kept=folder,
            past=pages,
        )

    def _copy(self, path: Path, commit: int, copy: Path, salt: str, ask: Progress) -> None:
        try:
            how, reader = Saving(is_fleeting=True, salt=salt), self._kept(path)
            helper.save_state(path, commit, copy, ask, how, reader=reader)
        except ConfigInvalid as error:
            raise Refused(f"{error}. Set TMPDIR to a folder with more room") from error
        past.say_wal(copy)

    def follow(self, target: Target) -> Iterator[dict[str, Any]]:
        """Commits as they happen."""
        return helper.follow_wal(Path(looked_at(target).path))


def looked_at(target: Target, ask: Callable[[Path], Probe] | None = None) -> Probe:
    """A database whose WAL can be read; `ask` as in `look`. Raises ConnectFailed, Refused, Busy."""
    if target.address == ":memory:":
        raise ConnectFailed("a database in memory has no WAL: name a file")
    found = look(Path(target.address), target.shown, ask)
    wal_must_belong(found, target.shown)
    if not found.wal_readable:
        raise Refused(
            f"the -wal beside {target.shown} is not readable to you: ask its owner for read "
            "access to all three files"
        )
    return found
