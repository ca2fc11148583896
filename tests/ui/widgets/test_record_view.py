"""One record, a column a line."""

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from studio.model.catalog import Column, ColumnKind
from studio.model.page import Value
from studio.ui.rows.record_lines import record_lines
from studio.ui.rows.record_view import RecordView
from studio.ui.widgets.glyphs import UNICODE

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


async def shown(columns, values, size=(60, 12)) -> list[str]:
    app = RecordApp()
    async with app.run_test(size=size):
        app.view.show(columns, values)
        return app.lines()


NOTE = Column("note", "TEXT", ColumnKind.TEXT)
DATA = Column("data", "jsonb", ColumnKind.JSON)


async def test_a_long_value_is_wrapped_while_there_is_room_below() -> None:
    long = "".join(f"word{number:03} " for number in range(20))
    lines = await shown((NOTE, COLUMNS[0]), (long, 42))
    rows = [line for line in lines if line]
    assert "".join(line[24:] for line in rows[:-1]).replace(" ", "") == long.replace(" ", "")
    assert rows[-1].split() == ["id", "INTEGER", "42"]
    assert "…" not in "".join(lines)


async def test_a_value_is_cut_only_where_no_line_is_free() -> None:
    lines = await shown((NOTE, DATA, COLUMNS[0]), ("x" * 5000, '{"a": 1}', 42), (60, 8))
    assert all(lines)
    assert [line for line in lines if line.endswith("…")] == [lines[5]]
    assert lines[-1].split() == ["id", "INTEGER", "42"]
    assert lines[-2].endswith('{"a": 1}')


async def test_json_keeps_what_is_invisible_in_it() -> None:
    lines = await shown((DATA,), ('["' + "x" * 29 + '\u202e"]',))
    assert "".join(line[24:] for line in lines).replace(" ", "") == ('["' + "x" * 29 + '‹202E›"]')


@given(
    st.lists(st.one_of(st.none(), st.integers(), st.text(), st.just('{"a":[1]}')), max_size=9),
    st.integers(1, 40),
    st.integers(1, 20),
)
def test_lines_are_never_more_than_there_is_room_for(
    values: list[Value], room: int, page: int
) -> None:
    record = [(DATA, value) for value in values]
    lines = record_lines(record, room, page, UNICODE)
    assert sum(map(len, lines)) <= max(page, len(values))
    assert all(lines)


async def test_json_is_laid_out_where_all_of_it_fits() -> None:
    lines = await shown((DATA,), ('{"a":[1,2],"b":null}',))
    assert [line[24:] for line in lines if line] == [
        "{",
        '  "a": [',
        "    1,",
        "    2",
        "  ],",
        '  "b": null',
        "}",
    ]


async def test_a_number_that_is_a_time_has_its_date_beside_it() -> None:
    column = Column("created_at", "INTEGER", ColumnKind.INTEGER)
    lines = await shown((column, COLUMNS[0]), (1767690000000, 1767690000000), (80, 10))
    assert lines[0].endswith("1767690000000  2026-01-06 09:00:00 UTC")
    assert lines[1].endswith("1767690000000")


async def test_a_date_that_does_not_fit_beside_its_number_stands_below_it() -> None:
    column = Column("created_at", "INTEGER", ColumnKind.INTEGER)
    lines = await shown((column, COLUMNS[0]), (1767690000000, 42), (46, 10))
    assert [line.split() for line in lines[:3]] == [
        ["created_at", "1767690000000"],
        ["2026-01-06", "09:00:00", "UTC"],
        ["id", "42"],
    ]
    assert lines[1].index("2026") == lines[0].index("1767690000000")
    full = await shown((column, COLUMNS[0]), (1767690000000, 42), (46, 2))
    assert [line.split() for line in full] == [["created_at", "1767690000000"], ["id", "42"]]


async def test_a_number_wider_than_the_pane_is_wrapped() -> None:
    column = Column("big", "numeric", ColumnKind.DECIMAL)
    lines = await shown((column, COLUMNS[0]), ("123456789" * 6, 42), (40, 10))
    rows = [line for line in lines if line]
    assert "".join(line[5:].strip() for line in rows[:-1]) == "123456789" * 6
    assert rows[-1].split() == ["id", "42"]
