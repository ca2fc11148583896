"""The grid with what changes rows: editors, new rows, deletions, marks, and steps back."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from studio.edits.staging import values
from studio.edits.staging.paste import pasted
from studio.edits.staging.rowchange import deleted, duplicated, shown_columns
from studio.model.catalog import Column, Table
from studio.model.change import Assigned, Change, Delete, Insert, Update
from studio.model.errors import StudioError
from studio.model.words import plural
from studio.ui.editing.editable import why_not
from studio.ui.editing.editors.base import EditedCell, Entered
from studio.ui.editing.editors.opening import open_editor
from studio.ui.editing.marks import Marks, SelectedRow
from studio.ui.editing.staged_source import StagedSource
from studio.ui.editing.staging import Staged
from studio.ui.editing.whole_rows import WholeRows, with_values
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.grid import Grid
from studio.ui.workspace import Workspace

_OF_A_ROW = frozenset({"edit", "set", "duplicate", "delete", "mark", "mark_to"})
"""Actions that need one under the cursor."""


class RowEditing(Vertical):
    """Stages changes; nothing here writes to the database."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("edit.cell", "Edit the cell, or the marked rows' column", "e", "edit", "edit"),
        Command("edit.null", "Set NULL", "n", "set('null')"),
        Command("edit.empty", "Set the empty value ''", "E", "set('empty')"),
        Command("edit.default", "Set the column's DEFAULT", "N", "set('default')"),
        Command("edit.insert", "Insert a row", "i", "insert"),
        Command("edit.duplicate", "Duplicate the row", "D", "duplicate"),
        Command("edit.delete", "Delete the row, or the marked rows; again: keep it", "d", "delete"),
        Command("edit.mark", "Mark the row, or take its mark away", "m", "mark"),
        Command("edit.mark-to", "Mark every row from the last mark to here", "M", "mark_to"),
        Command("edit.undo", "Take back the last staged step", "u", "undo"),
        Command("edit.redo", "Stage that step again", "ctrl+r", "redo"),
        Command("edit.review", "Review and apply what is staged", "w", "screen.sets('review')"),
        Command("edit.discard", "Discard what is staged", "W", "screen.sets('discard')"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    RowEditing { width: 1fr; height: 1fr; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.staging = workspace.staging
        self.source: StagedSource | None = None
        self._marks = Marks()
        self._whole = WholeRows(self, workspace, partial(self._say, severity="error"))
        self._unlisten: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        """The grid alone."""
        yield Grid(id="grid")

    def on_mount(self) -> None:
        """Hear of every step, whoever takes it."""
        self._unlisten = self.staging.listen(self._staged)

    def on_unmount(self) -> None:
        """Stop listening to the staging, which outlives the tab."""
        if self._unlisten is not None:
            self._unlisten()

    @property
    def grid(self) -> Grid:
        """The rows that are edited."""
        return self.query_one(Grid)

    def show(self, source: StagedSource) -> None:
        """Show these rows, from the first; marks of the same table stay."""
        if self.source is None or self.source.table.ref != source.table.ref:
            self._marks.clear()
        self.source = source
        self._marks.forget_last()
        self.grid.show(source)
        self.show_marks()

    # -- steps -----------------------------------------------------------------------------------

    def _staged(self, staged: Staged) -> None:
        """Draw what changed; the cursor stays on its row."""
        source = self.source
        del staged
        if source is None:
            return
        changed = source.stepped(self.grid.visible_rows)
        if changed is not None:
            self.grid.rows_changed(changed)
        else:
            self.window_changed(0)

    def window_changed(self, shift: int) -> None:
        """Other rows are held, or what was row i of the window is row i + `shift` now; the cursor
        stays on its row.
        """
        source = self.source
        if source is None:
            return
        row, column = self.grid.cursor
        moved = source.moved(row, shift)
        self.grid.source_changed(shift=shift)
        if moved is not None and moved != self.grid.cursor[0]:
            self.grid.move_to(moved, column)
        self.show_marks()

    def stage(self, changes: Sequence[Change], said: str = "") -> None:
        """Stage these as one step."""
        if changes:
            self.staging.stage(*changes)
        if said:
            self._say(said)

    def action_undo(self) -> None:
        """Take the last step back."""
        if not self.staging.undo():
            self._say("nothing staged to take back; applied sets are under ctrl+p, undo last apply")

    def action_redo(self) -> None:
        """Take it again."""
        if not self.staging.redo():
            self._say("no step to take again")

    def go_to(self, change: Change, column: str) -> bool:
        """Put the cursor on a change's row; False when the row is not held."""
        source = self.source
        if source is None:
            return False
        if isinstance(change, Insert):
            at = source.index_of(change)
        else:
            at = source.held_index(change.key)
        if at is None:
            return False
        names = [one.name for one in shown_columns(source.table)]
        self.grid.move_to(at, names.index(column) if column in names else None)
        self.grid.focus()
        return True

    # -- marks -----------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Mark the cursor's row and go on, or take its mark away."""
        if self.source is not None and self._marks.toggle(self.source, self.grid.cursor[0]):
            self.grid.action_move(1, 0)
            self.show_marks()

    def action_mark_to(self) -> None:
        """Mark everything between the last mark and the cursor."""
        if self.source is None:
            return
        missing = self._marks.reach(self.source, self.grid.cursor[0])
        self.show_marks()
        held = f"; {missing:,} between were not read yet" if missing else ""
        self._say(f"{plural(len(self._marks), 'row')} marked{held}")

    def show_marks(self) -> None:
        """Let the rows on the screen show their marks."""
        if self.source is not None:
            self._marks.show(self.source, self.grid)

    def clear_marks(self) -> bool:
        """Take every mark away; whether there was one."""
        had = self._marks.clear()
        self.show_marks()
        return had

    @on(Grid.NeedRows)
    def _scrolled(self) -> None:
        self.show_marks()

    # -- which rows ------------------------------------------------------------------------------

    def marked(self) -> list[SelectedRow]:
        """The marked rows, wherever they are by now."""
        return self._marks.selected(self.staging)

    def _selected(self) -> list[SelectedRow]:
        """The marked rows, else the cursor's; where there is none, why is said."""
        found = self._marks.or_row(self.source, self.grid.cursor[0], self.staging)
        if isinstance(found, str):
            self._say(found)
            return []
        return found

    def _table(self, op: type[Change] = Update) -> Table | None:
        """The table, when its rows may be changed; else the reason is on the screen."""
        if self.source is None:
            self._say("the rows are not read yet")
            return None
        table = self.source.table
        if reason := why_not(self.workspace, table, op):
            self._say(reason, severity="warning")
            return None
        return table

    def _column(self) -> Column | None:
        cell = self.grid.cell()
        if cell is None or self.source is None:
            return None
        return self.source.table.column(cell.column.name)

    def _say(self, text: str, *, severity: str = "information") -> None:
        self.notify(text, severity=severity, markup=False)  # type: ignore[arg-type]

    # -- one cell, or one column of the marked rows ------------------------------------------------

    def has_effect(self, action: str) -> bool:
        """Without rows, one can be inserted; what cannot be changed is not offered."""
        if action in _OF_A_ROW and not self.grid.view.height:
            return False
        if action != "edit" or self.source is None:
            return True
        return not why_not(self.workspace, self.source.table)

    def action_edit(self) -> None:
        """Open the editor that fits the column."""
        if (table := self._table()) is None:
            return
        column, selected = self._column(), self._selected()
        if column is None or not selected:
            return
        try:
            values.check_editable(column)
        except ValueError as error:
            self._say(f"{error}: change what it is made of", severity="warning")
            return
        if self._refuses(selected):
            return
        self._open(table, column, selected)

    def _refuses(self, selected: Sequence[SelectedRow]) -> bool:
        if any(isinstance(one.change, Delete) for one in selected):
            self._say("this row is marked to be deleted: d keeps it", severity="warning")
            return True
        return False

    @work(group="edit", exclusive=True)
    async def _open(self, table: Table, column: Column, selected: list[SelectedRow]) -> None:
        whole = await self._whole.read(table, selected, (column.name,))
        if whole is None:
            return
        now = whole[0].now
        subject = EditedCell(
            self.workspace.session.backend,
            table,
            column,
            now.get(column.name),
            rows=len(whole),
            at=self.grid.cell_on_screen(),
            row=now,
        )

        def entered(answer: Entered | None) -> None:
            if answer is not None:
                self._set(table, whole, answer.after, answer.note)

        try:
            await open_editor(self, self.workspace, subject, entered)
        except StudioError as error:
            self._say(str(error), severity="error")

    def action_set(self, what: str) -> None:
        """Set NULL, the empty value, or DEFAULT."""
        if (table := self._table()) is None:
            return
        column, selected = self._column(), self._selected()
        if column is None or not selected or self._refuses(selected):
            return
        try:
            value = values.special(what, column)
        except ValueError as error:
            self._say(str(error), severity="warning")
            return
        self._set_whole(table, column, selected, value)

    @work(group="edit", exclusive=True)
    async def _set_whole(
        self, table: Table, column: Column, selected: list[SelectedRow], value: Assigned
    ) -> None:
        whole = await self._whole.read(table, selected, (column.name,))
        if whole is not None:
            self._set(table, whole, {column.name: value})

    def _set(
        self,
        table: Table,
        selected: Sequence[SelectedRow],
        after: Mapping[str, Assigned],
        note: str = "",
    ) -> None:
        """Stage the same values for every row, as one step."""
        changes = with_values(table, selected, after)
        before = self.staging.changes.by_key
        self.stage(changes)
        now = self.staging.changes.by_key
        differ = sum(before.get(one.key) is not now.get(one.key) for one in changes)
        if not differ:
            self._say("nothing staged: that is what is there already")
            return
        held = f" ({len(changes) - differ:,} hold it already)" if differ < len(changes) else ""
        many = f"{', '.join(after)} of {plural(differ, 'row')}{held}; u takes it back"
        said = many if len(changes) > 1 else ""
        if told := " · ".join(part for part in (said, note) if part):
            self._say(told)

    # -- whole rows ------------------------------------------------------------------------------

    def action_insert(self) -> None:
        """Stage a new row below the cursor."""
        if (table := self._table(Insert)) is not None:
            self.insert([Insert(table.ref)])

    def takes_rows(self) -> Table | None:
        """The table, when it takes new rows; else the reason is on the screen."""
        return self._table(Insert)

    def insert(self, rows: Sequence[Insert]) -> None:
        """Stage new rows below the cursor."""
        source = self.source
        if source is None or not rows:
            return
        here = self.grid.cursor[0]
        for row in rows:
            source.anchor(row, here)
        self.stage(rows)
        at = source.index_of(rows[0])
        if at is not None:
            self.grid.move_to(at)

    def action_duplicate(self) -> None:
        """Stage copies of the row, or of the marked rows."""
        table = self._table(Insert)
        if table is not None and (selected := self._selected()):
            self._duplicate(table, selected)

    @work(group="edit", exclusive=True)
    async def _duplicate(self, table: Table, selected: list[SelectedRow]) -> None:
        every = tuple(column.name for column in shown_columns(table))
        whole = await self._whole.read(table, selected, every)
        if whole is not None:
            self.insert([duplicated(table, one.now) for one in whole])

    def action_delete(self) -> None:
        """Stage the end of the row, or of the marked rows; a second time keeps them."""
        table = self._table(Delete)
        if table is None or not (selected := self._selected()):
            return
        doomed = [one.change for one in selected if isinstance(one.change, Insert | Delete)]
        if len(doomed) == len(selected):
            self.staging.drop(*(change for change in doomed if change is not None))
            return
        self._delete(table, [one for one in selected if one.seen is not None])

    @work(group="edit", exclusive=True)
    async def _delete(self, table: Table, selected: list[SelectedRow]) -> None:
        whole = await self._whole.read(table, selected, ())
        if whole is None:
            return
        changes = [deleted(table, one.seen) for one in whole if one.seen is not None]
        many = f"{len(changes):,} rows will be deleted; u takes it back"
        self.stage(changes, many if len(changes) > 1 else "")

    # -- paste -----------------------------------------------------------------------------------

    def on_paste(self, event: events.Paste) -> None:
        """Stage pasted lines as new rows, from the cursor's column on."""
        event.stop()
        if not self.grid.has_focus:
            return
        table, cell = self._table(Insert), self.grid.cell()
        if table is None:
            return
        names = [c.name for c in shown_columns(table)]
        self._paste(table, event.text, names.index(cell.column.name) if cell is not None else 0)

    @work(group="edit", exclusive=True)
    async def _paste(self, table: Table, text: str, first: int) -> None:
        backend = self.workspace.session.backend
        try:
            rows = await asyncio.to_thread(pasted, backend, table, text, first)
        except ValueError as error:
            self._say(str(error), severity="warning")
            return
        self.insert(rows)
        if len(rows) > 1:
            self._say(f"{len(rows):,} new rows; u takes them back")
