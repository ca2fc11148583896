"""The whole value on the screen."""

import re

from textual.app import App, ComposeResult

from studio.model.catalog import Column, ColumnKind
from studio.model.page import Shortened, Value
from studio.ui.values.documents import DocumentLayout
from studio.ui.values.value_view import ValueView

NOTE = Column("note", "text", ColumnKind.TEXT)
LONG = "\n".join(f"line {number}" for number in range(1000))


class ValueApp(App[None]):
    def __init__(self, value: Value, column: Column = NOTE) -> None:
        super().__init__()
        self.view = ValueView()
        self.value = value
        self.column = column

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.show(self.column, self.value)
        self.view.focus()

    def lines(self) -> list[str]:
        return [self.view.render_line(y).text.rstrip() for y in range(self.view.size.height)]


async def test_the_heading_names_the_column_its_type_and_the_size() -> None:
    app = ValueApp("naïve\n\x1b[31m")
    async with app.run_test(size=(70, 10)):
        assert app.lines()[0] == "note  text · 11 characters · 12 B · as text"
        assert app.lines()[2:4] == ["naïve⏎", "␛[31m"]


async def test_null_is_not_an_empty_text() -> None:
    app = ValueApp(None)
    async with app.run_test(size=(70, 10)):
        assert app.lines()[:3] == ["note  text", "", "∅ NULL"]
        app.view.show(NOTE, "")
        assert app.lines()[:3] == ["note  text · 0 characters · as text", "", ""]


async def test_a_head_says_that_it_is_one() -> None:
    app = ValueApp(Shortened("x" * 4096))
    async with app.run_test(size=(70, 10)):
        assert "the first 4.0 KiB of a longer value" in app.lines()[0]


async def test_scrolling_ends_at_the_ends() -> None:
    app = ValueApp(LONG)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("down", "j")
        assert app.lines()[2] == "line 2⏎"
        await pilot.press("G")
        assert app.lines()[-1] == "line 999"
        await pilot.press("down", "pagedown")
        assert app.lines()[-1] == "line 999"
        await pilot.press("k")
        assert app.lines()[-1] == "line 998⏎"
        await pilot.press("home", "up")
        assert app.lines()[2] == "line 0⏎"
        await pilot.press("space")
        assert app.lines()[2] == "line 9⏎"
        await pilot.press("pageup")
        assert app.lines()[2] == "line 0⏎"


async def test_the_same_value_in_other_layouts() -> None:
    app = ValueApp('{"a":[1]}')
    async with app.run_test(size=(100, 12)) as pilot:
        assert app.view.layout_kind is DocumentLayout.JSON
        assert app.lines()[2:4] == ["{", '  "a": [']
        await pilot.press("v")
        assert app.lines()[2].startswith("0000  7b 22 61")
        await pilot.press("v")
        assert app.lines()[2] == '{"a":[1]}'


async def test_numbers_and_truth_are_written_out() -> None:
    app = ValueApp(12345678901234567890)
    async with app.run_test(size=(100, 12)):
        assert app.lines()[2] == "12345678901234567890"
        app.view.show(NOTE, True)
        assert app.lines()[2] == "true"


async def test_json_is_told_apart_by_what_it_is() -> None:
    app = ValueApp('{"a": ["x", -1.5e3, true, null], "long": "' + "y" * 90 + '\u202e"}')
    async with app.run_test(size=(60, 20)):
        assert app.lines()[2:5] == ["{", '  "a": [', '    "x",']
        roles = {
            piece.text: piece.role
            for line, _ in app.view._lines()
            for piece in line
            if piece.text.strip()
        }
        assert roles['"a"'] == "key"
        assert roles['"x"'] == "string"
        assert roles["-1.5e3"] == "number"
        assert roles["true"] == roles["null"] == "word"
        assert roles["{"] == roles[","] == "mark"
        assert roles["‹202E›"] == "string"
        strip = app.view.render_line(3)
        styles = {segment.text: segment.style.color for segment in strip}
        assert styles['"a"'] != styles["["]


