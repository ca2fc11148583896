"""One whole value, scrolled line by line however large it is."""

import asyncio
import os
from collections.abc import Sequence
from time import perf_counter
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from studio.model.catalog import Column, ColumnKind
from studio.model.page import Shortened, Value
from studio.model.parts import ValuePart
from studio.model.times import TimesIn
from studio.model.words import plural
from studio.rows.byte_kinds import byte_kind
from studio.ui.keys.commands import Command, bindings
from studio.ui.values.documents import (
    Document,
    DocumentLayout,
    bytes_of,
    document_of,
    layout_of,
    stored_bytes,
)
from studio.ui.values.json_document import JsonDocument
from studio.ui.values.json_tree import JsonTree
from studio.ui.values.parts_document import PartsDocument
from studio.ui.values.searching import go_to_line, line_at, next_place
from studio.ui.values.text_document import TextDocument
from studio.ui.widgets.cells import bytes_size
from studio.ui.widgets.epochs import epoch_date, is_epoch_name
from studio.ui.widgets.glyphs import Glyphs, glyphs_for
from studio.ui.widgets.id_times import time_beside
from studio.ui.widgets.labels import plain
from studio.ui.widgets.safe_text import TextPiece, fit
from studio.ui.widgets.theme_styles import themed_style

HEADING_LINES = 2
WHEEL_LINES = 3
_VARIABLES = {
    "dim": "dim",
    "key": "syntax-keyword",
    "string": "syntax-string",
    "number": "syntax-number",
    "word": "syntax-type",
    "mark": "dim",
}
"""What a theme calls the colour of a part."""
_TURN_S = 0.008
"""So long the lines of a long value are looked for at once; then others have their turn."""
_PAUSE_S = 0.001
_MOST_COUNTED = 1 << 20
"""Characters whose bytes are counted for the heading."""


