"""The catalog pane: schemas, relations and columns, drawn line by line: 5,000 are nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from studio.model.relation import TableKind, TableRef, TableSummary
from studio.ui.keys.commands import Command, Moving, bindings
from studio.ui.shell.catalog_lines import CatalogLine, CatalogLines
from studio.ui.widgets.labels import fit, plain
from studio.ui.widgets.line_pane import LinePane

if TYPE_CHECKING:
    from studio.doctor.known import KnownHealth
    from studio.model.catalog import Table
    from studio.model.stored import StoredObject


class CatalogTree(Moving, LinePane):
    """Relations by schema; opens them, unfolds their columns, narrows as one types."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("catalog.down", "Next line", "down,j", "move(1)"),
        Command("catalog.up", "Previous line", "up,k", "move(-1)"),
        Command("catalog.page-down", "Page down", "pagedown,ctrl+d", "page(1)"),
        Command("catalog.page-up", "Page up", "pageup,ctrl+u", "page(-1)"),
        Command("catalog.first", "First line", "home,ctrl+home,g g", "edge(-1)"),
        Command("catalog.last", "Last line", "end,ctrl+end,G", "edge(1)"),
        Command("catalog.open", "Open the table or the source, or fold", "enter", "choose", "open"),
        Command("catalog.unfold", "Unfold", "right,l,space", "fold(True)", "columns"),
        Command("catalog.fold", "Fold, or go to the parent", "left,h", "fold(False)"),
        Command("catalog.filter", "Filter the catalog", "slash", "filter", "filter"),
        Command("catalog.refresh", "Read the catalog again", "R", "reread"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    STEPS: ClassVar[frozenset[str]] = frozenset({"move"})
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "catalog--dim",
        "catalog--cursor",
        "catalog--cursor-blurred",
        "catalog--open",
    }
    DEFAULT_CSS = """
    CatalogTree {
        background: $background;
        color: $foreground;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        overflow-x: hidden;
    }
    CatalogTree .catalog--dim { color: $dim; }
    CatalogTree .catalog--cursor { background: $primary; color: $grid-cursor-text; }
    CatalogTree .catalog--cursor-blurred { background: $panel; color: $foreground; }
    CatalogTree .catalog--open { color: $primary; text-style: bold; }
    """

    class Chosen(Message):
        """A relation should be opened."""

        def __init__(self, ref: TableRef) -> None:
            super().__init__()
            self.ref = ref

    class Unfolded(Message):
        """The columns of a relation should be shown: answer with `show_table`."""

        def __init__(self, ref: TableRef) -> None:
            super().__init__()
            self.ref = ref

    class SourceWanted(Message):
        """What makes this should be shown."""

        def __init__(self, found: "StoredObject") -> None:
            super().__init__()
            self.found = found

    class Entered(Message):
        """Somebody looks at it: answer with `show_stored`."""

    class RereadWanted(Message):
        """The catalog should be read again: tables may have come or gone."""

    class Listed(Message):
        """Other relations are listed."""

    class FilterWanted(Message):
        """The person wants to type a filter."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._lines = CatalogLines()
        self._opened: TableRef | None = None
        self._plain = Style()

    # -- what it shows ---------------------------------------------------------------------------

    def show(self, summaries: Sequence[TableSummary]) -> None:
        """List `summaries`; the first schema that is not the system's is unfolded."""
        lines = self._lines
        for ref in lines.tables:
            # Their columns may have changed too.
            self.post_message(self.Unfolded(ref))
        if lines.tables:
            known = ((s.ref, lines.tables.get(s.ref)) for s in summaries)
            lines.tables = {ref: table for ref, table in known if table is not None}
        if not lines.open:
            schemas = {
                s.ref.schema or "": None for s in summaries if s.kind is not TableKind.SYSTEM
            }
            lines.open.add(("public" if "public" in schemas else next(iter(schemas), ""),))
        self.recount(summaries)
        self.post_message(self.Listed())

    def recount(self, summaries: Sequence[TableSummary]) -> None:
        """The same relations, with row counts that are known by now."""
        self._lines.summaries = tuple(summaries)
        self._rebuild()

    @property
    def summaries(self) -> tuple[TableSummary, ...]:
        """Every relation it lists."""
        return self._lines.summaries

    def show_table(self, table: "Table") -> None:
        """Unfold the columns of one relation."""
        self._lines.tables[table.ref] = table
        self._rebuild()

    def show_stored(self, found: "Sequence[StoredObject]") -> None:
        """List what has a source besides relations, too."""
        self._lines.store(found)
        self._rebuild()

    def mark_open(self, ref: TableRef | None) -> None:
        """Which relation is on the screen now: its line is marked and brought in sight; the cursor
        follows, unless somebody moves it just now.
        """
        if ref == self._opened:
            return
        self._opened = ref
        if not self.has_focus:
            self._follow()
        self.refresh()

    def mark_health(self, known: "KnownHealth | None") -> None:
        """Mark the relations on which something was found."""
        if known is not self._lines.health:
            self._lines.health = known
            self.refresh()

    def _follow(self) -> None:
        """Unfold what the open relation lies in, and go there."""
        lines = self._lines
        summary = next((one for one in lines.summaries if one.ref == self._opened), None)
        if summary is None or lines.needle:
            return
        if not lines.above(summary) <= lines.open:
            lines.open |= lines.above(summary)
            self._rebuild()
        place = lines.place_of(summary)
        if place is not None:
            self.cursor = place

    def on_focus(self) -> None:
        """Somebody looks at it."""
        self.post_message(self.Entered())

    def _on_blur(self, event: events.Blur) -> None:
        super()._on_blur(event)
        if self.is_attached:
            self._follow()

    def narrow(self, needle: str) -> None:
        """Show only relations whose name holds `needle`, ignoring case; empty: all."""
        self._lines.needle = needle.casefold()
        self._rebuild()
        self.cursor = self._lines.first_relation()

    def _rebuild(self) -> None:
        here = self._current()
        self._lines.rebuild()
        self.virtual_size = Size(self.size.width, len(self._lines))
        place = None if here is None else self._lines.index(here.key)
        last = max(0, len(self._lines) - 1)
        self.cursor = place if place is not None else min(self.cursor, last) if here else 0
        self.refresh()

    # -- moving ----------------------------------------------------------------------------------

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    def action_choose(self) -> None:
        """Open the relation, or fold and unfold."""
        if (line := self._current()) is None:
            return
        if line.ref is not None:
            self.post_message(self.Chosen(line.ref))
        elif line.stored is not None:
            self.post_message(self.SourceWanted(line.stored))
        elif line.is_open is not None:
            self.action_fold(not line.is_open)

    def action_fold(self, unfold: bool) -> None:
        """Unfold what is under the cursor, or fold it; folded already, go to its parent."""
        line = self._current()
        if line is None:
            return
        if unfold and line.is_open is False:
            self._lines.open.add(line.key)
            if line.ref is not None and line.ref not in self._lines.tables:
                self.post_message(self.Unfolded(line.ref))
        elif not unfold and line.is_open:
            self._lines.open.discard(line.key)
        elif not unfold:
            self._to_parent(line)
            return
        self._rebuild()

    def _to_parent(self, line: CatalogLine) -> None:
        for index in range(self.cursor - 1, -1, -1):
            if self._lines[index].depth < line.depth:
                self.cursor = index
                return

    def action_filter(self) -> None:
        """Let the person type a filter."""
        self.post_message(self.FilterWanted())

    def action_reread(self) -> None:
        """Ask for the catalog as it is now."""
        self.post_message(self.RereadWanted())

    def _current(self) -> CatalogLine | None:
        return self._lines[self.cursor] if self.cursor < len(self._lines) else None

    def on_click(self, event: events.Click) -> None:
        """Go there, and open or fold."""
        self.cursor = max(0, min(len(self._lines) - 1, event.y + self.scroll_offset.y))
        self.action_choose()

    # -- drawing ---------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a paint. Their style, asked for of each, takes longer than all the rest."""
        self._plain = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line of the pane, `y` from the top of what is visible."""
        width = self.size.width
        index = y + self.scroll_offset.y
        if index >= len(self._lines):
            return Strip.blank(width, self._plain)
        line = self._lines[index]
        mark = "" if line.is_open is None else "▾ " if line.is_open else "▸ "
        left = f"{'  ' * line.depth}{mark}"
        right = f" {line.right} " if line.right else " "
        room = max(1, width - len(left) - len(right))
        style = self._style_of(line, index)
        name = fit(plain(line.text), room)
        dim = style if index == self.cursor else self.get_component_rich_style("catalog--dim")
        return Strip([Segment(left, dim), Segment(name, style), Segment(right, dim)], width)

    def _style_of(self, line: CatalogLine, index: int) -> Style:
        is_open = line.ref is not None and line.ref == self._opened
        opened = self.get_component_rich_style("catalog--open", partial=True)
        if index == self.cursor and self.has_focus:
            return self.get_component_rich_style("catalog--cursor")
        if index == self.cursor:
            under = self.get_component_rich_style("catalog--cursor-blurred")
            return under + opened if is_open else under
        if is_open:
            return self._plain + opened
        if line.dim:
            return self.get_component_rich_style("catalog--dim")
        return self._plain
