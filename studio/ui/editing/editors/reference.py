"""The editor of a foreign key: the rows it may refer to, searched in the database."""

import asyncio
from dataclasses import dataclass

from rich.text import Text
from textual import work
from textual.widgets import Input
from textual.widgets.option_list import Option

from studio.backends.base import Purpose
from studio.edits.staging import values
from studio.model.catalog import Column, ForeignKey, Table
from studio.model.errors import StudioError
from studio.model.page import Shortened, Value
from studio.rows.lookup import FoundRow, with_key, with_label
from studio.ui.editing.change_words import value_words
from studio.ui.editing.editors.base import EditedCell, Entered, text_of
from studio.ui.editing.editors.picks import ValuePick
from studio.ui.widgets.labels import plain
from studio.ui.workspace import Workspace

_PAUSE_S = 0.12
"""Between the last key and a search that may read the whole table."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Which rows a column may refer to."""

    key: ForeignKey
    target: Table


def foreign_key(table: Table, column: Column) -> ForeignKey | None:
    """The foreign key to choose by; of several, the one with the fewest columns."""
    found = [key for key in table.foreign_keys if column.name in key.columns and key.target_columns]
    return min(found, key=lambda key: len(key.columns), default=None)


class ReferenceEditor(ValuePick):
    """Type letters of a label, or the key itself; the last line takes what was typed as it is."""

    WIDTH = 80
    PLACEHOLDER = "search by label, or type the key"

    def __init__(self, workspace: Workspace, subject: EditedCell, reference: Reference) -> None:
        super().__init__(subject)
        self._workspace = workspace
        self._reference = reference
        self._found: tuple[FoundRow, ...] = ()
        self._shown: list[FoundRow | str] = []

    def offer(self, typed: str) -> list[Option]:
        """Search, and meanwhile offer what was typed itself."""
        self._found, self.is_filling = (), True
        self._search(typed)
        return self._lines(typed)

    def mark(self, index: int) -> object:
        """The same row, or what was typed."""
        return self._shown[index] if index < len(self._shown) else None

    def _lines(self, typed: str) -> list[Option]:
        self._shown = list(self._found)
        options = [Option(self._line(row)) for row in self._found]
        if typed:
            self._shown.append(typed)
            options.append(Option(Text(f"{plain(typed)}   as typed", no_wrap=True)))
        if not options:
            words = "searching…" if self.is_filling else "no row to refer to"
            options.append(Option(words, disabled=True))
        return options

    def _line(self, row: FoundRow) -> Text:
        key = ", ".join(_words(value) for value in row.key)
        labels = "  ".join(_words(value) for value in row.labels if value is not None)
        line = Text.assemble(key, f"   {labels}", no_wrap=True)
        if row.key[self._place] == self.subject.value:
            line.append("   now", style="dim")
        return line

    @property
    def _place(self) -> int:
        """Of the edited column in the foreign key."""
        return self._reference.key.columns.index(self.subject.column.name)

    @work(group="search", exclusive=True)
    async def _search(self, typed: str) -> None:
        target, key = self._reference.target, self._reference.key.target_columns
        lane = self._workspace.session.lane(Purpose.WATCH)
        try:
            exact = await with_key(lane, target, key, typed) if typed else ()
            self._show(typed, exact)
            if typed:
                await asyncio.sleep(_PAUSE_S)
            labelled = await with_label(lane, target, key, typed)
        except StudioError as error:
            self.notify(str(error), severity="warning", markup=False)
            self.is_filling = False
            self._show(typed, self._found)
            return
        self.is_filling = False
        self._show(typed, (*exact, *(row for row in labelled if row not in exact)))

    def _show(self, typed: str, found: tuple[FoundRow, ...]) -> None:
        if self.query_one(Input).value == typed:
            marked = self.marked
            self._found = found
            self.show_options(self._lines(typed), marked)

    def value(self, index: int) -> Entered | None:
        """The reference to the row on line `index`, all of its columns."""
        if index >= len(self._shown):
            return None
        chosen = self._shown[index]
        if isinstance(chosen, str):
            return self.stage_text(chosen)
        if any(isinstance(value, Shortened) for value in chosen.key):
            self.notify("this key is too long to be referred to from here", markup=False)
            return None
        after: dict[str, Value] = {}
        for name, value in zip(self._reference.key.columns, chosen.key, strict=True):
            column = self.subject.table.column(name)
            # Read again, as the column's own type: 1 in a text column is '1'.
            backend = self.subject.backend
            after[name] = values.typed(backend, column, text_of(value), value).value
        same = all(self.subject.row.get(name) == value for name, value in after.items())
        return None if same and self.subject.rows == 1 else Entered(after)


def _words(value: Value) -> str:
    return plain(value) if isinstance(value, str) else value_words(value)
