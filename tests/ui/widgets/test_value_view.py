"""The whole value on the screen."""

from textual.app import App, ComposeResult

from studio.model.catalog import Column, ColumnKind
from studio.model.page import Shortened, Value
from studio.ui.widgets.documents import Layout
from studio.ui.widgets.value_view import ValueView

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
        assert app.view.layout_kind is Layout.JSON
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
