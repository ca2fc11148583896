"""Everything known of one node of a plan, to read."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text

from studio.backends.halves.explaining import ExplainedPlan
from studio.backends.plans.words import printable
from studio.ui.widgets.hanging import Hanging

if TYPE_CHECKING:
    from studio.doctor.known import KnownHealth

_LABEL = 14
_NAMING, _MOST_NAMING = {"", "table"}, 2
"""Labels under which a node names what it reads: the first of them do."""
_MOST_FINDINGS = 5
_WIDEST = 4_000
"""Characters of one value that are shown."""


def details(shown: ExplainedPlan, line: int, known: "KnownHealth | None" = None) -> Hanging:
    """The node of a line, beside a column of labels; `known`: what was last found wrong."""
    said = tuple(shown.details(line))
    paragraphs = []
    for label, value in (*said, *_health(said, known)):
        before = Text(f"{label:<{_LABEL}} " if label else "", style="dim")
        paragraphs.append((before, Text(printable(value[:_WIDEST]), "" if label else "bold")))
    return Hanging(paragraphs)


def _health(
    said: Sequence[tuple[str, str]], known: "KnownHealth | None"
) -> Iterator[tuple[str, str]]:
    """What was found on the relation of the node, and when."""
    if known is None:
        return
    words = [value for label, value in said if label in _NAMING]
    found = known.named_in(words[:_MOST_NAMING])
    if found:
        yield "", f"Health, as of {known.said_at(datetime.now().astimezone())} (g h)"
    for finding in found[:_MOST_FINDINGS]:
        yield finding.severity.value, f"{finding.object}: {finding.says}"
    if len(found) > _MOST_FINDINGS:
        yield "and", f"{len(found) - _MOST_FINDINGS:,} more"
