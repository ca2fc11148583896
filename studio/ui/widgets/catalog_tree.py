"""The catalog pane: schemas, relations and columns, drawn line by line: 5,000 are nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from studio.model.relation import TableKind, TableRef, TableSummary
from studio.ui.commands import Command, bindings
from studio.ui.labels import fit, plain

if TYPE_CHECKING:
    from studio.model.catalog import Table

_GROUPS: tuple[tuple[str, frozenset[TableKind]], ...] = (
    ("views", frozenset({TableKind.VIEW, TableKind.MATERIALIZED_VIEW})),
    ("partitions", frozenset({TableKind.PARTITION})),
    ("internal", frozenset({TableKind.SHADOW})),
    ("system", frozenset({TableKind.SYSTEM})),
)
_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the pane."""

    key: tuple[str, ...]
    """What stays the same while lines come and go: the path in the tree."""
    depth: int
    text: str
    right: str = ""
    ref: TableRef | None = None
    """The relation that opens with this line."""
    is_open: bool | None = None
    """None: nothing below it."""
    dim: bool = False


def short_count(rows: int | None, *, exact: bool) -> str:
    """A row count in at most five cells: `12`, `~4.2k`, `10M`."""
    if rows is None:
        return ""
    size = float(rows)
    for unit in ("", "k", "M", "G", "T"):
        if size < _THOUSAND or unit == "T":
            break
        size /= _THOUSAND
    number = f"{size:.0f}" if not unit or size >= 10 else f"{size:.1f}".removesuffix(".0")  # noqa: PLR2004 two digits are enough to compare by eye
    return f"{'' if exact else '~'}{number}{unit}"


