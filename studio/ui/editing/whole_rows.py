"""Rows to be changed, with every value whole that must be: what was shown shortened is read."""

from collections.abc import Callable, Mapping, Sequence

from textual.widget import Widget

from studio.backends.base import Purpose
from studio.edits.staging.rowchange import needed_whole, updated
from studio.model.catalog import Table
from studio.model.change import Assigned, Change, Insert
from studio.model.errors import StudioError
from studio.rows.value import fetch_value
from studio.ui.editing.marks import SelectedRow
from studio.ui.shell.tab import Tab
from studio.ui.workspace import Workspace


def with_values(
    table: Table, rows: Sequence[SelectedRow], after: Mapping[str, Assigned]
) -> list[Change]:
    """The changes that give each of `rows` the same values, a new row staying new."""
    changes: list[Change] = []
    for row in rows:
        if isinstance(row.change, Insert):
            new = {**row.change.after, **after}
            changes.append(Insert(table.ref, new, row=row.change.row))
        elif row.seen is not None:
            changes.append(updated(table, row.seen, after))
    return changes


class WholeRows:
    """Reads them for one grid."""

    def __init__(self, owner: Widget, workspace: Workspace, fail: Callable[[str], None]) -> None:
        """`owner` tells that it goes on, `fail` why it failed."""
        self._owner = owner
        self._workspace = workspace
        self._fail = fail

    async def read(
        self, table: Table, selected: Sequence[SelectedRow], changed: tuple[str, ...]
    ) -> list[SelectedRow] | None:
        """The same rows with every value that must be whole to change the columns `changed`; None
        when one cannot be had.
        """
        made: list[SelectedRow] = []
        lane = self._workspace.session.lane(Purpose.BROWSE)
        for row in selected:
            seen = row.seen
            names = needed_whole(table, seen, changed) if seen is not None else ()
            if seen is None or not names:
                made.append(row)
                continue
            self._owner.post_message(Tab.Working("reading whole values"))
            try:
                read = {name: await fetch_value(lane, table, seen.identity, name) for name in names}
            except StudioError as error:
                self._fail(str(error))
                return None
            finally:
                self._owner.post_message(Tab.Working())
            made.append(SelectedRow(seen.with_whole(read), row.change))
        return made