async def test_a_time_has_its_date_in_the_heading() -> None:
    app = ValueApp(1767690000000, Column("created_at", "INTEGER", ColumnKind.INTEGER))
    async with app.run_test(size=(100, 6)):
        assert app.lines()[0].endswith(" · as text · 2026-01-06 09:00:00 UTC")
        assert app.lines()[2] == "1767690000000"


TREE = '{"a": {"b c": [1, {"x": null}]}, "n": "t"}'


async def test_json_has_a_cursor_with_its_path_and_folds() -> None:
    app = ValueApp(TREE)
    async with app.run_test(size=(60, 14)) as pilot:
        assert app.lines()[1:4] == ["$", "{", '  "a": {']
        await pilot.press("j", "j", "j")
        assert app.lines()[1] == '$.a."b c"[0]'
        await pilot.press("left", "left")
        assert app.lines()[1:5] == ['$.a."b c"', "{", '  "a": {', '    "b c": […]  2 values']
        await pilot.press("right", "right")
        assert app.lines()[1] == '$.a."b c"[0]'
        await pilot.press("O")
        assert app.lines()[1:6] == ["$.a", "{", '  "a": {…},  1 key', '  "n": "t"', "}"]
        await pilot.press("O", "o")
        assert app.lines()[3] == '  "a": {…},  1 key'
        await pilot.press("G")
        assert app.lines()[1] == "$"
        await pilot.press("v")
        assert app.lines()[1] == ""


async def test_the_cursor_stays_in_sight() -> None:
    app = ValueApp(str([[n, "x" * 70] for n in range(40)]).replace("'", '"'))
    async with app.run_test(size=(40, 9)) as pilot:
        for key in ("j",) * 12 + ("pagedown", "k", "G", "pageup", "g"):
            await pilot.press(key)
            view = app.view
            starts = [view._top, *(end for _, end in view._lines())]
            assert view.json_tree.cursor in starts[:-1]
        await pilot.resize_terminal(30, 7)
        await pilot.pause()
        assert view.json_tree.cursor in [view._top, *(end for _, end in view._lines())][:-1]


async def test_the_end_of_long_json_is_read_when_it_is_wanted() -> None:
    app = ValueApp("[" + ", ".join(f'{{"id": {n}}}' for n in range(30_000)) + "]")
    async with app.run_test(size=(60, 9)) as pilot:
        assert not app.view.json_tree.document.lines.is_whole
        await pilot.press("G")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert app.lines()[-1] == "]"
        await pilot.press("k", "k")
        assert app.lines()[1] == "$[29999].id"


class Drawn(ValueView):
    """Counts how often all of it was drawn, and how often a part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.wholes = self.parts = 0

    def refresh(self, *regions, **how):
        if regions:
            self.parts += 1
        else:
            self.wholes += 1
        return super().refresh(*regions, **how)


async def test_folding_long_json_draws_only_what_becomes_known() -> None:
    items = ",".join(f'{{"id": {n}, "tags": ["a", "b"]}}' for n in range(20_000))
    app = ValueApp(f'{{"items": [{items}], "last": 1}}')
    app.view = Drawn()
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.wholes = 0
        await pilot.press("O")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert [line.strip() for line in app.lines()[2:6]] == [
            "{",
            '"items": […],  20,000 values',
            '"last": 1',
            "}",
        ]
        assert app.view.wholes <= 4


async def test_blank_lines_below_what_is_folded_are_not_the_end() -> None:
    items = ",".join(f'{{"id": {n}}}' for n in range(200_000))
    app = ValueApp(f'{{"items": [{items}], "last": 1}}')
    async with app.run_test(size=(60, 12)) as pilot:
        app.view._show_progress = lambda _tree: seen.append(app.lines()[1])
        seen: list[str] = []
        await pilot.press("O")
        await app.workers.wait_for_complete()
        assert "reading on" not in seen[-1]
        assert len(seen) > 1
        for said in seen[:-1]:
            assert re.fullmatch(r"\$  reading on: \d+%", said)


async def test_reading_to_the_end_draws_one_line_for_each_percent() -> None:
    app = ValueApp(f"[{','.join(str(n) for n in range(100_000))}]")
    app.view = Drawn()
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.wholes = 0
        await pilot.press("G")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.lines()[-1] == "]"
        assert app.view.wholes <= 4
        assert 0 < app.view.parts <= 101
