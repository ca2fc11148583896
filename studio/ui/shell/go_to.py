"""Go to any table by a few letters of its name."""

from collections.abc import Sequence

from textual.widgets.option_list import Option

from studio.model.relation import TableRef, TableSummary
from studio.ui.shell.catalog_lines import short_count
from studio.ui.widgets.labels import plain
from studio.ui.widgets.pick import Pick, in_columns
from studio.ui.widgets.scattered import in_order, weighed

_MOST = 100
"""Lines offered at once: more are not read, and cost time."""


class GoTo(Pick[TableRef]):
    """Every relation, best match first."""

    PLACEHOLDER = "go to table…"

    def __init__(self, summaries: Sequence[TableSummary], *, is_filling: bool = False) -> None:
        super().__init__()
        self._summaries = tuple(summaries)
        self.is_filling = is_filling
        self._shown: list[TableRef] = []

    def offer(self, typed: str) -> list[Option]:
        """The best matches for what was typed; nothing typed: the first ones."""
        found = _ranked(self._summaries, typed) if typed else list(self._summaries)
        found = found[:_MOST]
        self._shown = [summary.ref for summary in found]
        if self.is_filling and not found:
            return [Option("reading the catalog…", disabled=True)]
        return [Option(line) for line in in_columns([*map(_words_of, found)], right=True)]

    def fill(self, summaries: Sequence[TableSummary]) -> None:
        """Offer the relations that have come, or say that none will."""
        self._summaries, self.is_filling = tuple(summaries), False
        self.refill()

    def mark(self, index: int) -> TableRef | None:
        """The same relation."""
        return self.value(index)

    def value(self, index: int) -> TableRef | None:
        """The relation on line `index`."""
        return self._shown[index] if index < len(self._shown) else None


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


def _words_of(summary: TableSummary) -> tuple[str, str, str]:
    count = short_count(summary.row_estimate, exact=summary.exact)
    return plain(str(summary.ref)), summary.kind.value, count
