"""Rows sorted and filtered here come as the database would give them."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.backends.registry import backend
from studio.model.catalog import ColumnKind
from studio.model.page import Sort
from studio.rows.differences import differences
from studio.rows.in_memory import NotHere, arranged
from studio.rows.parse import parse_filters
from studio.rows.wrapped import result_table
from tests.examples import examples

LITE, POST = backend("sqlite"), backend("postgresql")


def sorted_by(backend, kind, values, *, descending=False):
    table = result_table(["v"], [kind])
    rows = [(value,) for value in values]
    nulls = lambda falls: backend.nulls_first(descending=falls)  # noqa: E731
    places = arranged(table.columns, rows, (), (Sort("v", descending),), nulls)
    return [values[place] for place in places]


def kept(backend, kinds, rows, text):
    names = [f"c{i}" for i in range(len(kinds))]
    table = result_table(names, kinds)
    conditions = parse_filters(text, table, backend)
    return [rows[i] for i in arranged(table.columns, rows, conditions, (), lambda _: True)]


VALUES = st.one_of(
    st.none(), st.integers(-99, 99), st.floats(-9, 9), st.text("aZ é", max_size=2), st.binary()
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(VALUES, max_size=9), st.booleans())
def test_sqlites_own_order_is_kept(values, descending):
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE t (v)")
        database.executemany("INSERT INTO t VALUES (?)", [(value,) for value in values])
        way = "DESC" if descending else "ASC"
        theirs = [v for (v,) in database.execute(f"SELECT v FROM t ORDER BY v {way}, rowid")]
    ours = sorted_by(LITE, ColumnKind.ANY, values, descending=descending)
    assert [(type(v), v) for v in ours] == [(type(v), v) for v in theirs] or ours == theirs


def test_the_servers_text_is_compared_as_what_it_is():
    numbers = ["10", None, "9", "-1.5"]
    assert sorted_by(POST, ColumnKind.DECIMAL, numbers) == ["-1.5", "9", "10", None]
    assert sorted_by(POST, ColumnKind.DECIMAL, numbers, descending=True)[0] is None
    zones = ["2024-03-31 02:30:00+02", "2024-03-31 01:00:00+00", "2024-03-31 01:30:00+01"]
    assert sorted_by(POST, ColumnKind.TIMESTAMP, zones)[-1] == "2024-03-31 01:00:00+00"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ColumnKind.TIMESTAMP, "06/01/2024 05:30:00 UTC"),
        (ColumnKind.DATE, "infinity"),
        (ColumnKind.DECIMAL, "NaN"),
        (ColumnKind.OTHER, "paid"),
        (ColumnKind.INTERVAL, "1 day"),
    ],
)
def test_what_only_the_server_can_compare_is_not_compared_here(kind, value):
    with pytest.raises(NotHere):
        sorted_by(POST, kind, [value, value])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("c0 > 9", [("10", "b")]),
        ("c1 is null", [("2", None)]),
        ("c1 != a", [("10", "b")]),
        ("c1 in (a, b)", [("1", "a"), ("10", "b")]),
        ("not (c1 = a)", [("10", "b"), ("2", None)]),
        ("c1 like 'A%' or c1 ilike 'A%'", [("1", "a")]),
        ("c1 contains B", [("10", "b")]),
        ("10", [("10", "b")]),
    ],
)
def test_conditions_hold_as_in_sql(text, left):
    rows = [("1", "a"), ("10", "b"), ("2", None)]
    assert kept(POST, [ColumnKind.INTEGER, ColumnKind.TEXT], rows, text) == left


def test_of_names_that_come_again_the_later_ones_are_numbered():
    assert result_table(["id", "id"], [ColumnKind.ANY] * 2).column_names == ("id", "id (2)")


def test_rows_are_known_again_by_their_leading_columns():
    before = [(1, "a"), (2, "b"), (3, "c")]
    found = differences(before, [(1, "a"), (3, "C"), (4, "d")])
    assert [(row.values, row.sign) for row in found.rows] == [
        ((1, "a"), ""),
        ((2, "b"), "×"),
        ((3, "C"), "~"),
        ((4, "d"), "+"),
    ]
    assert found.rows[2].changed == {1}


def test_without_a_key_rows_are_known_as_a_whole():
    found = differences([("a",), ("a",), ("b",)], [("a",), ("c",)])
    assert (found.new, found.changed, found.gone) == (1, 0, 2)


def test_one_row_is_known_by_its_place():
    found = differences([(41,)], [(42,)])
    assert found.changed == 1


ROWS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab")), max_size=6)


@settings(max_examples=examples(60), deadline=None)
@given(ROWS, ROWS)
def test_what_is_compared_is_the_later_answer_and_what_is_gone(before, after):
    found = differences(before, after)
    assert [row.values for row in found.rows if row.sign != "×"] == after
    assert {row.values for row in found.rows if row.sign == "×"} <= set(before)
    assert found.is_any or before == after or sorted(before) == sorted(after)
