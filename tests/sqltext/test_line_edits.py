"""Whole lines changed at once."""

from hypothesis import given
from hypothesis import strategies as st

from studio.sqltext.line_edits import commented, dedented, indented

LINES = st.lists(st.text(" a-", max_size=6), max_size=5)


def test_comments_stand_below_one_another_and_go_again():
    lines = ["  select 1,", "", "    2"]
    assert commented(lines) == ["  -- select 1,", "", "  --   2"]
    assert commented(commented(lines)) == lines
    assert commented(["--a", " -- b"]) == ["a", " b"]
    assert commented(["", " "]) == ["", " "]


@given(LINES)
def test_commenting_twice_changes_nothing_where_nothing_was_one(lines):
    if not all(line.lstrip().startswith("--") for line in lines if line.strip()):
        assert commented(commented(lines)) == lines


@given(LINES)
def test_what_was_moved_to_the_right_comes_back(lines):
    assert dedented(indented(lines, 4), 4) == lines


def test_back_goes_as_far_as_there_are_blanks():
    assert dedented(["  a", "\tb", "c", "      d"], 4) == ["a", "b", "c", "  d"]
