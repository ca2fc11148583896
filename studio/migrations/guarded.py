"""A migration tool of anybody, asked so that whatever it raises drops the tool and nothing else.

What a folder or a file may do to any tool (it cannot be read, it makes no sense) is raised on: that
is a note about the project. Everything else is a fault of the tool.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from studio.config.guests import Failed, answer_of
from studio.migrations.declarations.places import Declarations
from studio.migrations.drift.declared.schema import DeclaredSchema
from studio.migrations.framework import Change, Framework, Order, Reading, Surroundings
from studio.migrations.history import Database, LiveTable, Row
from studio.migrations.reading.tree import FolderTree, Stopped
from studio.model.errors import StudioError
from studio.model.migration import AppliedMigration, BoardEntry, MigrationProject, MigrationStatus

T = TypeVar("T")

_OF_FILES = (OSError, ValueError, RecursionError)


class FrameworkFailed(Exception):
    """A framework raised what nobody foresaw, or answered with something else than was asked."""

    def __init__(self, framework: str, why: str) -> None:
        super().__init__(f"The migration framework {framework} failed and is left out: {why}.")
        self.framework = framework


class GuardedFramework(Framework):
    """A framework behind the boundary; every method raises FrameworkFailed for its faults."""

    def __init__(self, inner: Framework) -> None:
        """Raises FrameworkFailed where it lacks what every framework says of itself."""
        self.inner = inner
        said = answer_of(lambda: inner.name)
        self.name = said if isinstance(said, str) else type(inner).__name__  # type: ignore[misc]
        self.title = self._answer("title", lambda: inner.title)  # type: ignore[misc]
        self.precedence = self._answer("precedence", lambda: inner.precedence)  # type: ignore[misc]
        self.own_tables = self._answer("own_tables", lambda: inner.own_tables)  # type: ignore[misc]
        self.history_tells_schema = self._answer(  # type: ignore[misc]
            "history_tells_schema", lambda: inner.history_tells_schema
        )
        self.stops_at_missing = self._answer(  # type: ignore[misc]
            "stops_at_missing", lambda: inner.stops_at_missing
        )
        self.history = self._answer("history", lambda: inner.history)  # type: ignore[misc]
        self.default_names = self._answer("default_names", lambda: inner.default_names)  # type: ignore[misc]
        self.consequences = self._answer("consequences", lambda: inner.consequences)  # type: ignore[misc]

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """See Framework."""
        # Asked for every folder there is, and nearly always answered with nothing.
        found = self._answer("find", lambda: tuple(self.inner.find(folder, around)), _OF_FILES)
        return self._checked("find", MigrationProject, found) if found else ()

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """See Framework."""
        return self._one("read", Reading, lambda: self.inner.read(project, tree), ours=_OF_FILES)

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """See Framework."""
        return self._each("applied", AppliedMigration, lambda: self.inner.applied(rows))

    def apply_command(self, project: MigrationProject) -> str:
        """See Framework."""
        return self._one("apply_command", str, lambda: self.inner.apply_command(project))

    def recognises(self, table: LiveTable, database: Database) -> bool:
        """See Framework."""
        return bool(self._answer("recognises", lambda: self.inner.recognises(table, database)))

    def may_recognise(self, table: LiveTable) -> bool:
        """See Framework."""
        return bool(self._answer("recognises", lambda: self.inner.may_recognise(table)))

    def plausible(self, rows: Sequence[Row]) -> bool:
        """See Framework."""
        return bool(self._answer("plausible", lambda: self.inner.plausible(rows)))

    def order(self, key: str) -> Order:
        """See Framework."""
        return self._one("order", tuple, lambda: self.inner.order(key))

    def in_order(self, rows: Sequence[AppliedMigration]) -> list[AppliedMigration]:
        """See Framework."""
        return self._answer("order", lambda: self.inner.in_order(rows))

    def checksums(self, raw: bytes) -> tuple[str, ...]:
        """See Framework."""
        return self._each("checksums", str, lambda: self.inner.checksums(raw))

    def up_text(self, source: str) -> str:
        """See Framework."""
        return self._one("up_text", str, lambda: self.inner.up_text(source))

    def transactional(self, source: str, statements: int) -> bool:
        """See Framework."""
        ask = self.inner.transactional
        return bool(self._answer("transactional", lambda: ask(source, statements)))

    def snapshot(self, status: MigrationStatus) -> DeclaredSchema | str | None:
        """See Framework."""
        return self._answer("snapshot", lambda: self.inner.snapshot(status))

    def waiting_changes(self, status: MigrationStatus) -> Iterable[Change]:
        """See Framework."""
        return self._each("waiting_changes", tuple, lambda: self.inner.waiting_changes(status))

    def declared(self, project: MigrationProject) -> DeclaredSchema | str | None:
        """See Framework."""
        return self._answer("declared", lambda: self.inner.declared(project))

    def declarations(self, project: MigrationProject) -> Declarations:
        """See Framework."""
        ask = self.inner.declarations
        return self._one("declarations", Declarations, lambda: ask(project), ours=_OF_FILES)

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """See Framework."""
        return self._each(
            "entries", BoardEntry, lambda: self.inner.entries(project, reading, applied)
        )

    def locks(self, table: LiveTable, database: Database) -> tuple[str, ...]:
        """See Framework."""
        return self._each("locks", str, lambda: self.inner.locks(table, database))

    def _one(
        self,
        method: str,
        kind: type[T],
        ask: Callable[[], T],
        ours: tuple[type[Exception], ...] = (),
    ) -> T:
        found = self._answer(method, ask, ours)
        if not isinstance(found, kind):
            raise FrameworkFailed(self.name, f"{method} gave {type(found).__name__}")
        return found

    def _each(
        self,
        method: str,
        kind: type[T],
        ask: Callable[[], Iterable[T]],
        ours: tuple[type[Exception], ...] = (),
    ) -> tuple[T, ...]:
        return self._checked(method, kind, self._answer(method, lambda: tuple(ask()), ours))

    def _checked(self, method: str, kind: type[T], found: tuple[T, ...]) -> tuple[T, ...]:
        if strange := [thing for thing in found if not isinstance(thing, kind)]:
            raise FrameworkFailed(self.name, f"{method} gave {type(strange[0]).__name__}")
        return found

    def _answer(
        self, method: str, ask: Callable[[], T], ours: tuple[type[Exception], ...] = ()
    ) -> T:
        found = answer_of(ask, ours=(Stopped, StudioError, *ours))
        if isinstance(found, Failed):
            raise FrameworkFailed(self.name, f"{method}: {found.why}")
        return found
