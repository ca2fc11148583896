"""Any other SQLAlchemy dialect, with DuckDB through duckdb-engine: a blocking driver, and an
Inspector that no longer fits its engine.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoSuchModuleError

from studio.backends import generic_counting
from studio.backends.base import Purpose, Target
from studio.backends.generic import Generic
from studio.backends.generic_values import kind_named, parse
from studio.backends.halves import offers
from studio.backends.halves.editing import EDITING
from studio.backends.registry import backend
from studio.db.session import Session
from studio.db.url import parse as target
from studio.model.catalog import Column, ColumnKind, IdentityKind, Table, TableKind, TableRef
from studio.model.errors import (
    ConnectFailed,
    ConstraintFailed,
    DatabaseMissing,
    ReadOnly,
    Refused,
    StatementFailed,
)
from studio.model.page import (
    SHOWN_BYTES,
    Direction,
    Filter,
    Operator,
    PageRequest,
    RowCount,
    Shortened,
    Sort,
)
from studio.rows.count import count, estimate
from studio.rows.pages import fetch_page
from studio.rows.value import fetch_value
from tests.patience import IN_VAIN_S

SCRIPT = """
CREATE TABLE film (
  id INTEGER PRIMARY KEY, title VARCHAR NOT NULL, rating DECIMAL(4, 2), day DATE, moment TIMESTAMP,
  mark UUID, tags VARCHAR[], shape STRUCT(w INTEGER, h INTEGER), body BLOB, seen BOOLEAN,
  huge HUGEINT, span INTERVAL, real DOUBLE);
INSERT INTO film SELECT i, 'film ' || i % 7, CASE WHEN i % 3 = 0 THEN NULL ELSE i % 10 + 0.25 END,
  DATE '2024-01-01' + i::INTEGER, TIMESTAMP '2024-01-01 10:00:00' + to_hours(i::INTEGER),
  uuid(), ['a', 'b' || i], {'w': i, 'h': 2}, 'ab'::BLOB, i % 2 = 0,
  170141183460469231731687303715884105727 - i, INTERVAL 1 MONTH, i / 4
  FROM range(0, 60) r(i);
CREATE TABLE pair (a INTEGER NOT NULL, b VARCHAR NOT NULL, c INTEGER, UNIQUE (a, b));
INSERT INTO pair SELECT i % 3, 'b' || i, i FROM range(0, 20) r(i);
CREATE TABLE keyless (a INTEGER);
INSERT INTO keyless SELECT i FROM range(0, 10) r(i);
CREATE TABLE child (id INTEGER PRIMARY KEY, x INTEGER, y VARCHAR,
  FOREIGN KEY (x, y) REFERENCES pair (a, b));
