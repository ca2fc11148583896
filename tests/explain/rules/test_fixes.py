"""Advice that is SQL has to run as it stands, whatever the names are."""

import re

import pytest

from tests.explain.rules.plans import node, scan, shown


def fix_of(rule, root, **top):
    return next(finding.fix for finding in shown(root, **top).findings if finding.id == rule)


def joined(below):
    return node("Nested Loop", below, scan("other", ms=1.0), ms=50.0, rows=20_000)


def odd(kind, **fields):
    """A scan of a table whose name needs quotes."""
    named = {"Relation Name": "Order Items", "Schema": "My Schema", "Alias": "i"}
    return node(kind, ms=40.0, **fields) | named


CORRELATED = '((i."Kind" = 1) AND (i.b = 2))'


def test_statistics_have_a_name_and_quoted_tables():
    wrong = odd("Seq Scan", rows=20_000, plan=10, Filter=CORRELATED)
    assert fix_of("row_misestimate", joined(wrong)).splitlines() == [
        'CREATE STATISTICS "My Schema"."Order_Items_Kind_b_stat" (dependencies, mcv) '
        'ON "Kind", b FROM "My Schema"."Order Items";',
        'ANALYZE "My Schema"."Order Items";',
    ]


def test_a_statistics_name_fits_and_is_one_identifier():
    columns = [f"a_column_with_a_rather_long_name_{n}" for n in range(4)]
    condition = " AND ".join(f"(i.{column} = 1)" for column in columns)
    wrong = odd("Seq Scan", rows=20_000, plan=10, Filter=f"({condition})")
    name = re.search(r'"My Schema"\.(\w+) ', fix_of("row_misestimate", joined(wrong)))[1]
    assert len(name) <= 63
    assert name.endswith("_stat")


def test_one_column_gets_a_finer_histogram():
    wrong = odd("Seq Scan", rows=20_000, plan=10, Filter='(i."Kind" = 1)')
    assert fix_of("row_misestimate", joined(wrong)).splitlines() == [
        'ANALYZE "My Schema"."Order Items";',
        'ALTER TABLE "My Schema"."Order Items" ALTER COLUMN "Kind" SET STATISTICS 1000;',
    ]


def test_vacuum_names_the_table_with_its_quotes():
    read = odd("Index Only Scan", rows=5_000, Heap_Fetches=5_000, Index_Name="x")
    assert fix_of("heap_fetches", read) == 'VACUUM "My Schema"."Order Items";'


@pytest.mark.parametrize(
    ("schema", "name", "fix"),
    [
        ("My Schema", "Many", 'ALTER FUNCTION "My Schema"."Many" ROWS 20000; '),
        ("", "many", "ALTER FUNCTION many ROWS 20000; "),
        ("pg_catalog", "generate_series", "Keep its rows in a temporary table "),
    ],
)
def test_a_function_of_the_server_itself_is_not_altered(schema, name, fix):
    call = node("Function Scan", ms=9.0, rows=20_000, plan=1000, Function_Name=name, Schema=schema)
    assert fix_of("function_rows_estimate", joined(call)).startswith(fix)
