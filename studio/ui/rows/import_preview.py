"""What is in a file, before its rows are taken: columns, first rows, rows that are wrong."""

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from studio.export.text import as_text
from studio.loading.looked_at import LookedAt
from studio.model.catalog import Table
from studio.model.change import Assigned, Default, Insert
from studio.model.words import plural
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.dialog import Confirming
from studio.ui.widgets.labels import fit, plain

_ROWS, _WIDEST = 5, 24


class ImportPreview(Confirming[bool]):
    """The file as the table would take it; yes stages or imports, whichever is said."""

    CONFIRMS: ClassVar[frozenset[str]] = frozenset({"answer"})
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("import.yes", "Take the rows", "y,enter", "answer(True)", "take them"),
        Command("import.no", "Never mind", "n,escape", "answer(False)", "leave it"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    ImportPreview { align: center middle; }
    ImportPreview > Vertical {
        width: 100; max-width: 94%; height: auto; max-height: 90%; background: $surface;
        border: round $primary; border-title-color: $primary; padding: 1 2;
    }
    ImportPreview VerticalScroll { height: auto; max-height: 50vh; }
    ImportPreview Static { width: auto; height: auto; }
    ImportPreview #what { width: 100%; margin-top: 1; }
    """

    def __init__(self, name: str, table: Table, found: LookedAt) -> None:
        """`name`: of the file."""
        super().__init__()
        self._file = name
        self._table = table
        self._found = found

    @property
    def is_possible(self) -> bool:
        """Whether there are rows to take, and none is wrong."""
        return bool(self._found.rows) and not self._found.bad

    def compose(self) -> ComposeResult:
        """Columns, rows, what is wrong, and what a yes does."""
        with Vertical() as frame:
            frame.border_title = "import"
            with VerticalScroll():
                yield Static(Text("\n").join(self._lines()), markup=False)
            yield Static(self._what(), id="what", markup=False)

    def _lines(self) -> Iterator[Text]:
        found = self._found
        yield Text(f"{plain(self._file)} → {plain(str(self._table.ref))}", style="bold")
        for bad in found.bad:
            yield Text(f"line {bad.line}: {plain(bad.message)}", style="italic")
        if found.rows:
            yield Text("")
            yield from _table(found.rows[:_ROWS])
        yield Text("")
        # Behind what a person decides by: there may be hundreds of them.
        for name, column in found.mapping.items():
            noun = self._table.column(column)
            yield Text(f"  {plain(name)} → {plain(column)}  {plain(noun.type_name)}")
        for name in found.left_out:
            yield Text(f"  {plain(name)} is left out: the database makes its values", style="dim")

    def _what(self) -> str:
        found = self._found
        rows = plural(len(found.rows), "new row")
        if found.bad:
            return (
                f"{plural(len(found.bad), 'row')} cannot be read: nothing is taken.   esc leave it"
            )
        if not found.rows:
            return "there are no rows in it.   esc leave it"
        if not found.more:
            return f"y stages {rows}: u takes them back, w reviews and applies.   esc leave it"
        return (
            f"More than {len(found.rows):,} rows: y imports all of them or none, in one"
            " transaction, at once. studio cannot undo that.   esc leave it"
        )

    def action_answer(self, answer: bool) -> None:
        """Close with the answer; there is no yes to what cannot be taken."""
        if not answer or self.is_possible:
            self.dismiss(answer)


def _table(rows: list[Insert]) -> Iterator[Text]:
    names = list(rows[0].after)
    cells = [names, *([_cell(row.after.get(name)) for name in names] for row in rows)]
    cells = [[plain(cell)[:_WIDEST] for cell in row] for row in cells]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for place, row in enumerate(cells):
        line = "  ".join(fit(cell, width) for cell, width in zip(row, widths, strict=True))
        yield Text(line, style="bold" if place == 0 else "", no_wrap=True, overflow="ellipsis")


def _cell(value: Assigned) -> str:
    return "∅" if value is None or isinstance(value, Default) else as_text(value)
