"""What counts as the same statement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.sqltext.fingerprint import fingerprint, normalised
from studio.sqltext.syntax import POSTGRESQL, SQLITE


@pytest.mark.parametrize(
    "other",
    [
        "select * FROM t where a = 2 and b in ('x')",
        "SELECT *\n  FROM t -- a comment\n WHERE a=1 AND b IN ('y', 'z', $1)",
        "SELECT /* here */ * FROM t WHERE a = $1 AND b IN (1, 2);",
    ],
)
def test_values_space_and_comments_do_not_matter(other):
    first = "SELECT * FROM t WHERE a = 1 AND b IN (1, 2, 3)"
    assert fingerprint(other, POSTGRESQL) == fingerprint(first, POSTGRESQL)


@pytest.mark.parametrize(
    "other",
    ["SELECT * FROM u WHERE a = 1", 'SELECT * FROM "T" WHERE a = 1', "SELECT * FROM t WHERE a < 1"],
)
def test_what_is_read_and_how_matters(other):
    first = "SELECT * FROM t WHERE a = 1"
    assert fingerprint(other, POSTGRESQL) != fingerprint(first, POSTGRESQL)


@given(st.text(max_size=80))
def test_any_text_has_one_and_normalising_twice_changes_nothing(text):
    once = normalised(text, SQLITE)
    assert fingerprint(text, SQLITE) == fingerprint(text, SQLITE)
    assert len(fingerprint(once, SQLITE)) == 16
