"""The grid as a person works it, and what it asks of those who have the rows."""

import sys
from collections.abc import Sequence
from typing import Any

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip

from studio.model.catalog import ColumnKind
from studio.model.page import Value
from studio.ui.widgets.cells import Role
from studio.ui.widgets.glyphs import ASCII
from studio.ui.widgets.grid import Grid
from studio.ui.widgets.grid_column import GridColumn
from studio.ui.widgets.grid_source import GridSource, ListSource
from studio.ui.widgets.viewport import Viewport

COLUMNS = (
    GridColumn("id", ColumnKind.INTEGER, is_key=True),
    GridColumn("user_id", ColumnKind.INTEGER, is_reference=True),
    GridColumn("kind"),
    GridColumn("amount", ColumnKind.REAL),
    GridColumn("note"),
)
ROWS = tuple(
    (i, i * 7, ("login", "signup")[i % 2], None if i % 3 == 0 else i / 4, f"note number {i}")
    for i in range(200)
)


class Paged(ListSource):
    """A list of which only some rows have come."""

    def __init__(self, rows: Sequence[Sequence[Value]], loaded: range) -> None:
        super().__init__(rows)
        object.__setattr__(self, "_loaded", loaded)

    def row(self, index: int) -> Sequence[Value] | None:
        return self.rows[index] if index in self._loaded else None  # type: ignore[attr-defined]


class Endless:
    """More rows than any screen library counts."""

    height = 10**12

    def row(self, index: int) -> Sequence[Value]:
        return (index, index, "kind", 1.0, "note")

    def number(self, index: int) -> str:
        return f"~{index + 1:,}"

    def sign(self, index: int) -> str:
        return ""

    def cell_sign(self, index: int, column: int) -> str:
        return ""

    def placeholder(self, index: int, column: int) -> str:
        return ""


class Staged(ListSource):
    """A changed, an inserted and a deleted row."""

    def sign(self, index: int) -> str:
        return {1: "~", 2: "+", 3: "×"}.get(index, "")

    def cell_sign(self, index: int, column: int) -> str:
        return "~" if column == 2 else ""

    def placeholder(self, index: int, column: int) -> str:
        return "auto" if column == 0 and self.sign(index) == "+" else ""


class GridApp(App[None]):
    def __init__(
        self,
        source: GridSource | None = None,
        columns: Sequence[GridColumn] = COLUMNS,
        **options: Any,
    ) -> None:
        super().__init__()
        self.grid = Grid(**options)
        self.source = source or ListSource(ROWS)
        self.shown_columns = columns
        self.heard: list[tuple[str, ...]] = []

    def compose(self) -> ComposeResult:
        yield self.grid

    def on_mount(self, event: events.Mount | None = None) -> None:
        self.grid.set_columns(self.shown_columns)
        self.grid.show(self.source)
        self.grid.focus()
        self.shown()

    def shown(self) -> None:
        pass

    def on_grid_cursor_moved(self, message: Grid.CursorMoved) -> None:
        self.heard.append(("moved", message.row, message.column))

    def on_grid_need_rows(self, message: Grid.NeedRows) -> None:
        self.heard.append(("need", message.first, message.last, message.direction))

    def on_grid_cell_activated(self, message: Grid.CellActivated) -> None:
        self.heard.append(("activated", message.row, message.column))

    def on_grid_header_clicked(self, message: Grid.HeaderClicked) -> None:
        self.heard.append(("header", message.column))

    def lines(self) -> list[str]:
        size = self.grid.size
        return [strip.text.rstrip() for strip in self.grid.render_lines(Region(0, 0, *size))]

    def line(self, y: int) -> Strip:
        return self.grid.render_lines(Region(0, y, self.grid.size.width, 1))[0]


async def press(pilot: Pilot[None], *keys: str) -> tuple[int, int]:
    await pilot.press(*keys)
    await pilot.pause()
    app = pilot.app
    assert isinstance(app, GridApp)
    return app.grid.cursor


