"""Every column of a table in a line: nulls, different values, the most frequent one."""

import os

from rich.text import Text
from textual.widgets.option_list import Option

from studio.backends.base import Purpose
from studio.model.catalog import Column, Table
from studio.model.errors import StudioError
from studio.model.page import Condition
from studio.model.profile import Profile
from studio.rows.profile import ProfiledColumn, look
from studio.rows.question import shown_names
from studio.ui.rows.profile_lines import is_exact
from studio.ui.rows.seen_pick import SeenPick
from studio.ui.widgets.cells import CellFormat, draw, natural_width
from studio.ui.widgets.epochs import is_epoch_name
from studio.ui.widgets.glyphs import glyphs_for
from studio.ui.widgets.labels import fit
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

_MOST_NAME, _NULLS, _DISTINCT, _VALUE = 24, 14, 22, 30


class TableProfile(SeenPick[str]):
    """Choose a column to see its whole profile; each line is read when it can be seen."""

    PLACEHOLDER = "a column…"

    def __init__(
        self, workspace: Workspace, table: Table, filters: tuple[Condition, ...] = ()
    ) -> None:
        super().__init__()
        self._workspace = workspace
        self._table = table
        self._filters = filters
        self._columns = [table.column(name) for name in shown_names(table)]
        self._shown: list[Column] = self._columns
        self._known: dict[str, Profile | str] = {}
        """By column; a text: why it is not known."""
        self._is_reading = False

    def seen_others(self) -> None:
        """Read the columns that are seen now."""
        if not self._is_reading:
            begin_work(self, self._read, "profiles")

    def _unread(self) -> Column | None:
        seen = self._shown[self.seen]
        return next((column for column in seen if column.name not in self._known), None)

    async def _read(self) -> None:
        lane = self._workspace.session.lane(Purpose.WATCH)
        self._is_reading = True
        try:
            while (column := self._unread()) is not None:
                subject = ProfiledColumn(self._table, column, self._filters)
                try:
                    self._known[column.name] = await look(lane, subject)
                except StudioError as error:
                    self._known[column.name] = str(error)
                if column in self._shown:
                    place = self._shown.index(column)
                    self.lines.replace_option_prompt_at_index(place, self._line(column))
        finally:
            self._is_reading = False

    def offer(self, typed: str) -> list[Option]:
        """The columns whose names hold the typed text."""
        needle = typed.casefold()
        self._shown = [one for one in self._columns if needle in one.name.casefold()]
        return [Option(self._line(column)) for column in self._shown]

    def mark(self, index: int) -> str:
        """The column's name."""
        return self._shown[index].name

    def value(self, index: int) -> str | None:
        """The column's name."""
        return self._shown[index].name if index < len(self._shown) else None

    def _line(self, column: Column) -> Text:
        text = Text(f"{fit(column.name, _MOST_NAME)}  ", no_wrap=True)
        known = self._known.get(column.name)
        if isinstance(known, str):
            return text.append(fit(known, _NULLS + _DISTINCT + _VALUE), style="dim")
        if known is None:
            return text
        about = "" if is_exact(known) else "~"
        nulls = f"{about}{known.nulls:.1%} null".replace("%", " %") if known.nulls else ""
        distinct = "" if known.distinct is None else f"{about}{known.distinct:,} different"
        text.append(f"{nulls:<{_NULLS}}{distinct:<{_DISTINCT}}", style="dim")
        return text.append(self._most_frequent(column, known))

    @staticmethod
    def _most_frequent(column: Column, known: Profile) -> str:
        most = known.frequent[0] if known.frequent else None
        if most is None or (most.rows is not None and most.rows <= 1):
            return ""
        glyphs = glyphs_for(os.environ)
        is_epoch = column.kind.is_number and is_epoch_name(column.name)
        cell = CellFormat(column.kind, is_epoch=is_epoch)
        width = natural_width(most.value, cell, _VALUE - 8, glyphs)
        drawn = "".join(span.text for span in draw(most.value, cell, width, glyphs)).strip()
        return f"{drawn}  {'' if is_exact(known) else '~'}{most.share:.0%}".replace("%", " %")
