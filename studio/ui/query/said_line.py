"""What happened, in words, under the text."""

from textual.widgets import Static

from studio.ui.widgets.labels import plain_lines


class SaidLine(Static):
    """The last thing that was said."""

    DEFAULT_CSS = """
    SaidLine { height: auto; max-height: 6; padding: 0 1; background: $surface; color: $dim; }
    SaidLine.-error { color: $error; }
    """

    def __init__(self, text: str) -> None:
        super().__init__(text, id="said", markup=False)
        self.mark = object()
        """Another object whenever something was said: what is said later can tell."""

    def say(self, text: str, severity: str = "") -> None:
        """Show it in place of what was said before."""
        self.mark = object()
        self.set_class(severity == "error", "-error")
        self.update(plain_lines(text))
