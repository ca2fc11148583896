"""What a CREATE TABLE makes."""

import pytest

from studio.sqltext.made_table import MadeTable, made_table
from studio.sqltext.syntax import POSTGRESQL, SQLITE


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("create temp table a (x int)", MadeTable(("a",), (("x", "int"),), True)),
        (
            'CREATE TABLE IF NOT EXISTS s."B c" (x numeric(10, 2) NOT NULL DEFAULT (1), '
            "y double precision, CHECK (x > 1), primary key (x)) WITH (fillfactor = 10)",
            MadeTable(("s", "B c"), (("x", "numeric(10,2)"), ("y", "double precision")), False),
        ),
        ("create temporary table a as select 1, 2", MadeTable(("a",), (), True)),
        (
            "create unlogged table a (x int /* , y int */)",
            MadeTable(("a",), (("x", "int"),), False),
        ),
        ("create table a (x int", MadeTable(("a",), (), False)),
        ("create table", None),
        ("create view a as select 1", None),
        ("select 1", None),
        ("", None),
    ],
)
def test_its_name_and_the_columns_that_are_written_out(sql, made):
    assert made_table(sql, POSTGRESQL) == made


def test_names_are_folded_as_the_engine_folds_them():
    sql = "CREATE TABLE Abc ([Two words] TEXT, `q` INT, Plain)"
    assert made_table(sql, SQLITE) == MadeTable(
        ("Abc",), (("Two words", "TEXT"), ("q", "INT"), ("Plain", "")), False
    )
