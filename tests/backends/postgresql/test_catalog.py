"""What is read of one relation, field by field; and what may not be read."""

import pytest
from sqlalchemy import Connection, column, select, table

from studio.backends.base import Purpose
from studio.backends.postgresql.engine import PostgreSQL
from studio.db.url import parse
from studio.model.catalog import (
    Check,
    ForeignKey,
    IndexPart,
    Table,
    TableKind,
    TableRef,
)
from studio.model.errors import StatementFailed
from tests.backends.postgresql.conftest import Opener
from tests.postgres import Server, run_sql


def read(connection: Connection, engine: PostgreSQL, name: str) -> Table:
    return engine.table(connection, TableRef("torture", name))


def test_keys_checks_and_exclusions(tortured: Connection, engine: PostgreSQL) -> None:
    child = read(tortured, engine, "child")
    assert child.primary_key == ("id",)
    assert child.column("id").identity
    assert child.foreign_keys == (
        ForeignKey("child_up_fkey", ("up",), TableRef("torture", "child"), ("id",), "SET NULL"),
        ForeignKey(
            *("composite", ("y", "x"), TableRef("torture", "parent"), ("b", "a")),
            *("RESTRICT", "CASCADE", True),
        ),
    )
    assert child.checks == (
        Check("later", "CHECK (x < 100) NOT VALID"),
        Check("sane", "CHECK (x > 0 AND y <> ''::text)"),
        Check("child_during_excl", "EXCLUDE USING gist (during WITH &&)"),
    )


def test_indexes(tortured: Connection, engine: PostgreSQL) -> None:
    indexes = {index.name: index for index in read(tortured, engine, "child").indexes}
    odd = indexes["odd"]
    assert odd.parts == (
        IndexPart(None, "lower(y)", descending=True, nulls_first=False),
        IndexPart("x", nulls_first=True),
    )
    assert (odd.predicate, odd.included, odd.unique, odd.constraint) == (
        *("x > 1", ("up",), False, False),
    )
    assert odd.sql is not None
    assert odd.sql.startswith("CREATE INDEX odd ON torture.child")
    assert indexes["hashed"].method == "hash"
    assert indexes["patterns"].parts == (IndexPart("y"), IndexPart("y", collation="C"))
    assert "text_pattern_ops" in (indexes["patterns"].sql or "")
    assert indexes["child_pkey"].constraint
    assert indexes["child_during_excl"].method == "gist"
    assert all(index.valid and index.bytes for index in (odd, indexes["child_pkey"]))


def test_triggers(tortured: Connection, engine: PostgreSQL) -> None:
    first, last = read(tortured, engine, "no_key").triggers
    assert (last.name, last.timing, last.events, last.enabled) == (
        *("before_rows", "BEFORE", ("INSERT", "UPDATE"), False),
    )
    assert (first.name, first.timing, first.events) == ("after_all", "AFTER", ("TRUNCATE",))
    assert "WHEN (new.a > 5)" in last.sql
    (instead,) = read(tortured, engine, "plain_view").triggers
    assert (instead.timing, instead.events) == ("INSTEAD OF", ("DELETE",))


def test_generated_identity_and_comments(tortured: Connection, engine: PostgreSQL) -> None:
    computed = read(tortured, engine, "computed")
    assert computed.column("stored").generated == "(a * 2)"
    assert computed.column("stored").default is None
    assert computed.column("always").identity
    assert "GENERATED ALWAYS AS IDENTITY (START WITH 5)" in computed.sql
    no_key = read(tortured, engine, "no_key")
    assert no_key.comment == "it's a \\ \x1b[31m comment"
    assert no_key.column("a").comment == "☃"


