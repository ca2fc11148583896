"""Conditions as the server writes them, and the index each of them asks for."""

import json
from datetime import UTC, datetime

import pytest

from studio.backends.postgresql.plans import pasted
from studio.backends.postgresql.plans.explained import explained
from studio.backends.postgresql.plans.knowledge import Knowledge
from studio.model.catalog import Catalog, Column, ColumnKind, Schema, Table, TableKind, TableRef
from studio.model.server import Server
from tests.explain.rules.plans import node, scan, shown


def hinted(condition, **fields):
    plan = scan(ms=100.0, rows=100, Filter=condition, Rows_Removed_by_Filter=99_900, **fields)
    return [hint.sql.partition(" ON public.t ")[2].rstrip(";") for hint in shown(plan).hints]


@pytest.mark.parametrize(
    ("condition", "indexes"),
    [
        ("(t.a = 5)", ["(a)"]),
        ("(a = 5)", ["(a)"]),
        ("(5 = t.a)", ["(a)"]),
        ("((t.a)::text = 'x'::text)", ["(a)"]),
        ("(t.a = ANY ('{1,2}'::integer[]))", ["(a)"]),
        ("(t.a IS NULL)", ["(a)"]),
        ("(t.b > 5)", ["(b)"]),
        ("((t.b >= 5) AND (t.b <= 9))", ["(b)"]),
        ("((t.b > 5) AND (t.a = 1))", ["(a, b)"]),
        ("((t.b > 5) AND (t.c < 3) AND (t.a = 1))", ["(a, b)"]),
        ("((t.a = 5) AND (t.b <> 3))", ["(a)"]),
        ("(t.a <> 5)", []),
        ("(NOT t.a)", []),
        ("((t.a = 1) OR (t.b = 2))", ["(a)", "(b)"]),
        ("((t.a = 1) OR (f(t.b) <> 2))", []),
        ("(lower(t.a) = 'x'::text)", ["((lower(a)))"]),
        ("((t.j ->> 'k'::text) = 'v'::text)", ["((j ->> 'k'::text))"]),
        ("((t.ts)::date = '2024-01-01'::date)", ["(((ts)::date))"]),
        ("(t.ts >= (now() - '1 day'::interval))", ["(ts)"]),
        ("(t.a = $1)", ["(a)"]),
        ("(t.a = (InitPlan 1).col1)", ["(a)"]),
        ("(t.a = o.id)", ["(a)"]),
        ("(t.a > (t.b + 1))", []),
        ("t.flag", ["(flag) WHERE flag"]),
        ("(t.flag IS TRUE)", ["(flag) WHERE flag"]),
        ("(t.flag IS NOT TRUE)", []),
        ("(3 = ANY (t.tags))", ["USING gin (tags)"]),
        ("(ROW(t.a, t.b) > ROW(3, 4))", ["(a, b)"]),
        ("((t.c = 1) AND (ROW(t.a, t.b) < ROW(3, 4)))", ["(c, a, b)"]),
        ("(ROW((t.a + 1), t.b) > ROW(3, 4))", []),
        ("(ROW(t.a, o.b) > ROW(3, 4))", []),
        ("((now() - (t.a)::timestamp with time zone) < '1 day'::interval)", []),
        ("(to_tsvector(t.a) @@ to_tsquery('x'::text))", []),
        (
            "(to_tsvector('english'::regconfig, t.a) @@ '''x'''::tsquery)",
            ["USING gin ((to_tsvector('english'::regconfig, a)))"],
        ),
        ("(3 <> ALL (t.tags))", []),
        ("(t.during @> 55)", ["USING gist (during)"]),
        ("(t.during @> '2024-01-01'::date)", ["USING gist (during)"]),
        ("(t.at @> '2024-01-01 00:00:00'::timestamp without time zone)", ["USING gist (at)"]),
        ("(t.tags @> '{3}'::integer[])", ["USING gin (tags)"]),
        ("(t.tags @> ARRAY[3])", ["USING gin (tags)"]),
        ("(t.a ~~ 'abc%'::text)", ["(a text_pattern_ops)"]),
        ("(t.a ~~ '%abc'::text)", ["USING gin (a gin_trgm_ops)"]),
        ("(t.a ~~* 'abc%'::text)", ["USING gin (a gin_trgm_ops)"]),
        ("(t.a !~~ 'abc%'::text)", []),
        ("(t.j @> '{}'::jsonb)", ["USING gin (j)"]),
        ("(t.tags && '{a}'::text[])", ["USING gin (tags)"]),
        ("(t.during && '[1,5)'::int4range)", ["USING gist (during)"]),
        ("(t.at <@ '((0,0),(1,1))'::box)", ["USING gist (at)"]),
        ('(t."Mixed Col" = 5)', ['("Mixed Col")']),
        ("((t.a ~~ '%abc%'::text) AND (t.b = 1))", ["(b)", "USING gin (a gin_trgm_ops)"]),
        ("(NOT (hashed SubPlan 1))", []),
        ("((t.a = 1) AND (NOT (ANY (t.b = (hashed SubPlan 1).col1))))", ["(a)"]),
    ],
)
def test_what_a_condition_asks_for(condition, indexes):
    assert hinted(condition) == indexes


