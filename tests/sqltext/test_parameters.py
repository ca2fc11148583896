"""Which signs of a statement are parameters, and which only look like them."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from studio.sqltext.parameters import by_place, numbered, placed, shown_name, wanted
from studio.sqltext.syntax import GENERIC, POSTGRESQL, SQLITE
from tests.examples import examples


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT :a, :b + :a", ("a", "b")),
        ("SELECT $2, $1", ("2", "1")),
        ("SELECT a::int, 'it is 10:30', \":x\", $$ :y $$ FROM t -- :z", ()),
        ("SELECT a[1:n], a[lo:hi], a[f(x):n], a[(1):n], a['1':n] FROM t", ()),
        ("SELECT a[:p], array[:p, :q], a[1:n], a[:r:n] FROM t", ("p", "q", "r")),
        ("SELECT a[CASE WHEN true THEN :p END]", ("p",)),
        ("SELECT f(a := 1), f(a => :v)", ("v",)),
        ("SELECT j ? 'k', j ?| :keys, j @? '$.a' FROM t", ("keys",)),
        ("( SELECT :p )", ("p",)),
        ("/* :c */ WITH x AS (SELECT :p) SELECT * FROM x", ("p",)),
        ("EXPLAIN ANALYZE SELECT :p", ("p",)),
        ("PREPARE q AS SELECT $1", ()),
        ("CREATE FUNCTION f(int) RETURNS int RETURN $1 + 1", ()),
        ("SET search_path TO :p", ()),
    ],
)
def test_postgresql(sql, names):
    assert wanted(sql, POSTGRESQL) == names


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT ?, ?5, :a, ?, @a, $b, #c", ("1", "5", "a", "7", "b", "c")),
        ("SELECT '?', \"?\", [?], `?`, a -> '$.x' FROM t", ()),
        ("SELECT $a::b(c)", ("a::b(c)",)),
    ],
)
def test_sqlite(sql, names):
    assert wanted(sql, SQLITE) == names


def test_a_slice_is_left_alone_where_its_bound_is_a_parameter_elsewhere():
    found = numbered("SELECT a[1:n] FROM t WHERE n = :n", POSTGRESQL, {"n"})
    assert found.text == "SELECT a[1:n] FROM t WHERE n = $1"


_PIECES = st.lists(
    st.sampled_from([":a", ":b", "?", "?3", "@a", "$c", "?1", ":d", "?7"]), min_size=1, max_size=6
)


@settings(max_examples=examples(100), deadline=None)
@given(_PIECES)
@example(["?3", ":a", "?"])
def test_sqlite_counts_them_alike(pieces):
    sql = f"SELECT {', '.join(pieces)}"
    names, asked = by_place(sql, SQLITE)
    with closing(sqlite3.connect(":memory:")) as database:
        if asked:
            (row,) = database.execute(sql, names)
        else:
            (row,) = database.execute(sql, {name: name for name in names})
    assert row == tuple(name for _, name in placed(sql, SQLITE) if name)


@settings(max_examples=examples(100))
@given(st.text(alphabet=":$?@#ab1 []()'\"-/*\n,;.", max_size=40))
def test_any_text_stays_what_it_is(text):
    for syntax in (POSTGRESQL, SQLITE, GENERIC):
        assert "".join(token.text for token, _ in placed(text, syntax)) == text


def test_a_number_is_shown_as_it_is_written():
    assert [shown_name(name, POSTGRESQL) for name in ("1", "since")] == ["$1", "since"]
    assert shown_name("1", SQLITE) == "?1"
