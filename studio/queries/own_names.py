"""What a person's own session sees and no other: temporary tables, attached files, its path."""

from contextlib import suppress
from dataclasses import replace

from studio.backends.base import Backend
from studio.backends.halves.completing import session_names_of
from studio.db.lane import Lane
from studio.model.catalog import Column, ColumnKind, Schema, Table, TableKind, TableRef
from studio.model.errors import StudioError
from studio.model.vocabulary import SessionNames
from studio.sqltext.classify import Classification, StatementKind
from studio.sqltext.made_table import MadeTable, made_table
from studio.sqltext.syntax import Syntax

_MAKES_NONE = frozenset({StatementKind.READ, StatementKind.WRITE})


class OwnNames:
    """Knows the names of one session. Outside of a transaction the engine is asked; in one, where
    nothing but the person's own statements runs, the text of those tells.
    """

    def __init__(self, backend: Backend, syntax: Syntax) -> None:
        self._backend = backend
        self._syntax = syntax
        self._may_differ = False
        self._asked = SessionNames()
        self._made: dict[tuple[str, ...], Table] = {}
        self.now = SessionNames()
        """Another object whenever something is another."""

    def may_differ(self, facts: Classification) -> None:
        """A statement ran."""
        self._may_differ = self._may_differ or facts.kind not in _MAKES_NONE

    def made(self, text: str) -> None:
        """A statement of the open transaction has done its work."""
        found = made_table(text, self._syntax)
        if found is not None and found.name not in self._made:
            self._made[found.name] = _table(found)
            self._tell()

    async def look(self, lane: Lane) -> None:
        """Ask the engine, outside of any transaction, where something may be another."""
        if not self._may_differ:
            return
        self._may_differ = False
        found = SessionNames()
        # It may do less than a person's statements could: what is not known is not offered.
        with suppress(StudioError):
            found = await lane.once(lambda connection: session_names_of(self._backend, connection))
        if found != self._asked or self._made:
            self._asked = found
            self._made.clear()
            self._tell()

    def forget(self) -> None:
        """The session is gone."""
        if self.now != SessionNames():
            self.now = self._asked = SessionNames()
            self._made.clear()

    def _tell(self) -> None:
        made = tuple(self._made.values())
        own = (Schema("", made),) if made else ()
        self.now = replace(self._asked, schemas=(*own, *self._asked.schemas))


def _table(made: MadeTable) -> Table:
    kind = TableKind.TEMPORARY if made.is_temporary else TableKind.TABLE
    columns = tuple(Column(name, type_name, ColumnKind.OTHER) for name, type_name in made.columns)
    schema = None if made.is_temporary or len(made.name) == 1 else made.name[-2]
    return Table(TableRef(schema, made.name[-1]), kind, columns)
