"""What stands where a query has no rows: the statements that ran last, and how to get at more."""

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Static

from studio.model.words import plural
from studio.queries.history import Ran
from studio.ui.query.history import line_of

SHOWN = 3


class Earlier(Static):
    """The last statements of this connection, one a line."""

    DEFAULT_CSS = """
    Earlier {
        height: auto; max-height: 6; padding: 1 1 0 1; text-overflow: ellipsis; text-wrap: nowrap;
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, ran: Sequence[Ran], drafts: int) -> None:
        """`drafts`: how many texts were left in other query tabs."""
        lines = [line_of(one) for one in ran[:SHOWN]]
        ways = ["ctrl+l takes one that ran before"] if lines else []
        if drafts:
            ways.append(f"ctrl+\\ takes one of {plural(drafts, 'draft')}")
        if ways:
            lines.append(Text(" · ".join(ways), "dim", end=""))
        self.update(Text("\n").join(lines))
