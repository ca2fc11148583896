"""Which rows are on the screen and which one the cursor is on: whole numbers of any size."""

from typing import NamedTuple, Self


class Viewport(NamedTuple):
    """A page of rows somewhere in a height of rows; the cursor is always on the page.

    Textual's own scrolling counts rows in floats and places its bar by them, which ends long
    before tables do.
    """

    height: int = 0
    """Of everything, in rows."""
    page: int = 1
    """Rows on the screen."""
    top: int = 0
    row: int = 0
    """The cursor's."""

    @property
    def last_top(self) -> int:
        """Where `top` is when the last row is at the bottom."""
        return max(0, self.height - self.page)

    @property
    def last(self) -> int:
        """The last row on the screen; before `top` when there is none."""
        return min(self.height, self.top + self.page) - 1

    @property
    def rows(self) -> range:
        """The rows on the screen."""
        return range(self.top, self.last + 1)

    def moved_to(self, row: int) -> Self:
        """The cursor on `row`, and no more scrolling than it takes to see it."""
        row = max(0, min(row, self.height - 1))
        top = min(max(self.top, row - self.page + 1), row)
        return self._replace(row=row, top=max(0, min(top, self.last_top)))

    def paged(self, rows: int) -> Self:
        """Page and cursor moved together; at an end, the cursor goes on to it."""
        row = max(0, min(self.row + rows, self.height - 1))
        top = max(0, min(self.top + rows, self.last_top))
        return self._replace(top=top, row=row).moved_to(row)

    def scrolled_to(self, top: int) -> Self:
        """The page there, and the cursor dragged along when it would leave the page."""
        top = max(0, min(top, self.last_top))
        row = max(top, min(self.row, top + self.page - 1, self.height - 1))
        return self._replace(top=top, row=max(0, row))

    def resized(self, page: int) -> Self:
        """Another number of rows on the screen, the cursor still among them."""
        return self._replace(page=max(1, page)).moved_to(self.row)

    def changed(self, height: int, shift: int = 0) -> Self:
        """Another number of rows in all; `shift`: the rows shown are now that much further on."""
        moved = self._replace(height=height, top=max(0, self.top + shift))
        return moved.moved_to(self.row + shift)

    def thumb(self, track: int) -> range:
        """The part of a scroll bar of `track` cells that is the thumb; all of it: no need."""
        if self.height <= self.page or track <= 0:
            return range(max(0, track))
        size = max(1, track * self.page // self.height)
        start = (track - size) * self.top // self.last_top
        return range(start, start + size)

    def top_at(self, y: int, track: int) -> int:
        """Where `top` belongs when the thumb is pulled to `y`."""
        return self.last_top * max(0, min(y, track - 1)) // max(1, track - 1)
