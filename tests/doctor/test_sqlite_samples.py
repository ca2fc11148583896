"""Every sample file: what must be found is, what must not is not, and each fix mends."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from studio.db.session import Session
from studio.db.url import parse
from tests import torture_sqlite
from tests.doctor.sample_databases import SQLITE, make_sqlite, report_of, wrong

FOR_A_PERSON = {
    ("foreign_key_violation", "*"),
    ("mixed_storage_classes", "assets.size"),
    ("mixed_storage_classes", "stock.part_code"),
}
"""Their statement lists rows: what they should be only a person knows."""
GOES_ALONG = {"foreign_keys_off", "needs_application_code", "integer_beyond_double"}
"""They have no statement of their own."""


async def looked(path, **asked):
    session = await Session.open(parse(str(path)))
    try:
        return await report_of(session, **asked)
    finally:
        await session.close()


@pytest.mark.parametrize("name", SQLITE)
async def test_a_sample_shows_what_it_was_built_with(name, tmp_path):
    report = await looked(make_sqlite(name, tmp_path))
    assert report.complete
    assert not report.blind
    assert not wrong(name, report.findings)


@pytest.mark.parametrize("name", [name for name in SQLITE if name != "sq_healthy"])
async def test_each_fix_runs_and_mends(name, tmp_path):
    path = make_sqlite(name, tmp_path)
    report = await looked(path)
    assert report.findings
    assert not [f for f in report.findings if not f.fix and f.check not in GOES_ALONG]
    for number, found in enumerate(report.findings):
        if not found.fix:
            continue
        copy = tmp_path / f"{number}.db"
        shutil.copy(path, copy)
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.executescript(found.fix)
        if {(found.check, found.object), (found.check, "*")} & FOR_A_PERSON:
            continue
        again = await looked(copy, only=(found.check,))
        left = [f.object for f in again.findings]
        assert found.object not in left, found
        assert len(left) < sum(f.check == found.check for f in report.findings)


MORE = """
CREATE TABLE a (id INTEGER PRIMARY KEY, email TEXT UNIQUE ON CONFLICT IGNORE, deleted_at TEXT);
CREATE TABLE b (id INTEGER PRIMARY KEY, note TEXT DEFAULT "none",
  at INTEGER DEFAULT (datetime('now'))) STRICT;
CREATE TABLE c (id INTEGER PRIMARY KEY, "order" TEXT CHECK ("order" <> "x"), p POINT) STRICT;
CREATE TABLE d (id INTEGER PRIMARY KEY, n INTEGER, "now()" TEXT, updated_at TEXT);
CREATE VIEW aliases AS WITH "w"("x") AS (SELECT 1) SELECT "x" "Y", n "Z"
  FROM "w", d "e" WHERE "e"."n" > 0 ORDER BY "Z";
CREATE TRIGGER quoted AFTER UPDATE ON d WHEN new.n = "text"
  BEGIN SELECT RAISE(ABORT, "no way") WHERE new.n < 0;
  UPDATE d SET n = 1 WHERE "id" = new."id"; END;