def test_the_order_follows_the_equalities_when_there_is_no_range():
    def below_a_sort(condition):
        inner = scan(ms=99.0, rows=100, Filter=condition, Rows_Removed_by_Filter=99_900)
        plan = node("Limit", node("Sort", inner, ms=100.0, Sort_Key=["t.at DESC", "t.id DESC"]))
        plan["Actual Total Time"] = 100.0
        return [hint.columns for hint in shown(plan).hints]

    assert below_a_sort("(t.a = 5)") == [("a", "at", "id")]
    assert below_a_sort("((t.a = 5) AND (t.b > 1))") == [("a", "b")]


STAMP = ColumnKind.TIMESTAMP
SERVER = Server("postgresql", "18.3", (18, 3), "t", read_only=False)


@pytest.mark.parametrize(
    ("condition", "type_name", "kind", "indexes"),
    [
        ("((t.c)::text = '7'::text)", "varchar(9)", ColumnKind.TEXT, ["(c)"]),
        ("((t.c)::text = '7'::text)", "integer", ColumnKind.INTEGER, ["(((c)::text))"]),
        (
            "((t.c)::text ~~ '7%'::text)",
            "uuid",
            ColumnKind.UUID,
            ["(((c)::text) text_pattern_ops)"],
        ),
        ("((t.c)::text = '7'::text)", "date", ColumnKind.DATE, []),
        ("((t.c)::date = '2024-01-01'::date)", "timestamp", STAMP, ["(((c)::date))"]),
        ("((t.c)::date = '2024-01-01'::date)", "timestamptz", STAMP, ["(c)"]),
        (
            "((t.c AT TIME ZONE 'UTC'::text) = '2024-01-01'::timestamp without time zone)",
            "timestamptz",
            STAMP,
            ["((c AT TIME ZONE 'UTC'::text))"],
        ),
    ],
)
def test_the_catalog_tells_which_expression_an_index_may_hold(condition, type_name, kind, indexes):
    table = Table(TableRef("public", "t"), TableKind.TABLE, (Column("c", type_name, kind),))
    schemas = (Schema("public", tables=(table,)),)
    known = Knowledge(Catalog(SERVER, schemas, datetime.now(UTC)))
    plan = scan(ms=100.0, rows=100, Filter=condition, Rows_Removed_by_Filter=99_900)
    answer = {"Plan": plan, "Planning Time": 0.1, "Execution Time": 100.0}
    hints = explained(pasted.read(json.dumps([answer]))[0], known).hints
    assert [hint.sql.partition(" ON public.t ")[2].rstrip(";") for hint in hints] == indexes