class CatalogTree(ScrollView, can_focus=True):
    """Relations by schema; opens them, unfolds their columns, narrows as one types."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("catalog.down", "Next line", "down,j", "move(1)"),
        Command("catalog.up", "Previous line", "up,k", "move(-1)"),
        Command("catalog.page-down", "Page down", "pagedown,ctrl+d", "page(1)"),
        Command("catalog.page-up", "Page up", "pageup,ctrl+u", "page(-1)"),
        Command("catalog.first", "First line", "home,ctrl+home,g g", "edge(-1)"),
        Command("catalog.last", "Last line", "end,ctrl+end,G", "edge(1)"),
        Command("catalog.open", "Open the table, or fold", "enter", "choose", "open"),
        Command("catalog.unfold", "Unfold", "right,l,space", "fold(True)", "columns"),
        Command("catalog.fold", "Fold, or go to the parent", "left,h", "fold(False)"),
        Command("catalog.filter", "Filter the catalog", "slash", "filter", "filter"),
        Command("catalog.refresh", "Read the catalog again", "R", "reread"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
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

    cursor: reactive[int] = reactive(0)

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

    class RereadWanted(Message):
        """The catalog should be read again: tables may have come or gone."""

    class FilterWanted(Message):
        """The person wants to type a filter."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._summaries: tuple[TableSummary, ...] = ()
        self._tables: dict[TableRef, Table] = {}
        self._open: set[tuple[str, ...]] = set()
        self._needle = ""
        self._lines: tuple[Line, ...] = ()
        self._opened: TableRef | None = None

    # -- what it shows ---------------------------------------------------------------------------

    def show(self, summaries: Sequence[TableSummary]) -> None:
        """List `summaries`; the first schema that is not the system's is unfolded."""
        self._summaries = tuple(summaries)
        for ref in self._tables:
            # Their columns may have changed too.
            self.post_message(self.Unfolded(ref))
        self._tables = {s.ref: t for s in self._summaries if (t := self._tables.get(s.ref))}
        schemas = dict.fromkeys(
            s.ref.schema or "" for s in self._summaries if s.kind is not TableKind.SYSTEM
        )
        if not self._open:
            preferred = "public" if "public" in schemas else next(iter(schemas), "")
            self._open.add((preferred,))
        self._rebuild()

    def recount(self, summaries: Sequence[TableSummary]) -> None:
        """The same relations, with row counts that are known by now."""
        self._summaries = tuple(summaries)
        self._rebuild()

    @property
    def summaries(self) -> tuple[TableSummary, ...]:
        """Every relation it lists."""
        return self._summaries

    def show_table(self, table: "Table") -> None:
        """Unfold the columns of one relation."""
        self._tables[table.ref] = table
        self._rebuild()

    def mark_open(self, ref: TableRef | None) -> None:
        """Which relation is on the screen now."""
        self._opened = ref
        self.refresh()

    def narrow(self, needle: str) -> None:
        """Show only relations whose name holds `needle`, ignoring case; empty: all."""
        self._needle = needle.casefold()
        self._rebuild()
        self.cursor = next((i for i, line in enumerate(self._lines) if line.ref is not None), 0)

    def _rebuild(self) -> None:
        here = self._lines[self.cursor].key if self.cursor < len(self._lines) else None
        self._lines = tuple(self._matching() if self._needle else self._tree())
        self.virtual_size = Size(self.size.width, len(self._lines))
        keys = {line.key: index for index, line in enumerate(self._lines)}
        self.cursor = keys.get(here, min(self.cursor, max(0, len(self._lines) - 1))) if here else 0
        self.refresh()

    def _matching(self) -> Iterable[Line]:
        for summary in self._summaries:
            if self._needle in str(summary.ref).casefold():
                yield self._relation(summary, 0, str(summary.ref))

    def _tree(self) -> Iterable[Line]:
        by_schema: dict[str, list[TableSummary]] = {}
        for summary in self._summaries:
            by_schema.setdefault(summary.ref.schema or "", []).append(summary)
        for schema, members in by_schema.items():
            key = (schema,)
            is_open = key in self._open
            yield Line(key, 0, schema or "main", str(len(members)), is_open=is_open, dim=True)
            if is_open:
                yield from self._schema(schema, members)

    def _schema(self, schema: str, members: Sequence[TableSummary]) -> Iterable[Line]:
        grouped = frozenset().union(*(kinds for _, kinds in _GROUPS))
        plain_tables = [m for m in members if m.kind not in grouped]
        all_system = not plain_tables and all(m.kind is TableKind.SYSTEM for m in members)
        for summary in members if all_system else plain_tables:
            yield from self._with_columns(summary, 1)
        if all_system:
            return
        for title, kinds in _GROUPS:
            group = [m for m in members if m.kind in kinds]
            if not group:
                continue
            key = (schema, f"{title}:")
            is_open = key in self._open
            yield Line(key, 1, title, str(len(group)), is_open=is_open, dim=True)
            if is_open:
                for summary in group:
                    yield from self._with_columns(summary, 2)

    def _with_columns(self, summary: TableSummary, depth: int) -> Iterable[Line]:
        line = self._relation(summary, depth, summary.ref.name)
        yield line
        table = self._tables.get(summary.ref)
        if not line.is_open or table is None:
            return
        linked = {name for key in table.foreign_keys for name in key.columns}
        for column in table.columns:
            sign = "⚷" if column.name in table.primary_key else "→" if column.name in linked else ""
            right = f"{plain(column.type_name)} {sign}".rstrip()
            yield Line((*line.key, column.name), depth + 1, column.name, right, dim=True)

    def _relation(self, summary: TableSummary, depth: int, text: str) -> Line:
        key = (summary.ref.schema or "", summary.ref.name, summary.kind.value)
        right = short_count(summary.row_estimate, exact=summary.exact)
        is_open = None if self._needle else key in self._open
        return Line(key, depth, text or "''", right, summary.ref, is_open)

    # -- moving ----------------------------------------------------------------------------------

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint two lines and keep the cursor in sight."""
        top = self.scroll_offset.y
        width = self.size.width
        self.refresh(Region(0, old - top, width, 1), Region(0, new - top, width, 1))
        self.scroll_to_region(Region(0, new, 1, 1), animate=False, force=True, immediate=True)

    def action_move(self, by: int) -> None:
        """Go `by` lines down."""
        self.cursor = max(0, min(len(self._lines) - 1, self.cursor + by))

    def action_page(self, by: int) -> None:
        """Go `by` screenfuls down."""
        self.action_move(by * max(1, self.size.height - 1))

    def action_edge(self, end: int) -> None:
        """Go to the first or the last line."""
        self.action_move(end * len(self._lines))

    def action_choose(self) -> None:
        """Open the relation, or fold and unfold."""
        if (line := self._current()) is None:
            return
        if line.ref is not None:
            self.post_message(self.Chosen(line.ref))
        elif line.is_open is not None:
            self.action_fold(not line.is_open)

    def action_fold(self, unfold: bool) -> None:
        """Unfold what is under the cursor, or fold it; folded already, go to its parent."""
        line = self._current()
        if line is None:
            return
        if unfold and line.is_open is False:
            self._open.add(line.key)
            if line.ref is not None and line.ref not in self._tables:
                self.post_message(self.Unfolded(line.ref))
        elif not unfold and line.is_open:
            self._open.discard(line.key)
        elif not unfold:
            self._to_parent(line)
            return
        self._rebuild()

    def _to_parent(self, line: Line) -> None:
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

    def _current(self) -> Line | None:
        return self._lines[self.cursor] if self.cursor < len(self._lines) else None

    def on_click(self, event: events.Click) -> None:
        """Go there, and open or fold."""
        self.cursor = max(0, min(len(self._lines) - 1, event.y + self.scroll_offset.y))
        self.action_choose()

    # -- drawing ---------------------------------------------------------------------------------

    def _on_focus(self, event: events.Focus) -> None:
        super()._on_focus(event)
        self.refresh()

    def _on_blur(self, event: events.Blur) -> None:
        super()._on_blur(event)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the pane, `y` from the top of what is visible."""
        width = self.size.width
        index = y + self.scroll_offset.y
        if index >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        line = self._lines[index]
        mark = "" if line.is_open is None else "▾ " if line.is_open else "▸ "
        left = f"{'  ' * line.depth}{mark}"
        right = f" {line.right} " if line.right else " "
        room = max(1, width - len(left) - len(right))
        style = self._style_of(line, index)
        name = fit(plain(line.text), room)
        dim = style if index == self.cursor else self.get_component_rich_style("catalog--dim")
        return Strip([Segment(left, dim), Segment(name, style), Segment(right, dim)], width)

    def _style_of(self, line: Line, index: int) -> Style:
        if index == self.cursor:
            focused = "catalog--cursor" if self.has_focus else "catalog--cursor-blurred"
            return self.get_component_rich_style(focused)
        if line.ref is not None and line.ref == self._opened:
            return self.get_component_rich_style("catalog--open")
        if line.dim:
            return self.get_component_rich_style("catalog--dim")
        return self.rich_style