class ValueView(Widget, can_focus=True):
    """Text wrapped, JSON laid out, bytes as hex; only the lines on the screen are ever made."""

    class LaidOut(Message):
        """In another way: other keys work."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "value--text",
        "value--dim",
        "value--name",
        "value--cursor",
        *(f"value--{role}" for role in _VARIABLES),
    }
    DEFAULT_CSS = """
    ValueView {
        width: 1fr;
        height: 1fr;
        padding: 0 1;
        & > .value--dim { color: $text-muted; }
        & > .value--name { text-style: bold; }
        & > .value--cursor { background: $primary 30%; }
        & > .value--key { color: $primary; }
        & > .value--string { color: $success; }
        & > .value--number { color: $accent; }
        & > .value--word { color: $secondary; }
        & > .value--mark { color: $text-muted; }
    }
    """
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("value.down", "Next line", "down,j", "scroll_lines(1)"),
        Command("value.up", "Previous line", "up,k", "scroll_lines(-1)"),
        Command("value.page-down", "Page down", "pagedown,ctrl+d,space", "scroll_pages(1)"),
        Command("value.page-up", "Page up", "pageup,ctrl+u", "scroll_pages(-1)"),
        Command("value.first", "Start", "home,ctrl+home,g g", "first_line"),
        Command("value.last", "End", "end,ctrl+end,G", "last_line"),
        Command("value.fold", "Fold, or open what is folded", "o", "fold", "fold"),
        Command(
            "value.fold-all", "Fold all that is inside, or open all", "O", "fold_all", "fold all"
        ),
        Command("value.in", "Open what is folded, else next line", "right,l", "unfold"),
        Command("value.out", "Fold, else to what it is in", "left,h", "fold_or_out"),
        Command("value.layout", "As text, JSON, bytes, or its parts", "v", "next_layout", "layout"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)

    def __init__(
        self,
        *,
        glyphs: Glyphs | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs or glyphs_for(os.environ)
        self._column = Column("", "", ColumnKind.OTHER)
        self._value: str | bytes = ""
        self._is_head = False
        self._parts: Sequence[ValuePart] = ()
        self._is_absent = True
        self._given: Value = None
        self.times = TimesIn.STORED
        """The zone of what the heading says of a time."""
        self._layout_kind = DocumentLayout.TEXT
        self._document: Document = TextDocument("", self._glyphs)
        self._tree: JsonTree | None = None
        """JSON has a cursor, and what folds."""
        self._awaits_end = False
        """Whether somebody wants to see the end, which is still looked for."""
        self._note = ""
        self._kind = ""  # of bytes
        self._found = -1  # where a text was found last, in the value
        self._read = ""  # how far that is, as it was drawn last
        self._top = 0
        self._shown_lines: list[tuple[list[TextPiece], int]] = []
        self._lines_key: tuple[int, int, int] | None = None

    def show(
        self, column: Column, value: Value, note: str = "", parts: Sequence[ValuePart] = ()
    ) -> None:
        """Show a value of a column, in the layout that suits it; `note`: what is odd about it;
        `parts`: what it is made of.
        """
        self._note = note
        self._parts = parts
        self._column = column
        self._is_head = isinstance(value, Shortened)
        whole = value.head if isinstance(value, Shortened) else value
        self._is_absent = whole is None
        self._given = whole
        self._value = whole if isinstance(whole, str | bytes) else _written(whole)
        suits = layout_of(self._value, column.kind)
        self._lay_out(DocumentLayout.PARTS if parts else suits)

    @property
    def layout_kind(self) -> DocumentLayout:
        """How the value is laid out."""
        return self._layout_kind

    def lines_needed(self, width: int, most: int) -> int:
        """Lines of the heading and the value in that width, counted no further than `most`."""
        lines, place = 1, 0
        while lines < most and place < self._document.size:
            place = self._document.line(place, max(1, width))[1]
            lines += 1
        return lines + HEADING_LINES - (lines > 1)

    @property
    def json_tree(self) -> JsonTree | None:
        """The value as a tree, with a cursor in it; None in other layouts."""
        return self._tree

    def find(self, needle: str, step: int) -> str:
        """Go to the next place of a text, or with a `step` below 0 the one before; why not, if
        that cannot be.
        """
        document, tree = self._document, self._tree
        if not isinstance(document, TextDocument | JsonDocument | PartsDocument):
            return "v shows it as text, which can be searched"
        if tree is not None and not tree.document.lines.is_whole:
            self._read_on(tree)
            return "its end is still looked for: again in a moment"
        here = self._found
        if tree is not None and line_at(tree.document.lines, max(0, here)) != tree.line:
            here = tree.document.lines.start(tree.line)
        if isinstance(document, PartsDocument):
            found = document.next_place(needle, here, step)
        else:
            text = document.text if isinstance(document, TextDocument) else document.lines.text
            found = next_place(text, needle, here, step)
        if found is None:
            return f"{plain(needle)} is not in it"
        self._found = found
        if tree is not None:
            go_to_line(tree, line_at(tree.document.lines, found))
            self._folded()
            return ""
        self._top = self._document.before(found + 1, self._width)
        for _ in range(self._page // 3):
            self._top = self._document.before(self._top, self._width) if self._top else 0
        self.refresh()
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a tree folds."""
        if action in {"fold", "fold_all", "unfold", "fold_or_out"}:
            return self._tree is not None
        return super().check_action(action, parameters)

    def action_next_layout(self) -> None:
        """Lay the value out in the next way."""
        ways = [way for way in DocumentLayout if self._parts or way is not DocumentLayout.PARTS]
        self._lay_out(ways[(ways.index(self._layout_kind) + 1) % len(ways)])

    def action_scroll_lines(self, lines: int) -> None:
        """Go on, or back, by lines; not beyond the last page."""
        if self._tree is not None:
            self._tree.move(lines, self._width)
            self._show_cursor()
            return
        for _ in range(abs(lines)):
            if lines < 0:
                self._top = self._document.before(self._top, self._width) if self._top else 0
            elif (shown := self._lines()) and shown[-1][1] < self._document.size:
                self._top = shown[0][1]
        self.refresh()

    def action_scroll_pages(self, pages: int) -> None:
        """Go on, or back, by pages."""
        self.action_scroll_lines(pages * max(1, self._page - 1))

    def action_first_line(self) -> None:
        """Go to the start."""
        self._top = 0
        if self._tree is not None:
            self._tree.cursor = 0
            self._show_cursor()
        self.refresh()

    def action_last_line(self) -> None:
        """Go to the end, without reading what is before it; of a tree, once that was read."""
        if self._tree is not None:
            self._awaits_end = not self._tree.document.lines.is_whole
            if self._awaits_end:
                self._read_on(self._tree)
            else:
                self._tree.last(self._width)
            self._show_cursor()
            return
        self._top = self._document.size
        for _ in range(self._page):
            self._top = self._document.before(self._top, self._width) if self._top else 0
        self.refresh()

    def action_fold(self) -> None:
        """Fold what the cursor is on, or open it."""
        if self._tree is not None:
            self._tree.turn()
            self._folded()

    def action_fold_all(self) -> None:
        """Fold everything in the whole, or open it all."""
        if self._tree is not None:
            self._tree.turn_all()
            self._folded()

    def action_unfold(self) -> None:
        """Open what is folded, else go on."""
        if self._tree is not None:
            self._tree.unfold(self._width)
            self._folded()

    def action_fold_or_out(self) -> None:
        """Fold what is open, else go to what it is in."""
        if self._tree is not None:
            self._tree.fold_or_out()
            self._folded()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll on."""
        event.stop()
        self.action_scroll_lines(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back."""
        event.stop()
        self.action_scroll_lines(-WHEEL_LINES)

    def on_resize(self) -> None:
        """Lines begin elsewhere in another width."""
        self._top = min(self._top, self._document.size)
        if self._tree is not None:
            self._top = self._tree.start_of(self._top)
            self._tree.cursor = self._tree.start_of(self._tree.cursor)
            self._show_cursor()
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As high as there is room."""
        del viewport, width
        return container.height

    def render_line(self, y: int) -> Strip:
        """The heading, a blank or the path in a tree, then the value's lines."""
        if y == 0:
            return self._heading()
        row = y - HEADING_LINES
        if row < 0 and self._tree is not None:
            return self._strip(fit(self._path(self._tree), self._width, self._glyphs), "dim")
        if row < 0:
            return Strip.blank(self.size.width, self._style("text"))
        if self._is_absent and row == 0:
            return self._strip([TextPiece(f"{self._glyphs.null} NULL", is_symbol=True)])
        lines = self._lines()
        if row >= len(lines):
            return self._strip([])
        start = lines[row - 1][1] if row else self._top
        if self._tree is not None:
            is_here = start == self._tree.cursor
        else:
            is_here = start <= self._found < lines[row][1]
        return self._strip(lines[row][0], "cursor" if is_here else "")

    def notify_style_update(self) -> None:
        """A theme changed: so do colours."""
        super().notify_style_update()
        self.refresh()

    @property
    def _page(self) -> int:
        return max(1, self.size.height - HEADING_LINES)

    @property
    def _width(self) -> int:
        return max(1, self.size.width)

    def _lines(self) -> list[tuple[list[TextPiece], int]]:
        """The lines on the screen, each with the place of the next."""
        key = (self._top, self._width, self._page)
        if key != self._lines_key:
            lines: list[tuple[list[TextPiece], int]] = []
            place = self._top
            while len(lines) < self._page and place < self._document.size:
                lines.append(self._document.line(place, self._width))
                place = lines[-1][1]
            self._lines_key, self._shown_lines = key, lines
        return self._shown_lines

    def _lay_out(self, layout: DocumentLayout) -> None:
        self._layout_kind = layout
        self._kind = byte_kind(bytes_of(self._value)) if layout is DocumentLayout.HEX else ""
        if layout is DocumentLayout.PARTS:
            document: Document = PartsDocument(self._parts, self._glyphs)
        else:
            document = document_of(self._value, layout, self._glyphs)
        self._document = document
        self._tree = JsonTree(document) if isinstance(document, JsonDocument) else None
        self._top, self._awaits_end, self._found = 0, False, -1
        self._lines_key = None
        self.post_message(self.LaidOut())
        self.refresh()

    @work(group="json", exclusive=True)
    async def _read_on(self, tree: JsonTree) -> None:
        """Find the lines up to the end, in turns that nobody feels."""
        lines = tree.document.lines
        while tree is self._tree and not lines.is_whole:
            until = perf_counter() + _TURN_S
            while not lines.is_whole and perf_counter() < until:
                lines.find()
            self._show_progress(tree)
            await asyncio.sleep(_PAUSE_S)
        if tree is self._tree and self._awaits_end:
            self.action_last_line()

    def _show_progress(self, tree: JsonTree) -> None:
        """Draw what is known by now, and of that only what is not on the screen yet."""
        if (read := self._path(tree)) != self._read:
            self._read = read
            self.refresh(Region(0, 1, self.size.width, 1))
        shown = self._lines()
        if len(shown) < self._page:
            self._lines_key = None
            if [drawn for drawn, _ in self._lines()] != [drawn for drawn, _ in shown]:
                self.refresh()

    def _path(self, tree: JsonTree) -> str:
        more = self._awaits_more(tree)
        return tree.path(self._width, awaits_end=self._awaits_end, awaits_more=more)

    def _awaits_more(self, tree: JsonTree) -> bool:
        """Whether what comes after the last line on the screen is not known yet."""
        return not tree.document.lines.is_whole and len(self._lines()) < self._page

    def _folded(self) -> None:
        self._lines_key = None
        self._show_cursor()
        if self._tree is not None and self._awaits_more(self._tree):
            self._read_on(self._tree)

    def _show_cursor(self) -> None:
        """Scroll no further than it takes to see the cursor."""
        if self._tree is not None:
            cursor = self._tree.cursor
            self._top = min(self._tree.start_of(self._top, exactly=True), cursor)
            lines = self._lines()
            if lines and cursor >= lines[-1][1]:
                self._top = self._tree.above(cursor, self._page - 1, self._width)
        self.refresh()

    def _heading(self) -> Strip:
        facts = [self._column.type_name, self._note, self._size_words()]
        if not self._is_absent:
            facts.append(f"as {self._layout_kind}")
        date = epoch_date(self._given, self.times) if is_epoch_name(self._column.name) else ""
        facts += [date, time_beside(self._column.kind, self._given, self.times)]
        if self._layout_kind is DocumentLayout.HEX:
            facts.insert(1, self._kind)
        separator = " - " if self._glyphs.ascii_only else " · "
        words = separator.join(fact for fact in facts if fact)
        name = fit(self._column.name, self._width // 2, self._glyphs)
        segments = [Segment(piece.text, self._style("name")) for piece in name]
        room = self._width - sum(segment.cell_length for segment in segments) - 2
        segments.append(Segment("  ", self._style("text")))
        segments += [
            Segment(piece.text, self._style("dim")) for piece in fit(words, room, self._glyphs)
        ]
        return Strip(segments).adjust_cell_length(self._width, self._style("text"))

    def _size_words(self) -> str:
        if self._is_absent:
            return ""
        if self._is_head:
            return f"the first {bytes_size(len(self._value))} of a longer value"
        if isinstance(self._value, bytes):
            return bytes_size(len(self._value))
        characters = plural(len(self._value), "character")
        if len(self._value) > _MOST_COUNTED or self._value.isascii():
            return characters
        return f"{characters} · {bytes_size(len(stored_bytes(self._value)))}"

    def _strip(self, pieces: list[TextPiece], whole: str = "") -> Strip:
        """A line; `whole`: what all of it is."""
        segments = [
            Segment(
                piece.text,
                self._style(whole or ("dim" if piece.is_symbol else piece.role or "text")),
            )
            for piece in pieces
        ]
        return Strip(segments).adjust_cell_length(self._width, self._style(whole or "text"))

    def _style(self, part: str) -> Style:
        if part == "cursor":
            names = {"text": "grid-cursor-text", "behind": "grid-cursor"}
            return themed_style(self, "value--cursor", **names)
        return themed_style(self, f"value--{part}", text=_VARIABLES.get(part, ""))


def _written(value: Value) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
