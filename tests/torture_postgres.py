"""A PostgreSQL database made to hurt: every built-in type, every relation kind, hostile names."""

from contextlib import suppress

import psycopg
from psycopg import sql

SCHEMA = "torture"

HOSTILE = (
    'quo"te',
    "apo'strophe",
    "dot.ted",
    "two words",
    "tab\there",
    "line\nbreak",
    "\x1b[31mred",
    "back\\slash",
    "%s %(x)s %%",
    ":colon",
    "select",
    "MixedCase",
    "été",
    "表",
    "🐘🐘",
    "e\u0301 combining",
    "\u202eright to left",
    "a" * 63,
    ";--",
    "{braces}",
    "[brackets]",
    "$1",
    " ",
)

VALUES: dict[str, tuple[str, ...]] = {
    "bool": ("t", "f"),
    "bytea": (r"\x", r"\x00ff", r"\xdeadbeef"),
    "char": ("a", "", r"\377"),
    "name": ("pg_class", ""),
    "int8": ("9223372036854775807", "-9223372036854775808"),
    "int2": ("32767", "-32768"),
    "int4": ("2147483647", "-2147483648", "0"),
    "text": ("", "naïve ☃ 🐘", "\x1b]0;title\x07", "line\nbreak\ttab", "\\N", "NULL", "x" * 9000),
    "oid": ("0", "4294967295"),
    "tid": ("(0,1)", "(4294967295,65535)"),
    "xid": ("0", "4294967295"),
    "cid": ("7",),
    "oidvector": ("1 2 3", ""),
    "int2vector": ("1 -2", ""),
    "json": ('{"a": 1,  "a": 2}', "null", '"\\u0000"', "[1e400]"),
    "jsonb": ('{"a": [1, 2.50, null]}', "null", "1e400"),
    "xml": ("<a>é</a>", "", "text only"),
    "point": ("(1,2)", "(Infinity,NaN)"),
    "lseg": ("[(0,0),(1,1)]",),
    "path": ("((0,0),(1,1))", "[(0,0),(1,1)]"),
    "box": ("(1,1),(0,0)",),
    "polygon": ("((0,0),(1,1),(1,0))",),
    "line": ("{1,2,3}",),
    "circle": ("<(0,0),1>",),
    "float4": ("0.1", "NaN", "-Infinity", "1e-45"),
    "float8": ("0.1", "1e308", "NaN", "Infinity", "-0", "5e-324"),
    "money": ("$1,234.56", "-92233720368547758.08"),
    "macaddr": ("08:00:2b:01:02:03",),
    "macaddr8": ("08:00:2b:01:02:03:04:05",),
    "inet": ("10.0.0.1", "10.0.0.1/8", "::1/128", "::ffff:1.2.3.4"),
    "cidr": ("10.0.0.0/8", "2001:db8::/32"),
    "bpchar": ("padded   ", ""),
    "varchar": ("v", ""),
    "date": ("infinity", "-infinity", "4713-01-01 BC", "5874897-12-31", "2026-02-28"),
    "time": ("24:00:00", "00:00:00", "23:59:59.999999"),
    "timetz": ("24:00:00-15:59:59", "12:00:00+00"),
    "timestamp": ("infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999"),
    "timestamptz": ("infinity", "0001-01-01 00:00:00 BC", "1900-01-01 00:00:00+00"),
    "interval": ("1 mon 3 days", "-178000000 years", "-1 mons +2 days -00:00:00.000001"),
    "bit": ("1", "0"),
    "varbit": ("", "10101"),
    "numeric": ("NaN", "Infinity", "-Infinity", "0.000", "1" * 6000, "1e-1000", "12.3400"),
    "uuid": ("00000000-0000-0000-0000-000000000000",),
    "pg_lsn": ("16/B374D848", "FFFFFFFF/FFFFFFFF"),
    "tsvector": ("'a':1A 'b''s':2", ""),
    "tsquery": ("'a' & !'b':*", ""),
    "jsonpath": ("$.a[*] ? (@ > 1)",),
    "txid_snapshot": ("10:20:10,14",),
    "pg_snapshot": ("10:20:10,14",),
    "xid8": ("18446744073709551615",),
    "aclitem": ("postgres=r/postgres",),
    "refcursor": ("c",),
    "int4range": ("[1,10)", "empty", "(,)"),
    "int8range": ("[1,9223372036854775807)",),
    "numrange": ("[0.1,0.20]", "(,NaN]"),
    "daterange": ("[2026-01-01,infinity)", "empty"),
    "tsrange": ('["2026-01-01 00:00:00",infinity]',),
    "tstzrange": ('["2026-01-01 00:00:00+00",)',),
    "int4multirange": ("{}", "{[1,2),[5,9)}"),
    "int8multirange": ("{}", "{[1,2),[5,9223372036854775807)}"),
    "nummultirange": ("{[0.5,1]}",),
    "datemultirange": ("{[2026-01-01,2026-02-01)}",),
    "tsmultirange": ('{["2026-01-01 00:00:00",infinity]}',),
    "tstzmultirange": ('{["2026-01-01 00:00:00+00",)}',),
    "regclass": ("pg_class", "-", "123456789"),
    "regtype": ("integer", "timestamp with time zone[]"),
    "regproc": ("now", "-"),
    "regprocedure": ("lower(text)",),
    "regoper": ("|/", "0"),
    "regoperator": ("+(integer,integer)",),
    "regrole": ("postgres",),
    "regnamespace": ("pg_catalog",),
    "regconfig": ("english",),
    "regdictionary": ("simple",),
    "regcollation": ('"C"',),
}
"""Text that each type's input function takes; a type that is not here gets NULLs only."""

