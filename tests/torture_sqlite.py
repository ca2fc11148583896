"""A database made to hurt: everything SQLite allows that breaks tools. `build(path)` makes it."""

import sqlite3
from contextlib import closing
from pathlib import Path

MANY = 2000
"""Columns: SQLite's limit."""

_SCRIPT = """
CREATE TABLE parent(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT COLLATE NOCASE NOT NULL UNIQUE);
CREATE TABLE child(
  id INTEGER PRIMARY KEY,
  parent_id INTEGER CONSTRAINT "to parent" REFERENCES parent ON DELETE SET NULL ON UPDATE CASCADE,
  missing INTEGER REFERENCES "no such table"(x) DEFERRABLE INITIALLY DEFERRED,
  a INT, b INT,
  FOREIGN KEY (a, b) REFERENCES composite(x, y)
    ON DELETE NO ACTION NOT DEFERRABLE
);
CREATE TABLE composite(x INT, y INT, note TEXT, PRIMARY KEY (y DESC, x)) WITHOUT ROWID;
CREATE TABLE strict_table(i INTEGER, r REAL, t TEXT, b BLOB, a ANY, n INT) STRICT;
CREATE TABLE strict_without_rowid(k TEXT PRIMARY KEY, v ANY) STRICT, WITHOUT ROWID;
CREATE TABLE generated_columns(a INT, b INT, c INT GENERATED ALWAYS AS (a + b) VIRTUAL, d TEXT AS ('x,)' || a) STORED, e INT AS (a*2));
CREATE TABLE checked(
  kind TEXT NOT NULL CHECK (kind IN ('login', 'it''s', 'a,b')),
  size TEXT CONSTRAINT "size is known" CHECK ("size" IS NULL OR [size] in ('s', 'm')),
  n INT CHECK (n > 0 AND n < 10), -- a comment, with ( and '
  /* CHECK (no) */ m NUMERIC DEFAULT (1 + 2) CHECK (m IN (1, 2.5)),
  d TEXT DEFAULT 'CHECK (x)' COLLATE RTRIM,
  e DEFAULT CURRENT_TIMESTAMP, f DEFAULT -1, g DEFAULT null
  CONSTRAINT whole CHECK (n <> m) CHECK (length(kind) < 100)
);
CREATE TABLE shadowed(rowid TEXT, oid INTEGER);
CREATE TABLE all_shadowed(rowid TEXT, oid TEXT, _rowid_ TEXT);
CREATE TABLE all_shadowed_unique(rowid TEXT NOT NULL UNIQUE, oid TEXT, _rowid_ TEXT);
CREATE TABLE not_an_alias(id INTEGER PRIMARY KEY DESC, v);
CREATE TABLE also_an_alias(id INTEGER, v, PRIMARY KEY (id DESC));
CREATE TABLE int_is_no_alias(id INT PRIMARY KEY, v);
CREATE TABLE text_key(id TEXT PRIMARY KEY, v);
CREATE TABLE affinities(
  a "FLOATING POINT", b "my type", c "ANY", d whatever(3,2), e "unsigned big int", f, g CHARINT,
  h DATETIME, i DATE, j TIME, k JSON, l BOOLEAN, m UUID, n DECIMAL(10, 2), o VARBINARY(16), p BLOB, q DOUBLE PRECISION
);
CREATE TABLE dirty(id INTEGER PRIMARY KEY, i INTEGER, r REAL, t TEXT, d DATETIME, j JSON, b BLOB, n NUMERIC, l BOOLEAN);
CREATE TABLE ""("" TEXT, " " TEXT, "a""b" TEXT, "c.d" TEXT, "привет" TEXT, "select" TEXT, "%s" TEXT, ":x" TEXT, "?" TEXT, "emoji 🙂" TEXT, "[b]" TEXT);
CREATE TABLE "quote""d . 🙂 table [red]"("a b" INTEGER PRIMARY KEY, "c""d" TEXT);
CREATE TABLE "select"("from" TEXT, "where" TEXT, "order" INTEGER);
CREATE TABLE " leading and trailing "(a);
CREATE TABLE 'single'(a);
CREATE TABLE `tick``ed`(`a``b` INT);
CREATE TABLE [brack eted]([a ] INT);
CREATE TABLE "tab	and
line"("x	y
z" TEXT);
CREATE TABLE "%41?x=1#frag"(a);
CREATE TABLE "UPPER"(A);
CREATE TABLE as_select AS SELECT 1 AS one, 'two' AS "two words", NULL AS three;
CREATE TABLE "sql injection'); DROP TABLE parent; --"(a);
CREATE INDEX expression_index ON parent(lower(name), id DESC);
CREATE INDEX partial_index ON child(a COLLATE NOCASE DESC, b) WHERE a IS NOT NULL AND b > 3;
CREATE UNIQUE INDEX "odd "" index" ON "quote""d . 🙂 table [red]"("c""d");
CREATE INDEX rowid_in_it ON text_key(v, id);
CREATE VIEW plain_view AS SELECT id, upper(name) AS shout FROM parent;
CREATE VIEW named_columns("first one", two) AS SELECT 1, 2;
CREATE VIEW editable AS SELECT id, name FROM parent;
CREATE TRIGGER insert_editable INSTEAD OF INSERT ON editable BEGIN INSERT INTO parent(name) VALUES (new.name); END;
CREATE TRIGGER "before update" BEFORE UPDATE OF name, id ON parent WHEN new.name <> old.name BEGIN SELECT 1; END;
CREATE TRIGGER deleted AFTER DELETE ON parent BEGIN DELETE FROM child WHERE parent_id = old.id; END;
CREATE TRIGGER implied INSERT ON composite BEGIN SELECT 1; END;
CREATE VIRTUAL TABLE search USING fts5(title, body, tokenize = 'porter');
CREATE VIRTUAL TABLE old_search USING fts4(title);
CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
INSERT INTO parent(name) VALUES ('one'), ('two'), ('three');
INSERT INTO child(parent_id, a, b) VALUES (1, 1, 4), (2, NULL, NULL);
INSERT INTO composite VALUES (1, 1, 'a'), (2, 1, 'b'), (1, 2, NULL);
INSERT INTO strict_table VALUES (1, 1.5, 'text', x'00ff', 'any', 2), (NULL, NULL, NULL, NULL, 1, NULL);
INSERT INTO strict_without_rowid VALUES ('a', 1), ('b', 'two');
INSERT INTO generated_columns(a, b) VALUES (1, 2), (NULL, 3);
INSERT INTO checked(kind, n, m) VALUES ('login', 3, 1);
INSERT INTO shadowed VALUES ('a', 1), ('b', 1), (NULL, NULL);
INSERT INTO all_shadowed VALUES ('a', 'b', 'c'), ('a', 'b', 'c');
INSERT INTO all_shadowed_unique VALUES ('a', 'b', 'c'), ('d', 'b', 'c');
INSERT INTO not_an_alias VALUES (3, 'c'), (1, 'a'), (NULL, 'null'), (NULL, 'null again');
INSERT INTO also_an_alias VALUES (3, 'c'), (1, 'a');
INSERT INTO int_is_no_alias VALUES (1, 'a'), (NULL, 'b'), (NULL, 'c');
INSERT INTO text_key VALUES ('b', 1), ('a', 2), (NULL, 3), (NULL, 4);
INSERT INTO "" VALUES ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11');
INSERT INTO "quote""d . 🙂 table [red]" VALUES (1, 'x');
INSERT INTO "select" VALUES ('a', 'b', 1);
INSERT INTO search VALUES ('title', 'body text'), ('another', 'body');
INSERT INTO old_search VALUES ('title');
INSERT INTO boxes VALUES (1, 0.0, 1.0);
INSERT INTO affinities(a, h, i, n) VALUES (1.5, 'not a date', 1700000000000, '12345678901234567.89');
"""  # noqa: E501 - statements whose line ends are part of the test
_DIRTY = (
    (1, "abc", "abc", 12, "not a date", "{broken", "text in a blob", "1e3", 7),
    (2, 2**63 - 1, 1e308, "a\0b", "2024-13-45", "null", b"\0\xff", "12345678901234567.89", "yes"),
    (3, -(2**63), float("inf"), "\x1b]0;title\x07", 0, b"{}", 5, None, None),
    (4, b"x", float("-inf"), "e\u0301 \u202e rtl \U0001f469\u200d\U0001f469", "", "", b"", -0.0, 1),
    (5, 9.5, 1, "x" * 10_000, 1e999, "[" * 2000, b"\x89" * 10_000, "abc", 0.5),
)  # fmt: skip


