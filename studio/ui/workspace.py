"""What one open connection means to every tab. Imports the database layer: not before paint."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from studio.backends.halves import Absent, ask, offers
from studio.backends.halves.completing import vocabulary_of
from studio.backends.halves.contents import CONTENTS
from studio.backends.halves.facts import FACTS
from studio.backends.halves.syntax import syntax_of
from studio.backends.target import Target
from studio.completion.known import CompletionCatalog
from studio.config.hidden_deleted import HiddenDeleted
from studio.config.shown_times import ShownTimes
from studio.db.contents import Contents
from studio.db.session import Session, described
from studio.model.catalog import Catalog, Table, TableRef, TableSummary
from studio.model.page import RowCount
from studio.model.server import Server
from studio.rows.first_rows.choice import named_table, wanted_table
from studio.rows.first_rows.sizes import counted, sized
from studio.ui.editing.staging import Staging

if TYPE_CHECKING:
    from studio.doctor.known import KnownHealth


class Workspace:
    """A session, and what is known of its database. Owns the session."""

    def __init__(self, session: Session, server: Server) -> None:
        self.session = session
        self.server = server
        self.summaries: tuple[TableSummary, ...] = ()
        self.catalog: Catalog | None = None
        """Everything, once `load_catalog` has run."""
        self.contents = Contents(session)
        """Whether what was read is still so."""
        self.staging = Staging()
        """What is staged, over all tables."""
        self.hidden_deleted = HiddenDeleted(self.target)
        """Whether rows marked as deleted are hidden."""
        self.times = ShownTimes()
        """Which zone times are shown in."""
        self.is_production = False
        """Whether a person marked this connection as production."""
        self._tables: dict[TableRef, Table] = {}
        self._catalog_turn = asyncio.Lock()
        self._known: CompletionCatalog | None = None
        self.health: KnownHealth | None = None
        """What was last found wrong, once somebody looked; nothing looks by itself."""
        self.catalog_epoch = object()
        """Another one whenever the structure may be another."""

    @classmethod
    async def open(
        cls,
        target: Target,
    ) -> "Workspace":
        """Connect to `target`. Raises StudioError; a failed one leaves nothing open."""
        return await cls.over(await Session.open(target))

    @classmethod
    async def over(cls, session: Session) -> "Workspace":
        """Ask who is at the other end of a session, and own it. Raises StudioError; a failed one
        leaves nothing open.
        """
        try:
            server = await session.identify()
        except BaseException:
            await session.close()
            raise
        return cls(session, server)

    @property
    def target(self) -> str:
        """The address without secrets."""
        return self.session.opening.target.shown

    @property
    def label(self) -> str:
        """What the top line calls the database."""
        return self.session.opening.label

    @property
    def facts(self) -> str:
        """Engine, version, and how the database was opened."""
        return described(self.server, self.session.opening)

    @property
    def has_changing_facts(self) -> bool:
        """Whether they, or the contents, may be others by now."""
        return offers(self.session.backend, FACTS) or offers(self.session.backend, CONTENTS)

    def facts_now(self) -> str:
        """The same as it is by now. May block."""
        opening, facts = self.session.opening, ask(self.session.backend, FACTS)
        if isinstance(facts, Absent):
            return self.facts
        return described(replace(self.server, facts=facts(opening)), opening)

    def on_reconnect(self, tell: Callable[[], None]) -> None:
        """Call `tell` when a lost connection was opened again."""
        self.session.on_reconnect = tell

    def on_refused(self, tell: Callable[[str], None]) -> None:
        """Call `tell`, once, with why the server allows no further connection."""
        self.session.turns.on_refused = tell

    async def load_outline(self) -> tuple[TableSummary, ...]:
        """List the relations, anew."""
        self.summaries = await self.session.outline()
        return self.summaries

    async def load_sized_outline(self) -> tuple[TableSummary, ...]:
        """The same with as many row counts as choosing the most telling one takes."""
        self.summaries = await self.session.outline(sized)
        return self.summaries

    async def count_rows(self) -> tuple[TableSummary, ...]:
        """The outline once more, with row counts filled in. Raises StudioError."""
        refs = [summary.ref for summary in self.summaries if summary.kind.is_plain]
        known = await self.session.row_counts(refs)
        if known:
            self.summaries = counted(self.summaries, known)
        return self.summaries

    def doubt_counts(self) -> tuple[TableSummary, ...]:
        """The outline with no row count that is still known exactly: others wrote."""
        self.summaries = tuple(summary._replace(exact=False) for summary in self.summaries)
        return self.summaries

    def row_count(self, ref: TableRef) -> RowCount | None:
        """How many rows the outline gives a relation; None where it does not know."""
        for summary in self.summaries:
            if summary.ref == ref and summary.row_estimate is not None:
                return RowCount(summary.row_estimate, exact=summary.exact)
        return None

    async def load_catalog(self) -> Catalog:
        """Everything, read once; later calls wait for the first."""
        async with self._catalog_turn:
            if self.catalog is None:
                self.catalog = await self.session.catalog()
        return self.catalog

    @property
    def known(self) -> CompletionCatalog | None:
        """What completion knows of the catalog as it is now; None until it was read."""
        known = self._known
        return known if known is not None and known.catalog is self.catalog else None

    async def load_known(self) -> CompletionCatalog:
        """The catalog with the engine's words, indexed in a thread. Raises StudioError."""
        catalog = await self.load_catalog()
        backend = self.session.backend
        words = await self.session.reflect(lambda c: vocabulary_of(backend, c))
        known = CompletionCatalog(catalog, words, syntax_of(backend))
        await asyncio.to_thread(known.prepare)
        self._known = known
        return known

    async def fresh_catalog(self) -> Catalog:
        """The same for what must not miss a foreign key of today: read anew, unless the engine says
        itself when its schema is another (a plan asks it).
        """
        if self.catalog is not None and self.catalog.schema_version is None:
            self.catalog = None
        return await self.load_catalog()

    def forget_structure(self) -> None:
        """Read tables and catalog anew when they are next asked for."""
        self._tables.clear()
        self.catalog = None
        self.catalog_epoch = object()

    async def table(self, ref: TableRef) -> Table:
        """One relation, whole, read once. Raises StudioError."""
        if ref not in self._tables:
            known = self.catalog.find(ref) if self.catalog is not None else None
            table = known or await self.session.table(ref)
            self._tables[ref] = table
            self._tables[table.ref] = table
        return self._tables[ref]

    async def reread(self, ref: TableRef) -> Table:
        """One relation as it is now. Raises StudioError."""
        self.forget_structure()
        return await self.table(ref)

    def first_table(self, wanted: str | None = None) -> TableRef | None:
        """The relation to show: the one called `wanted`, else the most telling one."""
        return wanted_table(self.summaries, wanted)

    def find(self, text: str) -> TableRef | None:
        """The relation a person called `text` (`name` or `schema.name`); exact case wins."""
        return named_table(self.summaries, text)

    async def close(self) -> None:
        """Close every connection; what is staged is on disk first."""
        await asyncio.to_thread(self.staging.close)
        await self.session.close()
