"""What is another value at every run."""

import pytest

from studio.sqltext.syntax import POSTGRESQL, SQLITE
from studio.sqltext.unrepeatable import unrepeatable


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("insert into t values (random(), Current_Timestamp)", ("random", "current_timestamp")),
        ("update t set a = datetime('now'), b = hex(RANDOMBLOB(4))", ("datetime", "randomblob")),
        ("update t set date = 1 where time > 2", ()),
        ("update t set a = 'random()' -- random()", ()),
        ('update t set a = "random"()', ("random",)),
    ],
)
def test_names_are_found_where_they_are_code(sql, names):
    assert unrepeatable(sql, SQLITE) == names


def test_the_other_engine_reads_alike():
    assert unrepeatable("update t set a = random()", POSTGRESQL) == ("random",)
