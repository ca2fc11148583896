"""What the house writes as CSV and TSV, the house reads as it was."""

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.export.text import csv_line, tsv_line
from studio.loading.reading import csv_records, jsonl_records, tsv_records
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
