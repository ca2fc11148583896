"""Whole values as lines, from any place and in both directions."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.catalog import ColumnKind
from studio.ui.values.documents import (
    Document,
    DocumentLayout,
    HexDocument,
    document_of,
    layout_of,
    spread_json,
)
from studio.ui.values.json_document import JsonDocument
from studio.ui.values.text_document import TextDocument
from studio.ui.widgets.glyphs import UNICODE
from studio.ui.widgets.safe_text import TextPiece

texts = st.text(st.sampled_from("ab \n中😀\u0301\x1b\t") | st.characters(), max_size=80)
jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


def starts(document: Document, width: int) -> list[int]:
    places = [0]
    while places[-1] < document.size:
        places.append(document.line(places[-1], width)[1])
    return places


def text_of(document: Document, start: int = 0, width: int = 80) -> str:
    return "".join(piece.text for piece in document.line(start, width)[0])


@given(text=texts, width=st.integers(4, 20))
def test_going_back_passes_the_same_lines_as_going_on(text: str, width: int) -> None:
    document = TextDocument(text, UNICODE)
    places = starts(document, width)
    place = places[-1]
    passed = [place]
    while place > 0:
        place = document.before(place, width)
        passed.append(place)
    assert passed == places[::-1]


def test_going_back_through_a_long_line_wraps_it_once() -> None:
    document = TextDocument("語" * 15_000, UNICODE)
    wrapped = 0
    line = document.line

    def counted(start: int, width: int) -> tuple[list[TextPiece], int]:
        nonlocal wrapped
        wrapped += 1
        return line(start, width)

    document.line = counted  # type: ignore[method-assign]
    place = document.size
    for _ in range(100):
        place = document.before(place, 80)
    assert place == 15_000 - 100 * 40
    assert wrapped == 15_000 / 40


@given(data=st.binary(max_size=200), width=st.sampled_from([30, 60, 100]))
def test_hex_lines_hold_every_byte_once(data: bytes, width: int) -> None:
    document = HexDocument(data)
    shown = ""
    for start in starts(document, width)[:-1]:
        pieces, end = document.line(start, width)
        shown += pieces[1].text
        assert document.before(end, width) == start
    assert bytes.fromhex(shown) == data


def test_a_hex_line_has_its_place_its_bytes_and_what_is_printable() -> None:
    data = b"\x00\x1b[31mABC" + bytes(20)
    pieces = "".join(piece.text for piece in HexDocument(data).line(0, 80)[0])
    assert pieces == f"0000  {data[:16].hex(' ')}  ..[31mABC......."


def test_the_end_of_a_huge_value_costs_what_is_shown() -> None:
    class Counted(str):
        read = 0

        def __getitem__(self, key: object) -> str:
            part = super().__getitem__(key)  # type: ignore[index]
            Counted.read += len(part)
            return part

    document = TextDocument(Counted("x" * 50_000_000), UNICODE)
    place = document.size
    for _ in range(40):
        place = document.before(place, 100)
    assert document.size - 40 * 100 - 100 <= place < document.size
    assert Counted.read < 40 * 20_000


@given(value=jsons, indent=st.sampled_from([None, 1, 4]))
def test_json_laid_out_is_the_same_json(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    assert json.dumps(json.loads(spread_json(text))) == json.dumps(json.loads(text))


@pytest.mark.parametrize("width", [5, 6, 7])
def test_a_line_as_wide_as_the_screen_is_not_lost(width: int) -> None:
    document = TextDocument("abcde\nf\u202e\n", UNICODE, shows_breaks=False)
    assert text_of(document, 0, width) == "abcde"
    assert text_of(document, 6, 8) == "f‹202E›"


@given(value=jsons, width=st.integers(1, 40))
def test_coloured_json_is_the_same_text_in_the_same_lines(value: object, width: int) -> None:
    text = json.dumps(value, ensure_ascii=False)
    plain = TextDocument(spread_json(text), UNICODE, shows_breaks=False)
    coloured = JsonDocument(text, UNICODE)
    assert [text_of(coloured, start, width) for start in starts(coloured, width)[:-1]] == [
        text_of(plain, start, width) for start in starts(plain, width)[:-1]
    ]


def test_json_keeps_every_digit_every_key_and_its_order() -> None:
    text = '{"b":1.10,"a":12345678901234567890.10,"a":[],"c":{},"d":[1,"x, {y}"]}'
    assert spread_json(text).splitlines() == [
        "{",
        '  "b": 1.10,',
        '  "a": 12345678901234567890.10,',
        '  "a": [],',
        '  "c": {},',
        '  "d": [',
        "    1,",
        '    "x, {y}"',
        "  ]",
        "}",
    ]


@pytest.mark.parametrize(
    ("value", "kind", "layout"),
    [
        ("plain", ColumnKind.TEXT, DocumentLayout.TEXT),
        ('{"a": 1}', ColumnKind.TEXT, DocumentLayout.JSON),
        ("[1, 2]", ColumnKind.JSON, DocumentLayout.JSON),
        ("{not json}", ColumnKind.JSON, DocumentLayout.TEXT),
        ("[" * 100_000, ColumnKind.JSON, DocumentLayout.TEXT),
        (b"\x00", ColumnKind.ANY, DocumentLayout.HEX),
        ("\\x0001", ColumnKind.BYTES, DocumentLayout.HEX),
        ("\\x0001", ColumnKind.TEXT, DocumentLayout.TEXT),
        ("\\xno", ColumnKind.BYTES, DocumentLayout.TEXT),
    ],
)
def test_a_value_is_laid_out_as_what_it_is(
    value: str | bytes, kind: ColumnKind, layout: DocumentLayout
) -> None:
    assert layout_of(value, kind) is layout


def test_a_value_can_be_laid_out_as_something_else() -> None:
    assert text_of(document_of("\\x41420a", DocumentLayout.HEX, UNICODE)).endswith("AB.")
    assert text_of(document_of("é", DocumentLayout.HEX, UNICODE)).startswith("0000  c3 a9 ")
    assert text_of(document_of("\udcff", DocumentLayout.HEX, UNICODE)).startswith("0000  ff ")
    assert text_of(document_of(b"ab\xff", DocumentLayout.TEXT, UNICODE)) == "ab�"
