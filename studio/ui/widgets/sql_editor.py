"""The SQL editor: a text area coloured by the house's own tokens, a screen of lines at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.document._document import Document, DocumentBase, EditResult
from textual.document._document_navigator import DocumentNavigator
from textual.document._edit import Edit
from textual.document._wrapped_document import WrappedDocument
from textual.strip import Strip
from textual.widgets import TextArea

from studio.sqltext.highlight import Highlighter, HighlightSpan
from studio.sqltext.syntax import Syntax
from studio.ui.widgets.safe_text import one_for_one
from studio.ui.widgets.theme_styles import themed_style

_COMPONENTS = {
    "sql--keyword": "syntax-keyword",
    "sql--string": "syntax-string",
    "sql--number": "syntax-number",
    "sql--comment": "syntax-comment",
    "sql--name": "syntax-name",
    "sql--type": "syntax-type",
    "sql--operator": "syntax-operator",
    "sql--error": "error",
    "sql--running": "",
}
_OF_TYPE = (
    ("Keyword.Type", "sql--type"),
    ("Keyword", "sql--keyword"),
    ("Name.Builtin", "sql--type"),
    ("Name.Variable", "sql--number"),
    ("Name", "sql--name"),
    ("Literal.String.Name", "sql--name"),
    ("Literal.String", "sql--string"),
    ("Literal.Number", "sql--number"),
    ("Comment", "sql--comment"),
    ("Operator.Word", "sql--keyword"),
    ("Operator", "sql--operator"),
    ("Error", "sql--error"),
)
"""The first prefix of a Pygments token type that fits."""
_BRACKETS = {
    **{opening: (closing, 1) for opening, closing in ("()", "[]", "{}")},
    **{closing: (opening, -1) for opening, closing in ("()", "[]", "{}")},
}
"""The other half of each, and whether it is further down or up."""
_NO_CODE = ("Literal.String", "Comment")
_MOST_KEPT = 1_000
"""Painted lines."""
_MOST_WRAPPED = 256 * 1024
"""Characters; wrapping more would be felt."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the text, in characters, and how it is marked."""

    start: int
    end: int
    component: str


class _Whole(Document):
    """Keeps its text in one piece: at each key it is asked for some seventy times."""

    _text: str | None = None

    @property
    def text(self) -> str:
        """All lines, joined."""
        if self._text is None:
            self._text = super().text
        return self._text

    def replace_range(self, start: tuple[int, int], end: tuple[int, int], text: str) -> EditResult:
        """The only way in which it changes."""
        self._text = None
        return super().replace_range(start, end, text)


class _Wrapped(WrappedDocument):
    """Knows its height: the text area asks for it at every line it paints."""

    @property
    def height(self) -> int:
        """In lines of the screen."""
        return len(self._offset_to_line_info)


