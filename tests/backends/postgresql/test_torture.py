"""Every relation of a database made to hurt opens, and shows exactly what the server prints."""

import psycopg
import pytest
from sqlalchemy import Connection, Select, column, select, table
from sqlalchemy.exc import DBAPIError

from studio.backends.base import Purpose, identifier
from studio.backends.postgresql.engine import PostgreSQL
from studio.db.url import parse
from studio.model.catalog import ColumnKind, IdentityKind, Table, TableKind, TableRef
from studio.model.page import SHOWN_BYTES, Shortened, shortened
from tests.postgres import run_sql
from tests.torture_postgres import HOSTILE, SCHEMA, UNREADABLE

PAGE = 50
NEEDS_HARDWARE = {"pg_shmem_allocations_numa"}
"""Refuses where the machine has no NUMA library: a sentence, and no defect of ours."""


def page(engine: PostgreSQL, found: Table, *, raw: bool = False) -> Select[tuple[object, ...]]:
    """One page, in the identity's order; `raw` leaves the values to the protocol."""
    names = dict.fromkeys([*found.column_names, *found.identity])
    source = table(
        identifier(found.ref.name),
        *(column(identifier(name)) for name in names),
        schema=identifier(found.ref.schema or ""),
    )
    chosen = [
        source.c[each.name] if raw else engine.shown(each, source.c[each.name])
        for each in found.columns
    ]
    order = [
        engine.sort_key(found.column(name), source.c[name])
        if name in found.column_names
        else source.c[name]
        for name in found.identity
    ]
    return select(*chosen).select_from(source).order_by(*order).limit(PAGE)