def build(path: Path, *, wal: bool = True, encoding: str = "UTF-8") -> None:
    """Make the database at `path`, and leave it clean."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA encoding='{encoding}'")
        if wal:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(_SCRIPT)
        connection.executemany(f"INSERT INTO dirty VALUES ({', '.join('?' * 9)})", _DIRTY)
        connection.execute(
            "INSERT INTO dirty(id, t, b) VALUES (6, CAST(x'666fff80' AS TEXT), CAST(x'80' AS TEXT))"
        )
        columns = ", ".join(f'"column {n}" INTEGER' for n in range(MANY))
        connection.execute(f"CREATE TABLE wide({columns})")
        connection.execute(f"INSERT INTO wide VALUES ({', '.join(map(str, range(MANY)))})")
        connection.execute("ANALYZE parent")
        _break(connection)


def _break(connection: sqlite3.Connection) -> None:
    """Objects whose parts are gone."""
    connection.executescript(
        """
        CREATE TABLE doomed(a, b);
        CREATE VIEW broken_view AS SELECT a FROM doomed;
        CREATE VIEW view_of_broken AS SELECT * FROM broken_view;
        CREATE TABLE orphan_log(a);
        DROP TABLE doomed;
        PRAGMA writable_schema=ON;
        INSERT INTO sqlite_master VALUES ('table', 'lost_module', 'lost_module', 0,
          'CREATE VIRTUAL TABLE lost_module USING nobody_has_this(a, b)');
        PRAGMA writable_schema=RESET;
        """
    )
