"""One whole value, beside its cell; over everything else on a key."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.geometry import Offset

from studio.backends.halves.operators import Operators
from studio.export.text import as_text
from studio.model.catalog import Column
from studio.model.errors import StudioError
from studio.model.page import Condition, Shortened, Value
from studio.model.parts import ValuePart
from studio.model.times import TimesIn
from studio.ui.keys.commands import Command, bindings
from studio.ui.terminal.clipboard import copy
from studio.ui.values.saving import save_value
from studio.ui.values.value_view import ValueView
from studio.ui.widgets.ask import AskText
from studio.ui.widgets.beside import stand_beside
from studio.ui.widgets.cells import bytes_size
from studio.ui.widgets.dialog import Dialog
from studio.ui.widgets.labels import plain
from studio.ui.work_ends import begin_work

_ONLY_ITS_HEAD = "only its beginning is known here: nothing was saved"
_LEAST_WIDTH = 56
_FRAME = 2
_EDGES = 4
"""Cells of the frame and of the blanks inside it."""


class ValueScreen(Dialog[Condition | None]):
    """Text wrapped, JSON pretty, bytes as hex; answers with the rows that are wanted, if any."""

    # fmt: off
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("value.close", "Back to the rows", "escape,q,enter", "close", "back"),
        Command("value.copy", "Copy it; of JSON, what the cursor is on", "y", "copy", "copy"),
        Command("value.path", "Copy the path to it", "Y", "copy_path", "copy path"),
        Command("value.filter", "Only rows with this value at this place", "f", "filter",
                "by value"),
        Command("value.find", "Find a text in it", "slash", "find", "find"),
        Command("value.find-next", "The next place of the text", "n", "find_next(1)"),
        Command("value.find-previous", "The place before of the text", "N", "find_next(-1)"),
        Command("value.save", "Save it to a file", "X", "save", "save"),
        Command("value.size", "Full size, or beside its cell", "z", "resize", "full size"),
    )
    # fmt: on
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    ValueScreen > Vertical {
        background: $surface; border: round $primary;
    }
    """

    def __init__(
        self,
        column: Column,
        value: Value,
        at: Offset | None = None,
        operators: Operators | None = None,
        note: str = "",
        parts: Sequence[ValuePart] = (),
    ) -> None:
        """`at`: its cell's place on the screen; None: it has none. `operators`: those by which its
        rows can be filtered. `note`: what is odd about it. `parts`: what it is made of.
        """
        super().__init__()
        self._column = column
        self._value = value
        self._at = at
        self._operators = operators
        self._is_full = at is None
        self._needle = ""
        self._note = note
        self._parts = parts
        self.times = TimesIn.STORED
        """The zone that times are shown in."""

    def compose(self) -> ComposeResult:
        """The value in a frame."""
        with Vertical():
            yield ValueView()

    def on_mount(self) -> None:
        """Show it."""
        view = self.query_one(ValueView)
        view.times = self.times
        view.show(self._column, self._value, self._note, self._parts)
        view.focus()
        self._stand()

    def on_resize(self) -> None:
        """Stay beside the cell, and inside the screen."""
        if self.is_mounted:
            self._stand()

    def action_resize(self) -> None:
        """Take the whole screen, or only what the value needs."""
        self._is_full = not self._is_full
        self._stand()

    def _stand(self) -> None:
        frame, view, room = self.query_one(Vertical), self.query_one(ValueView), self.app.size
        if self._is_full or self._at is None:
            frame.styles.width, frame.styles.height = room.width, room.height - 1
            frame.styles.offset = (0, 0)
            return
        width = min(room.width, max(_LEAST_WIDTH, room.width * 3 // 5))
        lines = view.lines_needed(width - _EDGES, room.height)
        stand_beside(frame, self._at, width, lines + _FRAME)

    def action_close(self) -> None:
        """Back to the rows."""
        self.dismiss(None)

    def action_copy(self) -> None:
        """Copy the whole value, or what the cursor is on."""
        tree = self.query_one(ValueView).json_tree
        if tree is None or tree.line == 0:
            copy(self.app, as_text(self._value))
        elif (value := tree.value_here()) is not None:
            copy(self.app, value)
        else:
            self.notify("its end is still looked for: again in a moment", markup=False)

    def action_copy_path(self) -> None:
        """Copy where the cursor is."""
        if (tree := self.query_one(ValueView).json_tree) is not None:
            copy(self.app, tree.path_here())

    def action_find(self) -> None:
        """Ask for a text, and go to it."""
        self.app.push_screen(AskText("Find in this value", self._needle), self._find)

    def _find(self, text: str | None) -> None:
        if text:
            self._needle = text
            self.action_find_next(1)

    def action_find_next(self, step: int) -> None:
        """Go to the next place of the text, or the one before."""
        if not self._needle:
            self.action_find()
        elif why := self.query_one(ValueView).find(self._needle, step):
            self.notify(why, markup=False)

    def action_save(self) -> None:
        """Ask for a file, and write the whole value into it."""
        if self._value is None or isinstance(self._value, Shortened):
            why = "NULL has nothing to save" if self._value is None else _ONLY_ITS_HEAD
            self.notify(why, markup=False)
            return
        self.app.push_screen(AskText("Save this value to which file?"), self._save)

    def _save(self, name: str | None) -> None:
        if name:
            begin_work(self, partial(self._write, Path(name).expanduser()), "save")

    async def _write(self, path: Path) -> None:
        try:
            size = await asyncio.to_thread(save_value, path, self._value, self._column.kind)
        except StudioError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(f"{bytes_size(size)} in {plain(str(path))}", markup=False)

    def action_filter(self) -> None:
        """Keep only the rows that have at this place what the cursor is on."""
        tree, operators = self.query_one(ValueView).json_tree, self._operators
        if tree is None or operators is None:
            return
        try:
            self.dismiss(tree.filter_here(self._column, operators))
        except ValueError as error:
            self.notify(str(error), markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only in a tree is there a path."""
        if action == "copy_path" and self.is_mounted:
            return self.query_one(ValueView).json_tree is not None
        if action == "filter" and self.is_mounted:
            is_tree = self.query_one(ValueView).json_tree is not None
            return is_tree and self._operators is not None
        return super().check_action(action, parameters)

    @on(ValueView.LaidOut)
    def _laid_out(self) -> None:
        self._name_keys()
