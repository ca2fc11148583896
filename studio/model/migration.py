"""Migrations: what a project's files say, what a database recorded, what both mean together."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from studio.model.catalog import TableRef
from studio.model.notes import DriftUnknown, Note, ReplayNotAllowed


class MigrationState(StrEnum):
    """What can be said of one migration in one database."""

    APPLIED = "applied"
    CHANGED = "changed"
    """Recorded as done, but the file is no longer what ran, by the tool's own checksum rule."""
    MISSING_FILE = "missing-file"
    PENDING = "pending"
    OUT_OF_ORDER = "out-of-order"
    """Not recorded, and older than the newest one that is."""
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"
    ORPHAN_FILE = "orphan-file"
    """Looks like a migration, but the tool's own index does not list it."""
    RECORDED = "recorded"
    """In the history table, and there is no place here where its file could be."""
    UNKNOWN = "unknown"

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits to be done about it."""
        return self in {MigrationState.APPLIED, MigrationState.RECORDED}


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration as its file or the tool's index describes it; never executed."""

    id: str
    key: str
    """What the history table holds for it."""
    path: Path | None = None
    title: str = ""
    checksum: str | None = None
    """By the tool's own rule; None when the tool keeps none, or it cannot be computed here."""
    also_accepted: tuple[str, ...] = ()
    """Other checksums the tool takes for the same file."""
    parents: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    """Keys of the migrations a squashed one stands for."""
    reversible: bool | None = None
    """Whether it says how to go back; None when that cannot be told."""
    listed: bool = True
    """False when the tool's own index does not know the file."""
    problem: str = ""
    """Why the file is not usable, as a clause."""


@dataclass(frozen=True, slots=True)
class AppliedMigration:
    """One migration as the rows of a history table tell it."""

    key: str
    at: str | None = None
    """ISO 8601; with an offset only where the tool stores one."""
    checksum: str | None = None
    succeeded: bool = True
    rolled_back: bool = False
    by: str = ""
    duration_ms: float | None = None
    detail: str = ""
    """What the tool wrote down about a failure; text of the database, not to be trusted."""
    label: str = ""
    """What to call it where its file is not known; the key when empty."""
    name: str = ""
    """A second name the row holds, for tools that match by more than the key."""
    generated_at: str | None = None
    """When the migration was written, for tools that record this and not when it ran."""


@dataclass(frozen=True, slots=True)
class BoardEntry:
    """One line of the board."""

    id: str
    state: MigrationState
    note: str = ""
    """The reason in one sentence, and what the tool will do about it."""
    applied_at: str | None = None
    path: Path | None = None
    migration: Migration | None = None
    applied: AppliedMigration | None = None
    standing: tuple[str, ...] = ()
    """Tables it would make that are there already, of a migration that is pending."""
    stands_in_the_way: bool = False
    """Whether it fails on those; one that asks first passes over them."""


@dataclass(frozen=True, slots=True)
class MigrationProject:
    """A folder some tool keeps migrations for, as its static configuration describes it."""

    framework: str
    root: Path
    """Where the tool's command is run."""
    folders: tuple[Path, ...]
    """Where the migrations are."""
    config: Path | None = None
    table: TableRef | None = None
    """The history table by configuration or by default."""
    table_is_explicit: bool = False
    url: str | None = field(default=None, repr=False)
    """The database the configuration names, as a studio target; may hold a password."""
    guessed: bool = False
    """Claimed by the shape of its files only; another tool may fit as well."""
    settings: tuple[tuple[str, str], ...] = ()
    """More literals of the configuration that the tool's rules need."""
    notes: tuple[Note, ...] = ()
    """What could not be determined, and what was assumed instead."""

    def setting(self, name: str, default: str = "") -> str:
        """The value of one setting."""
        return dict(self.settings).get(name, default)


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between the schema the project declares and the one the database has."""

    kind: str
    """extra_table, missing_column, type, nullability, default, missing_index, …"""
    object: str
    """`schema.table`, `schema.table.column` or `schema.table.index`."""
    declared: str = ""
    database: str = ""
    statement: str = ""
    """SQL that would make the database what is declared: to be read, never run."""
    loses_data: bool = False
    """Whether running it could lose values; then its first line says so and what else to do."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something about a pending migration one would rather know before it runs."""

    rule: str
    migration: str
    says: str
    line: int = 0
    """Of the migration's file, from 1; 0 for the whole file."""


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """One project's migrations in one database, or one history table nobody's files explain."""

    framework: str
    entries: tuple[BoardEntry, ...]
    project: MigrationProject | None = None
    history: TableRef | None = None
    history_exists: bool = False
    database: str | None = None
    """Without its password."""
    locks: tuple[str, ...] = ()
    """Locks the tool has taken in the database, each as a sentence."""
    drift: tuple[Drift, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    notes: tuple[Note, ...] = ()
    faults: tuple[str, ...] = ()
    """What the files alone say is wrong, each as a sentence."""
    heads: tuple[str, ...] = ()
    """The ends of the files' graph, for tools that want one only; () where that is no question."""
    apply_command: str = ""
    title: str = ""
    """The framework's name as its makers write it."""
    is_stranger: bool = False
    """Whether the database that was read is another project's: nothing was compared."""

    def count(self, state: MigrationState) -> int:
        """How many entries are in `state`."""
        return sum(entry.state is state for entry in self.entries)

    @property
    def is_pushed(self) -> bool:
        """Whether the schema was made past the history: what waits is there already."""
        return any(entry.standing for entry in self.entries)

    @property
    def way_to_apply(self) -> str:
        """The command, where something waits and nothing known stands in its way; else empty."""
        waits = {MigrationState.PENDING, MigrationState.OUT_OF_ORDER, MigrationState.ROLLED_BACK}
        states = {entry.state for entry in self.entries}
        is_stopped = MigrationState.FAILED in states or any(
            entry.stands_in_the_way for entry in self.entries
        )
        return "" if is_stopped or not states & waits else self.apply_command

    @property
    def expected(self) -> tuple[BoardEntry, ...]:
        """The migrations whose work should be there: those that ran, of a pushed schema all."""
        wanted = {MigrationState.APPLIED, MigrationState.CHANGED}
        if self.is_pushed:
            wanted |= {MigrationState.PENDING, MigrationState.OUT_OF_ORDER}
        return tuple(entry for entry in self.entries if entry.state in wanted)

    @property
    def is_drift_known(self) -> bool:
        """False where drift was asked for and nothing of the project was compared."""
        is_compared = not any(isinstance(n, DriftUnknown | ReplayNotAllowed) for n in self.notes)
        return is_compared or self.is_stranger or self.project is None

    @property
    def is_settled(self) -> bool:
        """Whether every migration is applied and unchanged and nothing has drifted.

        Of a stranger to the database: whether its files alone tell of nothing to be done.
        """
        unknown = MigrationState.UNKNOWN if self.is_stranger else None
        return not (self.drift or self.faults) and all(
            entry.state.is_settled or entry.state is unknown for entry in self.entries
        )


@dataclass(frozen=True, slots=True)
class Board:
    """Every project and history found for one folder and its databases."""

    folder: Path | None
    projects: tuple[MigrationStatus, ...]
    notes: tuple[Note, ...] = ()
    unreachable: tuple[str, ...] = ()
    """Databases that could not be opened, each as a sentence."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits anywhere."""
        return all(project.is_settled for project in self.projects)

    @property
    def is_drift_known(self) -> bool:
        """Whether every drift that was asked for was compared."""
        return all(project.is_drift_known for project in self.projects)
