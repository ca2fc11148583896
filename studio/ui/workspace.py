"""What one open connection means to every tab. Imports the database layer: not before paint."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from studio.backends.base import ChangingFacts
from studio.db.session import Session, described
from studio.db.url import parse
from studio.model.catalog import Catalog, Table, TableRef, TableSummary
from studio.model.page import RowCount
from studio.model.server import Server
from studio.rows.first_look import named_table, wanted_table
from studio.ui.staging import Staging


class Workspace:
    """A session, and what is known of its database. Owns the session."""

    def __init__(self, session: Session, server: Server) -> None:
        self.session = session
        self.server = server
        self.summaries: tuple[TableSummary, ...] = ()
        self.catalog: Catalog | None = None
        """Everything, once `load_catalog` has run."""
        self.staging = Staging()
        """What is staged, over all tables."""
        self.is_production = False
        """Whether a person marked this connection as production."""
        self._tables: dict[TableRef, Table] = {}
        self._catalog_turn = asyncio.Lock()

    @classmethod
    async def open(
        cls,
        target: str,
        *,
        read_only: bool = False,
        password: str | None = None,
        statement_timeout_s: float = 0,
    ) -> "Workspace":
        """Connect to what `target` names. Raises StudioError; a failed one leaves nothing open."""
        parsed = parse(target, read_only=read_only, password=password)
        session = await Session.open(replace(parsed, statement_timeout_s=statement_timeout_s))
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
        """Whether they may be others by now."""
        return isinstance(self.session.backend, ChangingFacts)

    def facts_now(self) -> str:
        """The same as it is by now. May block."""
        backend, opening = self.session.backend, self.session.opening
        if not isinstance(backend, ChangingFacts):
            return self.facts
        return described(replace(self.server, facts=backend.facts(opening)), opening)

    def on_reconnect(self, tell: Callable[[], None]) -> None:
        """Call `tell` when a lost connection was opened again."""
        self.session.on_reconnect = tell

    async def load_outline(self) -> tuple[TableSummary, ...]:
        """List the relations, anew."""
        self.summaries = await self.session.outline()
        return self.summaries

    async def count_rows(self) -> tuple[TableSummary, ...]:
        """The outline once more, with row counts filled in. Raises StudioError."""
        refs = [summary.ref for summary in self.summaries if summary.kind.is_plain]
        known = await self.session.row_counts(refs)
        if known:
            self.summaries = tuple(_with_count(s, known.get(s.ref)) for s in self.summaries)
        return self.summaries

    async def load_catalog(self) -> Catalog:
        """Everything, read once; later calls wait for the first."""
        async with self._catalog_turn:
            if self.catalog is None:
                self.catalog = await self.session.catalog()
        return self.catalog

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
        """The relation to show: the one called `wanted`, else the first with rows of its own."""
        return wanted_table(self.summaries, wanted)

    def find(self, text: str) -> TableRef | None:
        """The relation a person called `text` (`name` or `schema.name`); exact case wins."""
        return named_table(self.summaries, text)

    async def close(self) -> None:
        """Close every connection; what is staged is on disk first."""
        await asyncio.to_thread(self.staging.close)
        await self.session.close()


def _with_count(summary: TableSummary, known: RowCount | None) -> TableSummary:
    if known is None:
        return summary
    return summary._replace(row_estimate=known.rows, exact=known.exact)
