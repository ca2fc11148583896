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

from studio.migrations.history import Database, HistoryShape, LiveTable, Row
from studio.migrations.tree import Tree
from studio.model.migration import AppliedMigration, Entry, Migration, MigrationProject

_NUMBER = re.compile(r"\d{1,999}", re.ASCII)

Order: TypeAlias = tuple[int | str, ...]
"""A place in the tool's order; two of one framework always compare."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a tool does next about a migration in each state: one sentence each."""

    pending: str
    out_of_order: str
    missing: str
    changed: str = ""
    failed: str = ""
    rolled_back: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the files of one project say."""

    migrations: tuple[Migration, ...]
    """In the order the tool runs them."""
    notes: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    """Migrations nothing follows, for tools whose graph should have one only."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where `find` is looking: the listed tree, and the last parent of the repository."""

    tree: Tree
    repository: Path
    variables: dict[str, str]
    """The environment as of the tree's top; a folder's own .env is read by who needs it."""


class Framework(ABC):
    """One migration tool."""

    name: ClassVar[str]
    history: ClassVar[HistoryShape]
    default_names: ClassVar[frozenset[str]]
    """Names of the history table, in lower case, that need no further proof."""
    consequences: ClassVar[Consequences]

    @abstractmethod
    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """The projects whose marker or configuration lies in `folder` itself."""

    @abstractmethod
    def read(self, project: MigrationProject, tree: Tree) -> Reading:
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

    def plausible(self, rows: Sequence[Row]) -> bool:
        """Whether the rows of a table with an unusual name look like this tool wrote them."""
        return True

    def order(self, key: str) -> Order:
        """The tool's order of history keys; text by default."""
        return (key,)

    def checksums(self, raw: bytes) -> tuple[str, ...]:
        """Every checksum the tool accepts for a file of these bytes; () where it keeps none."""
        return ()

    def up_text(self, source: str) -> str:
        """The part of a .sql migration that goes forward; all of it by default."""
        return source

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[Entry, ...]:
        """The state of every migration, files and rows together."""
        from studio.migrations.status import compare  # noqa: PLC0415 - status needs this module's nouns

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
