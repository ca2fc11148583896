"""What a cell shows, and above all what it never sends to a terminal."""

from decimal import Decimal
from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from wcwidth import wcwidth

from studio.model.catalog import ColumnKind
from studio.model.page import Shortened, Value
from studio.ui.widgets.cells import CellFormat, Role, bytes_size, draw, natural_width
from studio.ui.widgets.glyphs import ASCII, UNICODE, Glyphs, glyphs_for
from studio.ui.widgets.safe_text import MAX_MARKS, wrapped_line

texts = st.text(st.characters(), max_size=60) | st.text(
    st.sampled_from(
        "a中😀👩\u200d\ufe0f\u0301\u202e\x1b\n\t\x9b\udcff🇩🇪\U0001f3fd\u1100\u1161\u00a0')\\"
    ),
    max_size=60,
)
values = (
    texts
    | st.binary(max_size=80)
    | st.builds(Shortened, texts | st.binary(max_size=80))
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals(allow_nan=True)
)
formats = st.builds(
    CellFormat,
    kind=st.sampled_from(ColumnKind),
    grouped=st.booleans(),
    is_opaque=st.booleans(),
)
any_glyphs = st.sampled_from([UNICODE, ASCII])


def shown(value: Value, width: int = 12, cell: CellFormat | None = None, glyphs: Glyphs = UNICODE):
    text = "".join(span.text for span in draw(value, cell or CellFormat(), width, glyphs))
    assert (text[0], text[-1]) == (" ", " ")
    return text[1:-1]


def roles(value: Value, width: int = 12, cell: CellFormat | None = None) -> list[Role]:
    spans = draw(value, cell or CellFormat(), width, UNICODE)
    return [span.role for span in spans if span.text.strip()]


def assert_harmless(text: str) -> None:
    for character in text:
        assert category(character) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}, ascii(text)
        assert character == " " or category(character) != "Zs" or character == "\u3000"


@given(value=values, cell=formats, width=st.integers(0, 40), glyphs=any_glyphs)
@example(value="\x1b]52;c;ZXZpbA==\x07", cell=CellFormat(), width=20, glyphs=UNICODE)
@example(value="e" + "\u0301" * 500, cell=CellFormat(), width=9, glyphs=UNICODE)
def test_a_cell_is_exactly_as_wide_as_asked_and_never_holds_what_a_terminal_obeys(
    value: Value, cell: CellFormat, width: int, glyphs: Glyphs
) -> None:
    text = shown(value, width, cell, glyphs)
    assert_harmless(text)
    assert cell_len(text) == width
    # Another implementation of widths agrees, so a terminal that uses neither will too.
    assert sum(wcwidth(character) for character in text) == width
    if glyphs is ASCII:
        assert text.isascii()


@given(value=values, cell=formats, limit=st.integers(1, 60), glyphs=any_glyphs)
def test_a_value_given_its_natural_width_is_not_cut(
    value: Value, cell: CellFormat, limit: int, glyphs: Glyphs
) -> None:
    natural = natural_width(value, cell, limit, glyphs)
    assert 0 <= natural <= limit
    if natural < limit:
        exact, roomy = (shown(value, width, cell, glyphs) for width in (natural, natural + 1))
        assert roomy in {exact + " ", " " + exact}


@given(text=texts, width=st.integers(1, 30), glyphs=any_glyphs)
def test_wrapped_lines_are_harmless_fit_and_leave_nothing_out(
    text: str, width: int, glyphs: Glyphs
) -> None:
    start = 0
    while start < len(text):
        line, end = wrapped_line(text, start, width, glyphs)
        drawn = "".join(piece.text for piece in line)
        assert_harmless(drawn)
        assert sum(wcwidth(character) for character in drawn) <= max(width, 10)
        assert end > start
        assert drawn or text[start:end] == "\n"
        start = end
    assert start == len(text)


