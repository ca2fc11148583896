"""The splitter: nothing is lost, and each engine's own semicolons stay inside."""

import sqlite3

import pytest
import sqlparse
from hypothesis import given
from hypothesis import strategies as st

from studio.sqltext.split import split, statement_at
from studio.sqltext.syntax import GENERIC, POSTGRESQL, SQLITE, Syntax
from studio.sqltext.tokens import code, lex
from tests.sqltext.test_tokens import SYNTAXES, sql


@given(text=sql, syntax=st.sampled_from(SYNTAXES))
def test_split_then_join_is_identity(text, syntax):
    statements = split(text, syntax)
    assert "".join(statement.whole for statement in statements) == text
    for statement in statements:
        assert text[statement.start : statement.end] == statement.text
        assert not code(lex(statement.before, syntax))
        around = statement.after.replace(statement.data, "")
        assert "".join(t.text for t in code(lex(around, syntax))) == statement.terminator


@given(text=sql, syntax=st.sampled_from(SYNTAXES), position=st.integers(-3, 300))
def test_some_statement_is_at_every_place(text, syntax, position):
    found = statement_at(text, position, syntax)
    real = [statement for statement in split(text, syntax) if statement.text]
    assert found in real if real else found is None


def texts(text: str, syntax: Syntax) -> list[str]:
    return [statement.text for statement in split(text, syntax) if statement.text]


TRIGGER = "CREATE TRIGGER tr AFTER UPDATE ON t BEGIN UPDATE t SET a = 1; SELECT 2; END"
ATOMIC = "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END"