STATEMENTS = (
    "CREATE TYPE mood AS ENUM ('sad', 'o''k', 'very, happy', '\"quoted\"', '')",
    'CREATE TYPE pair AS (a integer, "b c" text)',
    "CREATE TYPE nested AS (p pair, ps pair[], j json)",
    "CREATE DOMAIN positive AS integer DEFAULT 1 CHECK (VALUE > 0)",
    "CREATE DOMAIN very_positive AS positive NOT NULL CHECK (VALUE > 10)",
    "CREATE DOMAIN words AS text[] CHECK (cardinality(VALUE) < 9)",
    "CREATE DOMAIN padded AS character(4)",
    "CREATE DOMAIN loose_json AS json",
    "CREATE TYPE floats AS RANGE (subtype = float8, subtype_diff = float8mi)",
    """CREATE TABLE odd_types (
        id integer PRIMARY KEY, m mood, p pair, n nested, d positive, v very_positive, w words,
        c padded, l loose_json, r floats, rs floats_multirange, ms mood[], deep integer[][],
        nc text COLLATE "C", var varchar(5), num numeric(5, 2), b3 bit(3))""",
    """INSERT INTO odd_types VALUES
        (1, 'o''k', ROW(1, 'x,"y"'), ROW(ROW(1, 'a'), ARRAY[ROW(2, NULL)]::pair[], '{}'), 5, 11,
         '{"a b",NULL,"NULL"}', 'ab', '{"x": 1}', '[1.5,2.5)', '{[1,2],[3,4]}',
         '{sad,"very, happy",""}', '{{1,2},{3,4}}', 'ÀB', 'abcde', 1.50, B'101'),
        (2, '', NULL, NULL, NULL, 12, '{}', '', NULL, 'empty', '{}', '{}', '{}', NULL, '', NULL,
         NULL)""",
    "CREATE TABLE no_columns ()",
    "INSERT INTO no_columns DEFAULT VALUES",
    "CREATE TABLE all_dropped (a integer, b text)",
    "INSERT INTO all_dropped VALUES (1, 'x')",
    "ALTER TABLE all_dropped DROP COLUMN a",
    "ALTER TABLE all_dropped ADD COLUMN c integer DEFAULT 7",
    "CREATE UNLOGGED TABLE unlogged_one (a integer)",
    "CREATE TABLE no_key (a integer, b integer)",
    "INSERT INTO no_key SELECT i, NULL FROM generate_series(1, 300) i",
    "CREATE TABLE unique_only (a integer NOT NULL, b integer NOT NULL UNIQUE)",
    "CREATE TABLE unique_nullable (a integer UNIQUE)",
    "CREATE TABLE unique_partial (a integer NOT NULL)",
    "CREATE UNIQUE INDEX ON unique_partial (a) WHERE a > 0",
    "CREATE TABLE unique_expression (a text NOT NULL)",
    "CREATE UNIQUE INDEX ON unique_expression (lower(a))",
    "CREATE TABLE unique_later (a integer NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED)",
    "CREATE TABLE parent (a integer, b text, PRIMARY KEY (a, b))",
    """CREATE TABLE child (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, x integer, y text,
        up bigint REFERENCES child ON DELETE SET NULL,
        CONSTRAINT composite FOREIGN KEY (y, x) REFERENCES parent (b, a)
          ON UPDATE CASCADE ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT sane CHECK (x > 0 AND y <> ''),
        during int4range,
        EXCLUDE USING gist (during WITH &&))""",
    "ALTER TABLE child ADD CONSTRAINT later CHECK (x < 100) NOT VALID",
    "CREATE INDEX odd ON child (lower(y) DESC NULLS LAST, x NULLS FIRST) INCLUDE (up) WHERE x > 1",
    "CREATE INDEX hashed ON child USING hash (y)",
    'CREATE INDEX patterns ON child (y text_pattern_ops, y COLLATE "C")',
    """CREATE TABLE computed (
        a integer, stored integer GENERATED ALWAYS AS (a * 2) STORED,
        always integer GENERATED ALWAYS AS IDENTITY (START 5))""",
    "CREATE TABLE base (a integer)",
    "CREATE TABLE derived (b integer) INHERITS (base)",
    "INSERT INTO derived VALUES (1, 2)",
    "CREATE TABLE by_range (a integer, b text, PRIMARY KEY (a, b)) PARTITION BY RANGE (a)",
    "CREATE TABLE by_range_low PARTITION OF by_range FOR VALUES FROM (MINVALUE) TO (10)",
    """CREATE TABLE by_range_high PARTITION OF by_range FOR VALUES FROM (10) TO (MAXVALUE)
        PARTITION BY LIST (b)""",
    "CREATE TABLE by_range_high_x PARTITION OF by_range_high FOR VALUES IN ('x', 'it''s')",
    "CREATE TABLE by_range_high_rest PARTITION OF by_range_high DEFAULT",
    "INSERT INTO by_range SELECT i, 'x' FROM generate_series(1, 20) i",
    "CREATE TABLE by_hash (a integer) PARTITION BY HASH ((a + 1))",
    "CREATE VIEW plain_view AS SELECT a, b FROM no_key",
    "CREATE VIEW checked_view WITH (security_barrier) AS SELECT a FROM no_key WHERE a > 1 "
    "WITH LOCAL CHECK OPTION",
    "CREATE VIEW unknown_types AS SELECT NULL AS n, 'x' AS u, ROW(1, 'y')::pair AS r",
    "CREATE RECURSIVE VIEW counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting "
    "WHERE n < 5",
    "CREATE MATERIALIZED VIEW stored_view AS SELECT a FROM no_key",
    "CREATE UNIQUE INDEX ON stored_view (a)",
    "CREATE SEQUENCE numbers START 41",
    "CREATE TABLE of_type OF pair",
    "CREATE TABLE guarded (a integer)",
    "ALTER TABLE guarded ENABLE ROW LEVEL SECURITY",
    "CREATE FUNCTION say_no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CREATE TRIGGER before_rows BEFORE INSERT OR UPDATE OF a ON no_key FOR EACH ROW "
    "WHEN (NEW.a > 5) EXECUTE FUNCTION say_no()",
    "CREATE TRIGGER after_all AFTER TRUNCATE ON no_key EXECUTE FUNCTION say_no()",
    "ALTER TABLE no_key DISABLE TRIGGER before_rows",
    "CREATE TRIGGER instead INSTEAD OF DELETE ON plain_view FOR EACH ROW EXECUTE FUNCTION say_no()",
    "COMMENT ON TABLE no_key IS 'it''s a \\ \x1b[31m comment'",
    "COMMENT ON COLUMN no_key.a IS '☃'",
    "CREATE TABLE compressed (id integer PRIMARY KEY, t text, b bytea, j jsonb, a text[])",
    """INSERT INTO compressed SELECT 1, repeat('y', 1000000), decode(repeat('ab', 100000), 'hex'),
        jsonb_build_object('k', repeat('z', 500000)), array_fill('w'::text, ARRAY[50000])""",
)
BROKEN = (
    "CREATE VIEW divides AS SELECT 1 / a AS b FROM (VALUES (0)) v (a)",
    "CREATE MATERIALIZED VIEW not_filled AS SELECT 1 AS a WITH NO DATA",
    "CREATE FOREIGN DATA WRAPPER nowhere",
    "CREATE SERVER far FOREIGN DATA WRAPPER nowhere",
    "CREATE FOREIGN TABLE remote (a integer NOT NULL, b text) SERVER far",
)
"""What no program can read: it opens all the same, and selecting from it says why not."""
UNREADABLE = {"divides", "not_filled", "remote"}


