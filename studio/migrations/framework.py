"""What a migration tool is to studio: static rules over files and rows.

Nothing here connects or runs.
A third party ships a subclass of `Framework` under the entry point group `studio.migrations`.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeAlias

from studio.migrations.declarations.places import Declarations
from studio.migrations.drift.declared.schema import DeclaredSchema
from studio.migrations.history import Database, HistoryShape, LiveTable, Row
from studio.migrations.reading.tree import FolderTree
from studio.migrations.rules import NextSteps as NextSteps
from studio.migrations.rules import Order as Order
from studio.migrations.status import compare
from studio.model.catalog import Table
from studio.model.migration import (
    AppliedMigration,
    BoardEntry,
    Migration,
    MigrationProject,
    MigrationStatus,
)
from studio.model.notes import Note

_NUMBER = re.compile(r"\d{1,999}", re.ASCII)

Change: TypeAlias = tuple[tuple[Table, ...], tuple[Table, ...]]
"""Tables before and after one migration."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the files of one project say."""

    migrations: tuple[Migration, ...]
    """In the order the tool runs them."""
    notes: tuple[Note, ...] = ()
    heads: tuple[str, ...] = ()
    """Migrations nothing follows, for tools whose graph should have one only."""
    faults: tuple[str, ...] = ()
    """What the tool itself would refuse of these files, each as a sentence."""
    is_refused: bool = False
    """The tool stops at the files as they are: no command of it is offered."""
    dialect: str = ""
    """The engine the tool's own index says the migrations are for, in the tool's word."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where `find` is looking: the listed tree, and the last parent of the repository."""

    tree: FolderTree
    repository: Path
    variables: dict[str, str]
    """The environment as of the tree's top; a folder's own .env is read by who needs it."""


class Framework(ABC):
    """One migration tool."""

    name: ClassVar[str]
    """The word for it in commands, JSON and settings."""
    title: ClassVar[str] = ""
    """Its name as its makers write it; `name` when empty."""
    precedence: ClassVar[int] = 1000
    """Whose claim counts first: lower, the more the columns of its history table prove."""
    history: ClassVar[HistoryShape]
    default_names: ClassVar[frozenset[str]]
    """Names of the history table, in lower case, that need no further proof."""
    own_tables: ClassVar[frozenset[str]] = frozenset()
    """Tables the tool keeps beside its history."""
    consequences: ClassVar[NextSteps]
    outside_transaction: ClassVar[re.Pattern[str] | None] = None
    """What a .sql file says that is not to run in a transaction."""
    stops_at_missing: ClassVar[bool] = False
    """Whether the tool runs nothing while the database names a migration that is not here."""
    history_tells_schema: ClassVar[bool] = False
    """Whether unqualified names of its migrations mean the schema its history lies in."""

    @abstractmethod
    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """The projects whose marker or configuration lies in `folder` itself."""

    @abstractmethod
    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """The migrations of a project, in the tool's order."""

    @abstractmethod
    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """One per migration the rows tell of, by the tool's rule for repeated rows; any order."""

    @abstractmethod
    def apply_command(self, project: MigrationProject) -> str:
        """What a person types in `project.root` to apply what is pending."""

    def recognises(self, table: LiveTable, database: Database) -> bool:
        """Whether `table` has the columns of this tool's history."""
        return self.history.fits(table)

    def may_recognise(self, table: LiveTable) -> bool:
        """Whether `recognises` is to be asked of the tables that have these columns' names.

        It is of every table where it has a rule of its own.
        """
        has_rule = type(self).recognises is not Framework.recognises
        return has_rule or self.history.fits_columns(table)

    def plausible(self, rows: Sequence[Row]) -> bool:
        """Whether the rows of a table with an unusual name look like this tool wrote them."""
        return True

    def order(self, key: str) -> Order:
        """The tool's order of history keys; text by default."""
        return (key,)

    def in_order(self, rows: Sequence[AppliedMigration]) -> list[AppliedMigration]:
        """Rows of the history in that order."""
        return sorted(rows, key=lambda row: self.order(row.key))

    def checksums(self, raw: bytes) -> tuple[str, ...]:
        """Every checksum the tool accepts for a file of these bytes; () where it keeps none."""
        return ()

    def up_text(self, source: str) -> str:
        """The part of a .sql migration that goes forward; all of it by default."""
        return source

    def transactional(self, source: str, statements: int) -> bool:
        """Whether a .sql migration of so many statements runs in one transaction."""
        outside = self.outside_transaction
        return outside is None or outside.search(source) is None

    def snapshot(self, status: MigrationStatus) -> DeclaredSchema | str | None:
        """The schema as of the last applied migration, kept by the tool itself; a clause: why not.

        None for tools that keep none: then the migrations are replayed, or `declared` counts.
        """
        return None

    def waiting_changes(self, status: MigrationStatus) -> Iterable[Change]:
        """For tools with snapshots: the tables before and after each migration that waits."""
        return ()

    def declared(self, project: MigrationProject) -> DeclaredSchema | str | None:
        """The schema the tool, or its user, wrote down; a clause: why not; None: nowhere."""
        return None

    def declarations(self, project: MigrationProject) -> Declarations:
        """Where its schema files say each table; nothing where they are not known."""
        return Declarations()

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """The state of every migration, files and rows together."""
        return compare(self, reading.migrations, applied)

    def locks(self, table: LiveTable, database: Database) -> tuple[str, ...]:
        """Locks the tool has taken beside its history `table`, each as a sentence."""
        return ()


def between(source: str, start: re.Pattern[str], end: re.Pattern[str]) -> str:
    """The text after the first `start` up to the next `end`; all of it without a `start`."""
    first = start.search(source)
    if first is None:
        return source
    last = end.search(source, first.end())
    return source[first.end() : last.start() if last else len(source)]


def numeric_order(key: str) -> Order:
    """Whole numbers by value, before everything else; other text by code unit."""
    bare = key.strip()
    return (0, int(bare), bare) if _NUMBER.fullmatch(bare) else (1, 0, bare)