def by_protocol(url: str, statement: str) -> list[tuple[str | None, ...]]:
    """What the server sends for a statement, as bare text: psql's own idea of every value."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET DateStyle TO ISO; SET IntervalStyle TO postgres")
        result = connection.execute(statement.encode()).pgresult
        assert result is not None
        return [
            tuple(
                None if (value := result.get_value(row, field)) is None else value.decode()
                for field in range(result.nfields)
            )
            for row in range(result.ntuples)
        ]


def as_sql(connection: Connection, statement: Select[tuple[object, ...]]) -> str:
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    return str(compiled).replace("%%", "%")


def test_every_relation_opens_and_every_page_shows(
    tortured: Connection, engine: PostgreSQL
) -> None:
    refused: dict[str, str] = {}
    for summary in engine.outline(tortured):
        found = engine.table(tortured, summary.ref)
        assert found.ref == summary.ref
        assert found.kind is summary.kind
        if found.columns:
            try:
                tortured.execute(page(engine, found)).fetchall()
            except DBAPIError as error:
                refused[summary.ref.name] = str(engine.translate(error.orig or error))
    # information_schema.tables asks every foreign table whether it takes writes; the one here has
    # a wrapper without a handler.
    assert set(refused) - NEEDS_HARDWARE == UNREADABLE | {"tables"}
    assert all(len(sentence) > 10 for sentence in refused.values())


def test_values_are_the_servers_own_text(
    tortured: Connection, torture: str, engine: PostgreSQL
) -> None:
    compared = 0
    for summary in engine.outline(tortured):
        stored = summary.kind is TableKind.SYSTEM and summary.ref.schema == "pg_catalog"
        if summary.ref.name in UNREADABLE or summary.ref.schema == "information_schema":
            continue
        found = engine.table(tortured, summary.ref)
        if not found.columns or (stored and not found.has_identity):
            continue  # views of the system say something else every time
        shown = [tuple(row) for row in tortured.execute(page(engine, found)).fetchall()]
        expected = by_protocol(torture, as_sql(tortured, page(engine, found, raw=True)))
        for mine, theirs in zip(shown, expected, strict=True):
            assert tuple(map(shortened, mine)) == tuple(map(shortened, theirs)), summary.ref
            compared += len(mine)
    assert compared > 5000


def test_long_values_are_cut_on_the_server(tortured: Connection, engine: PostgreSQL) -> None:
    found = engine.table(tortured, TableRef(SCHEMA, "compressed"))
    ((number, *long),) = tortured.execute(page(engine, found)).fetchall()
    assert number == "1"
    assert len(long) == 4
    for value in long:
        assert SHOWN_BYTES < len(value) <= SHOWN_BYTES + 2
        assert isinstance(shortened(value), Shortened)


def test_outline_and_catalog_agree_with_every_table(
    tortured: Connection, engine: PostgreSQL, torture: str
) -> None:
    server = engine.server(tortured, engine.open(parse(torture)))
    catalog = engine.catalog(tortured, server)
    assert catalog.notes == ()
    outline = engine.outline(tortured)
    assert {summary.ref for summary in outline} == {found.ref for found in catalog.tables()}
    for summary in outline:
        alone, among = engine.table(tortured, summary.ref), catalog.table(summary.ref)
        if alone.kind is TableKind.SYSTEM:
            assert alone.columns == among.columns
        else:
            assert alone == among
    schemas = [summary.ref.schema for summary in outline]
    first = min(schemas.index("pg_catalog"), schemas.index("information_schema"))
    assert set(schemas[first:]) == {"pg_catalog", "information_schema"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(tortured: Connection, engine: PostgreSQL, name: str) -> None:
    for schema in (SCHEMA, name):
        found = engine.table(tortured, TableRef(schema, name))
        assert found.column_names == HOSTILE
        assert found.primary_key == (name,)
        (row,) = tortured.execute(page(engine, found)).fetchall()
        assert tuple(row) == HOSTILE


def test_1600_columns(tortured: Connection, engine: PostgreSQL) -> None:
    found = engine.table(tortured, TableRef(SCHEMA, "wide"))
    assert len(found.columns) == 1600
    (row,) = tortured.execute(page(engine, found)).fetchall()
    assert (row[0], row[1], row[1599]) == ("1", None, "2")


def test_no_columns(tortured: Connection, engine: PostgreSQL) -> None:
    found = engine.table(tortured, TableRef(SCHEMA, "no_columns"))
    assert found.columns == ()
    assert (found.identity, found.identity_kind) == (("ctid",), IdentityKind.CTID)


def test_dropped_columns_are_gone(tortured: Connection, engine: PostgreSQL) -> None:
    found = engine.table(tortured, TableRef(SCHEMA, "all_dropped"))
    assert found.column_names == ("b", "c")
    assert found.column("c").default == "7"


def test_every_built_in_type_has_a_kind_and_a_value(
    tortured: Connection, engine: PostgreSQL
) -> None:
    expected = {
        "bool": ColumnKind.BOOLEAN, "int8": ColumnKind.INTEGER, "float4": ColumnKind.REAL,
        "numeric": ColumnKind.DECIMAL, "money": ColumnKind.DECIMAL, "text": ColumnKind.TEXT,
        "bpchar": ColumnKind.TEXT, "char": ColumnKind.TEXT, "name": ColumnKind.TEXT,
        "bytea": ColumnKind.BYTES, "json": ColumnKind.JSON, "jsonb": ColumnKind.JSON,
        "uuid": ColumnKind.UUID, "date": ColumnKind.DATE, "timetz": ColumnKind.TIME,
        "timestamptz": ColumnKind.TIMESTAMP, "interval": ColumnKind.INTERVAL,
        "inet": ColumnKind.NETWORK, "macaddr8": ColumnKind.NETWORK, "int4range": ColumnKind.RANGE,
        "nummultirange": ColumnKind.RANGE, "point": ColumnKind.OTHER, "xml": ColumnKind.OTHER,
        "regclass": ColumnKind.OTHER, "bit": ColumnKind.OTHER, "tsvector": ColumnKind.OTHER,
        "oid": ColumnKind.INTEGER, "pg_node_tree": ColumnKind.OTHER,
    }  # fmt: skip
    for name, kind in expected.items():
        found = engine.table(tortured, TableRef(SCHEMA, f"type_{name}"))
        assert found.column("v").kind is kind, name
        if "vs" in found.column_names:
            assert found.column("vs").kind is ColumnKind.ARRAY, name


def test_kinds_of_types_people_made(tortured: Connection, engine: PostgreSQL) -> None:
    found = engine.table(tortured, TableRef(SCHEMA, "odd_types"))
    kinds = {each.name: each.kind for each in found.columns}
    assert kinds["m"] is ColumnKind.ENUM
    assert kinds["p"] is kinds["n"] is ColumnKind.COMPOSITE
    assert kinds["d"] is kinds["v"] is ColumnKind.INTEGER
    assert kinds["w"] is kinds["ms"] is kinds["deep"] is ColumnKind.ARRAY
    assert kinds["c"] is ColumnKind.TEXT
    assert kinds["l"] is ColumnKind.JSON
    assert kinds["r"] is kinds["rs"] is ColumnKind.RANGE
    assert found.column("m").choices == ("sad", "o'k", "very, happy", '"quoted"', "")


def test_what_a_value_shows_finds_its_row_again(
    tortured: Connection, torture: str, engine: PostgreSQL
) -> None:
    """sort_key(column) = bind(value): the guard of every edit and the key of every page."""
    checked = 0
    for summary in engine.outline(tortured):
        if summary.ref.schema != SCHEMA or summary.ref.name in {*UNREADABLE, "compressed", "wide"}:
            continue
        found = engine.table(tortured, summary.ref)
        source = table(
            identifier(found.ref.name),
            *(column(identifier(each.name)) for each in found.columns),
            schema=identifier(SCHEMA),
        )
        for each in found.columns:
            key = engine.sort_key(each, source.c[each.name])
            values = tortured.execute(select(source.c[each.name], key).limit(PAGE)).fetchall()
            for value, key_value in values:
                if value is None:
                    continue
                for bound in {value, key_value} if key is source.c[each.name] else {key_value}:
                    hit = select(key).where(key == engine.bind(bound, each)).limit(1)
                    assert tortured.execute(hit).fetchall(), (found.ref, each.name, value)
                    checked += 1
            tortured.execute(select(key).order_by(key.desc()).limit(2)).fetchall()
    assert checked > 400


def test_what_a_value_shows_can_be_stored(torture: str, engine: PostgreSQL) -> None:
    """INSERT of bind(value) stores the value: the text of every type is also its input."""
    made = engine.sync_engine(engine.open(parse(torture)), Purpose.EDIT)
    with made.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        for summary in engine.outline(connection):
            if not summary.ref.name.startswith("type_"):
                continue
            found = engine.table(connection, summary.ref)
            source = table(
                identifier(found.ref.name),
                *(column(identifier(each.name)) for each in found.columns),
                schema=identifier(SCHEMA),
            )
            rows = connection.execute(select(source.c.v).order_by(source.c.id)).fetchall()
            for (value,) in rows:
                if value is None:
                    continue
                again = (
                    source.insert()
                    .values({"v": engine.bind(value, found.column("v"))})
                    .returning(source.c.v)
                )
                assert connection.execute(again).scalar() == value, summary.ref
        connection.exec_driver_sql("ROLLBACK")
    made.dispose()


def test_ddl_can_be_run_again(torture: str, tortured: Connection, engine: PostgreSQL) -> None:
    """reflect(create(reflect)) = reflect, for every table of the torture schema."""
    made = engine.sync_engine(engine.open(parse(torture)), Purpose.EDIT)
    skipped = {"remote", "of_type", "derived"} | {
        summary.ref.name
        for summary in engine.outline(tortured)
        if summary.kind is not TableKind.TABLE or summary.ref.schema != SCHEMA
    }
    rerun = 0
    with made.connect() as connection:
        for summary in engine.outline(connection):
            if summary.ref.schema != SCHEMA or summary.ref.name in skipped:
                continue
            found = engine.table(connection, summary.ref)
            connection.exec_driver_sql("BEGIN")
            quoted = connection.dialect.identifier_preparer.quote_identifier(summary.ref.name)
            connection.exec_driver_sql(f"DROP TABLE {SCHEMA}.{quoted} CASCADE")
            connection.exec_driver_sql(found.sql)
            again = engine.table(connection, summary.ref)
            connection.exec_driver_sql("ROLLBACK")
            assert again.sql == found.sql
            assert again.columns == found.columns
            assert again.foreign_keys == found.foreign_keys
            assert [(i.name, i.parts, i.sql) for i in again.indexes] == [
                (i.name, i.parts, i.sql) for i in found.indexes
            ]
            rerun += 1
    made.dispose()
    assert rerun > 60
    assert run_sql(torture, "SELECT 1") == [(1,)]
