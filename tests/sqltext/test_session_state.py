"""What a statement changes beyond what anybody else sees, by its text."""

import pytest

from studio.sqltext.session_state import only_copies_out
from studio.sqltext.syntax import POSTGRESQL, SQLITE


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("COPY t TO STDOUT", True),
        ('copy public."to" (a, b) to stdout with (format csv, header)', True),
        ("COPY (SELECT f()) TO STDOUT", False),
        ("COPY t TO '/tmp/x'", False),
        ("COPY t TO PROGRAM 'cat'", False),
        ("COPY t FROM STDIN", False),
        ("COPY", False),
        ("COPY t TO", False),
    ],
)
def test_copy_of_a_relation_to_standard_output_only_reads(text, does):
    assert only_copies_out(text, POSTGRESQL, "COPY") is does
    assert not only_copies_out(text, SQLITE, "COPY")
