"""Finding and replacing in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.sqltext.finding import SearchTerms, places, replaced, replacement

TEXT = "Select a.b from A\nwhere a.b = 1"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (SearchTerms("a.b"), [(7, 10), (24, 27)]),
        (SearchTerms("a", matches_case=True), [(7, 8), (24, 25)]),
        (SearchTerms("^where", is_regex=True), [(18, 23)]),
        (SearchTerms(r"\ba\b(?!\.)", is_regex=True), [(16, 17)]),
        (SearchTerms("x*", is_regex=True), []),
        (SearchTerms(""), []),
    ],
)
def test_where_it_stands(wanted, found):
    assert list(places(TEXT, wanted)) == found


def test_what_is_no_pattern_is_said():
    for wrong in ("(", "a{99999999999999}", "*"):
        with pytest.raises(ValueError, match="no pattern: "):
            places(TEXT, SearchTerms(wrong, is_regex=True))
    with pytest.raises(ValueError, match="no replacement: "):
        replaced(TEXT, SearchTerms("(a)", is_regex=True), r"\2")


def test_a_pattern_that_takes_for_ever_is_given_up():
    with pytest.raises(ValueError, match="takes too long"):
        places("a" * 60 + "!", SearchTerms("(a+)+$", is_regex=True))


def test_groups_are_for_patterns_only():
    assert replaced("a1 b2", SearchTerms(r"(\w)(\d)", is_regex=True), r"\2\1") == ("1a 2b", 2)
    assert replaced("a1 b2", SearchTerms("a1"), r"\1") == (r"\1 b2", 1)
    assert replacement("a1 b2", SearchTerms(r"(\w)2", is_regex=True), r"<\1>", (3, 5)) == "<b>"
    assert replacement("a1 b2", SearchTerms("b"), "c", (0, 1)) is None


@given(st.text("aAb.\n", max_size=30), st.text("ab.", min_size=1, max_size=3), st.text("xy"))
def test_replacing_is_what_text_itself_does(text, wanted, by):
    assert replaced(text, SearchTerms(wanted, matches_case=True), by) == (
        text.replace(wanted, by),
        text.count(wanted),
    )
