"""Which history table of a database is whose: a project's, or nobody's here."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.migrations import registry
from studio.migrations.folder import ProjectFiles
from studio.migrations.framework import Framework
from studio.migrations.history import Database, LiveTable
from studio.migrations.likeness import Likeness, likeness
from studio.migrations.places import same_place
from studio.migrations.reading.dialects import engine_of, runs_on, written_for
from studio.migrations.reading.files import shown_path
from studio.migrations.status import recorded
from studio.model.catalog import TableRef
from studio.model.migration import MigrationStatus


@dataclass(frozen=True, slots=True)
class Claim:
    """What a database is to one project."""

    table: LiveTable | None = None
    """Its history; None where it has none here yet."""
    stranger: str = ""
    """Why the database is another project's, as a clause; empty where it is this one's."""


def claims(
    known: "KnownHistories", address: str, projects: Sequence[ProjectFiles], top: Path | None = None
) -> list[Claim]:
    """Each project's claim: configured tables first, then by what fits best.

    Several that claim one table have it as far as its rows are theirs. Where the database is known
    to be somebody's, one that nothing connects with it is a stranger.
    """
    return _Claims(known, address, projects, top).settled()


class KnownHistories:
    """Which tools recognise which tables of a database, asked once of each."""

    def __init__(self, database: Database) -> None:
        self.database = database
        tools = registry.frameworks()
        alike: dict[frozenset[str], list[Framework]] = {}
        self._of: dict[TableRef, list[Framework]] = {}
        self._tables: list[LiveTable] = []
        for table in database.tables:
            names = table.names
            if names not in alike:
                # Nearly no table is a history: those with the same columns are the same to a tool
                # that goes by them alone.
                alike[names] = [t for t in tools if t.may_recognise(table)]
            recognising = [t for t in alike[names] if t.recognises(table, database)]
            if recognising:
                self._of[table.ref] = recognising
                self._tables.append(table)

    @property
    def tables(self) -> Sequence[LiveTable]:
        """Those that any tool recognises."""
        return self._tables

    def of(self, table: LiveTable) -> Sequence[Framework]:
        """The tools whose history it can be, in their order."""
        return self._of.get(table.ref, ())


class _Claims:
    def __init__(
        self,
        known: KnownHistories,
        address: str,
        projects: Sequence[ProjectFiles],
        top: Path | None,
    ) -> None:
        self._known = known
        self._database = database = known.database
        self._engine = engine_of(database.reader.engine) or database.reader.engine
        self._projects = projects
        self._top = top
        self._names_it = [_names(files, address) for files in projects]
        self._strangers: dict[int, str] = {}
        self._tables: dict[int, LiveTable] = {}

    def settled(self) -> list[Claim]:
        """One per project."""
        for number, files in enumerate(self._projects):
            dialect = written_for(files.project, files.reading, self._top)
            if dialect and dialect != self._engine:
                self._strangers[number] = f"its migrations are for {dialect}"
        self._configured()
        self._by_likeness()
        for number in self._left():
            taken = {table.ref for table in self._tables.values()}
            free = [t for t in self._known.tables if t.ref not in taken]
            if (table := _best(self._projects[number], free, self._known)) is not None:
                self._tables[number] = table
        self._without_tie()
        return [
            Claim(stranger=self._strangers[number])
            if number in self._strangers
            else Claim(self._tables.get(number))
            for number in range(len(self._projects))
        ]

    def _left(self) -> list[int]:
        known = self._strangers.keys() | self._tables.keys()
        return [number for number in range(len(self._projects)) if number not in known]

    def _configured(self) -> None:
        taken: dict[TableRef, Framework] = {}
        for number in self._left():
            files = self._projects[number]
            table = self._database.find(files.project.table) if files.project.table else None
            if table is None or not _accepts(files.framework, table, self._database):
                continue
            if taken.setdefault(table.ref, files.framework) is files.framework:
                self._tables[number] = table

    def _by_likeness(self) -> None:
        """Of several folders that claim one table, those whose rows are in it keep it."""
        groups: dict[TableRef, list[int]] = {}
        for number, table in self._tables.items():
            groups.setdefault(table.ref, []).append(number)
        for group in groups.values():
            if len({self._projects[n].project.folders for n in group}) > 1:
                self._share(group)

    def _share(self, group: Sequence[int]) -> None:
        likenesses = {n: self._likeness(n) for n in group}
        if not any(alike.rows for alike in likenesses.values()):
            self._share_unlike(group, is_empty=not self._database.rows(self._tables[group[0]]))
            return
        explained: set[str] = set()
        owners: list[int] = []

        def worst_last(number: int) -> tuple[int, bool]:
            alike = likenesses[number]
            return alike.lost - alike.score, not self._names_it[number]

        for number in sorted(group, key=worst_last):
            folders = self._projects[number].project.folders
            is_same = any(self._projects[o].project.folders == folders for o in owners)
            if is_same or (likenesses[number].rows - explained and likenesses[number].score > 0):
                owners.append(number)
                explained |= likenesses[number].rows
        for number in set(group) - set(owners):
            table = self._tables.pop(number)
            self._strangers[number] = f"{table.ref} holds the history of {self._called(owners)}"

    def _share_unlike(self, group: Sequence[int], *, is_empty: bool) -> None:
        """No row is anybody's: then who names the database, else all where nothing is recorded."""
        named = [n for n in group if self._names_it[n]]
        for number in group:
            if number in named or (is_empty and not named):
                continue
            table = self._tables.pop(number)
            owner = f"the history of {self._called(named)}" if named else "another history"
            self._strangers[number] = f"{table.ref} holds {owner}"

    def _likeness(self, number: int) -> Likeness:
        files = self._projects[number]
        return likeness(files, self._database, self._tables[number])

    def _called(self, owners: Sequence[int]) -> str:
        """Whose history it is, in a few words."""
        if not owners:
            return "another project"
        project = self._projects[owners[0]].project
        return shown_path((project.folders or (project.root,))[0], self._top)

    def _without_tie(self) -> None:
        """Where somebody is at home, the others need more than being found in the same folder."""
        home = [
            number
            for number in range(len(self._projects))
            if number not in self._strangers and (number in self._tables or self._names_it[number])
        ]
        fitting = home or [n for n in self._left() if self._runs_here(n) is True]
        for number in self._left():
            if number in fitting or self._names_it[number] or not fitting:
                continue
            url = self._projects[number].project.url
            if url is not None:
                self._strangers[number] = "its configuration names another one"
            elif self._runs_here(number) is False:
                client = runs_on(self._projects[number].project)
                self._strangers[number] = f"its configuration is for {client}"
            elif home:
                self._strangers[number] = f"it is that of {self._called(home)}"

    def _runs_here(self, number: int) -> bool | None:
        """Whether its configuration is for this engine; None when it does not say."""
        project, reading = self._projects[number].project, self._projects[number].reading
        engine = written_for(project, reading, self._top) or runs_on(project)
        return engine == self._engine if engine else None


