"""SQLite behind the protocol: errors, values, interrupts, counts."""

import asyncio
import random
import sqlite3
import threading
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import NullPool, column, create_engine, func, select, table
from sqlalchemy.util import greenlet_spawn

from studio.backends.base import Purpose
from studio.backends.registry import backend
from studio.backends.sqlite.engine import SQLite
from studio.backends.sqlite.failures import translate
from studio.backends.sqlite.types import kind
from studio.db import url
from studio.db.session import Session, read_once
from studio.model.catalog import Column, TableRef
from studio.model.errors import (
    Busy,
    ConnectFailed,
    ConnectionLost,
    ConstraintFailed,
    ReadOnly,
    StatementFailed,
)
from studio.model.page import RowCount, Shortened
from tests.backends.sqlite import situations
from tests.patience import IN_VAIN_S

ENGINE = SQLite()
SLOW = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT count(*) FROM n WHERE i < 0"
)


def typed(type_name: str) -> Column:
    return Column("c", type_name, kind(type_name))


def test_the_registry_knows_it() -> None:
    assert isinstance(backend("sqlite"), SQLite)


# -- interrupts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("attempt", range(3))
async def test_a_slow_statement_stops_and_the_lane_works_on(tmp_path: Path, attempt: int) -> None:
    program = situations.live(tmp_path / "app.db")
    session = await Session.open(url.parse(str(tmp_path / "app.db")))
    lane = session.lane(Purpose.BROWSE)
    try:
        running = asyncio.ensure_future(lane.fetch(SLOW))
        while lane.running_since is None:
            await asyncio.sleep(0)
        await asyncio.sleep(0.01 * attempt)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(running, IN_VAIN_S)
        assert (await lane.fetch("SELECT count(*) FROM event")).rows == ((50,),)
    finally:
        await session.close()
        program.close()


async def test_interrupting_from_outside_is_an_error_of_the_statement(tmp_path: Path) -> None:
    situations.rollback(tmp_path / "app.db")
    session = await Session.open(url.parse(str(tmp_path / "app.db")))
    lane = session.lane(Purpose.QUERY)
    try:
        running = asyncio.ensure_future(lane.fetch(SLOW))
        while not running.done():
            await lane.interrupt()
            await asyncio.sleep(0.001)
        with pytest.raises(StatementFailed) as caught:
            running.result()
        assert caught.value.code == "SQLITE_INTERRUPT"
    finally:
        await session.close()


async def test_a_lane_left_open_does_not_keep_the_process(tmp_path: Path) -> None:
    situations.rollback(tmp_path / "app.db")
    before = set(threading.enumerate())
    session = await Session.open(url.parse(str(tmp_path / "app.db")))
    await session.lane(Purpose.BROWSE).fetch("SELECT 1")
    assert all(t.daemon for t in set(threading.enumerate()) - before if "asyncio" not in t.name)
    await session.close()


# -- server ----------------------------------------------------------------------------------------


def test_the_top_line_tells_what_the_wal_holds(tmp_path: Path) -> None:
    program = situations.live(tmp_path / "app.db")
    server = read_once(url.parse(str(tmp_path / "app.db")), lambda c, b, o: b.server(c, o))
    size = (tmp_path / "app.db-wal").stat().st_size
    assert server.facts == (f"WAL {size / 1000:.1f} kB, 1 commit not checkpointed",)
    assert server.version == sqlite3.sqlite_version
    assert server.database == "app.db"
    assert not server.read_only
    program.sql("PRAGMA wal_checkpoint")
    server = read_once(url.parse(str(tmp_path / "app.db")), lambda c, b, o: b.server(c, o))
    assert server.facts == (f"WAL {size / 1000:.1f} kB, all of it checkpointed",)
    program.close()


async def test_what_was_counted_is_only_said_while_it_is_true(tmp_path: Path) -> None:
    program = situations.live(tmp_path / "app.db")
    session = await Session.open(url.parse(str(tmp_path / "app.db")))
    engine = SQLite()
    wal = tmp_path / "app.db-wal"

    def size() -> str:
        return f"WAL {wal.stat().st_size / 1000:.1f} kB"

    assert engine.facts(session.opening) == (f"{size()}, 1 commit not checkpointed",)
    program.sql("INSERT INTO event (note) VALUES ('more')")
    assert engine.facts(session.opening) == (size(),)
    await session.close()
    program.close()


