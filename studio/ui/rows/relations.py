"""The rows a row points to, and the rows that point at it, with counts."""

from collections.abc import Mapping

from rich.cells import cell_len
from rich.text import Text
from textual import work
from textual.widgets.option_list import Option

from studio.backends.base import Purpose
from studio.db.lane import Lane
from studio.model.catalog import Catalog, Table
from studio.model.errors import StudioError
from studio.model.page import PageRequest, RowCount, Value
from studio.rows.related import Relation, count_incoming, incoming, outgoing
from studio.ui.rows.seen_pick import SeenPick
from studio.ui.widgets.labels import fit, plain
from studio.ui.workspace import Workspace

_MOST = (28, 20)
"""Cells of a table's name and of its columns at most."""
_GAP = "  "
_COUNT = len("more than 1,000 rows")


class RelationPick(SeenPick[PageRequest]):
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
        self._counts: dict[int, RowCount | None] = {}
        """None: it could not be counted; the relation can still be followed."""
        self._counting: int | None = None
        """The relation whose rows are counted now."""
        self._shown: list[int] = []
        words = list(map(self._words, range(len(self._relations))))
        self._widths = tuple(
            min(most, max((cell_len(word[place]) for word in words), default=0))
            for place, most in enumerate(_MOST)
        )
        """Of the columns, whatever is shown of them."""

    def seen_others(self) -> None:
        """Count for the lines that are seen now."""
        if self._counting is None or self._counting not in self._shown[self.seen]:
            self._count()

    def _uncounted(self) -> int | None:
        return next(
            (
                i
                for i in self._shown[self.seen]
                if i not in self._counts and self._relations[i][0] == "←"
            ),
            None,
        )

    @work(group="counts", exclusive=True)
    async def _count(self) -> None:
        lane = self._workspace.session.lane(Purpose.WATCH)
        while (index := self._uncounted()) is not None:
            self._counting = index
            try:
                self._counts[index] = await self._number(lane, self._relations[index][1])
            finally:
                # The next worker may have begun while this one was stopped.
                if self._counting == index:
                    self._counting = None
            if index in self._shown:
                line = self._shown.index(index)
                self.lines.replace_option_prompt_at_index(line, self._line(index))

    async def _number(self, lane: Lane, relation: Relation) -> RowCount | None:
        owner = self._catalog.find(relation.table)
        try:
            return None if owner is None else await count_incoming(lane, owner, relation)
        except StudioError:
            # The relation can still be followed; only its count stays unknown.
            return None

    def offer(self, typed: str) -> list[Option]:
        """The relations whose table or columns hold the typed text."""
        needle = typed.casefold()
        every = range(len(self._relations))
        self._shown = [i for i in every if needle in ".".join(self._words(i)).casefold()]
        if not self._relations:
            return [Option("no foreign key leads from here or to here", disabled=True)]
        return [Option(self._line(index)) for index in self._shown]

    def mark(self, index: int) -> int | None:
        """Which relation it is."""
        return self._shown[index] if index < len(self._shown) else None

    def _words(self, index: int) -> tuple[str, str]:
        """Where it leads, and by which columns."""
        sign, relation = self._relations[index]
        columns = ", ".join(relation.foreign_key.columns)
        return plain(f"{sign} {relation.table}"), plain(columns)

    def _line(self, index: int) -> Text:
        line, known = Text(no_wrap=True), self._counts.get(index)
        for place, (word, width) in enumerate(zip(self._words(index), self._widths, strict=True)):
            line.append(f"{fit(word, width)}{_GAP}", style="dim" if place else "")
        if known is not None:
            more = "" if known.exact else "more than "
            noun = "row " if known.rows == 1 else "rows"
            line.append(f"{f'{more}{known.rows:,} {noun}':>{_COUNT}}", style="dim")
        line.rstrip()
        return line

    def value(self, index: int) -> PageRequest | None:
        """The request that shows the other end."""
        if index >= len(self._shown):
            return None
        return self._relations[self._shown[index]][1].request
