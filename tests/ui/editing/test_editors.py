"""Each family of editors: what it makes, what it refuses, and what it never changes unasked."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.containers import Vertical
from textual.widgets import Static

from studio.backends.registry import backend
from studio.config.themes import load_theme
from studio.model.catalog import Column, ColumnKind, Table
from studio.model.change import DEFAULT
from studio.model.relation import TableKind, TableRef
from studio.ui.editing.editors.base import CellEditor, EditedCell, Entered, text_of
from studio.ui.editing.editors.choosing import editor_for
from studio.ui.editing.editors.generated import BytesEditor, MomentEditor, UuidEditor, moment
from studio.ui.editing.editors.picks import ChoiceEditor
from studio.ui.editing.editors.texts import AnyEditor, JsonEditor, TextEditor, laid_out
from studio.ui.keys.help import Help
from studio.ui.terminal.theme import textual_theme

TEXT = Column("v", "TEXT", ColumnKind.TEXT)


def subject(column: Column, value: object, engine: str = "sqlite", rows: int = 1) -> EditedCell:
    table = Table(TableRef(None, "t"), TableKind.TABLE, (column,))
    return EditedCell(backend(engine), table, column, value, rows=rows)  # type: ignore[arg-type]


class Stage(App[None]):
    """Opens one editor and keeps its answer."""

    answer: str | Entered | None = "open"

    def __init__(self, edited: EditedCell) -> None:
        super().__init__()
        self._edited = edited
        self.register_theme(textual_theme(load_theme("dark")))
        self.theme = "dark"

    def on_mount(self) -> None:
        def answered(answer: Entered | None) -> None:
            self.answer = answer

        self.push_screen(editor_for(self._edited), answered)


async def answer(edited: EditedCell, *keys: str, put: str | None = None) -> str | Entered | None:
    """What the editor for `edited` answers to these keys."""
    app = Stage(edited)
    async with app.run_test() as pilot:
        await pilot.pause()
        if put is not None:
            app.screen.put(put)  # type: ignore[attr-defined]
            await pilot.pause()
        for key in keys:
            await pilot.press(*(key.removeprefix("text:") if key.startswith("text:") else [key]))
            await pilot.pause()
    return app.answer


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        (TEXT, "a", TextEditor),
        (Column("v", "", ColumnKind.ANY), 1, AnyEditor),
        (Column("v", "JSON", ColumnKind.JSON), "{}", JsonEditor),
        (Column("v", "uuid", ColumnKind.UUID), "", UuidEditor),
        (Column("v", "BLOB", ColumnKind.BYTES), b"", BytesEditor),
        (TEXT, "0198F3A2-36e4-77f3-9d46-963fb72648ff", UuidEditor),
        (TEXT, "0198f3a2-36e4-77f3-9d46-963fb72648ff!", TextEditor),
        (TEXT, None, TextEditor),
        (TEXT, b"\x00", BytesEditor),
        (Column("v", "date", ColumnKind.DATE), "", MomentEditor),
        (Column("v", "bool", ColumnKind.BOOLEAN), 1, ChoiceEditor),
        (Column("v", "TEXT", ColumnKind.TEXT, choices=("a", "b")), "a", ChoiceEditor),
    ],
)
def test_each_column_gets_the_editor_that_fits(column, value, kind):
    assert type(editor_for(subject(column, value))) is kind


async def test_a_new_text_key_can_be_made():
    table = Table(TableRef(None, "t"), TableKind.TABLE, (TEXT,), primary_key=("v",))
    made = await answer(EditedCell(backend("sqlite"), table, TEXT, DEFAULT), "ctrl+r", "enter")
    assert isinstance(made, Entered)
    assert UUID(str(made.after["v"])).version == 7


async def test_a_new_line_has_its_own_key():
    made = await answer(subject(TEXT, "a"), "ctrl+o", "text:b", "enter")
    assert made == Entered({"v": "a\nb"})


async def test_esc_changes_nothing():
    assert await answer(subject(TEXT, "a"), "text:b", "escape") is None


async def test_for_several_rows_enter_alone_sets_them_all():
    assert await answer(subject(TEXT, "a", rows=3), "enter") == Entered({"v": "a"})


async def test_line_ends_that_a_field_would_change_are_not_changed():
    assert await answer(subject(TEXT, "a\r\nb\nc"), "text:x", "enter") is None


async def test_a_very_long_text_is_not_typed_in():
    assert await answer(subject(TEXT, "ab" * 100_000), "text:x", "enter") is None


async def test_control_characters_are_drawn_as_symbols_and_kept():
    app = Stage(subject(TEXT, "a\x1b[31mb"))
    async with app.run_test() as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, CellEditor)
        assert "\x1b" not in screen.field.get_line(0).plain
        await pilot.press("x", "enter")
    assert app.answer == Entered({"v": "a\x1b[31mbx"})


async def test_a_storage_class_is_kept_where_the_text_allows_it_and_said_where_not():
    column = Column("v", "", ColumnKind.ANY)
    assert await answer(subject(column, "1"), "text:2", "enter") == Entered({"v": "12"})
    changed = await answer(subject(column, 1), "text:x", "enter")
    assert isinstance(changed, Entered)
    assert changed.after == {"v": "1x"}
    assert changed.note == "was integer, becomes text"


async def test_a_storage_class_is_changed_knowingly():
    column = Column("v", "", ColumnKind.ANY)
    assert await answer(subject(column, 12), "ctrl+r", "enter") == Entered({"v": "12"})
    made = await answer(subject(column, "12"), "ctrl+r", "ctrl+r", "enter")
    assert isinstance(made, Entered)
    assert type(made.after["v"]) is int
    assert await answer(subject(column, "ab"), "ctrl+r", "ctrl+r", "enter", "escape") is None


async def test_json_that_is_none_never_leaves():
    column = Column("v", "JSON", ColumnKind.JSON)
    assert await answer(subject(column, "{}"), "text:x", "enter", "escape") is None
    # SQLite makes a number of this text, and the editor says so.
    assert await answer(subject(column, 1), "text:2", "enter") == Entered({"v": 12})
    told = await answer(subject(column, "[1]"), "ctrl+u", "text:12", "enter")
    assert told == Entered({"v": 12}, "was text, becomes integer")
    assert await answer(subject(column, "[1]"), "ctrl+u", "text:[12]", "enter") == Entered(
        {"v": "[12]"}
    )


async def test_bytes_come_from_a_file(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"\x00\xff")
    column = Column("v", "BLOB", ColumnKind.BYTES)
    app = Stage(subject(column, b"a"))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("ctrl+r")
        await pilot.pause()
        await pilot.press(*str(path), "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
    assert app.answer == Entered({"v": b"\x00\xff"})


async def test_a_uuid_is_made_in_both_versions():
    column = Column("v", "uuid", ColumnKind.UUID)
    seven = await answer(subject(column, None, "postgresql"), "ctrl+r", "enter")
    four = await answer(subject(column, None, "postgresql"), "ctrl+r", "ctrl+r", "enter")
    assert isinstance(seven, Entered)
    assert isinstance(four, Entered)
    assert str(seven.after["v"])[14] == "7"
    assert str(four.after["v"])[14] == "4"


AT = datetime(2026, 11, 20, 23, 59, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "like", "text"),
    [
        (Column("v", "timestamp(3)", ColumnKind.TIMESTAMP), None, "2026-11-20 23:59:58"),
        (Column("v", "TEXT", ColumnKind.TIMESTAMP), "2020-01-01T00:00:00", "2026-11-20T23:59:58"),
    ],
)  # fmt: skip
def test_now_is_written_as_the_column_writes_it(column, like, text):
    assert moment(subject(column, like), AT) == text


def test_now_has_a_zone_where_the_type_has_one():
    column = Column("v", "timestamp with time zone", ColumnKind.TIMESTAMP)
    written = moment(subject(column, None, "postgresql"), AT)
    assert datetime.fromisoformat(written) == AT


numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False).map(str)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(documents, st.sampled_from([None, 2]))
def test_laying_json_out_changes_nothing_but_blanks(document, indent):
    text = json.dumps(document)
    assert json.loads(laid_out(text, indent)) == document


@pytest.mark.parametrize("number", ["1.10", "1e400", "12345678901234567890.123456789", "-0"])
def test_laying_json_out_keeps_numbers_as_they_are_written(number):
    assert laid_out(f'{{"n": {number}}}', None) == f'{{"n": {number}}}'


def test_json_with_a_key_twice_is_not_laid_out():
    with pytest.raises(ValueError, match="twice"):
        laid_out('{"a": 1, "a": 2}', 2)


def test_a_value_is_typed_as_it_is_shown():
    assert [text_of(one) for one in (None, 1, 1.5, "a", b"\x01")] == ["", "1", "1.5", "a", "x'01'"]


async def problem(
    edited: EditedCell, *keys: str, size: tuple[int, int] = (80, 24)
) -> tuple[str, str]:
    """What the editor says is wrong after these keys, and the keys it names on its edge."""
    app = Stage(edited)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for key in keys:
            await pilot.press(*(key.removeprefix("text:") if key.startswith("text:") else [key]))
            await pilot.pause()
        said = str(app.screen.query_one("#problem", Static).content)
        frame = app.screen.query_one(Vertical)
        keys = str(frame.border_subtitle)
        assert len(keys) <= frame.outer_size.width - 6, "the frame cuts them"
        return said, keys


BOOLEAN = Column("v", "BOOLEAN", ColumnKind.BOOLEAN, nullable=False)
CHOICES = Column("v", "TEXT", ColumnKind.TEXT, choices=("draft", "paid"))


@pytest.mark.parametrize(
    ("column", "engine", "typed", "why"),
    [
        (BOOLEAN, "sqlite", "maybe", "BOOLEAN: true, false or a whole number, not 'maybe'"),
        (BOOLEAN, "postgresql", "maybe", "BOOLEAN"),
        (CHOICES, "sqlite", "late", "v is one of: draft, paid"),
        (Column("v", "INTEGER", ColumnKind.INTEGER), "sqlite", "x", "INTEGER: a whole number"),
        (Column("v", "DATE", ColumnKind.DATE), "sqlite", "notadate", "this is no date"),
        (Column("v", "TIME", ColumnKind.TIME), "sqlite", "2026-01-01", "this is no time"),
        (Column("v", "DATETIME", ColumnKind.TIMESTAMP), "sqlite", "soon", "this is no timestamp"),
        (Column("v", "date", ColumnKind.DATE), "postgresql", "notadate", "date"),
        (Column("v", "integer", ColumnKind.INTEGER), "postgresql", "x", "integer"),
    ],
)
async def test_a_value_that_is_refused_or_doubted_says_why_beside_the_field(
    column, engine, typed, why
):
    edited = subject(column, _now(column, engine), engine)
    said, _ = await problem(edited, f"text:{typed}", "enter")
    assert why in said
    assert await answer(edited, f"text:{typed}", "enter", "escape") is None


def _now(column: Column, engine: str) -> object:
    number = {"sqlite": 1, "postgresql": "1"}[engine]
    return number if column.kind in {ColumnKind.BOOLEAN, ColumnKind.INTEGER} else ""


async def test_null_is_refused_beside_the_field():
    assert "NOT NULL" in (await problem(subject(BOOLEAN, 1), "ctrl+n"))[0]


async def test_what_was_wrong_is_forgotten_when_one_types_on():
    assert (await problem(subject(BOOLEAN, 1), "text:maybe", "enter", "backspace"))[0] == ""


async def test_a_doubted_value_is_staged_when_it_is_entered_again():
    edited = subject(Column("v", "DATE", ColumnKind.DATE), "")
    made = await answer(edited, "text:notadate", "enter", "enter")
    assert isinstance(made, Entered)
    assert made.after == {"v": "notadate"}
    # Another text is another question.
    assert await answer(edited, "text:nota", "enter", "text:date", "enter", "escape") is None


@pytest.mark.parametrize("typed", ["2026-11-30", "2026-11-30 10:00:00", "1767707551868"])
async def test_what_a_date_may_be_is_not_doubted(typed):
    made = await answer(subject(Column("v", "DATE", ColumnKind.DATE), ""), f"text:{typed}", "enter")
    assert isinstance(made, Entered)


@pytest.mark.parametrize(
    "column",
    [TEXT, Column("v", "", ColumnKind.ANY), Column("v", "JSON", ColumnKind.JSON), BOOLEAN, CHOICES,
     Column("v", "uuid", ColumnKind.UUID), Column("v", "BLOB", ColumnKind.BYTES)],
)  # fmt: skip
@pytest.mark.parametrize("width", [60, 80, 120])
async def test_every_editor_names_how_to_end_it_and_cuts_no_key(column, width):
    _, keys = await problem(subject(column, None), size=(width, 24))
    assert keys.startswith("enter stage  esc back  f1 ?")
    known = {"stage", "back", "?", "NULL", "DEFAULT", "new line", "$EDITOR", "class", "lay out",
             "from a file", "new v7, v4", "now"}  # fmt: skip
    assert {part.split(" ", 1)[1] for part in keys.split("  ")} <= known


async def test_f1_shows_the_keys_of_an_editor():
    for column in (TEXT, BOOLEAN):
        app = Stage(subject(column, None))
        async with app.run_test() as pilot:
            await pilot.pause()
            await pilot.press("f1")
            await pilot.pause()
            assert isinstance(app.screen, Help)
