"""Where a paste may go, and as what."""

from textual.events import Paste
from textual.widget import Widget

from studio.ui.widgets.labels import one_line

MOST_TYPED = 1_000_000
"""Characters a field takes at once: with more, every key after them takes seconds."""


def fitting(paste: Paste, focused: Widget | None) -> Paste:
    """The paste as the field that has the focus can hold it; other places take it as it is.

    Raises ValueError with a sentence where it is too much.
    """
    from textual.widgets import Input, TextArea  # noqa: PLC0415 - not before the first rows

    if not isinstance(focused, Input | TextArea):
        return paste
    if len(paste.text) > MOST_TYPED:
        raise ValueError(
            f"{len(paste.text):,} characters are too many to paste into a field: use a file"
        )
    return Paste(one_line(paste.text)) if isinstance(focused, Input) else paste
