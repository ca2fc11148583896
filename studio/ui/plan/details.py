"""Everything known of one node of a plan, to read."""

from rich.text import Text

from studio.backends.halves.explaining import ExplainedPlan
from studio.backends.plans.words import printable

_LABEL = 14
_WIDEST = 4_000
"""Characters of one value that are shown."""


def details(shown: ExplainedPlan, line: int) -> Text:
    """The node of a line, as text in a column of labels."""
    text = Text(end="")
    for label, value in shown.details(line):
        shown_value = printable(value[:_WIDEST])
        if text:
            text.append("\n")
        if not label:
            text.append(shown_value, style="bold")
        else:
            text.append(f"{label:<{_LABEL}} ", style="dim")
            text.append(shown_value)
    return text
