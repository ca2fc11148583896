"""The rows a row points to, and the rows that point at it, with counts."""

from collections.abc import Mapping

from rich.text import Text
from textual import work
from textual.widgets import Input
from textual.widgets.option_list import Option

from studio.backends.base import Purpose
from studio.model.catalog import Catalog, Table
from studio.model.errors import StudioError
from studio.model.page import PageRequest, RowCount, Value
from studio.rows.related import Relation, count_incoming, incoming, outgoing
from studio.ui.labels import plain
from studio.ui.screens.pick import Pick
from studio.ui.workspace import Workspace


class Relations(Pick[PageRequest]):
    """Choose a foreign key to follow; the one of the cursor's column comes first."""

    PLACEHOLDER = "follow…"

    def __init__(
        self,
        workspace: Workspace,
        catalog: Catalog,
        table: Table,
        row: Mapping[str, Value],
        column: str,
    ) -> None:
        super().__init__()
        self._workspace = workspace
        self._catalog = catalog
        out = sorted(outgoing(table, row), key=lambda r: column not in r.foreign_key.columns)
        self._relations: list[tuple[str, Relation]] = [("→", relation) for relation in out]
        self._relations += [("←", relation) for relation in incoming(catalog, table, row)]
        self._counts: dict[int, RowCount] = {}
        self._shown: list[int] = []

    def on_mount(self) -> None:
        """Offer the keys at once; the counts come as they are known."""
        super().on_mount()
        self._count()

    @work(group="counts", exclusive=True)
    async def _count(self) -> None:
        lane = self._workspace.session.lane(Purpose.WATCH)
        for index, (sign, relation) in enumerate(self._relations):
            owner = self._catalog.find(relation.table)
            if sign == "→" or owner is None:
                continue
            try:
                self._counts[index] = await count_incoming(lane, owner, relation)
            except StudioError:
                # The relation can still be followed; only its count stays unknown.
                continue
            self._narrow(self.query_one(Input).value)

    def offer(self, typed: str) -> list[Option]:
        """The relations whose table or columns hold the typed text."""
        needle = typed.casefold()
        lines = [self._line(index) for index in range(len(self._relations))]
        self._shown = [i for i, line in enumerate(lines) if needle in line.plain.casefold()]
        if not self._relations:
            return [Option("no foreign key leads from here or to here", disabled=True)]
        return [Option(lines[index]) for index in self._shown]

    def _line(self, index: int) -> Text:
        sign, relation = self._relations[index]
        key = relation.foreign_key
        columns = ", ".join(key.columns)
        words = f"{sign} {relation.table}" if sign == "→" else f"{sign} {relation.table}.{columns}"
        line = Text(plain(words), no_wrap=True)
        if sign == "→":
            line.append(f"   by {plain(columns)}", style="dim")
        if index in self._counts:
            known = self._counts[index]
            more = "" if known.exact else "more than "
            noun = "row" if known.rows == 1 else "rows"
            line.append(f"   {more}{known.rows:,} {noun}", style="dim")
        return line

    def value(self, index: int) -> PageRequest | None:
        """The request that shows the other end."""
        if index >= len(self._shown):
            return None
        return self._relations[self._shown[index]][1].request