@pytest.mark.parametrize(
    ("value", "cell", "text"),
    [
        (None, CellFormat(), "∅           "),
        (None, CellFormat(ColumnKind.INTEGER), "           ∅"),
        ("", CellFormat(), "''          "),
        ("two\nlines", CellFormat(), "two⏎lines   "),
        ("a\tb\x00\x1b\x7f", CellFormat(), "a␉b␀␛␡      "),
        ("\x9b31m", CellFormat(), "‹009B›31m   "),
        ("user\u202etxt", CellFormat(), "user‹202E›t…"),
        ("pay\u200bpal", CellFormat(), "pay‹200B›pal"),
        ("a\u00a0b", CellFormat(), "a␣b         "),
        ("\udcff\udcfe!", CellFormat(), "��!         "),
        ("日本語のテキスト", CellFormat(), "日本語のテ… "),
        ("👨\u200d👩\u200d👧", CellFormat(), "👨👩👧      "),
        ("👍🏽 ❤\ufe0f 🇩🇪", CellFormat(), "👍 ❤ DE     "),
        ("\u0301x", CellFormat(), "◌\u0301x          "),
        ("Ame\u0301lie", CellFormat(), "Ame\u0301lie      "),
        ("می\u200cخواهم", CellFormat(), "میخواهم     "),
        ("a long sentence", CellFormat(), "a long sent…"),
        (True, CellFormat(), "true        "),
        ("t", CellFormat(ColumnKind.BOOLEAN), "true        "),
        (42, CellFormat(), "          42"),
        (2024, CellFormat(grouped=True), "       2,024"),
        (1234567, CellFormat(grouped=True), "   1,234,567"),
        (-1234567, CellFormat(), "    -1234567"),
        ("1234567", CellFormat(ColumnKind.INTEGER, grouped=True), "   1,234,567"),
        ("0123456", CellFormat(ColumnKind.INTEGER, grouped=True), "     0123456"),
        ("-Infinity", CellFormat(ColumnKind.REAL), "   -Infinity"),
        ("text", CellFormat(ColumnKind.INTEGER), "text        "),
        (0.1, CellFormat(), "         0.1"),
        (Decimal("1.500"), CellFormat(), "       1.500"),
        (7, CellFormat(ColumnKind.REAL, decimals=3), "        7   "),
        (-1.5, CellFormat(ColumnKind.REAL, decimals=3), "       -1.5 "),
        ("2.25", CellFormat(ColumnKind.DECIMAL, decimals=3), "        2.25"),
        (1e300, CellFormat(ColumnKind.REAL, decimals=3), "      1e+300"),
        (12345678901, CellFormat(ColumnKind.REAL, decimals=3), "12345678901 "),
        (123456789012345, CellFormat(), "12345678901…"),
        (b"\x0a\x1b", CellFormat(), "x'0a1b' 2 B "),
        (bytes(range(200)), CellFormat(), "x'00…' 200 B"),
        ("\\x0a1b", CellFormat(ColumnKind.BYTES), "x'0a1b' 2 B "),
        (Shortened("head"), CellFormat(), "head…       "),
        (Shortened(b"\x01" * 4096), CellFormat(), "x'010101010…"),
    ],
)
def test_looks(value: Value, cell: CellFormat, text: str) -> None:
    assert shown(value, 12, cell) == text


def test_a_shortened_value_says_that_there_is_more_than_its_head() -> None:
    assert shown(Shortened(b"\x01" * 4096), 20) == "x'0101010…' >4.0 KiB"


def test_what_stands_for_something_else_is_told_apart_by_role() -> None:
    assert roles("a\nb") == [Role.TEXT, Role.CONTROL, Role.TEXT]
    assert roles(None) == [Role.NULL]
    assert roles("") == [Role.DIM]
    assert roles(7) == [Role.NUMBER]
    assert roles("∅") == [Role.TEXT]
    assert roles(7, cell=CellFormat(ColumnKind.INTEGER, Role.KEY)) == [Role.KEY]
    assert roles('{"a": 1}', cell=CellFormat(ColumnKind.JSON)) == [Role.JSON]


def test_a_pile_of_marks_is_cut_down_to_size() -> None:
    assert shown("e" + "\u0301" * 500, 14) == "e" + "\u0301" * MAX_MARKS + "‹0301›‹0301›…"


def test_ascii_terminals_see_escapes() -> None:
    assert shown("é\n中\udcff", 20, glyphs=ASCII) == r"\xe9\n\u4e2d\xff    "
    assert shown(None, 6, glyphs=ASCII) == "NULL  "


@pytest.mark.parametrize(
    ("environment", "glyphs"),
    [
        ({}, UNICODE),
        ({"TERM": "xterm-256color", "LANG": "de_DE.UTF-8"}, UNICODE),
        ({"TERM": "linux", "LANG": "de_DE.UTF-8"}, ASCII),
        ({"LANG": "C"}, ASCII),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, ASCII),
        ({"LANG": "C", "LC_CTYPE": "en_US.utf8"}, UNICODE),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "POSIX"}, ASCII),
    ],
)
def test_the_terminal_decides_the_signs(environment: dict[str, str], glyphs: Glyphs) -> None:
    assert glyphs_for(environment) is glyphs


def test_sizes_are_for_people() -> None:
    assert [bytes_size(n) for n in (0, 12, 4198, 5 << 20)] == ["0 B", "12 B", "4.1 KiB", "5.0 MiB"]