@pytest.mark.parametrize(
    ("keys", "cursor"),
    [
        (["down", "j", "up"], (1, 0)),
        (["right", "l", "left"], (0, 1)),
        (["pagedown"], (19, 0)),
        (["pagedown", "pagedown", "pageup"], (19, 0)),
        (["ctrl+d"], (9, 0)),
        (["ctrl+d", "ctrl+u"], (0, 0)),
        (["end"], (0, 4)),
        (["end", "home"], (0, 0)),
        (["G"], (199, 0)),
        (["ctrl+end", "down"], (199, 0)),
        (["G", "ctrl+home"], (0, 0)),
        (["up", "left"], (0, 0)),
    ],
)
async def test_keys_move_the_cursor(keys: list[str], cursor: tuple[int, int]) -> None:
    async with GridApp().run_test(size=(80, 20)) as pilot:
        assert await press(pilot, *keys) == cursor


class Hasty(GridApp):
    """A page is turned before the grid has a size."""

    def shown(self) -> None:
        assert not self.grid.size
        self.grid.action_page(1)
        self.grid.action_page(0.5)
        self.grid.action_move(1, 0)


async def test_a_page_turned_before_there_is_a_size_is_a_page_of_the_size_to_come() -> None:
    async with Hasty().run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        app = pilot.app
        assert isinstance(app, Hasty)
        assert app.grid.cursor == (1 + 19 + 9, 0)
        assert ("moved", 29, 0) in app.heard
        assert any("note number 29" in line for line in app.lines())


async def test_a_page_turned_before_the_grid_hears_of_its_size_is_a_page_of_that_size() -> None:
    app = GridApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        app.grid._place.view = Viewport(height=200, page=sys.maxsize)  # as before the first event
        assert await press(pilot, "pagedown") == (19, 0)
        assert app.grid.visible_rows == range(19, 38)