def build(conninfo: str) -> None:
    """Fill an empty database; everything is in the schema `torture`, on the search path."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        database = sql.Identifier(connection.info.dbname)
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        path = sql.SQL("ALTER DATABASE {} SET search_path TO {}, public")
        connection.execute(path.format(database, sql.Identifier(SCHEMA)))
        connection.execute(f"SET search_path TO {SCHEMA}, public")
        for statement in (*STATEMENTS, *BROKEN):
            connection.execute(statement.encode())
        _every_type(connection)
        _names(connection)
        _wide(connection)


def _every_type(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """A table a type, with a column of its array type: one bad type cannot hide another."""
    types = connection.execute("""
        SELECT t.typname, t.typarray <> 0
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname = 'pg_catalog' AND t.typtype IN ('b', 'r', 'm') AND t.typcategory <> 'A'
        ORDER BY 1""").fetchall()
    for name, has_array in types:
        # Without a modifier: `character` alone would be character(1).
        type_name = sql.Identifier("pg_catalog", str(name))
        table = sql.Identifier(f"type_{name}")
        array = sql.SQL(", vs {}[]" if has_array else "").format(type_name)
        connection.execute(
            sql.SQL("CREATE TABLE {} (id serial PRIMARY KEY, v {}{})").format(
                table, type_name, array
            )
        )
        for value in VALUES.get(str(name), ()):
            # A build without libxml has the type, and takes no value for it.
            with suppress(psycopg.errors.FeatureNotSupported):
                connection.execute(sql.SQL("INSERT INTO {} (v) VALUES ({})").format(table, value))
        connection.execute(sql.SQL("INSERT INTO {} DEFAULT VALUES").format(table))
        if has_array and str(name) in VALUES:
            connection.execute(sql.SQL("UPDATE {} SET vs = ARRAY[v, NULL]").format(table))


def _names(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Tables, columns, schemas and labels with names that hurt."""
    for name in HOSTILE:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(f"{name}"[:63])))
        columns = sql.SQL(", ").join(
            sql.SQL("{} text").format(sql.Identifier(column)) for column in HOSTILE
        )
        for schema in (SCHEMA, name):
            table = sql.Identifier(schema, name)
            connection.execute(
                sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY ({}))").format(
                    table, columns, sql.Identifier(name)
                )
            )
            values = sql.SQL(", ").join(map(sql.Literal, HOSTILE))
            connection.execute(sql.SQL("INSERT INTO {} VALUES ({})").format(table, values))


def _wide(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    columns = ", ".join(f"c{number} smallint" for number in range(1600))
    connection.execute(f"CREATE TABLE wide ({columns})".encode())
    connection.execute(b"INSERT INTO wide (c0, c1599) VALUES (1, 2)")
