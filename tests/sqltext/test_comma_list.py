"""Lists that a server printed, cut at the commas that are theirs."""

import pytest

from studio.sqltext.comma_list import comma_parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a, b", ["a", "b"]),
        ("lower(a, 'x'), b", ["lower(a, 'x')", "b"]),
        ("'a, b', \"c,d\"", ["'a, b'", '"c,d"']),
        ("'it''s, so', b", ["'it''s, so'", "b"]),
        ("numeric(10,2), ARRAY[1,2]", ["numeric(10,2)", "ARRAY[1,2]"]),
        ("a), b", ["a)", "b"]),
        ("", [""]),
    ],
)
def test_commas_inside_brackets_and_quotes_are_no_ends(text, parts):
    assert comma_parts(text) == parts
