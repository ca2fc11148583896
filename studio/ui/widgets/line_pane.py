"""A pane of lines with a cursor on one of them, drawn line by line: of thousands, what is seen."""

from textual import events
from textual.geometry import Region
from textual.reactive import reactive
from textual.scroll_view import ScrollView


class LinePane(ScrollView, can_focus=True):
    """Moves the cursor and keeps it in sight; which lines there are, and their looks, are its
    heirs'.
    """

    cursor: reactive[int] = reactive(0)

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint two lines and keep the cursor in sight."""
        top = self.scroll_offset.y
        width = self.size.width
        self.refresh(Region(0, old - top, width, 1), Region(0, new - top, width, 1))
        self.keep_in_sight()

    def keep_in_sight(self) -> None:
        """Scroll to the cursor."""
        region = Region(0, self.cursor, 1, 1)
        self.scroll_to_region(region, animate=False, force=True, immediate=True)

    def action_move(self, by: int) -> None:
        """Go `by` lines down."""
        self.cursor = max(0, min(self.line_count - 1, self.cursor + by))

    def action_page(self, by: int) -> None:
        """Go `by` screenfuls down."""
        self.action_move(by * max(1, self.size.height - 1))

    def action_edge(self, end: int) -> None:
        """Go to the first or the last line."""
        self.action_move(end * self.line_count)

    def _on_focus(self, event: events.Focus) -> None:
        super()._on_focus(event)
        self.refresh()

    def _on_blur(self, event: events.Blur) -> None:
        super()._on_blur(event)
        self.refresh()