async def test_a_checkpoint_changes_what_is_said_too(tmp_path: Path) -> None:
    program = situations.live(tmp_path / "app.db")
    session = await Session.open(url.parse(str(tmp_path / "app.db")))
    before = SQLite().facts(session.opening)
    program.sql("PRAGMA wal_checkpoint")
    assert "commit" in before[0]
    assert "commit" not in SQLite().facts(session.opening)[0]
    await session.close()
    program.close()


def test_read_only_is_a_fact(tmp_path: Path) -> None:
    situations.rollback(tmp_path / "app.db")
    target = url.parse(str(tmp_path / "app.db"), read_only=True)
    server = read_once(target, lambda c, b, o: b.server(c, o))
    assert server.read_only
    assert server.facts == ()


# -- errors ----------------------------------------------------------------------------------------


def failing(script: str, sql: str) -> Exception:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.executescript(script)
        with pytest.raises(sqlite3.Error) as caught:
            connection.execute(sql)
    return translate(caught.value, sql)


TABLE = """
CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT UNIQUE, c NOT NULL DEFAULT 1, d CHECK (d > 0),
  e CONSTRAINT "e is small" CHECK (e < 10), f REFERENCES t(a), UNIQUE (c, d));
CREATE UNIQUE INDEX "by lower" ON t(lower(b));
CREATE TABLE s(i INTEGER) STRICT;
CREATE TABLE u(b TEXT UNIQUE);
INSERT INTO u VALUES ('x');
CREATE TRIGGER guard BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'not from here'); END;
INSERT INTO t(a, b, c, d) VALUES (1, 'x', 5, 6);
"""


@pytest.mark.parametrize(
    ("sql", "kind", "table", "columns", "constraint"),
    [
        ("INSERT INTO t(a) VALUES (1)", "unique", "t", ("a",), ""),
        ("INSERT INTO u VALUES ('x')", "unique", "u", ("b",), ""),
        ("INSERT INTO t(c, d) VALUES (5, 6)", "unique", "t", ("c", "d"), ""),
        ("INSERT INTO t(b) VALUES ('X')", "unique", "", (), "by lower"),
        ("INSERT INTO t(c) VALUES (NULL)", "not_null", "t", ("c",), ""),
        ("INSERT INTO t(d) VALUES (0)", "check", "", (), "d > 0"),
        ("INSERT INTO t(e) VALUES (11)", "check", "", (), "e is small"),
        ("INSERT INTO t(f) VALUES (99)", "foreign_key", "", (), ""),
        ("INSERT INTO s VALUES ('x')", "check", "s", ("i",), ""),
        ("DELETE FROM t", "other", "", (), ""),
    ],
)
def test_constraints(
    sql: str, kind: str, table: str, columns: tuple[str, ...], constraint: str
) -> None:
    error = failing(TABLE, sql)
    assert isinstance(error, ConstraintFailed)
    assert (error.kind, error.table, error.columns, error.constraint) == (
        kind, table, columns, constraint,
    )  # fmt: skip
    assert error.code.startswith("SQLITE_CONSTRAINT")
    assert error.sql == sql
    assert error.exit_code == 4


def test_a_syntax_error_has_its_place() -> None:
    error = failing("", "SELECT 1 FORM t")
    assert isinstance(error, StatementFailed)
    assert error.position == 14
    assert failing("", "SELECT x FROM y").position == 14


def test_messages_carry_no_control_characters() -> None:
    error = failing("", 'SELECT * FROM "\x1b]0;pwned\x07"')
    assert "\x1b" not in str(error)
    assert "\x07" not in str(error)


