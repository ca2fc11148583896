"""A text area for values of a database: what they hold is drawn, never obeyed."""

from rich.text import Text
from textual.widgets import TextArea

from studio.ui.widgets.safe_text import one_for_one


class Field(TextArea):
    """Lines to type in, or one; control characters show as symbols."""

    DEFAULT_CSS = """
    Field { height: auto; max-height: 12; border: none; padding: 0 1; background: $surface; }
    Field:focus { border: none; }
    """

    def __init__(self, text: str, *, placeholder: str = "") -> None:
        super().__init__(
            text,
            soft_wrap=True,
            compact=True,
            highlight_cursor_line=False,
            placeholder=placeholder,
        )
        self.move_cursor(self.document.end)

    def get_line(self, line_index: int) -> Text:
        """A line with nothing in it that a terminal would act on; places stay as they are."""
        # Not Textual's line: Rich leaves control characters out of it, and places would shift.
        return Text(one_for_one(self.document.get_line(line_index)), end="", no_wrap=True)