def test_kinds_and_options(tortured: Connection, engine: PostgreSQL) -> None:
    expected = {
        "no_key": (TableKind.TABLE, ()),
        "unlogged_one": (TableKind.TABLE, ("UNLOGGED",)),
        "by_range": (TableKind.PARTITIONED, ("PARTITION BY RANGE (a)",)),
        "by_range_low": (
            TableKind.PARTITION,
            ("PARTITION OF torture.by_range FOR VALUES FROM (MINVALUE) TO (10)",),
        ),
        "by_range_high": (
            TableKind.PARTITIONED,
            (
                "PARTITION BY LIST (b)",
                "PARTITION OF torture.by_range FOR VALUES FROM (10) TO (MAXVALUE)",
            ),
        ),
        "derived": (TableKind.TABLE, ("INHERITS (torture.base)",)),
        "plain_view": (TableKind.VIEW, ()),
        "checked_view": (TableKind.VIEW, ("security_barrier=true", "check_option=local")),
        "stored_view": (TableKind.MATERIALIZED_VIEW, ()),
        "remote": (TableKind.FOREIGN, ("SERVER far",)),
        "guarded": (TableKind.TABLE, ("ROW LEVEL SECURITY",)),
    }
    for name, (kind, options) in expected.items():
        found = read(tortured, engine, name)
        assert (found.kind, found.options) == (kind, options)
        assert found.sql.startswith("CREATE ")


def test_types_and_sequences(torture: str, tortured: Connection, engine: PostgreSQL) -> None:
    catalog = engine.catalog(tortured, engine.server(tortured, engine.open(parse(torture))))
    (schema,) = [each for each in catalog.schemas if each.name == "torture"]
    (mood,) = schema.enums
    assert mood.labels == ("sad", "o'k", "very, happy", '"quoted"', "")
    domains = {each.ref.name: each for each in schema.domains}
    assert domains["very_positive"].base == "positive"
    assert not domains["very_positive"].nullable
    assert domains["positive"].default == "1"
    assert domains["positive"].checks[0].expression == "CHECK (VALUE > 0)"
    sequences = {each.ref.name: each for each in schema.sequences}
    assert sequences["numbers"].last_value is None
    assert sequences["child_id_seq"].owned_by == "torture.child.id"
    parent = catalog.table(TableRef("torture", "parent"))
    ((owner, key),) = catalog.referencing(parent.ref)
    assert (owner.ref.name, key.name) == ("child", "composite")


def test_an_unqualified_name_is_found_on_the_search_path(
    tortured: Connection, engine: PostgreSQL
) -> None:
    assert engine.table(tortured, TableRef(None, "no_key")).ref == TableRef("torture", "no_key")
    assert engine.table(tortured, TableRef(None, "pg_class")).kind is TableKind.SYSTEM
    with pytest.raises(StatementFailed, match="no table or view NO_KEY in the search path"):
        engine.table(tortured, TableRef(None, "NO_KEY"))
    with pytest.raises(StatementFailed, match="in schema public"):
        engine.table(tortured, TableRef("public", "no_key"))


def test_the_outline_tells_what_analyze_saw(
    postgres: str, connection: Connection, engine: PostgreSQL
) -> None:
    run_sql(
        postgres,
        "CREATE TABLE seen (a integer)",
        "INSERT INTO seen SELECT generate_series(1, 5000)",
        "CREATE TABLE seen_empty (a integer)",
        "ANALYZE seen, seen_empty",
        "CREATE TABLE unseen (a integer)",
        "COMMENT ON TABLE unseen IS 'new'",
    )
    first, empty, second = engine.outline(connection)[:3]
    assert (first.ref.name, first.row_estimate, first.exact) == ("seen", 5000, False)
    assert [(first.bytes,)] == run_sql(postgres, "SELECT pg_relation_size('seen')")
    assert (empty.row_estimate, empty.bytes) == (0, 0)
    assert engine.table(connection, empty.ref).row_estimate == 0
    assert (second.row_estimate, second.bytes, second.comment) == (None, None, "new")


def test_temporary_tables_of_this_session_only(connection: Connection, engine: PostgreSQL) -> None:
    connection.exec_driver_sql("CREATE TEMPORARY TABLE mine (a integer)")
    (found,) = [s for s in engine.outline(connection) if s.ref.name == "mine"]
    assert found.kind is TableKind.TEMPORARY
    assert engine.table(connection, TableRef(None, "mine")).sql.startswith("CREATE TEMPORARY")