def coded(name: str, message: str = "message") -> sqlite3.Error:
    error = sqlite3.OperationalError(message)
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("name", "sql", "expected", "words"),
    [
        ("SQLITE_BUSY", "BEGIN IMMEDIATE", Busy, "try again"),
        ("SQLITE_BUSY_SNAPSHOT", "UPDATE t", Busy, "begin again"),
        ("SQLITE_LOCKED", "SELECT 1", Busy, "try again"),
        ("SQLITE_READONLY", "UPDATE t", ReadOnly, "only looks"),
        ("SQLITE_READONLY", "BEGIN IMMEDIATE", ReadOnly, "only looks"),
        ("SQLITE_READONLY", "SELECT 1", ConnectionLost, "restarted"),
        ("SQLITE_READONLY_DIRECTORY", "SELECT 1", ConnectFailed, "folder you cannot write"),
        ("SQLITE_READONLY_ROLLBACK", "SELECT 1", ConnectionLost, "-journal"),
        ("SQLITE_READONLY_DBMOVED", "UPDATE t", ConnectionLost, "replaced"),
        ("SQLITE_CANTOPEN", "", ConnectionLost, "removed"),
        ("SQLITE_NOTADB", "", ConnectFailed, "encrypted"),
        ("SQLITE_CORRUPT", "SELECT 1", StatementFailed, "damaged"),
        ("SQLITE_FULL", "COMMIT", StatementFailed, "nothing was changed"),
        ("SQLITE_IOERR_READ", "SELECT 1", StatementFailed, "disk"),
    ],
)
def test_every_failure_is_a_sentence(
    name: str, sql: str, expected: type[Exception], words: str
) -> None:
    error = translate(coded(name), sql)
    assert type(error) is expected
    assert words in str(error)


def test_what_is_no_sqlite_error_is_still_ours() -> None:
    assert isinstance(translate(ValueError("no active connection")), ConnectionLost)
    assert isinstance(translate(OSError(13, "Permission denied")), ConnectFailed)
    ours = ReadOnly("so")
    assert translate(ours) is ours


async def test_a_damaged_page_fails_only_what_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA page_size=1024")
        connection.execute("CREATE TABLE good(a)")
        connection.execute("CREATE TABLE bad(a)")
        connection.execute("INSERT INTO good VALUES (1)")
        connection.execute("INSERT INTO bad VALUES (1)")
        connection.commit()
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name='bad'"
        ).fetchone()
    data = bytearray(path.read_bytes())
    data[(root - 1) * 1024 : root * 1024] = b"\xff" * 1024
    path.write_bytes(data)
    session = await Session.open(url.parse(str(path)))
    try:
        lane = session.lane(Purpose.BROWSE)
        with pytest.raises(StatementFailed, match="damaged") as caught:
            await lane.fetch("SELECT * FROM bad")
        assert caught.value.code.startswith("SQLITE_CORRUPT")
        assert (await lane.fetch("SELECT * FROM good")).rows == ((1,),)
    finally:
        await session.close()