async def test_every_line_is_as_wide_as_the_grid_and_every_cell_has_a_whole_style() -> None:
    hostile = [(1, 2, "\x1b[31m日本語\n", -1.5, "👩\u200d👧 e\u0301\u202e\x9b" * 9)] * 30
    app = GridApp(Staged(hostile))
    async with app.run_test(size=(80, 20)) as pilot:
        for width, height in ((80, 20), (300, 100), (40, 10), (13, 3), (5, 2)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            strips = app.grid.render_lines(Region(0, 0, width, height))
            assert [strip.cell_length for strip in strips] == [width] * height
            for segment in (segment for strip in strips for segment in strip):
                assert segment.text.isprintable()
                assert segment.style is not None
                assert segment.style.color is not None
                assert segment.style.bgcolor is not None


async def test_a_part_of_the_screen_is_the_same_as_in_the_whole() -> None:
    app = GridApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await press(pilot, "down", "right")
        whole = app.grid.render_lines(Region(0, 0, 80, 20))
        part = app.grid.render_lines(Region(7, 1, 30, 4))
        assert [strip.text for strip in part] == [strip.text[7:37] for strip in whole[1:5]]


async def test_a_cursor_move_repaints_two_rows_as_far_as_the_cursor() -> None:
    app = GridApp()
    async with app.run_test(size=(80, 20)) as pilot:
        painted: list[Region] = []
        refresh = app.grid.refresh
        app.grid.refresh = lambda *regions, **options: (  # type: ignore[method-assign,assignment]
            painted.extend(regions) or refresh(*regions, **options)
        )
        await press(pilot, "down")
        assert {region.y for region in painted} == {1, 2}
        assert {(region.x, region.width) for region in painted} == {(0, len("  1    0 "))}


async def test_the_window_is_asked_for_what_is_on_the_screen_and_told_the_way() -> None:
    app = GridApp(Paged(ROWS, range(20)))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        assert ("need", 0, 18, 0) in app.heard
        await press(pilot, "pagedown")
        assert app.heard[-2:] == [("need", 19, 37, 1), ("moved", 19, 0)]
        assert app.lines()[1].split()[1:2] == ["19"]
        assert app.lines()[2].split()[1] == "·"
        cell = app.grid.cell()
        assert cell is not None
        assert cell.is_loaded
        await press(pilot, "down")
        cell = app.grid.cell()
        assert cell is not None
        assert not cell.is_loaded
        await press(pilot, "pageup")
        assert app.heard[-2][3] == -1


async def test_rows_that_came_are_drawn() -> None:
    source = Paged(ROWS, range(0))
    app = GridApp(source)
    async with app.run_test(size=(80, 20)) as pilot:
        assert "·" in app.lines()[1]
        object.__setattr__(source, "_loaded", range(200))
        app.grid.source_changed()
        await pilot.pause()
        assert "note number 0" in app.lines()[1]


async def test_rows_found_before_the_others_shift_cursor_and_marks() -> None:
    app = GridApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await press(pilot, *["down"] * 5)
        app.grid.mark(4)
        object.__setattr__(app.source, "rows", (*ROWS[:30], *ROWS))
        app.grid.source_changed(shift=30)
        assert app.grid.cursor == (35, 0)
        assert app.grid.marks == {34}
        cell = app.grid.cell()
        assert cell is not None
        assert cell.value == 5


async def test_a_place_asked_for_before_there_is_a_screen_is_not_scrolled_to_the_top() -> None:
    class Placed(GridApp):
        def on_mount(self, event: events.Mount) -> None:
            event.prevent_default()
            super().on_mount(event)
            self.grid.move_to(4, 2)

    app = Placed()
    async with app.run_test(size=(80, 20)):
        assert app.grid.cursor == (4, 2)
        assert app.grid.visible_rows == range(19)
        assert "user_id" in app.lines()[0]


async def test_a_trillion_rows() -> None:
    app = GridApp(Endless())
    async with app.run_test(size=(100, 20)) as pilot:
        assert await press(pilot, "G") == (10**12 - 1, 0)
        assert app.lines()[-1].lstrip().startswith("~1,000,000,000,000 ")
        assert app.lines()[-1].endswith("┃")
        assert await press(pilot, "pageup") == (10**12 - 20, 0)


async def test_two_thousand_columns() -> None:
    columns = [GridColumn(f"column{i}") for i in range(2000)]
    app = GridApp(ListSource([tuple(range(2000))] * 50), columns)
    async with app.run_test(size=(80, 20)) as pilot:
        assert await press(pilot, "end") == (0, 1999)
        assert "column1999" in app.lines()[0]
        assert app.lines()[0].lstrip().startswith("‹")
        assert await press(pilot, "left", "left") == (0, 1997)
        assert await press(pilot, "home") == (0, 0)
        assert app.lines()[0].endswith("›")


async def test_keys_stay_on_the_left_while_other_columns_scroll() -> None:
    app = GridApp()
    async with app.run_test(size=(40, 10)) as pilot:
        await press(pilot, "end")
        assert app.lines()[0].split()[1] == "id◊"
        assert "note" in app.lines()[0]
        assert "user_id" not in app.lines()[0]


async def test_staged_rows_are_told_by_signs() -> None:
    app = GridApp(Staged(ROWS))
    async with app.run_test(size=(80, 20)):
        plain, changed, inserted, deleted = app.lines()[1:5]
        assert plain.startswith("  1")
        assert changed.startswith("~ 2")
        assert "~signup" in changed
        assert inserted.startswith("+ 3")
        assert "auto" in inserted
        assert deleted.startswith("× 4")


async def test_the_cursor_on_what_is_staged_keeps_its_colour() -> None:
    app = GridApp(Staged(ROWS))
    async with app.run_test(size=(80, 20)) as pilot:
        staged = app.grid._painter._styles.roles
        for row, column, role in ((1, 2, Role.STAGED), (2, 1, Role.INSERTED), (3, 1, Role.DELETED)):
            app.grid.move_to(row, column)
            await pilot.pause()
            backgrounds = [s.style.bgcolor for s in app.line(row + 1)]
            assert staged[role].color in backgrounds
        app.grid.move_to(1, 1)
        await pilot.pause()
        assert staged[Role.STAGED].color not in [s.style.bgcolor for s in app.line(2)]


async def test_a_new_row_is_in_its_tone_and_what_is_no_value_of_it_is_told_apart() -> None:
    app = GridApp(Staged([*ROWS[:2], (None, None, "word", 1.0, "note"), *ROWS[3:]]))
    async with app.run_test(size=(80, 20)):
        roles = app.grid._painter._styles.roles
        shown = {segment.text.strip(): segment.style for segment in app.line(3)}
        assert shown["auto"].italic
        assert shown["auto"].color == roles[Role.INSERTED].color
        assert not next(style for text, style in shown.items() if "word" in text).italic


async def test_marks() -> None:
    app = GridApp()
    async with app.run_test(size=(80, 20)):
        app.grid.mark(1)
        assert app.lines()[2].startswith("● 2")
        app.grid.mark(1, marked=False)
        assert app.lines()[2].startswith("  2")


async def test_the_mouse() -> None:
    app = GridApp()
    async with app.run_test(size=(80, 20)) as pilot:
        line = app.lines()[3]
        await pilot.click(Grid, offset=(line.index("note number 2") + 2, 3))
        assert app.grid.cursor == (2, 4)
        await pilot.click(Grid, offset=(line.index("login"), 3), times=2)
        await pilot.pause()
        assert ("activated", 2, 2) in app.heard
        await pilot.click(Grid, offset=(app.lines()[0].index("kind"), 0))
        await pilot.pause()
        assert app.heard[-1] == ("header", 2)
        await pilot.click(Grid, offset=(79, 19))
        assert app.grid.visible_rows[-1] == 199


async def test_the_wheel_scrolls_and_takes_the_cursor_along() -> None:
    app = GridApp()
    async with app.run_test(size=(80, 20)) as pilot:
        wheel = (events.MouseScrollDown, events.MouseScrollUp)
        for kind, top in ((wheel[0], 3), (wheel[0], 6), (wheel[1], 3)):
            app.grid.post_message(kind(app.grid, 5, 5, 0, 0, 0, False, False, False))
            await pilot.pause()
            assert app.grid.visible_rows[0] == top
        assert app.grid.cursor == (6, 0)


async def test_enter_asks_for_the_whole_value() -> None:
    app = GridApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await press(pilot, "down", "right", "enter")
        assert app.heard[-1] == ("activated", 1, 1)


async def test_columns_are_made_wider_and_narrower() -> None:
    app = GridApp()
    async with app.run_test(size=(80, 20)) as pilot:
        before = app.lines()[0].index("kind")
        await press(pilot, "right", "greater_than_sign")
        assert app.lines()[0].index("kind") == before + 2
        await press(pilot, "less_than_sign", "less_than_sign")
        assert app.lines()[0].index("kind") == before - 2


async def test_columns_hide_move_and_come_back() -> None:
    app = GridApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await press(pilot, "right")
        app.grid.move_column(1)
        assert app.lines()[0].index("kind") < app.lines()[0].index("user_id")
        assert app.grid.cursor == (0, 1)
        app.grid.hide_column(1)
        assert "user_id" not in app.lines()[0]
        app.grid.show_all_columns()
        assert app.lines()[0].index("user_id") < app.lines()[0].index("kind")
        app.grid.pin_column(2, pinned=True)
        assert app.lines()[0].split()[1] == "kind"


async def test_stale_rows_are_dimmed_at_once_and_back() -> None:
    app = GridApp()
    async with app.run_test(size=(80, 20)) as pilot:

        def colours() -> set[object]:
            strip = app.grid.render_lines(Region(0, 0, 80, 20))[5]
            return {segment.style.color for segment in strip if segment.style}

        fresh = colours()
        painted: list[Region] = []
        render_lines = app.grid.render_lines
        app.grid.render_lines = lambda crop: (  # type: ignore[method-assign]
            painted.append(crop) or render_lines(crop)
        )
        app.grid.add_class("-stale")
        await pilot.pause()
        assert Region(0, 0, 80, 20) in painted
        assert len(colours()) == 1
        assert colours() != fresh
        app.grid.remove_class("-stale")
        await pilot.pause()
        assert colours() == fresh


async def test_another_theme_changes_the_colours() -> None:
    app = GridApp()
    async with app.run_test(size=(80, 20)) as pilot:
        before = app.grid.render_lines(Region(0, 0, 80, 20))[5]
        app.theme = "textual-light"
        await pilot.pause()
        after = app.grid.render_lines(Region(0, 0, 80, 20))[5]
        assert before.text == after.text
        assert before != after


async def test_no_color_leaves_none_and_still_shows_the_cursor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = GridApp()
    async with app.run_test(size=(80, 20)):
        segments = [s for strip in app.grid.render_lines(Region(0, 0, 80, 20)) for s in strip]
        for segment in segments:
            assert segment.style is not None
            for colour in (segment.style.color, segment.style.bgcolor):
                assert colour is not None
                assert colour.triplet is not None
                assert len(set(colour.triplet)) == 1
        assert [s.text.strip() for s in segments if s.style and s.style.reverse] == ["0"]


async def test_an_ascii_terminal_gets_nothing_else() -> None:
    app = GridApp(Staged(ROWS), glyphs=ASCII)
    async with app.run_test(size=(80, 20)):
        app.grid.mark(9)
        assert "".join(app.lines()).isascii()


async def test_an_empty_table_has_headings_and_no_cell() -> None:
    app = GridApp(ListSource(()))
    async with app.run_test(size=(80, 20)) as pilot:
        await press(pilot, "down", "G", "pagedown", "right", "enter")
        assert "user_id→" in app.lines()[0]
        assert app.grid.cell() is None
        assert not any(name == "activated" for name, *_ in app.heard)


async def test_a_grid_without_columns_does_not_mind() -> None:
    app = GridApp(ListSource([()] * 5), ())
    async with app.run_test(size=(80, 20)) as pilot:
        await press(pilot, "down", "right", "end", "home", "greater_than_sign", "enter")
        assert app.grid.cell() is None


IDS = [f"{i * 104729:08x}-ba8e-4445-9656-9e3a5db5{i:04x}" for i in range(1, 9)]


async def test_a_cut_id_is_whole_under_the_cursor_and_nowhere_else() -> None:
    columns = [GridColumn("id", is_key=True), *map(GridColumn, ("one", "two", "three"))]
    rows = [(one, one[::-1], f"word {i}", "w" * 60) for i, one in enumerate(IDS)]
    rows[3] = (IDS[3], "short", "word 3", "w" * 60)
    app = GridApp(ListSource(rows), columns)
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        lines = app.lines()
        assert IDS[0] in lines[1]
        assert IDS[1] not in lines[2]
        assert f"{IDS[1][:8]}…{IDS[1][-4:]}" in lines[2]
        assert "word 1" in lines[2]
        await press(pilot, "down", "right")
        lines = app.lines()
        assert IDS[0] not in lines[1]
        assert "word 0" in lines[1]
        assert IDS[1][::-1] in lines[2]
        await press(pilot, "down", "down")
        # A short value takes no more room than its cell.
        assert "word 3" in app.lines()[4]


async def test_a_cut_id_at_the_right_edge_is_whole_too() -> None:
    rows = [(f"a fairly long name {i}", one) for i, one in enumerate(IDS)]
    app = GridApp(ListSource(rows), [GridColumn("name"), GridColumn("one")])
    async with app.run_test(size=(44, 12)) as pilot:
        assert IDS[0] not in app.lines()[1]
        await press(pilot, "right")
        assert IDS[0] in app.lines()[1]
        await press(pilot, "left")
        assert "a fairly long name 0" in app.lines()[1]
