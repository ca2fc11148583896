"""A closer look at the row under the cursor: its whole values, where they lead, a copy of them."""

from collections.abc import Callable, Coroutine, Sequence
from functools import partial

from textual.geometry import Offset
from textual.widget import Widget

from studio.backends.base import Purpose
from studio.backends.halves import Absent, ask
from studio.backends.halves.operators import operators_of
from studio.backends.halves.storage_classes import STORAGE_CLASS
from studio.backends.halves.unfolding import UNFOLDING
from studio.export.some_rows import RowsToCopy
from studio.model.catalog import Column, Table
from studio.model.errors import StudioError
from studio.model.page import Condition, PageRequest, Shortened, Value
from studio.model.parts import ValuePart
from studio.rows.question import shown_names
from studio.rows.related import keyed_columns
from studio.rows.run import WindowRow
from studio.rows.value import fetch_value
from studio.ui.editing.marks import SelectedRow
from studio.ui.rows.relations import RelationPick
from studio.ui.shell.tab import Tab
from studio.ui.values.copy_as import ChosenRows, CopyAs
from studio.ui.values.value import ValueScreen
from studio.ui.widgets.grid import Cell
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

_MOST_TYPED = 32 * 1024
"""A longer value makes no line that anybody could read or change."""


class WholeValues:
    """Reads whole values where a page holds their heads, and shows what was wanted of them."""

    def __init__(
        self,
        owner: Widget,
        workspace: Workspace,
        held: Callable[[int], WindowRow | None],
        fail: Callable[[StudioError], None],
    ) -> None:
        """`held` gives the database's row at a place of the grid, where that is one."""
        self._owner = owner
        self._workspace = workspace
        self._held = held
        self._fail = fail

    def show_value(
        self, table: Table, cell: Cell, at: Offset, keep: Callable[[Condition | None], None]
    ) -> None:
        """Show the whole value beside its cell, which is there on the screen; `keep` gets the rows
        that are wanted for a part of it.
        """
        self._work("value", partial(self._show_value, table, cell, at, keep))

    def show_relations(self, table: Table, row: int, values: Sequence[Value], column: str) -> None:
        """Offer the foreign keys from and to the row; that of `column` comes first."""
        self._work("relations", partial(self._show_relations, table, row, values, column))

    def show_copies(
        self,
        table: Table,
        cell: Cell,
        values: Sequence[Value],
        marked: Sequence[SelectedRow],
        at: Offset,
    ) -> None:
        """Offer the forms in which the cell, the row, or the marked rows can be copied."""
        columns = [table.column(name) for name in shown_names(table)]
        seen = [one.seen for one in marked if one.seen is not None]
        rows = [[row.values.get(column.name) for column in columns] for row in seen]
        is_staged = any(one.change is not None for one in marked)
        note = "as the database has them, without what is staged" if is_staged else ""

        async def whole(place: int, column: str, shown: Value) -> Value:
            if not seen:
                return await self.whole(table, cell.row, column, shown)
            if not table.has_identity:
                return shown
            lane = self._workspace.session.lane(Purpose.BROWSE)
            return await fetch_value(lane, table, seen[place].identity, column)

        backend = self._workspace.session.backend
        subject = RowsToCopy(backend, table.ref, columns, cell.index, table.identity)
        chosen = ChosenRows(rows, are_marked=True, note=note) if rows else ChosenRows([values])
        self._owner.app.push_screen(CopyAs(subject, chosen, at, whole))

    def filter_by(self, table: Table, cell: Cell, use: Callable[[Table, str, Value], None]) -> None:
        """Give the whole value to `use`, if it can be written in a filter."""
        self._work("filter-cell", partial(self._filter_by, table, cell, use))

    async def whole(self, table: Table, row: int, column: str, shown: Value) -> Value:
        """The value itself, read again when the page holds only its head. Raises StudioError."""
        held = self._held(row)
        if not isinstance(shown, Shortened) or held is None or not held.identity:
            return shown
        lane = self._workspace.session.lane(Purpose.BROWSE)
        return await fetch_value(lane, table, held.identity, column)

    def _work(self, group: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        begin_work(self._owner, work, group)

    async def _show_value(
        self, table: Table, cell: Cell, at: Offset, keep: Callable[[Condition | None], None]
    ) -> None:
        name = cell.column.name
        try:
            value = await self.whole(table, cell.row, name, cell.value)
        except StudioError as error:
            self._fail(error)
            return
        operators = operators_of(self._workspace.session.backend)
        says_storage = ask(self._workspace.session.backend, STORAGE_CLASS)
        column = table.column(name)
        stored = "" if isinstance(says_storage, Absent) else says_storage(column, value)
        note = stored and f"stored as {stored}"
        parts = await self._parts(table, column, value)
        screen = ValueScreen(column, value, at, operators, note, parts)
        screen.times = self._workspace.times.chosen
        self._owner.app.push_screen(screen, keep)

    async def _parts(self, table: Table, column: Column, value: Value) -> Sequence[ValuePart]:
        """What a value is made of; its text alone is an answer too where that cannot be told."""
        session = self._workspace.session
        half = ask(session.backend, UNFOLDING)
        if isinstance(half, Absent) or value is None or not half.is_made_of_parts(column):
            return ()
        unfold = half.parts
        try:
            return await session.lane(Purpose.BROWSE).run(
                lambda connection: unfold(connection, table.ref, column, value)
            )
        except StudioError as error:
            self._owner.notify(f"its parts are not shown: {error}", markup=False)
            return ()

    async def _filter_by(
        self, table: Table, cell: Cell, use: Callable[[Table, str, Value], None]
    ) -> None:
        name = cell.column.name
        try:
            value = await self.whole(table, cell.row, name, cell.value)
        except StudioError as error:
            self._fail(error)
            return
        if isinstance(value, Shortened) or (
            isinstance(value, str | bytes) and len(value) > _MOST_TYPED
        ):
            said = f"too long to filter by: / {name} contains a part of it"
            self._owner.notify(said, markup=False)
            return
        use(table, name, value)

    async def _show_relations(
        self, table: Table, row: int, shown: Sequence[Value], column: str
    ) -> None:
        owner, workspace = self._owner, self._workspace
        values = dict(zip(shown_names(table), shown, strict=False))
        owner.post_message(Tab.Working("reading the catalog"))
        try:
            catalog = await workspace.load_catalog()
            # The page may hold only the head of a long key, which is not the key.
            for name in keyed_columns(catalog, table) & values.keys():
                values[name] = await self.whole(table, row, name, values[name])
        except StudioError as error:
            self._fail(error)
            return
        finally:
            owner.post_message(Tab.Working())
        values = {k: v for k, v in values.items() if not isinstance(v, Shortened)}
        owner.app.push_screen(RelationPick(workspace, catalog, table, values, column), self._follow)

    def _follow(self, request: PageRequest | None) -> None:
        if request is not None:
            self._owner.post_message(Tab.Follow(request.table, request.filters))
