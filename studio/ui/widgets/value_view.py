"""x."""

from textual.widgets import Static

from studio.model.catalog import Column
from studio.model.page import Value


class ValueView(Static):
    """x."""

    def show(self, column: Column, value: Value) -> None:
        """x."""
        self.update(repr(value))
