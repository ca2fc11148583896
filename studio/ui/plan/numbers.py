"""What stands beside the nodes of a plan: its heading, bars and numbers."""

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style

from studio.backends.plans.outline import Metric, Outline
from studio.backends.plans.words import EIGHTHS, bar
from studio.ui.widgets.labels import fit

ALWAYS = frozenset({"mark", "value", "share", "bar", "rows"})
"""Metrics that are shown whatever room there is, and in the brighter colour."""
_HOT, _WARM = 0.4, 0.15
_EIGHTHS = frozenset(EIGHTHS)


def heading(columns: Sequence[Metric]) -> str:
    """The titles."""
    return "".join(f"{column.title:>{column.width}} " for column in columns) + " node"


def numbers(
    outline: Outline, line: int, columns: Sequence[Metric], look: Callable[[str], Style]
) -> list[Segment]:
    """The cells of one line; `look`: the style of a component."""
    share, is_dim = outline.share(line), outline.is_dim(line)
    plain, dim = look("plan--name"), look("plan--dim")
    segments = []
    for column in columns:
        if column.key == "bar":
            segments.append(Segment(f"{bar(share, column.width)} ", look(_heat_of(share))))
            continue
        text = outline.cell(line, column.key)
        style = dim if is_dim or column.key not in ALWAYS else plain
        segments.append(Segment(fit(text.rjust(column.width), column.width) + " ", style))
    return segments


def is_bar(text: str) -> bool:
    """Whether a segment is a bar, which is drawn in its colour, not behind it."""
    return not text.isspace() and _EIGHTHS.issuperset(text)


def _heat_of(share: float) -> str:
    return "plan--hot" if share >= _HOT else "plan--warm" if share >= _WARM else "plan--bar"


def count_below(inner: Sequence[Sequence[int]], line: int) -> int:
    """Lines that a fold hides; `inner`: the lines right under each line."""
    waiting, count = list(inner[line]), 0
    while waiting:
        place = waiting.pop()
        count += 1
        waiting.extend(inner[place])
    return count
