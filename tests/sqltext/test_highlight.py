"""Colours of a window are the colours of the whole, however the text was edited before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.token import string_to_tokentype

from studio.sqltext.highlight import Highlighter, spans
from studio.sqltext.syntax import POSTGRESQL, SQLITE
from tests.sqltext.test_tokens import FRAGMENTS, SYNTAXES, sql


def everything(text, syntax):
    return spans(text, syntax, 0, text.count("\n"))


@given(text=sql, syntax=st.sampled_from(SYNTAXES))
def test_spans_lie_inside_their_lines_in_order(text, syntax):
    lines = text.split("\n")
    last = (0, 0)
    for span in everything(text, syntax):
        assert 0 <= span.start < span.end <= len(lines[span.line])
        assert last <= (span.line, span.start)
        last = (span.line, span.end)
        string_to_tokentype(span.type)


@given(text=sql, syntax=st.sampled_from(SYNTAXES), first=st.integers(0, 9), more=st.integers(0, 5))
def test_a_window_shows_what_the_whole_shows(text, syntax, first, more):
    whole = [span for span in everything(text, syntax) if first <= span.line <= first + more]
    assert list(spans(text, syntax, first, first + more)) == whole


edits = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 9), st.sampled_from([*FRAGMENTS, "\n", ";\n"])),
    max_size=12,
)


@given(text=sql, syntax=st.sampled_from(SYNTAXES), changes=edits)
def test_after_any_edits_as_if_fresh(text, syntax, changes):
    highlighter = Highlighter(syntax)
    for at, removed, added in changes:
        text = text[:at] + added + text[at + removed :]
        last = text.count("\n")
        assert highlighter.spans(text, last // 2, last) == spans(text, syntax, last // 2, last)
        assert highlighter.spans(text, 0, last) == everything(text, syntax)


def test_the_end_of_copy_data_recolours_the_lines_above():
    highlighter = Highlighter(POSTGRESQL)
    text = "COPY t FROM STDIN;\nselect 1;\nselect 2;\nselect 3"
    assert highlighter.spans(text, 2, 2)[0].type == "Keyword"
    ended = text + "\n\\.\n"
    assert highlighter.spans(ended, 2, 2)[0].type == "Literal.String.Heredoc"


@pytest.mark.parametrize(
    ("text", "syntax", "types"),
    [
        ("SELECT a", SQLITE, ["Keyword", "Name"]),
        ("t.select", SQLITE, ["Name", "Punctuation", "Name"]),
        ("'a\nb'", SQLITE, ["Literal.String.Single"] * 2),
        ("'open", SQLITE, ["Literal.String.Single"]),
        ("/* open\n more", POSTGRESQL, ["Comment", "Comment"]),
        ("$1 :x 1.5", POSTGRESQL, ["Name.Variable", "Name.Variable", "Literal.Number"]),
        (
            "$$\nselect\n$$",
            POSTGRESQL,
            ["Literal.String.Delimiter", "Keyword", "Literal.String.Delimiter"],
        ),
        ("$$ one line $$", POSTGRESQL, ["Literal.String.Single"]),
    ],
)
def test_types(text, syntax, types):
    assert [span.type for span in everything(text, syntax)] == types
