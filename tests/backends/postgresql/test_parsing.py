"""Typed text → values, each type's rule told before the server is asked."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.backends.postgresql.engine import PostgreSQL
from studio.backends.postgresql.kinds import BY_OID, bare, has_order
from studio.model.catalog import Column, ColumnKind

K = ColumnKind
ENGINE = PostgreSQL()


def column(type_name: str, kind: ColumnKind, choices: tuple[str, ...] = ()) -> Column:
    return Column("c", type_name, kind, choices=choices)


GOOD = [
    ("smallint", K.INTEGER, " 32767 ", "32767"),
    ("integer", K.INTEGER, "-2147483648", "-2147483648"),
    ("bigint", K.INTEGER, "+9223372036854775807", "9223372036854775807"),
    ("bigint", K.INTEGER, "1_000", "1000"),
    ("oid", K.INTEGER, "4294967295", "4294967295"),
    ("positive", K.INTEGER, "5", "5"),
    ("real", K.REAL, "1e-3", "1e-3"),
    ("double precision", K.REAL, "-Infinity", "-Infinity"),
    ("numeric(5,2)", K.DECIMAL, ".5", ".5"),
    ("money", K.DECIMAL, "$1,234.50", "$1,234.50"),
    ("boolean", K.BOOLEAN, "YES", "t"),
    ("boolean", K.BOOLEAN, "off", "f"),
    ("text", K.TEXT, "", ""),
    ("character varying(3)", K.TEXT, "äöü", "äöü"),
    ("character varying(3)", K.TEXT, "abc  ", "abc  "),
    ("date", K.DATE, "0044-03-15 BC", None),
    ("date", K.DATE, "infinity", "infinity"),
    ("date", K.DATE, "Jan 8, 1999", "Jan 8, 1999"),
    ("time without time zone", K.TIME, "24:00", "24:00"),
    ("timestamp with time zone", K.TIMESTAMP, "now", "now"),
    ("interval", K.INTERVAL, "1 mon 3 days", "1 mon 3 days"),
    ("uuid", K.UUID, "{A0EEBC99-9C0B4EF8-BB6D6BB9-BD380A11}", None),
    ("bytea", K.BYTES, "\\xDE ad", None),
    ("bytea", K.BYTES, "plain", "\\x706c61696e"),
    ("json", K.JSON, '{"a": 1, "a": 2}', None),
    ("jsonb", K.JSON, "1e400", None),
    ("mood", K.ENUM, "", ""),
    ("integer[]", K.ARRAY, "[0:1]={1,2}", None),
    ("int4range", K.RANGE, "(,5]", None),
    ("int4range", K.RANGE, "empty", None),
    ("int4multirange", K.RANGE, "{[1,2)}", None),
    ("pair", K.COMPOSITE, '(1,"x")', None),
    ("inet", K.NETWORK, "10.0.0.1/8", None),
    ("point", K.OTHER, "(1,2)", None),
]


@pytest.mark.parametrize(("type_name", "kind", "text", "expected"), GOOD)
def test_what_is_taken(type_name: str, kind: ColumnKind, text: str, expected: str | None) -> None:
    parsed = ENGINE.parse(text, column(type_name, kind, ("", "a") if kind is K.ENUM else ()))
    assert parsed == (text if expected is None else expected)


def test_the_server_takes_it_too(postgres: str) -> None:
    """Nothing is accepted here that the server refuses."""
    with psycopg.connect(postgres, autocommit=True, prepare_threshold=None) as connection:
        for statement in (
            "CREATE TYPE mood AS ENUM ('', 'a')",
            "CREATE TYPE pair AS (a integer, b text)",
            "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
        ):
            connection.execute(statement.encode())
        for type_name, kind, text, _ in GOOD:
            each = column(type_name, kind, ("", "a") if kind is K.ENUM else ())
            connection.execute(f"CREATE TEMPORARY TABLE t (v {type_name})".encode())
            connection.execute("INSERT INTO t VALUES (%s)", (ENGINE.parse(text, each),))
            connection.execute("DROP TABLE t")


@pytest.mark.parametrize(
    ("type_name", "kind", "text", "rule"),
    [
        ("smallint", K.INTEGER, "32768", "32,767"),
        ("integer", K.INTEGER, "1.5", "whole number"),
        ("bigint", K.INTEGER, "", "whole number"),
        ("numeric", K.DECIMAL, "1,5", "is a number"),
        ("real", K.REAL, "fast", "is a number"),
        ("boolean", K.BOOLEAN, "maybe", "true or false"),
        ("boolean", K.BOOLEAN, "o", "true or false"),
        ("character varying(3)", K.TEXT, "abcd", "holds 3 characters; this has 4"),
        ("text", K.TEXT, "a\x00b", "NUL"),
        ("date", K.DATE, "soon", "2026-01-31"),
        ("interval", K.INTERVAL, "long", "1 year"),
        ("uuid", K.UUID, "1234", "32 hexadecimal"),
        ("bytea", K.BYTES, "\\xabc", "pairs"),
        ("bytea", K.BYTES, "ü", "hexadecimal"),
        ("json", K.JSON, "{'a': 1}", "line 1, column 2"),
        ("json", K.JSON, "NaN", "has no NaN"),
        ("mood", K.ENUM, "angry", "one of sad, ok"),
        ("integer[]", K.ARRAY, "1,2", "{a,b"),
        ("int4range", K.RANGE, "1-5", "[low,high)"),
        ("pair", K.COMPOSITE, "1,2", "(first,second"),
    ],
)
def test_what_is_refused_and_why(type_name: str, kind: ColumnKind, text: str, rule: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        ENGINE.parse(text, column(type_name, kind, ("sad", "ok") if kind is K.ENUM else ()))
    assert rule in str(raised.value)


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_bigint_survives(number: int) -> None:
    assert ENGINE.parse(str(number), column("bigint", K.INTEGER)) == str(number)


@given(st.text())
def test_text_is_taken_as_it_is(text: str) -> None:
    each = column("text", K.TEXT)
    if "\x00" in text:
        with pytest.raises(ValueError, match="NUL"):
            ENGINE.parse(text, each)
    else:
        assert ENGINE.parse(text, each) == text


def test_oids_are_the_servers(postgres: str) -> None:
    """The table of oids agrees with pg_type."""
    expected = {
        "B": {K.BOOLEAN}, "D": {K.DATE, K.TIME, K.TIMESTAMP}, "I": {K.NETWORK}, "T": {K.INTERVAL},
        "R": {K.RANGE}, "A": {K.ARRAY}, "N": {K.INTEGER, K.REAL, K.DECIMAL}, "S": {K.TEXT},
        "Z": {K.TEXT}, "U": {K.BYTES, K.JSON, K.UUID, K.NETWORK}, "P": {K.COMPOSITE, K.ARRAY},
    }  # fmt: skip
    with psycopg.connect(postgres) as connection:
        rows = connection.execute("SELECT oid, typname, typcategory FROM pg_type").fetchall()
        for oid, name, category in rows:
            if oid in BY_OID:
                assert BY_OID[oid] in expected[category], name
    known = {name for oid, name, _ in rows if oid in BY_OID}
    assert {"int8", "_int8", "timestamptz", "nummultirange", "_uuid", "jsonb", "name"} <= known
    assert len(known) == len(BY_OID)


@pytest.mark.parametrize(
    ("type_name", "name"),
    [
        ("numeric(5,2)", "numeric"),
        ("character varying(5)[]", "character varying[]"),
        ("timestamp(3) without time zone", "timestamp without time zone"),
        ("text", "text"),
    ],
)
def test_bare_names(type_name: str, name: str) -> None:
    assert bare(type_name) == name


def test_what_has_an_order() -> None:
    assert has_order(K.JSON, "jsonb")
    assert not has_order(K.JSON, "json")
    assert not has_order(K.JSON, "loose_json")
    assert has_order(K.ARRAY, "timestamp(3) without time zone[]")
    assert not has_order(K.ARRAY, "json[]")
    assert not has_order(K.OTHER, "point")
    assert has_order(K.RANGE, "floats")
