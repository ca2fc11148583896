"""What the one question before a script says of how it is kept."""

import pytest

from studio.sqltext.script import Script
from studio.sqltext.syntax import POSTGRESQL
from studio.ui.query.script_question import as_written

APART = "each by itself, kept at once"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("insert into t values (1); select 1", APART),
        ("begin;\ninsert into t values (1);\ncommit", "kept at its COMMIT in line 13"),
        ("begin; select 1;\nrollback", "undone at its ROLLBACK in line 12"),
        ("begin; savepoint a; rollback to a -- it\n; commit and chain; end", "END in line 12"),
        (
            "select 1;\nbegin; select 1; commit",
            f"{APART}; from its own BEGIN in line 12 on, COMMIT",
        ),
        ("begin; insert into t values (1)", "nothing is kept yet: it stays open"),
        ("begin; commit; begin; select 1", "decides, and the last one stays open"),
    ],
)
def test_the_scripts_own_transaction_is_told(text, says):
    assert says in as_written(Script(text, POSTGRESQL).steps, POSTGRESQL, 10)
