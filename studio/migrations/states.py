"""Files against the databases they belong to: the state of every migration, and what to fear.

Each database is opened once, read once and closed; what drift needs later is kept as a value.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from studio.backends.halves.syntax import syntax_of
from studio.migrations.claims import KnownHistories, claims, histories, orphans
from studio.migrations.faults import faults_of, gaps_of
from studio.migrations.folder import FolderFiles, ProjectFiles
from studio.migrations.history import Database, HistoryReader, LiveSchema, LiveTable
from studio.migrations.lint import hazards_of
from studio.migrations.reading import targets
from studio.migrations.reading.tree import Stopped, never
from studio.migrations.scripts import Scripts
from studio.migrations.standing import with_standing
from studio.migrations.status import unread
from studio.model.errors import StudioError
from studio.model.migration import Board, BoardEntry, MigrationState, MigrationStatus
from studio.model.notes import (
    DatabaseAssumed,
    DatabaseUnknown,
    DatabaseUnread,
    HistoryAbsent,
    HistoryElsewhere,
    Note,
    OtherDatabase,
)

Connect: TypeAlias = Callable[[str], AbstractContextManager[HistoryReader]]
"""A target to a reader; raises StudioError when it cannot be opened."""


@dataclass(frozen=True, slots=True)
class ProjectStates:
    """One project's states, and the schema of the database they were read in."""

    status: MigrationStatus
    live: LiveSchema | None = None
    """None when no database was read, or no project is there to be compared with it."""


@dataclass(frozen=True, slots=True)
class States:
    """Every project of a folder in its database."""

    folder: Path | None
    projects: tuple[ProjectStates, ...]
    notes: tuple[Note, ...] = ()
    unreachable: tuple[str, ...] = ()

    @property
    def board(self) -> Board:
        """What is shown of it."""
        statuses = tuple(each.status for each in self.projects)
        return Board(self.folder, statuses, self.notes, self.unreachable)


@dataclass(frozen=True, slots=True)
class FolderScope:
    """Which part of a folder is read."""

    database: str | None = None
    """This one, instead of those the projects name."""
    only: Callable[[ProjectFiles], bool] = lambda _files: True
    """Whose database is opened; projects beside it are read too, since they share histories."""
    lints: Callable[[MigrationStatus], bool] = lambda _status: True
    """Whose waiting migrations are looked through: that counts rows."""


EVERYTHING = FolderScope()


def read_states(
    files: FolderFiles,
    connect: Connect,
    scope: FolderScope = EVERYTHING,
    stop: Callable[[], bool] = never,
) -> States:
    """The states of the projects in their databases; those without one are told from files alone.

    Databases that cannot be opened are listed, never raised. Raises Stopped once `stop` says so.
    Blocking.
    """
    return _Look(files, connect, scope, stop).states()


