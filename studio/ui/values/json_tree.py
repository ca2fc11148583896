"""A cursor in laid out JSON: where it goes, what it folds, where it is."""

import json

from studio.backends.halves.operators import Operators
from studio.model.catalog import Column
from studio.model.page import Condition
from studio.rows.json_filter import node_filter
from studio.ui.values.json_document import JsonDocument
from studio.ui.widgets.glyphs import UNICODE, Glyphs
from studio.ui.widgets.safe_text import cells_up_to


class JsonTree:
    """A document, and the place of the line that the cursor is on."""

    def __init__(self, document: JsonDocument) -> None:
        self.document = document
        self.cursor = 0

    @property
    def line(self) -> int:
        """The line under the cursor."""
        return self.document.line_of(self.cursor)

    def start_of(self, place: int, *, exactly: bool = False) -> int:
        """Where the line at a place begins, or the folded one it is in; `exactly`: a place within
        a line that is shown stays.
        """
        line = self.document.line_of(place)
        start = self.document.place_of(line)
        return place if exactly and start == self.document.start_of(line) else start

    def move(self, lines: int, width: int) -> None:
        """Go on, or back."""
        document = self.document
        for _ in range(abs(lines)):
            if lines < 0:
                self.cursor = document.before(self.cursor, width) if self.cursor else 0
            elif (after := document.line(self.cursor, width)[1]) < document.size:
                self.cursor = after

    def last(self, width: int) -> None:
        """Go to the last line that is known."""
        self.cursor = self.document.before(self.document.size, width)

    def above(self, place: int, lines: int, width: int) -> int:
        """The place so many lines before."""
        for _ in range(lines):
            place = self.document.before(place, width) if place else 0
        return place

    # -- folding ---------------------------------------------------------------------------------

    def turn(self) -> None:
        """Fold what the cursor is on or in, or open it."""
        document, line = self.document, self.line
        if not document.can_fold(line):
            line = document.parent_of(line)
        if document.can_fold(line):
            document.turn(line)
            self._go(line)

    def turn_all(self) -> None:
        """Fold everything that the whole holds, or open it all."""
        line = self.line
        self.document.fold_from(None if self.document.folds_all else 1)
        self._go(line)

    def unfold(self, width: int) -> None:
        """Open what is folded, else go on."""
        if self.document.is_folded(self.line):
            self.document.turn(self.line)
        else:
            self.move(1, width)

    def fold_or_out(self) -> None:
        """Fold what is open, else go to what it is in."""
        document, line = self.document, self.line
        if document.can_fold(line) and not document.is_folded(line):
            document.turn(line)
        else:
            line = document.parent_of(line)
        self._go(line)

    def _go(self, line: int) -> None:
        self.cursor = self.document.place_of(line)

    # -- where it is -----------------------------------------------------------------------------

    def path(
        self,
        width: int,
        *,
        awaits_end: bool = False,
        awaits_more: bool = False,
        glyphs: Glyphs = UNICODE,
    ) -> str:
        """Where the cursor is, in so many cells; of a long path the end.

        `awaits_end`: instead, how far the way there is; `awaits_more`: that too, since blank lines
        would look like the end of it.
        """
        progress = f"reading on: {self.document.lines.share:.0%}"
        if awaits_end:
            return progress
        if awaits_more and (room := width - len(progress) - 2) > 0:
            return f"{self._path_in(room, glyphs)}  {progress}"
        return self._path_in(width, glyphs)

    def _path_in(self, width: int, glyphs: Glyphs) -> str:
        lines = self.document.lines
        if lines.is_rest(self.line):
            return f"no JSON from character {lines.broken_at or 0:,} on"
        path = lines.path(self.line)
        if cells_up_to(path, width + 1, glyphs) <= width:
            return path
        tail = path[-width:]
        while cells_up_to(tail, width + 1, glyphs) >= width and tail:
            tail = tail[1:]
        return f"{glyphs.ellipsis}{tail}"

    def path_here(self) -> str:
        """Where the cursor is, whole."""
        return self.document.lines.path(self.line)

    def filter_here(self, column: Column, operators: Operators) -> Condition:
        """The rows that have at this place what the cursor is on. Raises ValueError."""
        lines, line = self.document.lines, self.line
        if lines.is_rest(line):
            raise ValueError("this is no JSON")
        # Of what opens, the bracket is enough.
        value, is_escaped = lines.parts(lines.owner(line)).value, lines.has_escapes(line)
        return node_filter(column, lines.steps(line), value, operators, is_escaped=is_escaped)

    def value_here(self) -> str | None:
        """The value under the cursor: text as it is, all else as it is written; None while its
        end is not known.
        """
        text = self.document.lines.value(self.line)
        if text is None or not text.startswith('"'):
            return text
        try:
            return str(json.loads(text, strict=False))
        except ValueError:
            return text
