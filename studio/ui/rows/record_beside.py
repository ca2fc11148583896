"""The whole record of the cursor's row, kept true beside the rows while it is wanted."""

from collections.abc import Callable, Mapping, Sequence

from textual.widget import Widget

from studio.backends.halves import Absent, ask
from studio.backends.halves.storage_classes import STORAGE_CLASS
from studio.model.catalog import Column, Table
from studio.model.page import Value
from studio.rows.question import shown_names
from studio.ui.rows.key_labels import KeyLabels
from studio.ui.rows.record_view import RecordView
from studio.ui.widgets.grid import Grid
from studio.ui.workspace import Workspace

_CLASS = "-record"

CursorRow = tuple[Table, Sequence[Value]]


class RecordBeside:
    """Shows or hides the record, and names what its foreign keys lead to."""

    def __init__(
        self, view: Widget, workspace: Workspace, row: Callable[[], CursorRow | None]
    ) -> None:
        """`view` holds the grid and the record; `row`: the cursor's, None while it is not read."""
        self._view = view
        self._workspace = workspace
        self._row = row
        self._labels = KeyLabels(view, workspace, self._label_keys)

    @property
    def is_shown(self) -> bool:
        """Whether it stands beside the rows."""
        return self._view.has_class(_CLASS)

    def toggle(self) -> None:
        """Show it, or take it away."""
        self._view.toggle_class(_CLASS)
        self.follow()

    def hide(self) -> None:
        """Take it away."""
        self._view.remove_class(_CLASS)

    def forget_labels(self) -> None:
        """Rows were read again: so will labels."""
        self._labels.forget()

    def follow(self) -> None:
        """Let it be of the row the cursor is on now."""
        if not self.is_shown or (found := self._row()) is None:
            return
        table, row = found
        columns = [table.column(name) for name in shown_names(table)]
        record = self._view.query_one(RecordView)
        record.show(columns, row, self._notes(columns, row))
        record.select(self._view.query_one(Grid).cursor[1])
        names = [column.name for column in columns]
        self._labels.look(table, dict(zip(names, row, strict=False)))

    def _notes(self, columns: Sequence[Column], row: Sequence[Value]) -> Mapping[str, str]:
        says_storage = ask(self._workspace.session.backend, STORAGE_CLASS)
        if isinstance(says_storage, Absent):
            return {}
        said = (
            (one.name, says_storage(one, value)) for one, value in zip(columns, row, strict=False)
        )
        return {name: f"is {stored}" for name, stored in said if stored}

    def _label_keys(self, labels: Mapping[str, str]) -> None:
        self._view.query_one(RecordView).label(labels)
