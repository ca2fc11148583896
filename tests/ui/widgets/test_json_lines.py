"""JSON read a line at a time: the same JSON, whole or broken, however long."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.catalog import ColumnKind
from studio.ui.values.documents import DocumentLayout, layout_of
from studio.ui.values.json_document import JsonDocument
from studio.ui.values.json_lines import JsonLines
from studio.ui.values.json_tree import JsonTree
from studio.ui.widgets.glyphs import UNICODE
from tests.ui.widgets.test_documents import jsons, starts, text_of

DEEP = '{"a": {"b c": [1, {"x": null}], "e": {}}, "n": [[], "t\\n"]}'


def read(text: str) -> JsonLines:
    lines = JsonLines(text)
    while not lines.is_whole:
        lines.find(1)
    return lines


def shown(document: JsonDocument, width: int = 80) -> list[str]:
    return [text_of(document, start, width) for start in starts(document, width)[:-1]]


def at(value: object, path: str) -> object:
    """What a path means, read step by step."""
    rest = path[1:]
    while rest:
        if rest[0] == "[":
            number, _, rest = rest[1:].partition("]")
            value = value[int(number)]  # type: ignore[index]
        elif rest[1] == '"':
            key, end = json.JSONDecoder().raw_decode(rest, 1)
            value, rest = value[key], rest[end:]  # type: ignore[index]
        else:
            key = rest[1:].split(".")[0].split("[")[0]
            value, rest = value[key], rest[1 + len(key) :]  # type: ignore[index]
    return value


@given(value=jsons, indent=st.sampled_from([None, 1]))
def test_every_line_has_the_value_and_the_path_it_shows(value: object, indent: int | None) -> None:
    lines = read(json.dumps(value, indent=indent))
    assert lines.broken_at is None
    for line in range(len(lines)):
        text = lines.value(line)
        assert text is not None
        assert json.dumps(json.loads(text)) == json.dumps(at(value, lines.path(line)))


@given(text=st.text(st.sampled_from('{}[],:"a1 \\n'), max_size=14))
def test_what_json_refuses_is_broken_and_nothing_of_it_is_lost(text: str) -> None:
    lines = read(text)
    try:
        json.loads(text)
    except ValueError:
        # A number may be misspelled: only the marks and texts are looked at.
        pass
    else:
        assert lines.broken_at is None
    seen = "".join("".join(lines.parts(line)) for line in range(len(lines)))
    for kept in ("a", "1", "[", "]", "{", "}", ","):
        assert seen.count(kept) == text.count(kept)


@pytest.mark.parametrize(
    "text",
    [
        *("[1 2]", "[1,]", '{"a"}', "{1}", '["a": 1]', "[}", "{]", "[1]]", "[1] x", "[,1]"),
        *('{"a":1,}', "", '"', '{"a": "', "[1],", '[{"a":]', "[x]", '[1, "a" "b"]'),
    ],
)
def test_what_is_no_json_is_told(text: str) -> None:
    assert read(text).broken_at is not None


def test_a_text_of_any_length_and_any_escapes_is_one_value() -> None:
    odd = 'x\\"\n' * 2_000
    text = json.dumps({odd: [odd, 1]})
    lines = read(text)
    assert (lines.broken_at, len(lines)) == (None, 6)
    assert json.loads(lines.value(2) or "") == odd
    assert at(json.loads(text), lines.path(3)) == 1
    assert layout_of(json.dumps(["x\n" * 200_000]), ColumnKind.TEXT) is DocumentLayout.JSON
    assert layout_of("[" + "note, " * 100_000 + "]", ColumnKind.TEXT) is DocumentLayout.TEXT


def test_a_long_value_is_read_no_further_than_it_is_shown() -> None:
    text = json.dumps([{"id": n, "tags": ["a"]} for n in range(50_000)])
    document = JsonDocument(text, UNICODE)
    place = 0
    for _ in range(40):
        place = document.line(place, 80)[1]
    assert len(document.lines) < 1_000
    assert document.lines.share < 0.01


def test_what_is_folded_is_one_line_and_comes_back() -> None:
    document = JsonDocument(DEEP, UNICODE)
    whole = shown(document)
    document.turn(1)
    assert shown(document)[:3] == ["{", '  "a": {…},  2 keys', '  "n": [']
    assert document.before(document.size, 80) == starts(document, 80)[-2]
    document.turn(1)
    assert shown(document) == whole
    document.fold_from(1)
    assert shown(document) == ["{", '  "a": {…},  2 keys', '  "n": […]  2 values', "}"]


@given(value=jsons, turns=st.lists(st.integers(0, 30), max_size=4), width=st.integers(3, 40))
def test_going_back_passes_the_same_lines_whatever_is_folded(
    value: object, turns: list[int], width: int
) -> None:
    document = JsonDocument(json.dumps(value), UNICODE)
    for line in turns:
        document.turn(line % len(document.lines))
    places = starts(document, width)
    place, passed = places[-1], [places[-1]]
    while place > 0:
        place = document.before(place, width)
        passed.append(place)
    assert passed == places[::-1]


def test_the_cursor_goes_out_of_what_it_is_in_and_folds_it() -> None:
    tree = JsonTree(JsonDocument(DEEP, UNICODE))
    tree.move(5, 80)
    assert tree.path(80, awaits_end=False) == '$.a."b c"[1].x'
    assert tree.value_here() == "null"
    tree.fold_or_out()
    tree.fold_or_out()
    assert tree.path_here() == '$.a."b c"[1]'
    assert tree.value_here() == '{"x": null}'
    tree.fold_or_out()
    tree.fold_or_out()
    tree.fold_or_out()
    assert tree.path_here() == "$.a"
    tree.unfold(80)
    tree.unfold(80)
    assert tree.path_here() == '$.a."b c"'
    tree.last(80)
    assert tree.path_here() == "$"
    tree.move(-2, 80)
    assert (tree.path_here(), tree.value_here()) == ("$.n[1]", "t\n")
    assert tree.path(5, awaits_end=False) == "…n[1]"