async def test_what_may_not_be_read_is_a_note(
    postgres: str, postgres_server: Server, open_session: Opener
) -> None:
    run_sql(
        postgres,
        "DROP ROLE IF EXISTS outsider",
        "CREATE ROLE outsider LOGIN",
        "CREATE TABLE open (a integer)",
        "GRANT SELECT ON open TO outsider",
        "CREATE TABLE closed (a integer PRIMARY KEY, b text DEFAULT 'x')",
        "CREATE SEQUENCE counted",
        "CREATE SCHEMA walled",
        "CREATE TABLE walled.inside (a integer)",
    )
    try:
        address = postgres.replace("postgres@", "outsider@")
        session = await open_session(address)
        catalog = await session.catalog()
        assert catalog.notes == ("outsider may not read public.closed, walled.inside",)
        closed = catalog.table(TableRef("public", "closed"))
        assert closed.primary_key == ("a",)
        assert {s.ref.name for s in await session.outline()} >= {"open", "closed", "inside"}
        assert (await session.table(TableRef("walled", "inside"))).columns
        await session.close()
    finally:
        run_sql(postgres, "DROP OWNED BY outsider", "DROP ROLE outsider")


def test_invalid_indexes_say_so(postgres: str, connection: Connection, engine: PostgreSQL) -> None:
    run_sql(postgres, "CREATE TABLE t (a integer NOT NULL)", "INSERT INTO t VALUES (1), (1)")
    with pytest.raises(Exception, match="could not create unique index"):
        run_sql(postgres, "CREATE UNIQUE INDEX CONCURRENTLY broken ON t (a)")
    found = engine.table(connection, TableRef("public", "t"))
    (index,) = found.indexes
    assert not index.valid
    assert found.identity == ("ctid",)


def test_bytes_that_are_not_utf8(postgres_server: Server, engine: PostgreSQL) -> None:
    """A SQL_ASCII database holds anything; it is shown as surrogate escapes and found again."""
    with postgres_server.database(encoding="SQL_ASCII") as name:
        url = postgres_server.url(name)
        run_sql(
            url,
            "CREATE TABLE t (a text)",
            r"INSERT INTO t VALUES (convert_from('\xff41'::bytea, 'SQL_ASCII')), ('plain')",
        )
        made = engine.sync_engine(engine.open(parse(url)), Purpose.EDIT)
        with made.connect() as connection:
            found = engine.table(connection, TableRef("public", "t"))
            source = table("t", column("a"))
            shown = engine.shown(found.columns[0], source.c.a)
            values = [row[0] for row in connection.execute(select(shown)).fetchall()]
            assert values == ["\udcffA", "plain"]
            for value in values:
                hit = select(source.c.a).where(source.c.a == engine.bind(value, found.columns[0]))
                assert connection.execute(hit).fetchall() == [(value,)]
                insert = source.insert().values(a=engine.bind(value, found.columns[0]))
                connection.execute(insert)
            assert "SQL_ASCII" in engine.server(connection, engine.open(parse(url))).facts
        made.dispose()


async def test_names_that_are_not_ascii_in_a_sql_ascii_database(
    postgres_server: Server, open_session: Opener
) -> None:
    with postgres_server.database(encoding="SQL_ASCII") as name:
        url = postgres_server.url(name)
        session = await open_session(url)
        async with session.lane(Purpose.EDIT).transaction() as transaction:
            await transaction.fetch('CREATE TABLE "été" ("\udcff" text, "表" text)')
            await transaction.fetch("INSERT INTO \"été\" VALUES ('\udcfe', 'ü')")
        found = await session.table(TableRef("public", "été"))
        assert found.column_names == ("\udcff", "表")
        lane = session.lane(Purpose.BROWSE)
        answer = await lane.fetch('SELECT * FROM "été"')
        assert answer.columns == ("\udcff", "表")
        assert answer.rows == (("\udcfe", "ü"),)
        with pytest.raises(StatementFailed, match="été"):
            await lane.fetch('SELECT "été"')
        await session.close()