"""
"""Kinds that no sample has, and quotes that are names."""


async def test_more_fixes_run_and_mend(tmp_path):
    path = tmp_path / "more.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.executescript(MORE.replace("p POINT", "p ANY"))
    seen = set()
    only = ("soft_delete_unique", "dqs_literal", "timestamp_default_text", "not_strict")
    while (report := await looked(path, only=only)).findings:
        one = report.findings[0]
        assert (one.check, one.object) not in seen, one
        seen.add((one.check, one.object))
        with closing(sqlite3.connect(path, isolation_level=None)) as made:
            made.executescript(one.fix)
    assert seen == {
        ("soft_delete_unique", "a.email"),
        ("timestamp_default_text", "b.at"),
        ("dqs_literal", "b"),
        ("dqs_literal", "c"),
        ("dqs_literal", "quoted"),
        ("not_strict", "a"),
        ("not_strict", "d"),
    }


async def test_a_file_of_everything_is_examined_to_its_end(tmp_path):
    path = tmp_path / "torture.db"
    torture_sqlite.build(path, encoding="UTF-16le")
    report = await looked(path)
    assert report.complete
    assert not report.blind
    assert {f.object for f in report.findings} >= {"child(missing)", "broken_view", "lost_module"}


@pytest.mark.parametrize(
    ("declared", "key", "left"),
    [("SERIAL", "", 3), ("INT", "", 3), ("TEXT", "", 3), ("TEXT", "REFERENCES other(id)", 3)],
)
async def test_no_fix_takes_rows_without_a_key_away(declared, key, left, tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            f"CREATE TABLE other (id {declared} NOT NULL PRIMARY KEY);"
            f"CREATE TABLE t (id {declared} PRIMARY KEY {key}, hash TEXT NOT NULL);"
            "INSERT INTO t (hash) VALUES ('a'), ('b'), ('c');"
        )
    report = await looked(path, only=("nullable_primary_key",))
    (found,) = report.findings
    assert "3 rows have NULL" in found.says
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(found.fix)
        assert len(connection.execute("SELECT * FROM t").fetchall()) == left
        # What the application did goes on.
        connection.execute("INSERT INTO t (hash) VALUES ('d')")


async def test_what_a_name_says_it_says_in_camel_case_too(tmp_path):
    path = tmp_path / "prisma.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.executescript(
            "CREATE TABLE a (id INTEGER PRIMARY KEY, email TEXT UNIQUE, deletedAt INTEGER, "
            "createdAt INTEGER, at TEXT, totalPrice REAL, priceList REAL, expiresAt INTEGER, "
            "orderStatus TEXT, format TEXT, updatedAt TEXT);"
        )
        made.execute("BEGIN")
        for n in range(1200):
            at = "2025-03-01T10:00:00Z" if n % 2 else "2025-03-01 10:00:00"
            created, status = (
                1_700_000_000 * (1000 if n % 2 else 1),
                "open" if n % 2 else "closed",
            )
            made.execute(
                "INSERT INTO a (createdAt, at, totalPrice, expiresAt, orderStatus, format) "
                "VALUES (?, ?, 1.5, 1500000000, ?, ?)",
                (created, at, status, at),
            )
        made.execute("COMMIT")
    report = await looked(path)
    assert {(f.check, f.object) for f in report.findings} >= {
        ("mixed_timestamp_format", "a.createdAt"), ("mixed_timestamp_format", "a.at"),
        ("money_as_float", "a.totalPrice"), ("expired_rows_kept", "a.expiresAt"),
        ("enum_text_without_check", "a.orderStatus"), ("soft_delete_unique", "a.email"),
    }  # fmt: skip
    assert not {f.object for f in report.findings} & {"a.priceList", "a.format", "a.updatedAt"}


async def test_a_full_text_index_without_its_content_is_one_finding_and_nothing_is_blind(tmp_path):
    path = tmp_path / "gone.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.executescript(
            "CREATE TABLE gone (id INTEGER PRIMARY KEY, t);"
            "CREATE VIRTUAL TABLE f USING fts5(t, content='gone', content_rowid='id');"
            "DROP TABLE gone;"
        )
    report = await looked(path)
    assert [f.check for f in report.findings if f.object == "f"] == ["fts_content_missing"]
    assert report.blind == []


async def test_a_descending_key_is_no_rowid_and_its_fix_makes_it_one(tmp_path):
    path = tmp_path / "descending.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.execute("CREATE TABLE d (id INTEGER PRIMARY KEY DESC, v)")
        made.execute("CREATE TABLE a (id INTEGER, v, PRIMARY KEY (id DESC))")
        made.execute("INSERT INTO d VALUES (7, 'seven')")
        (one,) = (await looked(path, only=("rowid_alias_missed",))).findings
        assert one.object == "d.id"
        assert "INTEGER PRIMARY KEY DESC, not INTEGER PRIMARY KEY" in one.says
        made.executescript(one.fix)
        assert made.execute("SELECT rowid, * FROM d").fetchall() == [(7, 7, "seven")]
    assert not (await looked(path, only=("rowid_alias_missed",))).findings


async def test_a_text_that_is_no_number_stays_what_it_is(tmp_path):
    path = tmp_path / "sizes.db"
    words = ["about 20 kB", "12 kB", "0012", "", "12345678901234567890", "[1]", "0x10"]
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        # As text that was stored before the column had its type.
        made.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, size BLOB)")
        made.executemany("INSERT INTO t (size) VALUES (?)", [(1,), (b"77",), ("17",), ("-2.5",)])
        made.executemany("INSERT INTO t (size) VALUES (?)", [(word,) for word in words])
        made.execute("PRAGMA writable_schema = 1")
        made.execute("UPDATE sqlite_schema SET sql = replace(sql, 'BLOB', 'INTEGER')")
    (one,) = (await looked(path, only=("mixed_storage_classes",))).findings
    with closing(sqlite3.connect(path, isolation_level=None)) as mending:
        listed = one.fix.splitlines()[-1]
        mending.executescript(one.fix)
        stored = [row[0] for row in mending.execute("SELECT size FROM t ORDER BY id")]
        left = {row[1] for row in mending.execute(listed)}
    assert stored == [1, b"77", 17, -2.5, *words]
    assert left == {b"77", *words}
