"""What went wrong, above the rows that are still there."""

from textual.widgets import Static

from studio.model.errors import StudioError
from studio.ui.widgets.labels import plain_lines


class ProblemLine(Static):
    """Shown while there is something to say."""

    DEFAULT_CSS = """
    ProblemLine { height: auto; color: $error; padding: 0 1; display: none; }
    ProblemLine.-problem { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(id="problem", markup=False)
        self.is_typed = False
        """Whether it is about what stands in the filter line."""

    @property
    def is_shown(self) -> bool:
        """Whether there is a problem."""
        return self.has_class("-problem")

    def say(self, error: StudioError, *, is_typed: bool = False) -> None:
        """Show it."""
        self.is_typed = is_typed
        self.update(plain_lines(str(error)))
        self.add_class("-problem")

    def clear(self) -> None:
        """There is none any more."""
        self.is_typed = False
        self.remove_class("-problem")
