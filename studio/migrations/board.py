"""The whole look: a folder's projects, the databases they name, the histories found there.

`load_board` is what the command and the screen both call. It opens nothing itself: the caller gives
`connect`, which turns a target into a reader for as long as the `with` block lasts.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from studio.migrations import registry, targets
from studio.migrations.drift import drift_of
from studio.migrations.framework import Framework, Reading
from studio.migrations.history import Database, LiveTable, Reader
from studio.migrations.lint import hazards_of
from studio.migrations.project import Discovery, database_files, discover
from studio.migrations.status import recorded, unread
from studio.migrations.tree import never
from studio.model.catalog import TableRef
from studio.model.errors import StudioError
from studio.model.migration import Board, MigrationProject, MigrationStatus

Connect: TypeAlias = Callable[[str], AbstractContextManager[Reader]]
"""A target to a reader; raises StudioError when it cannot be opened."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to look at besides the states."""

    drift: bool = False
    replay: bool = False
    """For drift: allow SQL migrations to be replayed in a scratch of the server itself."""
    lint: bool = True


@dataclass(frozen=True, slots=True)
class _Read:
    """One project whose files are read."""

    framework: Framework
    project: MigrationProject
    reading: Reading


def load_board(
    folder: Path | None,
    connect: Connect,
    *,
    database: str | None = None,
    wishes: Wishes | None = None,
    stop: Callable[[], bool] = never,
) -> Board:
    """Every migration of `folder` in the databases its projects name, or in `database` instead.

    Without a folder only the histories of `database` are shown. Databases that cannot be opened are
    listed in the board, never raised. Blocking: call it in a thread, and let `stop` say when nobody
    wants the board any more; then it raises Stopped.
    """
    look = _Look(folder, connect, database, wishes or Wishes(), stop)
    return look.board()


class _Look:
    def __init__(
        self,
        folder: Path | None,
        connect: Connect,
        database: str | None,
        wishes: Wishes,
        stop: Callable[[], bool],
    ) -> None:
        self._folder = folder.absolute() if folder else None
        self._connect = connect
        self._database = database
        self._wishes = wishes
        self._stop = stop
        self._unreachable: list[str] = []
        self._notes: list[str] = list(registry.failures())

    def board(self) -> Board:
        """Files first, then each database once."""
        found = discover(self._folder, registry.frameworks(), self._stop) if self._folder else None
        reads = [self._read(f, p, found) for f, p in found.projects] if found else []
        self._notes.extend(found.notes if found else ())
        statuses: list[tuple[int, MigrationStatus]] = []
        for target, group in self._by_target(reads, found):
            statuses.extend(self._in_database(target, group, reads))
        done = {number for number, _ in statuses}
        for number, read in enumerate(reads):
            if number not in done:
                statuses.append((number, self._without_database(read)))
        statuses.sort(key=lambda pair: pair[0])
        return Board(
            self._folder,
            tuple(_without_wrong_guesses([status for _, status in statuses])),
            tuple(dict.fromkeys(self._notes)),
            tuple(self._unreachable),
        )

    @staticmethod
    def _read(framework: Framework, project: MigrationProject, found: Discovery) -> _Read:
        try:
            return _Read(framework, project, framework.read(project, found.tree))
        except (OSError, ValueError, RecursionError) as error:
            return _Read(framework, project, Reading((), (f"the files cannot be read: {error}.",)))

    def _by_target(
        self, reads: Sequence[_Read], found: Discovery | None
    ) -> Iterable[tuple[str, list[int]]]:
        """The databases to open, each with the projects that live there."""
        if self._database is not None:
            yield self._database, list(range(len(reads)))
            return
        groups: dict[str, list[int]] = {}
        homeless: list[int] = []
        for number, read in enumerate(reads):
            if read.project.url:
                groups.setdefault(read.project.url, []).append(number)
            else:
                homeless.append(number)
        # Where no configuration names a database, one that lies in the folder and holds this
        # tool's history is as good as certain.
        if found is not None and (homeless or not reads):
            for number in homeless:
                for path in database_files(reads[number].project.root, found.tree):
                    groups.setdefault(str(path), []).append(number)
            if not reads:
                groups.update((str(p), []) for p in database_files(found.tree.top, found.tree))
        yield from groups.items()

    def _in_database(
        self, target: str, group: Sequence[int], reads: Sequence[_Read]
    ) -> list[tuple[int, MigrationStatus]]:
        shown = targets.redacted(target)
        try:
            with self._connect(target) as reader:
                return self._histories(Database(reader), shown, group, reads)
        except StudioError as error:
            if any(reads[n].project.url for n in group) or self._database or not reads:
                self._unreachable.append(f"{shown}: {error}")
            return []

    def _histories(
        self, database: Database, shown: str, group: Sequence[int], reads: Sequence[_Read]
    ) -> list[tuple[int, MigrationStatus]]:
        tables = _claims(database, [reads[n] for n in group])
        result: list[tuple[int, MigrationStatus]] = []
        for number, table in zip(group, tables, strict=True):
            read = reads[number]
            is_certain = read.project.url is not None or self._database is not None
            if table is not None or is_certain:
                result.append((number, self._status(read, database, shown, table)))
        claimed = {table.ref for table in tables if table is not None}
        result.extend((len(reads), status) for status in _orphans(database, shown, claimed))
        return result

    def _status(
        self, read: _Read, database: Database, shown: str, table: LiveTable | None
    ) -> MigrationStatus:
        framework, project = read.framework, read.project
        rows = framework.applied(database.rows(table)) if table else ()
        notes = [*project.notes, *read.reading.notes]
        if table is None and project.table is not None:
            notes.append("the history table does not exist in this database: nothing is recorded.")
        elif table is not None and _is_elsewhere(project, table):
            notes.append(f"{project.table} is configured, but the history found is {table.ref}.")
        elif table is not None and project.url is None and self._database is None:
            notes = [n for n in notes if "--database" not in n]
            notes.append(f"assumed the database {Path(shown).name}, which holds this history.")
        status = MigrationStatus(
            framework.name,
            framework.entries(project, read.reading, rows),
            project,
            table.ref if table else project.table,
            table is not None,
            shown,
            framework.locks(table, database) if table else (),
            notes=tuple(dict.fromkeys(notes)),
            heads=read.reading.heads,
            apply_command=framework.apply_command(project),
        )
        return self._deepened(status, database)

    def _deepened(self, status: MigrationStatus, database: Database) -> MigrationStatus:
        reader = database.reader
        if self._wishes.lint:
            status = replace(status, hazards=hazards_of(status, reader))
        if self._wishes.drift:
            found, notes = drift_of(status, reader, replays=self._wishes.replay)
            status = replace(status, drift=found, notes=(*status.notes, *notes))
        return status

    def _without_database(self, read: _Read) -> MigrationStatus:
        project = read.project
        why = "The database was not read, so whether it is applied is not known."
        return MigrationStatus(
            read.framework.name,
            unread(read.reading.migrations, why),
            project,
            project.table,
            database=targets.redacted(project.url) if project.url else None,
            notes=(*project.notes, *read.reading.notes),
            heads=read.reading.heads,
            apply_command=read.framework.apply_command(project),
        )