CREATE VIEW titles AS SELECT id, title FROM film;
CREATE SCHEMA other;
CREATE TABLE other."odd ""name. %s :x" ("a b" INTEGER, "q""q" VARCHAR);
INSERT INTO other."odd ""name. %s :x" VALUES (1, 'one');
CREATE TABLE other.long (id INTEGER PRIMARY KEY, v VARCHAR);
INSERT INTO other.long VALUES (1, repeat('é', 5000));
"""


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Session]:
    """A DuckDB file with a little of everything."""
    path = tmp_path / "films.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCRIPT)
    opened = await Session.open(target(f"duckdb:///{path}"))
    yield opened
    await opened.close()


async def film(session: Session, name: str = "film", schema: str = "films.main") -> Table:
    return await session.table(TableRef(schema, name))


async def test_it_says_what_it_is_and_what_it_cannot_promise(session: Session) -> None:
    server = await session.identify()
    assert server.engine == "duckdb"
    assert server.version == duckdb.__version__
    assert server.database == "films.duckdb"
    assert not offers(session.backend, EDITING)
    assert not session.opening.writable
    assert "cannot promise" in session.opening.why
    with pytest.raises(ReadOnly, match="does not know how to change duckdb rows"):
        session.lane(Purpose.EDIT)


async def test_the_outline_lists_tables_and_views_of_every_schema(session: Session) -> None:
    found = {summary.ref: summary.kind for summary in await session.outline()}
    assert found[TableRef("films.main", "film")] is TableKind.TABLE
    assert found[TableRef("films.main", "titles")] is TableKind.VIEW
    assert TableRef("films.other", 'odd "name. %s :x') in found


async def test_a_table_has_its_columns_kinds_and_key(session: Session) -> None:
    table = await film(session)
    assert table.primary_key == ("id",)
    assert (table.identity, table.identity_kind) == (("id",), IdentityKind.PRIMARY_KEY)
    kinds = {column.name: column.kind for column in table.columns}
    assert kinds == {
        "id": ColumnKind.INTEGER, "title": ColumnKind.TEXT, "rating": ColumnKind.DECIMAL,
        "day": ColumnKind.DATE, "moment": ColumnKind.TIMESTAMP, "mark": ColumnKind.UUID,
        "tags": ColumnKind.ARRAY, "shape": ColumnKind.COMPOSITE, "body": ColumnKind.BYTES,
        "seen": ColumnKind.BOOLEAN, "huge": ColumnKind.INTEGER, "span": ColumnKind.INTERVAL,
        "real": ColumnKind.REAL,
    }  # fmt: skip
    assert not table.column("title").nullable
    assert table.column("rating").nullable
    pair = await film(session, "pair")
    assert (pair.identity, pair.identity_kind) == (("a", "b"), IdentityKind.UNIQUE)
    assert not (await film(session, "keyless")).has_identity
    with pytest.raises(StatementFailed, match=r"no relation films\.main\.nothing"):
        await film(session, "nothing")


async def test_foreign_keys_lead_to_their_tables(session: Session) -> None:
    pair = TableRef("films.main", "pair")
    (key,) = (await film(session, "child")).foreign_keys
    assert (key.columns, key.target, key.target_columns) == (("x", "y"), pair, ("a", "b"))
    catalog = await session.catalog()
    assert [table.ref.name for table, _ in catalog.referencing(pair)] == ["child"]


async def test_the_catalog_is_whole_and_notes_what_the_dialect_cannot_read(
    session: Session,
) -> None:
    catalog = await session.catalog()
    assert {schema.name for schema in catalog.schemas} >= {"films.main", "films.other"}
    assert catalog.table(TableRef("films.main", "film")) == await film(session)
    for table in catalog.tables():
        assert table.columns
    assert all("could not be read" in note for note in catalog.notes)


@pytest.mark.parametrize("order", [(), (Sort("title"),), (Sort("rating", True), Sort("title"))])
@pytest.mark.parametrize("name", ["film", "pair"])
async def test_pages_walk_every_row_once_both_ways(
    session: Session, name: str, order: tuple[Sort, ...]
) -> None:
    table = await film(session, name)
    if name == "pair":
        order = tuple(Sort({"title": "c", "rating": "b"}[s.column], s.descending) for s in order)
    lane = session.lane(Purpose.BROWSE)
    walks = []
    for direction in Direction:
        start, rows = None, []
        while True:
            request = PageRequest(table.ref, order, (), start, direction, limit=7)
            page = await fetch_page(lane, table, request)
            forward = direction is Direction.FORWARD
            rows = [*rows, *page.identities] if forward else [*page.identities, *rows]
            if not page.more:
                break
            start = page.keys[-1 if forward else 0]
        walks.append(rows)
    assert walks[0] == walks[1]
    assert len(set(walks[0])) == len(walks[0]) == (60 if name == "film" else 20)


async def test_values_arrive_whole_and_exact(session: Session) -> None:
    table = await film(session)
    lane = session.lane(Purpose.BROWSE)
    page = await fetch_page(lane, table, PageRequest(table.ref, limit=2))
    row = dict(zip(page.columns, page.rows[1], strict=True))
    assert row["rating"] == Decimal("1.25")
    assert row["day"] == "2024-01-02"
    assert row["moment"] == "2024-01-01 11:00:00"
    assert row["tags"] == "[a, b1]"
    assert row["body"] == b"ab"
    assert row["seen"] is False
    assert row["huge"] == 2**127 - 2
    assert row["span"] == "1 month"
    assert await fetch_value(lane, table, page.identities[1], "tags") is not None
    long = await film(session, "long", "films.other")
    page = await fetch_page(lane, long, PageRequest(long.ref))
    assert isinstance(page.rows[0][1], Shortened)
    assert len(page.rows[0][1].head.encode()) <= SHOWN_BYTES
    assert await fetch_value(lane, long, (1,), "v") == "é" * 5000


async def test_sorting_by_a_date_pages_by_it(session: Session) -> None:
    table = await film(session)
    lane = session.lane(Purpose.BROWSE)
    order = (Sort("moment", True),)
    first = await fetch_page(lane, table, PageRequest(table.ref, order, limit=10))
    request = PageRequest(table.ref, order, start=first.keys[-1], limit=10)
    following = await fetch_page(lane, table, request)
    assert [row[0] for row in following.rows] == list(range(49, 39, -1))


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (Filter("title", Operator.EQUAL, "film 3"), 9),
        (Filter("title", Operator.CONTAINS, "ILM 3"), 9),
        (Filter("title", Operator.CONTAINS, "%"), 0),
        (Filter("day", Operator.LESS, "2024-01-05"), 4),
        (Filter("moment", Operator.GREATER_EQUAL, "2024-01-03 20:00:00"), 2),
        (Filter("rating", Operator.IS_NULL), 20),
        (Filter("seen", Operator.EQUAL, value=True), 30),
        (Filter("id", Operator.IN, values=(1, 2, 99)), 2),
        (Filter("tags", Operator.CONTAINS, "b59"), 1),
        (Filter(None, Operator.CONTAINS, "film 6"), 8),
    ],
)
async def test_filters(session: Session, wanted: Filter, rows: int) -> None:
    table = await film(session)
    lane = session.lane(Purpose.WATCH)
    assert (await count(lane, table, (wanted,))).rows == rows
    assert await estimate(lane, table, (wanted,)) is None


async def test_a_table_is_counted_while_that_is_quick(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = session.lane(Purpose.BROWSE)
    assert await estimate(lane, await film(session)) == RowCount(60, exact=True, source="count")
    odd = await film(session, 'odd "name. %s :x', "films.other")
    assert await estimate(lane, odd) == RowCount(1, exact=True, source="count")
    monkeypatch.setattr(generic_counting, "_FIRST_STEP", 7)
    monkeypatch.setattr(generic_counting, "_QUICK_S", 60)
    assert await estimate(lane, await film(session)) == RowCount(60, exact=True, source="count")
    monkeypatch.setattr(generic_counting, "_QUICK_S", 0)
    assert await estimate(lane, await film(session)) is None
    assert await estimate(lane, await film(session, "titles")) is None


async def test_names_of_any_kind_are_only_names(session: Session) -> None:
    table = await film(session, 'odd "name. %s :x', "films.other")
    page = await fetch_page(session.lane(Purpose.BROWSE), table, PageRequest(table.ref))
    assert page.columns == ("a b", 'q"q')
    assert page.rows == ((1, "one"),)


async def test_a_statement_stops_when_it_is_cancelled(session: Session) -> None:
    lane = session.lane(Purpose.QUERY)
    slow = "SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE a.range < b.range"
    running = asyncio.create_task(lane.fetch(slow))
    while lane.running_since is None:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, IN_VAIN_S)
    assert (await lane.fetch("SELECT 1")).rows == ((1,),)


async def test_reads_hold_no_transaction_and_a_typed_one_is_the_persons(session: Session) -> None:
    lane = session.lane(Purpose.QUERY)
    await lane.fetch("CREATE TABLE n (i INTEGER PRIMARY KEY)")
    await lane.fetch("BEGIN")
    await lane.fetch("INSERT INTO n VALUES (1)")
    await lane.fetch("ROLLBACK")
    assert (await lane.fetch("SELECT count(*) FROM n")).rows == ((0,),)
    await lane.fetch("INSERT INTO n VALUES (2)")
    other = session.lane(Purpose.BROWSE)
    assert (await other.fetch("SELECT i FROM n")).rows == ((2,),)
    with pytest.raises(ConstraintFailed):
        await lane.fetch("INSERT INTO n VALUES (2)")
    with pytest.raises(StatementFailed, match="nowhere"):
        await lane.fetch("SELECT * FROM nowhere")
    assert (await lane.fetch("SELECT 1")).rows == ((1,),)
    async with lane.transaction() as transaction:
        await transaction.fetch("INSERT INTO n VALUES (3)")
    assert (await other.fetch("SELECT count(*) FROM n")).rows == ((2,),)


async def test_a_missing_file_is_never_created(tmp_path: Path) -> None:
    path = tmp_path / "missing.duckdb"
    with pytest.raises(DatabaseMissing, match="no file"):
        await Session.open(target(f"duckdb:///{path}"))
    assert list(tmp_path.iterdir()) == []


async def test_what_is_no_database_cannot_be_connected_to(tmp_path: Path) -> None:
    path = tmp_path / "text.duckdb"
    path.write_text("not a database, only some text\n" * 200)
    session = await Session.open(target(f"duckdb:///{path}"))
    with pytest.raises(ConnectFailed):
        await session.identify()
    await session.close()
    assert path.read_text().startswith("not a database")


async def test_read_only_is_refused_where_it_cannot_be_kept(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no way to keep duckdb read-only"):
        await Session.open(target(f"duckdb:///{tmp_path}/x.duckdb", read_only=True))


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("snowflake://user:secret@account/db", "pip install snowflake-sqlalchemy"),
        ("nothing://host/db", "no SQLAlchemy dialect called nothing is installed: pip install"),
        ("oracle://scott:secret@host/db", "pip install oracledb"),
        ("mssql://sa:secret@host/db", "pip install pyodbc"),
    ],
)
async def test_what_is_not_installed_comes_with_the_command(address: str, sentence: str) -> None:
    with pytest.raises(ConnectFailed) as caught:
        await Session.open(target(address))
    assert sentence in str(caught.value)
    assert "secret" not in str(caught.value)


def test_importing_a_dialect_happens_only_when_it_is_opened() -> None:
    backend("vertica")
    assert "vertica_python" not in sys.modules
    with pytest.raises(ConnectFailed) as caught:
        backend("vertica").open(Target("vertica", "vertica://h/d", "vertica://h/d"))
    assert isinstance(caught.value.__cause__, NoSuchModuleError)


def test_nulls_stand_where_the_engines_put_them() -> None:
    places = {
        scheme: (
            Generic(scheme).nulls_first(descending=False),
            Generic(scheme).nulls_first(descending=True),
        )
        for scheme in ("duckdb", "oracle", "mysql")
    }
    assert places == {"duckdb": (False, False), "oracle": (False, True), "mysql": (True, False)}


@pytest.mark.parametrize(
    ("type_name", "kind"),
    [
        ("INTEGER", ColumnKind.INTEGER),
        ("tinyint(1) unsigned", ColumnKind.INTEGER),
        ("UBIGINT", ColumnKind.INTEGER),
        ("INTEGER[3]", ColumnKind.ARRAY),
        ("STRUCT(a INTEGER)", ColumnKind.COMPOSITE),
        ("MAP(VARCHAR, INTEGER)", ColumnKind.COMPOSITE),
        ("VARCHAR2(30 CHAR)", ColumnKind.TEXT),
        ("NUMBER(10, 2)", ColumnKind.DECIMAL),
        ("double precision", ColumnKind.REAL),
        ("TIMESTAMP WITH TIME ZONE", ColumnKind.TIMESTAMP),
        ("DATETIME2", ColumnKind.TIMESTAMP),
        ("DATE", ColumnKind.DATE),
        ("VARBINARY(16)", ColumnKind.BYTES),
        ("uniqueidentifier", ColumnKind.UUID),
        ("ENUM('a', 'b')", ColumnKind.ENUM),
        ("point", ColumnKind.OTHER),
        ("", ColumnKind.OTHER),
    ],
)
def test_kinds_by_the_words_engines_use(type_name: str, kind: ColumnKind) -> None:
    assert kind_named(type_name) is kind


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (ColumnKind.INTEGER, " 42 ", 42),
        (ColumnKind.DECIMAL, "1.10", Decimal("1.10")),
        (ColumnKind.BOOLEAN, "Yes", True),
        (ColumnKind.BYTES, "0xCAFE", b"\xca\xfe"),
        (ColumnKind.TEXT, " x ", " x "),
    ],
)
def test_typed_text_becomes_a_value(kind: ColumnKind, text: str, value: object) -> None:
    assert parse(text, Column("c", "", kind)) == value


@pytest.mark.parametrize("kind", [ColumnKind.INTEGER, ColumnKind.BOOLEAN, ColumnKind.BYTES])
def test_what_does_not_fit_says_the_rule(kind: ColumnKind) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse("zz", Column("c", "", kind))


async def test_a_value_written_back_is_the_value_read(session: Session) -> None:
    table = await film(session)
    lane = session.lane(Purpose.BROWSE)
    engine = session.backend
    page = await fetch_page(lane, table, PageRequest(table.ref, (Sort("moment"),), limit=1))
    column = table.column("huge")
    bound = engine.bind(page.rows[0][table.column_names.index("huge")], column)
    assert (await lane.fetch(select(bound))).rows == ((2**127 - 1,),)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("duckdb:////srv/a.duckdb", "duckdb:////srv/a.duckdb"),
        ("duckdb:///a.duckdb", "duckdb:///a.duckdb"),
        ("mssql://u:secret@h/d?driver=x", "mssql://u:***@h/d?driver=x"),
    ],
)
def test_an_address_is_shown_as_it_was_written(text: str, shown: str) -> None:
    assert str(target(text)) == shown
