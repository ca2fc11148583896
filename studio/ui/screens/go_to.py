"""Go to any table by a few letters of its name."""

from collections.abc import Sequence

from rich.text import Text
from textual.fuzzy import Matcher
from textual.widgets.option_list import Option

from studio.model.relation import TableRef, TableSummary
from studio.ui.labels import plain
from studio.ui.screens.pick import Pick
from studio.ui.widgets.catalog_tree import short_count

_MOST = 100
"""Lines offered at once: more are not read, and cost time."""


class GoTo(Pick[TableRef]):
    """Every relation, best match first."""

    PLACEHOLDER = "go to table…"

    def __init__(self, summaries: Sequence[TableSummary]) -> None:
        super().__init__()
        self._summaries = tuple(summaries)
        self._shown: list[TableRef] = []

    def offer(self, typed: str) -> list[Option]:
        """The best matches for what was typed; nothing typed: the first ones."""
        found = list(self._summaries)
        if typed:
            matcher = Matcher(typed)
            scored = [(matcher.match(str(s.ref)), s) for s in self._summaries]
            scored = [pair for pair in scored if pair[0] > 0]
            found = [s for _, s in sorted(scored, key=lambda pair: -pair[0])]
        found = found[:_MOST]
        self._shown = [summary.ref for summary in found]
        return [Option(_line(summary)) for summary in found]

    def value(self, index: int) -> TableRef:
        """The relation on line `index`."""
        return self._shown[index]


def _line(summary: TableSummary) -> Text:
    count = short_count(summary.row_estimate, exact=summary.exact)
    return Text.assemble(
        plain(str(summary.ref)), (f"  {summary.kind.value}  {count}", "dim"), no_wrap=True
    )