class _Look:
    def __init__(
        self, files: FolderFiles, connect: Connect, scope: FolderScope, stop: Callable[[], bool]
    ) -> None:
        self._files = files
        self._connect = connect
        self._scope = scope
        self._stop = stop
        self._unreachable: list[str] = []

    def states(self) -> States:
        """Each database once, then what has none."""
        projects = self._files.projects
        found: list[tuple[int, ProjectStates]] = []
        for target, group in self._by_target():
            if not projects or any(self._scope.only(projects[n]) for n in group):
                found.extend(self._in_database(target, group))
        done = {number for number, _ in found}
        for number, files in enumerate(projects):
            if number not in done and self._scope.only(files):
                found.append((number, ProjectStates(_without_database(files))))
        found.sort(key=lambda pair: pair[0])
        return States(
            self._files.folder,
            tuple(_without_wrong_guesses([states for _, states in found])),
            self._files.notes,
            tuple(self._unreachable),
        )

    def _by_target(self) -> Iterable[tuple[str, list[int]]]:
        """The databases to open, each with the projects that live there."""
        projects = self._files.projects
        if self._scope.database is not None:
            yield self._scope.database, list(range(len(projects)))
            return
        groups: dict[str, list[int]] = {}
        homeless: list[int] = []
        for number, files in enumerate(projects):
            if files.project.url:
                groups.setdefault(files.project.url, []).append(number)
            else:
                homeless.append(number)
        # Where no configuration names a database, one that lies in the folder and holds this
        # tool's history is as good as certain.
        for number in homeless:
            for path in self._files.databases[projects[number].project.root]:
                groups.setdefault(str(path), []).append(number)
        if not projects and self._files.folder is not None:
            groups.update((str(path), []) for path in self._files.databases[self._files.folder])
        yield from groups.items()

    def _in_database(self, target: str, group: Sequence[int]) -> list[tuple[int, ProjectStates]]:
        if self._stop():
            raise Stopped
        projects = self._files.projects
        shown = targets.redacted(target)
        try:
            with self._connect(target) as reader:
                return self._histories(Database(reader), target, group)
        except StudioError as error:
            is_named = any(projects[n].project.url for n in group)
            if is_named or self._scope.database or not projects:
                self._unreachable.append(f"{shown}: {error}")
            return []

    def _histories(
        self, database: Database, target: str, group: Sequence[int]
    ) -> list[tuple[int, ProjectStates]]:
        projects = self._files.projects
        shown = targets.redacted(target)
        known = KnownHistories(database)
        claimed = claims(known, target, [projects[n] for n in group], self._files.folder)
        reader = database.reader
        live = LiveSchema(
            reader.backend,
            reader.catalog(),
            histories(known),
            reader.scratch,
            reader.printing,
            reader.extras,
        )
        found: list[tuple[int, ProjectStates]] = []
        for number, claim in zip(group, claimed, strict=True):
            files = projects[number]
            is_certain = files.project.url is not None or self._scope.database is not None
            if claim.stranger and is_certain:
                status = _from_files(files, OtherDatabase(claim.stranger), is_stranger=True)
                found.append((number, ProjectStates(status)))
            elif claim.table is not None or is_certain:
                status = self._status(files, database, shown, claim.table)
                scripts = Scripts(status.framework, syntax_of(live.backend))
                status = with_standing(status, live.catalog, scripts)
                status = self._linted(status, reader, scripts)
                found.append((number, ProjectStates(status, live)))
        # No project declares what a lone history should have made: there is nothing to compare.
        lone = orphans(known, shown, (c.table.ref for c in claimed if c.table is not None))
        found.extend((len(projects), ProjectStates(status)) for status in lone)
        return found

    def _linted(
        self, status: MigrationStatus, reader: HistoryReader, scripts: Scripts
    ) -> MigrationStatus:
        if not self._scope.lints(status):
            return status
        return replace(status, hazards=hazards_of(status, reader, scripts))

    def _status(
        self, files: ProjectFiles, database: Database, shown: str, table: LiveTable | None
    ) -> MigrationStatus:
        framework, project = files.framework, files.project
        rows = framework.applied(database.rows(table)) if table else ()
        entries = framework.entries(project, files.reading, rows)
        notes = [*project.notes, *files.reading.notes, *gaps_of(files.reading)]
        named = project.table if project.table_is_explicit else None
        if table is None and project.table is not None:
            notes.append(HistoryAbsent())
        elif table is not None and named is not None and named.name != table.ref.name:
            notes.append(HistoryElsewhere(named, table.ref))
        elif table is not None and project.url is None and self._scope.database is None:
            notes = [n for n in notes if not isinstance(n, DatabaseUnknown)]
            notes.append(DatabaseAssumed(Path(shown).name))
        return MigrationStatus(
            framework.name,
            entries,
            project,
            table.ref if table else project.table,
            table is not None,
            shown,
            framework.locks(table, database) if table else (),
            notes=tuple(dict.fromkeys(notes)),
            heads=files.reading.heads,
            faults=faults_of(files.reading),
            apply_command=_offered(files, entries),
            title=framework.title or framework.name,
        )


def _without_database(files: ProjectFiles) -> MigrationStatus:
    status = _from_files(files, DatabaseUnread())
    url = files.project.url
    return replace(status, database=targets.redacted(url) if url else None)


def _from_files(files: ProjectFiles, why: Note, *, is_stranger: bool = False) -> MigrationStatus:
    """What the files alone say; `why` no database was compared."""
    framework, project = files.framework, files.project
    notes = [*project.notes, *files.reading.notes, *gaps_of(files.reading)]
    if is_stranger:
        notes = [note for note in notes if not isinstance(note, DatabaseUnknown)]
    return MigrationStatus(
        framework.name,
        unread(framework.entries(project, files.reading, ())),
        project,
        project.table,
        notes=(*notes, why) if files.reading.migrations else tuple(notes),
        heads=files.reading.heads,
        faults=faults_of(files.reading),
        apply_command=_offered(files),
        title=framework.title or framework.name,
        is_stranger=is_stranger,
    )


def _offered(files: ProjectFiles, entries: Sequence[BoardEntry] = ()) -> str:
    """The tool's command; none where the tool would stop at the files, or at what is missing."""
    stops_at_missing = files.framework.stops_at_missing and any(
        entry.state is MigrationState.MISSING_FILE for entry in entries
    )
    is_refused = files.reading.is_refused or stops_at_missing
    return "" if is_refused else files.framework.apply_command(files.project)


def _without_wrong_guesses(found: Sequence[ProjectStates]) -> Iterable[ProjectStates]:
    """Two tools may claim one folder by its file names: the one whose history is there is right."""
    proven = {
        folder
        for states in found
        if states.status.project is not None and states.status.history_exists
        for folder in states.status.project.folders
    }
    seen: set[Path] = set()
    for states in found:
        project = states.status.project
        is_unproven = project is not None and project.guessed and not states.status.history_exists
        if project is not None and is_unproven and _any_in(project.folders, proven | seen):
            continue
        if project is not None:
            seen.update(project.folders)
        yield states


def _any_in(folders: Iterable[Path], known: set[Path]) -> bool:
    return any(folder in known for folder in folders)