def _names(files: ProjectFiles, address: str) -> bool:
    url = files.project.url
    return url is not None and (url == address or same_place(url, address))


def orphans(
    known: KnownHistories, shown: str, claimed: Iterable[TableRef]
) -> Iterator[MigrationStatus]:
    """Histories no project here explains."""
    database, explained = known.database, frozenset(claimed)
    for table in known.tables:
        if table.ref in explained:
            continue
        for framework in known.of(table):
            rows = database.rows(table)
            if not _is_usual(framework, table) and not (rows and framework.plausible(rows)):
                continue
            yield _orphan(framework, table, database, shown)
            break


def histories(known: KnownHistories) -> frozenset[TableRef]:
    """The tables that are a migration tool's own history, by their names and columns."""
    return frozenset(
        table.ref
        for table in known.tables
        if any(_is_usual(framework, table) for framework in known.of(table))
    )


def _orphan(
    framework: Framework, table: LiveTable, database: Database, shown: str
) -> MigrationStatus:
    rows = framework.in_order(framework.applied(database.rows(table)))
    return MigrationStatus(
        framework.name,
        tuple(recorded(row) for row in rows),
        history=table.ref,
        history_exists=True,
        database=shown,
        locks=framework.locks(table, database),
        title=framework.title or framework.name,
    )


def _accepts(framework: Framework, table: LiveTable, database: Database) -> bool:
    return framework.recognises(table, database) or framework.history.fits_columns(table)


def _best(
    files: ProjectFiles, free: Sequence[LiveTable], known: KnownHistories
) -> LiveTable | None:
    """Of the unclaimed histories of this tool, the one that knows most of its migrations."""
    keys = {m.key for m in files.reading.migrations}
    scored: list[tuple[int, LiveTable]] = []
    for table in free:
        if files.framework in known.of(table):
            rows = known.database.rows(table)
            if _is_usual(files.framework, table) or files.framework.plausible(rows):
                scored.append((len(keys & {r.key for r in files.framework.applied(rows)}), table))
    if not scored:
        return None
    score, table = max(scored, key=lambda pair: pair[0])
    is_only_choice = len(scored) == 1 and not files.project.table_is_explicit
    return table if score or is_only_choice else None


def _is_usual(framework: Framework, table: LiveTable) -> bool:
    return table.ref.name.lower() in framework.default_names