def _claims(database: Database, reads: Sequence[_Read]) -> list[LiveTable | None]:
    """Which history belongs to which project: configured tables first, then by what fits best."""
    taken: dict[TableRef, int] = {}
    result: list[LiveTable | None] = [None] * len(reads)
    for number, read in enumerate(reads):
        table = database.find(read.project.table) if read.project.table else None
        if table is not None and _accepts(read.framework, table, database, is_named=True):
            shared = taken.get(table.ref)
            if shared is None or reads[shared].framework is read.framework:
                result[number] = table
                taken[table.ref] = number
    for number, read in enumerate(reads):
        if result[number] is None:
            free = [t for t in database.tables if t.ref not in taken]
            result[number] = _best(read, free, database)
            if (table := result[number]) is not None:
                taken[table.ref] = number
    return result


def _accepts(framework: Framework, table: LiveTable, database: Database, *, is_named: bool) -> bool:
    if framework.recognises(table, database):
        return True
    return is_named and framework.history.fits_columns(table)


def _best(read: _Read, free: Sequence[LiveTable], database: Database) -> LiveTable | None:
    """Of the unclaimed histories of this tool, the one that knows most of its migrations."""
    keys = {m.key for m in read.reading.migrations}
    scored: list[tuple[int, LiveTable]] = []
    for table in free:
        if read.framework.recognises(table, database):
            rows = database.rows(table)
            if _is_usual(read.framework, table) or read.framework.plausible(rows):
                scored.append((len(keys & {r.key for r in read.framework.applied(rows)}), table))
    if not scored:
        return None
    score, table = max(scored, key=lambda pair: pair[0])
    is_only_choice = len(scored) == 1 and not read.project.table_is_explicit
    return table if score or is_only_choice else None


def _is_elsewhere(project: MigrationProject, table: LiveTable) -> bool:
    named = project.table if project.table_is_explicit else None
    return named is not None and named.name != table.ref.name


def _is_usual(framework: Framework, table: LiveTable) -> bool:
    return table.ref.name.lower() in framework.default_names


def _orphans(database: Database, shown: str, claimed: set[TableRef]) -> Iterable[MigrationStatus]:
    """Histories no project here explains."""
    for table in database.tables:
        if table.ref in claimed:
            continue
        for framework in registry.frameworks():
            if not framework.recognises(table, database):
                continue
            rows = database.rows(table)
            if not _is_usual(framework, table) and not (rows and framework.plausible(rows)):
                continue
            applied = sorted(framework.applied(rows), key=lambda row: framework.order(row.key))
            yield MigrationStatus(
                framework.name,
                tuple(recorded(row) for row in applied),
                history=table.ref,
                history_exists=True,
                database=shown,
                locks=framework.locks(table, database),
            )
            break


def _without_wrong_guesses(statuses: Sequence[MigrationStatus]) -> Iterable[MigrationStatus]:
    """Two tools may claim one folder by its file names: the one whose history is there is right."""
    proven = {
        folder
        for status in statuses
        if status.project is not None and status.history_exists
        for folder in status.project.folders
    }
    seen: set[Path] = set()
    for status in statuses:
        project = status.project
        is_unproven = project is not None and project.guessed and not status.history_exists
        if project is not None and is_unproven and _any_in(project.folders, proven | seen):
            continue
        if project is not None:
            seen.update(project.folders)
        yield status


def _any_in(folders: Iterable[Path], known: set[Path]) -> bool:
    return any(folder in known for folder in folders)