class SqlEditor(TextArea):
    """Text with line numbers; the statement that runs and the place of an error are marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+home", "cursor_end_of_text('start')", "Start of the text", show=False),
        Binding("ctrl+end", "cursor_end_of_text('end')", "End of the text", show=False),
        Binding("ctrl+shift+home", "cursor_end_of_text('start', True)", show=False),
        Binding("ctrl+shift+end", "cursor_end_of_text('end', True)", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {*TextArea.COMPONENT_CLASSES, *_COMPONENTS}
    DEFAULT_CSS = """
    SqlEditor {
        border: none; padding: 0; background: $background; scrollbar-size-vertical: 1;
        & .sql--keyword { color: $primary; }
        & .sql--string { color: $success; }
        & .sql--number { color: $accent; }
        & .sql--comment { color: $text-muted; }
        & .sql--name { color: $foreground; }
        & .sql--type { color: $secondary; }
        & .sql--operator { color: $secondary; }
        & .sql--error { color: $error; text-style: underline bold; }
        & .sql--running { background: $panel; }
        & .text-area--gutter { color: $text-muted; }
    }
    SqlEditor:focus { border: none; }
    """

    def __init__(
        self,
        syntax: Syntax,
        *,
        read_only: bool = False,
        wraps: bool = False,
        id: str | None = None,  # noqa: A002 Textual's own name
    ) -> None:
        super().__init__(
            id=id,
            read_only=read_only,
            show_line_numbers=True,
            soft_wrap=wraps,
            highlight_cursor_line=False,
        )
        self._wraps = wraps
        self._highlighter = Highlighter(syntax)
        self._coloured = ""
        self._lines: dict[int, list[HighlightSpan]] = {}
        self._styles: dict[str, Style] = {}
        self._plain: dict[object, Strip] = {}
        """Painted lines that hold no cursor, selection or mark: most of them are the same after a
        key, and the text area forgets its own at each one.
        """
        self._marks: tuple[Mark, ...] = ()
        self._signs: Mapping[int, str] = {}

    def _set_document(self, text: str, language: str | None) -> None:
        # As the text area itself does for a text without a language, with documents of its own.
        del language
        self.document = _Whole(text)
        self.wrapped_document = _Wrapped(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._build_highlight_map()
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()

    def load_text(self, text: str) -> None:
        """Show another text; one too long to be wrapped at once is scrolled sideways."""
        self.soft_wrap = self._wraps and len(text) <= _MOST_WRAPPED
        super().load_text(text)

    def get_line(self, line_index: int) -> Text:
        """A line with its colours and marks."""
        # Not Textual's line: Rich leaves control characters out of it, and places would shift.
        line = Text(one_for_one(self.document.get_line(line_index)), end="", no_wrap=True)
        for span in self._spans(line_index):
            if style := self._style(_component(span.type)):
                line.stylize(style, span.start, span.end)
        for mark in self._marks:
            self._lay(mark, line_index, line)
        return line

    def _spans(self, line_index: int) -> list[HighlightSpan]:
        text = self.text
        if text != self._coloured:
            self._lines.clear()
            self._coloured = text
        if line_index not in self._lines:
            self._colour_from(line_index)
        return self._lines[line_index]

    def _colour_from(self, first: int) -> None:
        """No more than is in sight, nor what is coloured already: every key begins anew."""
        end = min(first + max(1, self.size.height), self.document.line_count)
        last = next((n for n in range(first + 1, end) if n in self._lines), end) - 1
        for index in range(first, last + 1):
            self._lines[index] = []
        for span in self._highlighter.spans(self._coloured, first, last):
            self._lines[span.line].append(span)

    def _lay(self, mark: Mark, line_index: int, line: Text) -> None:
        start_row, start_column = self.location_of(mark.start)
        end_row, end_column = self.location_of(mark.end)
        if start_row <= line_index <= end_row and (style := self._style(mark.component)):
            first = start_column if line_index == start_row else 0
            last = end_column if line_index == end_row else len(line)
            line.stylize(style, first, last)

    def _style(self, component: str) -> Style | None:
        if component and component not in self._styles:
            found = themed_style(self, component, text=_COMPONENTS[component])
            # Only what the component is for: the line's own background stays.
            is_running = component == "sql--running"
            self._styles[component] = (
                Style(bgcolor=found.bgcolor)
                if is_running
                else Style(color=found.color, bold=found.bold, underline=found.underline)
            )
        return self._styles.get(component)

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        self._styles.clear()
        self._plain.clear()
        super().notify_style_update()

    def edit(self, edit: Edit) -> EditResult:
        """Undo goes back word by word, not by how fast somebody types."""
        if len(edit.text) == 1 and _begins_word(edit.text, self.document, edit.top):
            self.history.checkpoint()
        return super().edit(edit)

    def action_cursor_end_of_text(self, where: str, select: bool = False) -> None:
        """Go to the start or the end of the text."""
        self.move_cursor((0, 0) if where == "start" else self.document.end, select=select)

    def find_matching_bracket(
        self, bracket: str, search_from: tuple[int, int]
    ) -> tuple[int, int] | None:
        """Its other half, as far as that is in sight: the text area looks through all of a text for
        one that is not there. Brackets in strings and comments have none.
        """
        if bracket not in _BRACKETS:
            return None
        other, step = _BRACKETS[bracket]
        depth = 0
        for place, found in self._brackets((bracket, other), search_from, step):
            if depth == 0 and place != search_from:
                return None
            depth += 1 if found == bracket else -1
            if depth == 0:
                return place
        return None

    def _brackets(
        self, pair: tuple[str, str], start: tuple[int, int], step: int
    ) -> Iterator[tuple[tuple[int, int], str]]:
        """Those of `pair` in sight from `start` on, on the way down (1) or up (-1)."""
        top, height = self.scroll_offset.y, max(1, self.size.height)
        shown = self.wrapped_document._offset_to_line_info[top : top + height]  # noqa: SLF001
        rows = [
            row for row in dict.fromkeys(row for row, _ in shown) if row * step >= start[0] * step
        ]
        for row in rows[::step]:
            line = self.document.get_line(row)
            dead = [s for s in self._spans(row) if s.type.startswith(_NO_CODE)]
            for column, letter in list(enumerate(line))[::step]:
                if row == start[0] and column * step < start[1] * step:
                    continue
                if letter in pair and not any(s.start <= column < s.end for s in dead):
                    yield (row, column), letter

    # -- signs -----------------------------------------------------------------------------------

    def show_signs(self, signs: Mapping[int, str]) -> None:
        """Show these behind the numbers of their lines, from 0."""
        if signs != self._signs:
            self._signs = dict(signs)
            super().notify_style_update()
            self.refresh()

    def _render_line(self, y: int) -> Strip:
        place = y + self.scroll_offset.y
        lines = self.wrapped_document._offset_to_line_info  # noqa: SLF001 as the text area itself
        if place >= len(lines):
            return super()._render_line(y)
        line, section = lines[place]
        key = self._plain_key(line, section)
        if key is None:
            return self._signed(super()._render_line(y), line, section)
        strip = self._plain.get(key)
        if strip is None:
            if len(self._plain) >= _MOST_KEPT:
                self._plain.clear()
            strip = self._plain[key] = self._signed(super()._render_line(y), line, section)
        return strip

    def _plain_key(self, line: int, section: int) -> object:
        """All that a painted line depends on; None for one that holds more than its text."""
        start, end = self.selection
        bracket = self._matching_bracket_location
        is_plain = (
            not self._marks
            and self.soft_wrap
            and not min(start[0], end[0]) <= line <= max(start[0], end[0])
            and (bracket is None or bracket[0] != line)
        )
        if not is_plain:
            return None
        spans = tuple((span.start, span.end, span.type) for span in self._spans(line))
        # A line may be painted between a change of the width and the wrapping that follows it.
        breaks = tuple(self.wrapped_document.get_offsets(line))
        width = self.scrollable_content_region.width, self.gutter_width, breaks
        text, sign = self.document.get_line(line), self._signs.get(line)
        return line, section, text, spans, sign, width, self.size

    def _signed(self, strip: Strip, line: int, section: int) -> Strip:
        sign = self._signs.get(line) if section == 0 else None
        if sign is None:
            return strip
        at = self.gutter_width - 2
        gutter = next(iter(strip), Segment("")).style
        marked = Strip([Segment(sign, gutter)], 1)
        return Strip.join([strip.crop(0, at), marked, strip.crop(at + 1, strip.cell_length)])

    # -- places ----------------------------------------------------------------------------------

    @property
    def cursor_index(self) -> int:
        """The cursor, in characters from the start."""
        return self.index_of(self.cursor_location)

    @property
    def selects_lines(self) -> bool:
        """Whether the selection goes beyond one line."""
        return self.selection.start[0] != self.selection.end[0]

    @property
    def selected(self) -> tuple[int, int]:
        """The selection in characters, its start first; equal when nothing is selected."""
        ends = sorted((self.index_of(self.selection.start), self.index_of(self.selection.end)))
        return ends[0], ends[1]

    def index_of(self, location: tuple[int, int]) -> int:
        """A place as characters from the start; line ends count as the document writes them."""
        row, column = location
        ends = len(self.document.newline)
        return sum(len(line) + ends for line in self.document.lines[:row]) + column

    def location_of(self, index: int) -> tuple[int, int]:
        """Row and column of a place in characters."""
        before = self.text[: max(0, index)]
        return before.count("\n"), len(before) - before.rfind("\n") - 1

    # -- marks -----------------------------------------------------------------------------------

    def mark_running(self, start: int, end: int) -> None:
        """Mark the statement that runs."""
        self._set_marks((Mark(start, end, "sql--running"),))
        self.scroll_to_mark(start)

    def mark_error(self, position: int, end: int | None = None) -> None:
        """Mark from `position` to `end`, or the word there, and put the cursor at its start."""
        if end is None:
            end = position
            while end < len(self.text) and (self.text[end].isalnum() or self.text[end] == "_"):
                end += 1
        self._set_marks((Mark(position, max(end, position + 1), "sql--error"),))
        self.move_cursor(self.location_of(position))

    def mark(self, *stretches: tuple[int, int]) -> None:
        """Mark stretches of the text as one mark the running statement."""
        self._set_marks(tuple(Mark(start, end, "sql--running") for start, end in stretches))

    def unmark(self) -> None:
        """Take every mark away."""
        if self._marks:
            self._set_marks(())

    def _set_marks(self, marks: tuple[Mark, ...]) -> None:
        self._marks = marks
        # The text area keeps its painted lines until its style changes.
        super().notify_style_update()
        self.refresh()

    def scroll_to_mark(self, start: int) -> None:
        """Bring the line of a place into sight without moving the cursor."""
        row = self.wrapped_document.location_to_offset(self.location_of(start)).y
        if not self.scroll_offset.y <= row < self.scroll_offset.y + self.size.height:
            self.scroll_to(y=row, animate=False)


def _begins_word(typed: str, document: DocumentBase, at: tuple[int, int]) -> bool:
    """Whether a letter stands behind something that is none."""
    row, column = at
    before = document.get_line(row)[column - 1 : column] if column else ""
    return _is_of_word(typed) and not _is_of_word(before)


def _is_of_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _component(type_name: str) -> str:
    return next((component for prefix, component in _OF_TYPE if type_name.startswith(prefix)), "")