# Each entry: the statements a text holds. They are joined in several ways and must come back.
SQLITE_TRICKS = [
    ["SELECT ';'"],
    ["SELECT 'it''s;'", "SELECT 2"],
    ['SELECT ";" FROM "a;b"'],
    ["SELECT [;] FROM [a;'b]"],
    ["SELECT `;` FROM `a``;b`"],
    ["SELECT 1 -- ; not here\n + 2"],
    ["SELECT 1 /* ; 'nor here */ + 2"],
    ["SELECT 1 /* /* ; */ + 2"],
    ["SELECT 1 /*/ ; */ + 2"],
    ["SELECT x'3b' , ';'"],
    ["SELECT ?1, :a, @b, $c, $d::e(;)"],
    ["SELECT '\\'", "SELECT 2"],
    ["SELECT 'a\nb;\nc'"],
    ["SELECT 1 -- a\r;b\n+ 2"],
    ["SELECT '--' , ';'"],
    ["SELECT '/*' ", "SELECT '*/'"],
    ['SELECT "it\'s"', "SELECT 'say \"x;\"'"],
    [TRIGGER],
    [TRIGGER, "SELECT 1"],
    ["SELECT 0", TRIGGER, TRIGGER],
    [TRIGGER.replace("CREATE", "CREATE TEMP")],
    [TRIGGER.replace("CREATE", "CREATE TEMPORARY")],
    [TRIGGER.replace("CREATE", "create /* ; */")],
    [TRIGGER.replace("TRIGGER", "TRIGGER IF NOT EXISTS")],
    ["EXPLAIN " + TRIGGER, "SELECT 1"],
    ["EXPLAIN QUERY PLAN " + TRIGGER, "SELECT 1"],
    [TRIGGER.replace("SELECT 2", "SELECT CASE WHEN 1 THEN 2 END"), "SELECT 1"],
    [TRIGGER.replace("SELECT 2", "SELECT CASE 1 WHEN 1 THEN CASE WHEN 2 THEN 3 END END")],
    [TRIGGER.replace("BEGIN", "WHEN CASE WHEN new.a THEN 1 END BEGIN"), "SELECT 1"],
    [TRIGGER.replace("SELECT 2", "SELECT 'END;'"), "SELECT 1"],
    [TRIGGER.replace("SELECT 2", 'SELECT 1 AS "end"'), "SELECT 1"],
    [TRIGGER.replace("; END", "; -- END;\n END"), "SELECT 1"],
    [TRIGGER.replace("; END", "; /* END; */ END"), "SELECT 1"],
    [TRIGGER.replace("ON t BEGIN", "ON t FOR EACH ROW BEGIN")],
    [TRIGGER.replace("AFTER UPDATE", "INSTEAD OF DELETE")],
    [TRIGGER.replace("UPDATE ON", "UPDATE OF a, b ON")],
    ["CREATE TABLE trigger_log (begin_at, end_at)", "SELECT 1"],
    ['CREATE TABLE t ("begin" int)', "SELECT 1", "END"],
    ["BEGIN", "UPDATE t SET a = 1", "END", "SELECT 1"],
    ["BEGIN IMMEDIATE", "COMMIT"],
    ["SAVEPOINT a", "ROLLBACK TO a", "RELEASE a"],
    ["CREATE TABLE trigger (a)", "BEGIN", "SELECT 1", "END"],
    ["SELECT CASE WHEN a THEN b END FROM t", "SELECT 2"],
    ["INSERT INTO t VALUES (';'), ('''')"],
    ["SELECT $tag$", "SELECT 2"],
    ["SELECT (1", "SELECT 2)"],
    ["SELECT 1 WHERE a -- it's\n = 2", "SELECT 2"],
    ["WITH x AS (SELECT ';') SELECT * FROM x"],
    ["PRAGMA table_info('a;b')"],
    ["ATTACH 'a;b.db' AS c"],
    ["VACUUM INTO 'x;y'"],
    ["CREATE VIEW v AS SELECT 1 AS end_", "SELECT 1"],
    ["SELECT 'é;', '😀'", "SELECT 2"],
    ["SELECT 1\u00a0", "SELECT 2"],
    ["REPLACE INTO t VALUES(1)", "VALUES (1)"],
    ["SELECT ''''", "SELECT ''"],
    ["SELECT 1.", "SELECT .5", "SELECT 1e5"],
    ["SELECT 0xFF", "SELECT 1 - -1"],
    ["SELECT a->>'$.b;c' FROM t"],
    ["SELECT 1 || ';' || 2"],
    ["CREATE INDEX i ON t (a) WHERE b = ';'"],
    ['SELECT "a""b;"', "SELECT 1"],
]
POSTGRESQL_TRICKS = [
    ["SELECT ';'"],
    ["SELECT 'it''s;'", "SELECT 2"],
    [r"SELECT E'it\'s;'", "SELECT 2"],
    [r"SELECT 'a\'", "SELECT 2"],
    [r"SELECT e'\\'", "SELECT 2"],
    ["SELECT E'a'\n'b\\'c;'", "SELECT 2"],
    ["SELECT 'a'\n'b;'", "SELECT 2"],
    ["SELECT $$;$$", "SELECT 2"],
    ["SELECT $a$;$$;$a$", "SELECT 2"],
    ["SELECT $a$ $b$ ; $b$ $a$", "SELECT 2"],
    ["SELECT $é1$;$é1$"],
    ["SELECT $$'$$", "SELECT '$$'"],
    ["SELECT a$$b", "SELECT c$$d"],
    ["SELECT $1, $2", "SELECT 2"],
    ["SELECT $1$$;$$"],
    ["SELECT U&'d\\0061;'", 'SELECT U&"x;"'],
    ["SELECT B'1', X'3b', N';'"],
    ['SELECT ";" FROM "a;b"'],
    ["SELECT 1 /* /* ; */ ; */ + 2"],
    ["SELECT 1 /* a /* b /* c */ */ ; */ */ + 1"],
    ["SELECT 1 -- ;\n, 2"],
    ["SELECT 1 -- it's\r + 2"],
    ["SELECT 1 +-- ;\n 2"],
    ["SELECT 1 */*;*/ 2"],
    ["SELECT a [1:2]", "SELECT 2"],
    ["SELECT a::text, :b, b :: int", "SELECT 2"],
    ["SELECT '{\"a\":\";\"}'::jsonb ? 'a'"],
    ["SELECT a #>> '{b,c}'", "SELECT 2"],
    ["SELECT a @> b, c <@ d", "SELECT 2"],
    [ATOMIC],
    [ATOMIC, "SELECT 1"],
    ["SELECT 0", ATOMIC, ATOMIC],
    [ATOMIC.replace("CREATE", "CREATE OR REPLACE"), "SELECT 1"],
    [ATOMIC.replace("FUNCTION", "PROCEDURE").replace("RETURNS int", ""), "SELECT 1"],
    [ATOMIC.replace("SELECT 2", "SELECT CASE WHEN true THEN 1 END"), "SELECT 1"],
    [
        ATOMIC.replace("SELECT 2", "SELECT CASE WHEN true THEN CASE 1 WHEN 1 THEN 1 END END"),
        "SELECT 1",
    ],
    [ATOMIC.replace("SELECT 2", 'SELECT 1 AS "end"'), "SELECT 1"],
    [ATOMIC.replace("SELECT 2", "SELECT 1 AS end"), "SELECT 1"],
    [ATOMIC.replace("; END", "; /* END; */ END"), "SELECT 1"],
    [ATOMIC.replace("BEGIN ATOMIC", "BEGIN /* x */ ATOMIC"), "SELECT 1"],
    [ATOMIC.replace("SELECT 1; SELECT 2; ", ""), "SELECT 1"],
    [ATOMIC.replace("SELECT 1; SELECT 2;", "INSERT INTO t VALUES (';');"), "SELECT 1"],
    ["CREATE FUNCTION f() RETURNS int RETURN 1", "SELECT 1"],
    ["CREATE FUNCTION f() RETURNS void AS $$ BEGIN x; END; $$ LANGUAGE plpgsql", "SELECT 1"],
    ["CREATE FUNCTION f() RETURNS void AS 'SELECT 1; SELECT 2' LANGUAGE sql", "SELECT 1"],
    ["CREATE FUNCTION begin_atomic() RETURNS int AS 'SELECT 1' LANGUAGE sql", "SELECT 1"],
    ["DO $x$ BEGIN PERFORM 1; END $x$", "SELECT 1"],
    ["BEGIN", "SELECT 1", "END", "SELECT 2"],
    ["BEGIN ATOMIC", "SELECT 1"],
    ["CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "SELECT 1"],
    ["CREATE OR REPLACE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; SELECT (2))"],
    ["CREATE TABLE rule (a int)", "SELECT (1", "SELECT 2)"],
    ["CREATE TRIGGER t AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()", "SELECT 1"],
    ["CREATE TABLE t (a int DEFAULT (1), b text DEFAULT ';')"],
    ["CREATE SCHEMA s CREATE TABLE a (b int) CREATE VIEW c AS SELECT 1", "SELECT 1"],
    ["COPY t FROM STDIN"],
    ["COPY t FROM '/a;b'", "SELECT 1"],
    ["COPY (SELECT ';') TO STDOUT", "SELECT 1"],
    ["PREPARE p AS SELECT $1", "EXECUTE p(';')"],
    ["SELECT 'é;', '😀'", "SELECT 2"],
    ["SELECT \u00a0", "SELECT 2"],
    ["/*+ SeqScan(t) */ SELECT 1", "/*+ x; */ SELECT 2"],
    ["WITH x AS (DELETE FROM t RETURNING ';') SELECT * FROM x"],
    ["SELECT 1_000, 0x1F, 1.5e3, .5", "SELECT 1"],
    ['SELECT 1 AS "a"";b"', "SELECT 1"],
]
GENERIC_TRICKS = [
    ["CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END", "SELECT 1"],
    ["CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; END", "SELECT 1"],
    ["CREATE PROCEDURE p() BEGIN BEGIN SELECT 1; END; SELECT 2; END", "SELECT 1"],
    ["CREATE PROCEDURE p() BEGIN l: LOOP SELECT 1; END LOOP; END", "SELECT 1"],
    ["CREATE PROCEDURE p() BEGIN WHILE a DO SELECT 1; END WHILE; END", "SELECT 1"],
    ["CREATE PROCEDURE p() BEGIN CASE a WHEN 1 THEN SELECT 1; END CASE; END", "SELECT 1"],
    ["CREATE FUNCTION f() BEGIN RETURN CASE WHEN a THEN 1 ELSE 2 END; END", "SELECT 1"],
    ["CREATE TRIGGER t BEFORE INSERT ON t FOR EACH ROW BEGIN SET a = 1; END", "SELECT 1"],
    ["CREATE PROCEDURE p() SELECT 1", "SELECT 1"],
    ["BEGIN", "SELECT CASE WHEN a THEN b END", "END", "SELECT 1"],
]
CASES = [
    *((SQLITE, statements) for statements in SQLITE_TRICKS),
    *((POSTGRESQL, statements) for statements in POSTGRESQL_TRICKS),
    *((GENERIC, statements) for statements in GENERIC_TRICKS),
]


@pytest.mark.parametrize("joint", [";", ";\n", " ;\n\n", "\n;\t"])
@pytest.mark.parametrize(("syntax", "statements"), CASES, ids=lambda v: getattr(v, "name", None))
def test_statements_come_back(syntax, statements, joint):
    whole = joint.join(statements)
    wanted = [statement.strip(" ") for statement in statements]
    assert texts(whole, syntax) == wanted
    assert texts(whole + joint, syntax) == wanted


def test_the_tables_are_long():
    assert len(SQLITE_TRICKS) >= 60
    assert len(POSTGRESQL_TRICKS) >= 60


@pytest.mark.parametrize("statements", SQLITE_TRICKS)
def test_sqlite_agrees_that_statements_are_complete(statements):
    for text in texts(";\n".join(statements) + ";", SQLITE):
        assert sqlite3.complete_statement(text + "\n;")


def test_a_trigger_is_not_complete_before_its_end():
    cut = TRIGGER.removesuffix("END")
    assert len(texts(cut + "; SELECT 1; SELECT 2;", SQLITE)) == 1
    assert not sqlite3.complete_statement(cut + "; SELECT 1; SELECT 2;")


SANE = [
    "SELECT 1; SELECT 2;",
    "SELECT 'a;b' FROM t; UPDATE t SET a = 'it''s' WHERE b > 1; DELETE FROM t",
    "SELECT 1; -- one\nSELECT 2; /* two; */ SELECT 3",
    'CREATE TABLE "a;b" (c int, d text); INSERT INTO "a;b" VALUES (1, \';\');',
    "SELECT $$a;b$$; SELECT $x$c;d$x$;",
    "CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END; $$ LANGUAGE plpgsql; SELECT f();",
    "WITH a AS (SELECT 1), b AS (SELECT 2) SELECT * FROM a, b; SELECT CASE WHEN 1 THEN 2 END;",
    "ALTER TABLE a ADD b int; CREATE INDEX c ON a (b); DROP TABLE a;",
    "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y;z'); VALUES (1), (2);",
    "SELECT 1;\n\n\nSELECT 2\n;\nSELECT 3",
]


def words_of(text: str) -> str:
    return "".join(sqlparse.format(text, strip_comments=True).split()).rstrip(";")


@pytest.mark.parametrize("text", SANE)
def test_sqlparse_splits_sane_text_alike(text):
    theirs = [words_of(part) for part in sqlparse.split(text)]
    assert [words_of(part) for part in texts(text, POSTGRESQL)] == [part for part in theirs if part]


@given(st.lists(st.sampled_from([part for text in SANE for part in sqlparse.split(text)])))
def test_sqlparse_splits_random_sane_scripts_alike(parts):
    whole = "\n".join(part.rstrip("; \n") + "\n;" for part in parts)
    theirs = [words_of(part) for part in sqlparse.split(whole)]
    assert [words_of(part) for part in texts(whole, POSTGRESQL)] == [p for p in theirs if p]


def test_data_and_commands_of_psql():
    text = "COPY t FROM STDIN; -- rows\n1;\n\\.\n\\d t;x\nSELECT 1 \\gx\nSELECT 2 \\; SELECT 3"
    found = split(text, POSTGRESQL)
    assert [statement.text for statement in found] == [
        *("COPY t FROM STDIN", "\\d t;x", "SELECT 1", "SELECT 2", "SELECT 3"),
    ]
    assert found[0].data == "1;\n\\.\n"
    assert [statement.terminator for statement in found] == [";", "", "\\gx", "\\;", ""]


def test_where_comments_go():
    text = "-- first\nSELECT 1; -- about it\n\n-- second\nSELECT 2 -- end\n;\n-- bye\n"
    one, two = split(text, SQLITE)
    assert (one.before, one.text, one.after) == ("-- first\n", "SELECT 1", "; -- about it")
    assert (two.before, two.text) == ("\n\n-- second\n", "SELECT 2")
    assert two.after == " -- end\n;\n-- bye\n"


@pytest.mark.parametrize(
    ("marked", "wanted"),
    [
        ("|SELECT 1; SELECT 2", "SELECT 1"),
        ("SELECT 1|; SELECT 2", "SELECT 1"),
        ("SELECT 1;| SELECT 2", "SELECT 1"),
        ("SELECT 1; |SELECT 2", "SELECT 2"),
        ("SELECT 1;|\nSELECT 2", "SELECT 1"),
        ("SELECT 1; -- a|b\nSELECT 2", "SELECT 1"),
        ("SELECT 1;\n|\nSELECT 2", "SELECT 2"),
        ("SELECT 1;\n-- ab|out\nSELECT 2", "SELECT 2"),
        ("SELECT 1;\nSELECT 2;\n\n|", "SELECT 2"),
        ("-- a|\nSELECT 1", "SELECT 1"),
        ("SELECT 1\n\n|\n FROM t;SELECT 2", "SELECT 1\n\n\n FROM t"),
        (";;|;SELECT 1", "SELECT 1"),
    ],
)
def test_the_statement_at_the_cursor(marked, wanted):
    position = marked.index("|")
    found = statement_at(marked.replace("|", ""), position, SQLITE)
    assert found is not None
    assert found.text == wanted


def test_no_statement_no_answer():
    assert statement_at(" -- nothing\n;", 3, SQLITE) is None
    assert split("", SQLITE) == ()
