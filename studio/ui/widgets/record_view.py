"""x."""

from collections.abc import Sequence

from textual.widgets import Static

from studio.model.catalog import Column
from studio.model.page import Value


class RecordView(Static):
    """x."""

    def show(self, columns: Sequence[Column], values: Sequence[Value]) -> None:
        """x."""
        self.update(repr(values))
