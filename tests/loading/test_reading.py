"""What the house writes as CSV and TSV, the house reads as it was."""

import codecs
import gzip
from io import BufferedReader, BytesIO, StringIO
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.export.text import csv_line, tsv_line
from studio.loading.columns import names_of
from studio.loading.reading import csv_records, jsonl_records, tsv_records
from studio.loading.source import RowSource
from studio.model.errors import ConfigInvalid
from tests.examples import examples  # noqa: F401 settles the profile

CELL = (
    st.none()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.sampled_from(
        ["", '"', '""', ",", "\r", "\n", "\r\n", "\\N", "\\", "\\t", "\t", " ", "\x85", "\u2028"]
    )
)
ROWS = st.lists(st.lists(CELL, min_size=2, max_size=3), max_size=5)


def read(records, text: str) -> list[list[str | None]]:
    # As a file is opened: line ends stay what they are.
    return [list(record.cells) for record in records(StringIO(text, newline=""))]


@given(ROWS)
def test_csv_comes_back(rows):
    assert read(csv_records, "".join(f"{csv_line(row)}\n" for row in rows)) == rows


@given(ROWS)
def test_tsv_comes_back(rows):
    assert read(tsv_records, "".join(f"{tsv_line(row)}\n" for row in rows)) == rows


def test_a_row_has_the_line_it_begins_on():
    text = 'a,b\n1,"two\nlines"\n3,4\r\n5,"never'
    found = list(csv_records(StringIO(text, newline="")))
    assert [record.line for record in found] == [1, 2, 4, 5]
    assert found[2].cells == ["3", "4"]
    assert "never closed" in found[3].problem


@pytest.mark.parametrize("line", ["[1]", "{", '{"a": NaN}', '{"a": 1, "a": 2}'])
def test_what_is_no_object_is_a_problem_of_its_line(line):
    first, second = jsonl_records(StringIO(f'{{"a": 1}}\n{line}\n'))
    assert not first.problem
    assert (second.line, bool(second.problem)) == (2, True)


@pytest.mark.parametrize("sign", [";", "\t", "|", ","])
@pytest.mark.parametrize("rows", ["", "1{0}x\n", '"a\nb"{0}2\n\n'])
def test_names_tell_what_stands_between_values(sign, rows):
    text = f'id{sign}"n""m"\n{rows.format(sign)}'
    found = read(csv_records, text)
    assert found[0] == ["id", 'n"m']
    assert all(len(row) == 2 for row in found if row != [None])


@pytest.mark.parametrize("text", ["a;b\n1\n2\n", "a|b,c\n1;2,3\n", "a\nx;y\n", "a;b;c\n1;2\n"])
def test_a_sign_that_parts_not_every_line_is_part_of_a_value(text):
    assert read(csv_records, text)[0] == text.split("\n")[0].split(",")


def source(data: bytes, form: str = "csv") -> RowSource:
    return RowSource("some.csv", cast("BinaryIO", BufferedReader(BytesIO(data))), form)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_texts_of_spreadsheets_are_read_by_how_they_begin(encoding):
    mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    found = source(mark + "id\tname\r\n1\té☃\r\n".encode(encoding)).records()
    assert [record.cells for record in found] == [["id", "name"], ["1", "é☃"]]


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_a_line_that_is_not_utf_8_is_told_by_its_number(packed):
    with pytest.raises(ConfigInvalid, match=r"some\.csv:3 is not UTF-8"):
        list(source(packed("id,name\n1,ok\n2,é\n".encode("latin-1"))).records())
    with pytest.raises(ConfigInvalid, match=r"some\.csv is not UTF-8"):
        names_of(source("id,name\n1,ok\n".encode("utf-16-le")))
    with pytest.raises(ConfigInvalid, match=r"some\.csv:1 is not UTF-8"):
        list(source(codecs.BOM_UTF16_LE + b"i").records())


def test_where_a_line_is_no_json_is_told_within_the_line():
    (found,) = jsonl_records(StringIO('{"id": 2, "name":\n'))
    assert found.problem.startswith("not JSON at column ")
