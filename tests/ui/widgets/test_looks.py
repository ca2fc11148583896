"""How grid, value and record look; a changed picture is looked at before it is accepted."""

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical

from studio.model.catalog import Column, ColumnKind
from studio.model.page import Shortened
from studio.ui.rows.record_view import RecordView
from studio.ui.values.value_view import ValueView
from studio.ui.widgets.glyphs import ASCII, UNICODE, Glyphs
from studio.ui.widgets.grid import Grid
from studio.ui.widgets.grid_column import GridColumn
from tests.ui.widgets.test_grid import Staged

COLUMNS = (
    GridColumn("id", ColumnKind.INTEGER, is_key=True, sort_rank=1, descending=True),
    GridColumn("user_id", ColumnKind.INTEGER, is_reference=True),
    GridColumn("kind"),
    GridColumn("amount", ColumnKind.REAL),
    GridColumn("total", ColumnKind.INTEGER),
    GridColumn("note"),
    GridColumn("payload", ColumnKind.JSON),
    GridColumn("body", ColumnKind.BYTES),
)
NOTES = (
    "plain words",
    "two\nlines and a \x1b[31mcolour",
    "日本語のテキスト",
    "👩\u200d💻 at work",
    "",
    "user\u202egnp.exe",
    None,
    "one that goes on for longer than any column would like it to, and then some more",
)
ROWS = tuple(
    (
        9_999_997 - row,
        row * 7919 % 100_000,
        ("login", "signup", "logout")[row % 3],
        None if row % 4 == 0 else row * 12.5,
        row * 1_234_567,
        NOTES[row % len(NOTES)],
        f'{{"k": {row}}}',
        Shortened(bytes(range(64))) if row == 5 else bytes(range(row)),
    )
    for row in range(40)
)


class Looks(App[None]):
    def __init__(self, glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self.grid = Grid(glyphs=glyphs)
        self.record = RecordView(glyphs=glyphs)
        self.value = ValueView(glyphs=glyphs)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self.grid
            with Horizontal():
                yield self.record
                yield self.value

    def on_mount(self) -> None:
        self.grid.set_columns(COLUMNS)
        self.grid.show(Staged(ROWS))
        self.grid.mark(5)
        self.grid.focus()
        self.grid.move_to(4, 2)
        columns = [Column(column.name, column.kind.value, column.kind) for column in COLUMNS]
        self.record.show(columns, ROWS[1])
        self.value.show(columns[6], '{"user": {"name": "Zoë", "tags": ["a", "b"]}, "n": 1.10}')


@pytest.mark.parametrize(
    ("name", "size"), [("wide", (120, 32)), ("small", (80, 24)), ("light", (120, 32))]
)
def test_looks(snap_compare: Any, name: str, size: tuple[int, int]) -> None:
    app = Looks()
    app.theme = "textual-light" if name == "light" else "textual-dark"
    assert snap_compare(app, terminal_size=size)


def test_looks_in_ascii(snap_compare: Any) -> None:
    assert snap_compare(Looks(ASCII), terminal_size=(80, 24))
