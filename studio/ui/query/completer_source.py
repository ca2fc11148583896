"""What a query tab can offer: the catalog in memory, read once, and until then the text alone."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from textual.dom import DOMNode

from studio.backends.halves.syntax import syntax_of
from studio.completion.complete import Completer
from studio.completion.known import CompletionCatalog
from studio.model.catalog import Catalog
from studio.model.errors import StudioError
from studio.model.vocabulary import SessionNames, Vocabulary
from studio.queries.own_session import OwnSession
from studio.sqltext.places.around import StatementReader
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

_LONG = 8 * 1024
"""Characters that are read in less time than a key takes to be painted."""


class CompleterSource:
    """Has a completer for the text of one tab."""

    def __init__(
        self,
        owner: DOMNode,
        workspace: Workspace,
        when_read: Callable[[], None],
        own: OwnSession | None = None,
    ) -> None:
        """`when_read` is called once more is known; `own`: the session the text is run in."""
        self._owner = owner
        self._when_read = when_read
        self._workspace = workspace
        catalog = Catalog(workspace.server, (), datetime.now(UTC))
        syntax = syntax_of(workspace.session.backend)
        self._completer = Completer(CompletionCatalog(catalog, Vocabulary(), syntax))
        self._is_reading = False
        self._is_merging = False
        self._failed: object = None
        self._own = own
        self._merged: tuple[CompletionCatalog | None, SessionNames] = (None, SessionNames())
        """The catalog and the session's names that the completer knows."""

    @property
    def is_loading(self) -> bool:
        """Whether the catalog is still being read."""
        return self._is_reading

    def completer(self) -> Completer:
        """The one that knows the most; reads the catalog where that is not in memory."""
        known = self._workspace.known
        if known is None:
            self._read()
        else:
            names = self._merged[1] if self._own is None else self._own.names.now
            if known is not self._merged[0] or names is not self._merged[1]:
                self._learn(known, names)
        return self._completer

    def _learn(self, known: CompletionCatalog, names: SessionNames) -> None:
        if names == SessionNames():
            self._knows(known, known, names)
        elif not self._is_merging:
            self._is_merging = True
            begin_work(self._owner, partial(self._merge, known, names), "names")

    def _knows(
        self, known: CompletionCatalog, base: CompletionCatalog, names: SessionNames
    ) -> None:
        self._completer = Completer(known, self._completer.reader)
        self._merged = (base, names)

    async def _merge(self, base: CompletionCatalog, names: SessionNames) -> None:
        """With thousands of relations its indexes take longer than a key."""
        try:
            known = base.seen_by(names)
            await asyncio.to_thread(known.prepare)
            self._knows(known, base, names)
        finally:
            self._is_merging = False
        self._when_read()

    def read_ahead(self, text: str) -> None:
        """Read a long text in a thread, so that the first key in it does not."""
        if len(text) > _LONG:

            async def read() -> None:
                reader = StatementReader(self._completer.known.syntax)
                await asyncio.to_thread(reader.around, text, len(text))
                self._completer = Completer(self._completer.known, reader)

            begin_work(self._owner, read, "read-ahead")

    def _read(self) -> None:
        if not self._is_reading and self._failed is not self._workspace.catalog_epoch:
            self._is_reading = True
            begin_work(self._owner, self._load, "known")

    async def _load(self) -> None:
        try:
            await self._workspace.load_known()
        except StudioError:
            # The catalog pane says what is wrong; keywords and the text's own names stay.
            self._failed = self._workspace.catalog_epoch
        finally:
            self._is_reading = False
        self._when_read()
