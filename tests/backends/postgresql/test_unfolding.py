"""Values part by part: against what the server itself says of them."""

import pytest
from sqlalchemy import Connection

from studio.backends.postgresql.engine import PostgreSQL
from studio.backends.postgresql.geometry import wkt
from studio.backends.postgresql.printed_parts import (
    printed_array,
    printed_fields,
    printed_pairs,
    printed_ranges,
)
from studio.backends.postgresql.unfolding import PostgreSQLUnfolding
from studio.model.catalog import TableRef
from studio.model.parts import ValuePart
from tests.postgres import run_sql

NASTY = (
    "",
    "NULL",
    "null",
    'a"b',
    "back\\slash",
    "a,b",
    "{x}",
    "(y)",
    " padded ",
    "é\n🐘",
    "=>",
    None,
)


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def parts(connection: Connection, engine: PostgreSQL, name: str, row: int = 0) -> list[ValuePart]:
    """The parts of the column `v` of a table."""
    column = engine.table(connection, TableRef("public", name)).column("v")
    half = PostgreSQLUnfolding()
    assert half.is_made_of_parts(column)
    written = name.replace('"', '""')
    texts = connection.exec_driver_sql(f'SELECT v::text FROM "{written}"').scalars().all()
    return list(half.parts(connection, TableRef("public", name), column, texts[row]))


def test_composites_in_arrays_have_the_names_of_the_catalog(
    postgres: str, connection: Connection, engine: PostgreSQL
) -> None:
    run_sql(
        postgres,
        'CREATE TYPE pair AS (a integer, "b c" text[])',
        "CREATE DOMAIN pairs AS pair[]",
        'CREATE TABLE "t""; --" (v pairs)',
        """INSERT INTO "t""; --" VALUES (
            ARRAY[ROW(1, ARRAY['x,y', NULL, 'NULL', E'a"b\\\\'])::pair,
                NULL, ROW(NULL, '{}')::pair])""",
    )
    assert parts(connection, engine, 't"; --') == [
        ValuePart(0, "", "3 elements", is_whole=True),
        ValuePart(1, "[1]", "2 fields", is_whole=True),
        ValuePart(2, "a", "1"),
        ValuePart(2, "b c", "4 elements", is_whole=True),
        ValuePart(3, "[1]", "x,y"),
        ValuePart(3, "[2]", None),
        ValuePart(3, "[3]", "NULL"),
        ValuePart(3, "[4]", 'a"b\\'),
        ValuePart(1, "[2]", None),
        ValuePart(1, "[3]", "2 fields", is_whole=True),
        ValuePart(2, "a", None),
        ValuePart(2, "b c", "0 elements", is_whole=True),
    ]


def test_lower_bounds_other_delimiters_and_ranges(
    postgres: str, connection: Connection, engine: PostgreSQL
) -> None:
    run_sql(
        postgres,
        "CREATE TABLE m (v integer[])",
        "INSERT INTO m VALUES ('[0:1][-1:0]={{1,2},{3,4}}')",
        "CREATE TABLE b (v box[])",
        "INSERT INTO b VALUES ('{(1,1),(0,0);(2,2),(1,1)}')",
        "CREATE TABLE r (v int4range)",
        "INSERT INTO r VALUES ('[1,10)'), ('empty'), ('(,5)')",
    )
    names = [(one.depth, one.name, one.text) for one in parts(connection, engine, "m")]
    assert names == [
        (0, "", "2 elements"),
        (1, "[0]", "2 elements"),
        (2, "[-1]", "1"),
        (2, "[0]", "2"),
        (1, "[1]", "2 elements"),
        (2, "[-1]", "3"),
        (2, "[0]", "4"),
    ]
    assert [one.text for one in parts(connection, engine, "b")][1:] == [
        "(1,1),(0,0)",
        "(2,2),(1,1)",
    ]
    assert parts(connection, engine, "r")[1:] == [
        ValuePart(1, "from", "1"),
        ValuePart(1, "to but without", "10"),
    ]
    assert parts(connection, engine, "r", 1) == [ValuePart(0, "", "an empty range", is_whole=True)]
    assert parts(connection, engine, "r", 2)[1] == ValuePart(
        1, "from", "without end", is_whole=True
    )


def test_what_the_server_prints_is_read_back(postgres: str) -> None:
    texts = ", ".join("NULL" if one is None else quoted(one) for one in NASTY)
    ((array, row),) = run_sql(postgres, f"SELECT ARRAY[{texts}]::text, ROW({texts})::text")
    assert printed_array(array).elements == list(NASTY)
    assert printed_fields(row) == list(NASTY)


def test_multiranges_and_pairs() -> None:
    first, second = printed_ranges('{[1,3),["a,""b",)}')
    assert (first.lower, first.upper, first.has_lower, first.has_upper) == ("1", "3", True, False)
    assert (second.lower, second.upper) == ('a,"b', None)
    assert printed_pairs(r'"a"=>"b, \"c", "k\\"=>NULL, "n"=>"NULL", ""=>""') == [
        ("a", 'b, "c'),
        ("k\\", None),
        ("n", "NULL"),
        ("", ""),
    ]
    assert printed_pairs("") == []


@pytest.mark.parametrize("text", ["{", "{1", "{1}}", '{"a}', "[1:2={1}", "{" * 50, "{1,{2}", ""])
def test_what_is_no_array_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        printed_array(text)


@pytest.mark.parametrize(
    ("hexadecimal", "text"),
    [
        ("0101000000000000000000F03F0000000000000040", "POINT(1 2)"),
        ("0101000020E6100000000000000000F03F0000000000000040", "SRID=4326;POINT(1 2)"),
        ("00000000013FF00000000000004000000000000000", "POINT(1 2)"),
        ("0101000080000000000000F03F00000000000000409A9999999999B93F", "POINT Z (1 2 0.1)"),
        ("0101000000000000000000F87F000000000000F87F", "POINT EMPTY"),
        ("010700000000000000", "GEOMETRYCOLLECTION EMPTY"),
        (
            "01040000000100000001010000000000000000000000000000000000F0BF",
            "MULTIPOINT((0 -1))",
        ),
        (
            "0103000000010000000300000000000000000000000000000000000000000000000000F03F"
            "000000000000000000000000000000000000000000000000",
            "POLYGON((0 0,1 0,0 0))",
        ),
    ],
)
def test_geometries_are_read_as_text(hexadecimal: str, text: str) -> None:
    assert wkt(hexadecimal) == text


@pytest.mark.parametrize(
    "text", ["", "zz", "01", "0102000000FFFFFFFF", "010100000000", "0163000000"]
)
def test_what_is_no_geometry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        wkt(text)
