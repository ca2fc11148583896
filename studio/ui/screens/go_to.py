"""Go to any table by a few letters of its name."""

from collections.abc import Sequence

from rich.text import Text
from textual.widgets.option_list import Option

from studio.model.relation import TableRef, TableSummary
from studio.ui.labels import plain
from studio.ui.scattered import in_order, weighed
from studio.ui.screens.pick import Pick
from studio.ui.widgets.catalog_lines import short_count

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
        found = _ranked(self._summaries, typed) if typed else list(self._summaries)
        found = found[:_MOST]
        self._shown = [summary.ref for summary in found]
        return [Option(_line(summary)) for summary in found]

    def value(self, index: int) -> TableRef:
        """The relation on line `index`."""
        return self._shown[index]


def _ranked(summaries: Sequence[TableSummary], typed: str) -> list[TableSummary]:
    """What matches, best first: names that are or hold what was typed, shortest first; then those
    with its letters somewhere, of which not more are weighed than can be shown.
    """
    needle = typed.casefold()
    held: list[tuple[int, bool, int, TableSummary]] = []
    loose: list[TableSummary] = []
    for summary in summaries:
        name, whole = summary.ref.name.casefold(), str(summary.ref).casefold()
        if needle in {name, whole}:
            held.append((0, False, 0, summary))
        elif needle in name:
            rank = 1 if name.startswith(needle) else 2
            held.append((rank, summary.kind.is_internal, len(name), summary))
        elif needle in whole:
            held.append((3, summary.kind.is_internal, len(name), summary))
        elif in_order(needle, whole):
            loose.append(summary)
    found = [summary for *_, summary in sorted(held, key=lambda one: one[:3])]
    return found if len(found) >= _MOST else [*found, *weighed(loose, typed, _words)]


def _words(summary: TableSummary) -> str:
    return str(summary.ref)


def _line(summary: TableSummary) -> Text:
    count = short_count(summary.row_estimate, exact=summary.exact)
    return Text.assemble(
        plain(str(summary.ref)), (f"  {summary.kind.value}  {count}", "dim"), no_wrap=True
    )
