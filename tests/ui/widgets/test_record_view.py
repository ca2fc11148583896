"""One record, a column a line."""

from textual.app import App, ComposeResult

from studio.model.catalog import Column, ColumnKind
from studio.ui.widgets.record_view import RecordView

COLUMNS = (
    Column("id", "INTEGER", ColumnKind.INTEGER),
    Column("note", "TEXT", ColumnKind.TEXT),
    Column("payload", "jsonb", ColumnKind.JSON),
    *(Column(f"extra{number}", "text", ColumnKind.TEXT) for number in range(30)),
)
VALUES = (42, "a\x1bb", None, *("x" for _ in range(30)))


class RecordApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.view = RecordView()

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.show(COLUMNS, VALUES)
        self.view.focus()

    def lines(self) -> list[str]:
        return [self.view.render_line(y).text.rstrip() for y in range(self.view.size.height)]


async def test_each_column_has_its_type_and_its_value() -> None:
    app = RecordApp()
    async with app.run_test(size=(80, 10)):
        assert [line.split() for line in app.lines()[:3]] == [
            ["id", "INTEGER", "42"],
            ["note", "TEXT", "a␛b"],
            ["payload", "jsonb", "∅"],
        ]
        assert {line.index(end) for line, end in zip(app.lines(), ("42", "a␛b"), strict=False)} == {
            app.lines()[0].index("42")
        }


async def test_types_make_way_where_there_is_no_room() -> None:
    app = RecordApp()
    async with app.run_test(size=(40, 10)):
        assert app.lines()[0].split() == ["id", "42"]


async def test_it_scrolls_and_stays_there_for_the_next_record() -> None:
    app = RecordApp()
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.press("G")
        assert app.view.selected == len(COLUMNS) - 1
        assert app.lines()[-1].startswith(" extra29")
        app.view.show(COLUMNS, VALUES)
        assert app.lines()[-1].startswith(" extra29")
        await pilot.press("up", "home")
        assert app.lines()[0].startswith(" id")
        app.view.select(20)
        assert "extra17" in app.lines()[-1]