async def test_a_connection_that_failed_leaves_no_thread(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    situations.truncated(path)
    before = set(threading.enumerate())
    session = await Session.open(url.parse(str(path)))
    engine = ENGINE.async_engine(session.opening, Purpose.BROWSE)
    for _ in range(20):
        with pytest.raises(StatementFailed):
            await greenlet_spawn(engine.connect)
        late = [thread for thread in threading.enumerate() if "worker" in thread.name]
        assert not [thread for thread in late if thread not in before]
    await session.close()


async def test_a_truncated_file_is_damaged_not_empty(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    situations.truncated(path)
    session = await Session.open(url.parse(str(path)))
    try:
        with pytest.raises(StatementFailed) as caught:
            await session.lane(Purpose.BROWSE).fetch("SELECT sum(length(text)) FROM ballast")
        assert caught.value.code.startswith("SQLITE_CORRUPT")
    finally:
        await session.close()


# -- values ----------------------------------------------------------------------------------------


def stored(value: object) -> tuple[object, str]:
    """`value` through `bind` into a column without affinity, and back."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:")
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    with engine.connect() as connection:
        bound = ENGINE.bind(value, None)
        row = connection.execute(select(bound, func.typeof(ENGINE.bind(value, None)))).one()
        return tuple(row)


@given(
    st.one_of(
        st.none(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False),
        st.binary(max_size=40),
        st.binary(max_size=40).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    )
)
def test_what_a_page_showed_goes_back_unchanged(value: object) -> None:
    back, storage = stored(value)
    assert back == value
    names = {type(None): "null", int: "integer", float: "real", bytes: "blob", str: "text"}
    assert storage == names[type(value)]


@pytest.mark.parametrize(
    ("value", "back"),
    [
        (True, 1),
        (Decimal("12"), 12),
        (Decimal("1.5"), 1.5),
        (Decimal("12345678901234567.89"), "12345678901234567.89"),
        (Decimal("1e30"), 1e30),
    ],
)
def test_other_values_lose_nothing(value: object, back: object) -> None:
    assert stored(value)[0] == back


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2**63, "64 bits"),
        (-(2**63) - 1, "64 bits"),
        (float("nan"), "NaN"),
        (Shortened("a"), "head"),
    ],
)
def test_what_sqlite_would_change_is_refused(value: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ENGINE.bind(value, None)


@pytest.mark.parametrize(
    ("type_name", "text", "value"),
    [
        ("INTEGER", " 42 ", 42),
        ("INTEGER", "-9223372036854775808", -(2**63)),
        ("INTEGER", "1.5", 1.5),
        ("BIGINT", "1_000", 1000),
        ("REAL", "3", 3.0),
        ("REAL", "1e308", 1e308),
        ("DECIMAL(10,2)", "3.10", 3.1),
        ("TEXT", " 42 ", " 42 "),
        ("VARCHAR(20)", "", ""),
        ("BOOLEAN", "yes", 1),
        ("BOOLEAN", "False", 0),
        ("BOOLEAN", "7", 7),
        ("BLOB", "x'00ff'", b"\0\xff"),
        ("BLOB", "0x00FF", b"\0\xff"),
        ("BLOB", "\\x00ff", b"\0\xff"),
        ("VARBINARY(4)", "x''", b""),
        ("", "12", 12),
        ("", "1.5", 1.5),
        ("", "'12'", "12"),
        ("", "'it''s'", "it's"),
        ("", "x'00'", b"\0"),
        ("", "abc", "abc"),
        ("", "inf", "inf"),
        ("DATETIME", "2024-01-01 10:00", "2024-01-01 10:00"),
        ("DATETIME", "1700000000000", 1700000000000),
        ("DATE", "not a date", "not a date"),
        ("TIMESTAMP TEXT", "17", "17"),
        ("JSON", '{"a": 1}', '{"a": 1}'),
        ("UUID", "0190", "0190"),
    ],
)
def test_typed_text_becomes_the_columns_kind_of_value(
    type_name: str, text: str, value: object
) -> None:
    parsed = ENGINE.parse(text, typed(type_name))
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("type_name", "text", "words"),
    [
        ("INTEGER", "abc", "whole number"),
        ("INTEGER", "9223372036854775808", "64 bits"),
        ("INTEGER", "", "whole number"),
        ("REAL", "x", "a number"),
        ("REAL", "nan", "NaN"),
        ("BOOLEAN", "maybe", "true, false"),
        ("BLOB", "hello", "hexadecimal"),
        ("BLOB", "x'0'", "hexadecimal"),
    ],
)
def test_a_refusal_says_the_rule(type_name: str, text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ENGINE.parse(text, typed(type_name))


@pytest.mark.parametrize(
    ("needle", "found"),
    [
        ("smith", [1]),
        ("100%", [2]),
        ("a_b", [3]),
        ("\\", [4]),
        ("MÜLLER", [5]),
        ("straße", [6]),
        ("привет", [7]),
        ("42", [8]),
        ("'; --", [9]),
        ("", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ],
)
def test_contains(tmp_path: Path, needle: str, found: list[int]) -> None:
    values = [
        "John SMITH",
        "100%",
        "xa_bx",
        "back\\slash",
        "Müller",
        "Straße",
        "ПРИВЕТ",
        1425,
        "'; --",
    ]
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v)")
        connection.executemany("INSERT INTO t(v) VALUES (?)", ((value,) for value in values))
        connection.execute(
            "INSERT INTO t(v) VALUES ('100 percent'), ('axb')" if needle else "SELECT 1"
        )
        connection.commit()

    def search(connection, engine, _):
        text = engine.as_text(typed(""), column("v"))
        query = select(column("id")).select_from(table("t")).where(engine.contains(text, needle))
        return [key for (key,) in connection.execute(query.order_by(column("id")))]

    assert read_once(url.parse(str(tmp_path / "app.db")), search) == found


# -- counts ----------------------------------------------------------------------------------------


def counted(path: Path, name: str = "t") -> RowCount | None:
    return read_once(
        url.parse(str(path)), lambda c, b, _: b.estimate(c, b.table(c, TableRef(None, name)), None)
    )


def test_few_rows_are_counted_many_are_estimated(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    fill = (
        "INSERT INTO {} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < {}) SELECT i, 'row' FROM n"
    )
    with closing(sqlite3.connect(path)) as connection:
        for name, definition in (
            ("few", "few(id INTEGER PRIMARY KEY, v)"),
            ("many", "many(id INTEGER PRIMARY KEY, v)"),
            ("keyed", "keyed(id INTEGER, v, PRIMARY KEY (id)) WITHOUT ROWID"),
            ("plain", "plain(id INTEGER, v)"),
        ):
            connection.execute(f"CREATE TABLE {definition}")
            connection.execute(fill.format(name, 100 if name == "few" else 50_000))
        connection.execute("CREATE VIEW seen AS SELECT * FROM many")
        connection.commit()
        assert counted(path, "few") == RowCount(100, exact=True, source="count")
        assert counted(path, "many") == RowCount(50_000, exact=False, source="rowid span")
        assert counted(path, "plain") == RowCount(50_000, exact=False, source="rowid span")
        assert counted(path, "keyed") is None
        assert counted(path, "seen") is None
        connection.execute("ANALYZE")
        assert counted(path, "keyed") == RowCount(50_000, exact=False, source="sqlite_stat1")


def test_a_span_that_cannot_be_is_not_told(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    rng = random.Random(7)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY)")
        keys = {(rng.getrandbits(62),) for _ in range(30_000)}
        connection.executemany("INSERT INTO t VALUES (?)", keys)
        connection.commit()
    assert counted(path) is None


def looked_closer(path: Path, name: str = "t") -> RowCount | None:
    look = read_once(
        url.parse(str(path)),
        lambda c, _, __: ENGINE.closer_look(c, ENGINE.table(c, TableRef(None, name))),
    )
    return None if look is None else look()


def test_a_closer_look_is_taken_where_rowids_do_not_tell(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            """
            CREATE TABLE dense(id INTEGER PRIMARY KEY, v);
            CREATE TABLE sparse(id INTEGER PRIMARY KEY, v);
            CREATE TABLE half(id INTEGER PRIMARY KEY, v);
            CREATE TABLE keyed(k TEXT PRIMARY KEY, v) WITHOUT ROWID;
            CREATE VIEW seen AS SELECT * FROM dense;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
              INSERT INTO dense SELECT i, 'row' FROM n;
            INSERT INTO sparse SELECT id * 7919, v FROM dense;
            INSERT INTO half SELECT id, v FROM dense WHERE id < 10 OR id > 20000;
            INSERT INTO keyed SELECT 'k' || id, v FROM dense;
            """
        )
    assert looked_closer(path, "dense") is None
    assert looked_closer(path, "seen") is None
    for name, rows in (("sparse", 40_000), ("half", 20_009), ("keyed", 40_000)):
        found = looked_closer(path, name)
        assert found is not None, name
        assert (found.exact, found.source) == (False, "sampled leaves")
        assert abs(found.rows - rows) < rows * 0.1, name


def test_results_have_no_types() -> None:
    assert [k.value for k in ENGINE.result_kinds((None, None))] == ["any", "any"]
    assert ENGINE.nulls_first(descending=False)
    assert not ENGINE.nulls_first(descending=True)


async def test_every_lane_sees_the_file_that_was_put_in_its_place(
    tmp_path: Path,
) -> None:
    path, other = tmp_path / "app.db", tmp_path / "new.db"
    for file, value in ((path, "old"), (other, "new")):
        with closing(sqlite3.connect(file, isolation_level=None)) as program:
            program.execute(f"CREATE TABLE t AS SELECT '{value}' AS v")
    session = await Session.open(url.parse(str(path)))
    try:
        for purpose in (Purpose.BROWSE, Purpose.WATCH):
            assert (await session.lane(purpose).fetch("SELECT v FROM t")).rows == (("old",),)
        other.replace(path)
        for purpose in (Purpose.BROWSE, Purpose.WATCH):
            assert (await session.lane(purpose).fetch("SELECT v FROM t")).rows == (("new",),)
    finally:
        await session.close()
