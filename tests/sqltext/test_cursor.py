"""What is under the cursor, and which tables its columns can come from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.sqltext.cursor import aliases, cursor_at, sources
from studio.sqltext.query_scopes import SourceKind
from studio.sqltext.syntax import POSTGRESQL, SQLITE
from tests.sqltext.test_tokens import SYNTAXES, sql

TABLE, CTE, SUBQUERY, FUNCTION = SourceKind


@given(text=sql, syntax=st.sampled_from(SYNTAXES), position=st.integers(-3, 300))
def test_nothing_raises(text, syntax, position):
    found = cursor_at(text, position, syntax)
    assert text[found.word_start :].startswith(found.word)
    assert set(aliases(text, syntax).values()) <= set(sources(text, syntax))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SELECT 1", {}),
        ("SELECT * FROM orders", {"orders": "orders"}),
        ("SELECT * FROM orders o, items AS i", {"o": "orders", "i": "items"}),
        ("SELECT * FROM main.orders AS O", {"o": "orders"}),
        ('SELECT * FROM "Order Lines" "L"', {"l": "Order Lines"}),
        ("SELECT * FROM [Order Lines] l", {"l": "Order Lines"}),
        ("SELECT * FROM a LEFT OUTER JOIN b x ON a.i = x.i", {"a": "a", "x": "b"}),
        ("SELECT * FROM a NATURAL JOIN b", {"a": "a", "b": "b"}),
        ("SELECT * FROM a CROSS JOIN b USING (i)", {"a": "a", "b": "b"}),
        ("SELECT * FROM (a JOIN b y ON 1) JOIN c ON 1", {"a": "a", "y": "b", "c": "c"}),
        ("SELECT * FROM a INDEXED BY i WHERE 1", {"a": "a"}),
        ("SELECT * FROM a x NOT INDEXED", {"x": "a"}),
        ("SELECT * FROM a WHERE i IN (SELECT i FROM b z)", {"a": "a", "z": "b"}),
        ("SELECT * FROM (SELECT * FROM a q) s", {"q": "a", "s": ""}),
        ("SELECT * FROM a UNION ALL SELECT * FROM b", {"a": "a", "b": "b"}),
        ("WITH w AS (SELECT * FROM a) SELECT * FROM w k", {"a": "a", "k": "w"}),
        ("SELECT * FROM json_each('[]') j, a", {"j": "json_each", "a": "a"}),
        ("UPDATE a AS x SET i = 1 FROM b WHERE 1", {"x": "a", "b": "b"}),
        ("UPDATE OR IGNORE a SET i = 1", {"a": "a"}),
        ("DELETE FROM a WHERE i = (SELECT 1 FROM b)", {"a": "a", "b": "b"}),
        ("INSERT INTO a (i) SELECT i FROM b x", {"a": "a", "x": "b"}),
        ("EXPLAIN QUERY PLAN SELECT * FROM a x", {"x": "a"}),
        ("SELECT * FROM a x WHERE i IN (SELECT 1 FROM b x)", {}),
        ("SELECT * FROM a x WHERE i IN (SELECT 1 FROM a x)", {"x": "a"}),
        ("SELECT 1 AS \"from\", x.'from' FROM a", {"a": "a"}),
        ("SELECT a.from FROM b", {"b": "b"}),
    ],
)
def test_aliases(text, wanted):
    assert {alias: source.name for alias, source in aliases(text, SQLITE).items()} == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SELECT extract(year FROM d) FROM t", {"t": "t"}),
        ("SELECT a IS NOT DISTINCT FROM b FROM t", {"t": "t"}),
        ("SELECT * FROM ONLY t AS x", {"x": "t"}),
        ('SELECT * FROM T, "T"', {"t": "t", "T": "T"}),
        ("DELETE FROM t USING u AS v WHERE true", {"t": "t", "v": "u"}),
        ("MERGE INTO t a USING u b ON true WHEN MATCHED THEN DELETE", {"a": "t", "b": "u"}),
        ("SELECT * FROM t, LATERAL (SELECT * FROM u) l", {"t": "t", "u": "u", "l": ""}),
        ("WITH a(x, y) AS NOT MATERIALIZED (SELECT 1) TABLE a", {"a": "a"}),
        ("SELECT * FROM t FOR UPDATE OF t", {"t": "t"}),
        ("INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET i = 1", {"t": "t"}),
        ("SELECT * FROM t TABLESAMPLE system (1)", {"t": "t"}),
    ],
)
def test_aliases_on_postgresql(text, wanted):
    assert {alias: source.name for alias, source in aliases(text, POSTGRESQL).items()} == wanted


def test_kinds_and_schemas():
    text = "WITH w AS (SELECT 1) SELECT * FROM w, public.w p, f(1) g, (SELECT 1) s, t"
    assert [(s.alias, s.schema, s.kind) for s in sources(text, POSTGRESQL)] == [
        ("w", None, CTE),
        ("p", "public", TABLE),
        ("g", None, FUNCTION),
        ("s", None, SUBQUERY),
        ("t", None, TABLE),
    ]


@pytest.mark.parametrize(
    ("marked", "word", "qualifier", "clause", "names"),
    [
        ("/* x */| SELECT 1", "", (), "", ""),
        ("SELECT 'a'| FROM t", "", (), "SELECT", "t"),
        ("|", "", (), "", ""),
        ("SEL|", "SEL", (), "", ""),
        ("SELECT o.na| FROM orders o, c", "na", ("o",), "SELECT", "o c"),
        ("SELECT o.|\nFROM orders o", "", ("o",), "SELECT", "o"),
        ("SELECT a.b.c| FROM t", "c", ("a", "b"), "SELECT", "t"),
        ("SELECT | FROM t", "", (), "SELECT", "t"),
        ("SELECT na|me FROM t", "na", (), "SELECT", "t"),
        ("SELECT * FROM |", "", (), "FROM", ""),
        ("SELECT * FROM ord|", "ord", (), "FROM", "ord"),
        ("SELECT * FROM t WHERE |", "", (), "WHERE", "t"),
        ("SELECT * FROM t WHERE a = |", "", (), "WHERE", "t"),
        ("SELECT * FROM t GROUP BY |", "", (), "GROUP BY", "t"),
        ("SELECT * FROM t ORDER BY a, |", "", (), "ORDER BY", "t"),
        ("SELECT * FROM t JOIN u ON |", "", (), "ON", "t u"),
        ("SELECT f(|) FROM t", "", (), "SELECT", "t"),
        ("SELECT * FROM t WHERE a IN (SELECT | FROM u)", "", (), "SELECT", "u t"),
        ("SELECT * FROM t WHERE a IN (SELECT b FROM u) AND |", "", (), "WHERE", "t"),
        ("SELECT 1 FROM t UNION SELECT | FROM u", "", (), "SELECT", "u"),
        ("UPDATE t SET |", "", (), "SET", "t"),
        ("UPDATE t SET a = 1 WHERE |", "", (), "WHERE", "t"),
        ("INSERT INTO t (|", "", (), "INTO", "t"),
        ("SELECT * FROM t; UPDATE u SET |", "", (), "SET", "u"),
        ('SELECT "na| FROM t', '"na', (), "SELECT", ""),
    ],
)
def test_cursor(marked, word, qualifier, clause, names):
    found = cursor_at(marked.replace("|", ""), marked.index("|"), POSTGRESQL)
    assert found.is_code
    assert (found.word, found.qualifier, found.clause) == (word, qualifier, clause)
    assert " ".join(source.alias for source in found.sources) == names


@pytest.mark.parametrize(
    "marked", ["SELECT 'a|b'", "SELECT 1 -- a|b", "SELECT $$a|$$", "/* | */ SELECT 1"]
)
def test_nothing_to_complete(marked):
    text = marked.replace("|", "")
    assert not cursor_at(text, marked.index("|"), POSTGRESQL).is_code


def test_ctes_are_known():
    text = "WITH a AS (SELECT 1), b(x) AS (SELECT 2) SELECT * FROM "
    assert cursor_at(text, len(text), POSTGRESQL).ctes == ("a", "b")


def test_depth_is_no_danger():
    text = "SELECT * FROM " + "(SELECT * FROM " * 5000
    assert cursor_at(text, len(text), POSTGRESQL).clause == "FROM"
