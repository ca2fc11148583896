"""reflect(create(schema)) = schema, for small random schemas; and its DDL makes it again."""

from dataclasses import dataclass

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from sqlalchemy import Connection

from studio.backends.postgresql.engine import PostgreSQL
from studio.model.catalog import Column, ColumnKind, ForeignKey, IdentityKind, TableRef
from tests.examples import examples

K = ColumnKind
ENGINE = PostgreSQL()
TYPES = {
    "integer": K.INTEGER,
    "bigint": K.INTEGER,
    "numeric(7,2)": K.DECIMAL,
    "text": K.TEXT,
    "character varying(9)": K.TEXT,
    "character(3)": K.TEXT,
    "boolean": K.BOOLEAN,
    "timestamp(3) with time zone": K.TIMESTAMP,
    "jsonb": K.JSON,
    "uuid": K.UUID,
    "text[]": K.ARRAY,
    "int4range": K.RANGE,
    "bit varying(5)": K.OTHER,
}
KEYABLE = {"integer", "bigint", "numeric(7,2)", "text", "character varying(9)", "uuid"}
DEFAULTS = {"integer": "42", "text": "'it''s'::text", "boolean": "true", "jsonb": "'{}'::jsonb"}
ACTIONS = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")

names = st.text(
    st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), min_size=1, max_size=12
).filter(lambda name: len(name.encode()) <= 60)


@dataclass(frozen=True)
class Shape:
    """A table as drawn."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    unique: tuple[str, ...]
    reference: ForeignKey | None


@st.composite
def columns(draw: st.DrawFn) -> Column:
    type_name = draw(st.sampled_from(sorted(TYPES)))
    return Column(
        name=draw(names),
        type_name=type_name,
        kind=TYPES[type_name],
        nullable=draw(st.booleans()),
        default=DEFAULTS.get(type_name) if draw(st.booleans()) else None,
        comment=draw(st.none() | names),
    )


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    found = draw(st.lists(columns(), max_size=6, unique_by=lambda each: each.name))
    keyable = [each.name for each in found if each.type_name in KEYABLE]
    subset = st.permutations(keyable).flatmap(
        lambda order: st.integers(0, len(order)).map(lambda size: tuple(order[:size]))
    )
    key, unique = draw(subset), draw(subset)
    found = [
        Column(**{**_fields(each), "nullable": each.nullable and each.name not in key})
        for each in found
    ]
    name = draw(names)
    reference = None
    if key and draw(st.booleans()):
        reference = ForeignKey(
            name=draw(names),
            columns=key,
            target=TableRef("public", name),
            target_columns=key,
            on_delete=draw(st.sampled_from(ACTIONS)),
            on_update=draw(st.sampled_from(ACTIONS)),
            deferrable=draw(st.booleans()),
        )
    return Shape(name, tuple(found), key, unique, reference)


def _fields(column: Column) -> dict[str, object]:
    return {name: getattr(column, name) for name in Column.__slots__}


def create(shape: Shape) -> sql.Composed:
    lines: list[sql.Composable] = []
    for each in shape.columns:
        line = sql.SQL("{} " + each.type_name).format(sql.Identifier(each.name))
        line += sql.SQL("" if each.nullable else " NOT NULL")
        lines.append(line + sql.SQL(f" DEFAULT {each.default}" if each.default else ""))
    if shape.key:
        lines.append(sql.SQL("PRIMARY KEY ({})").format(_list(shape.key)))
    if shape.unique:
        lines.append(sql.SQL("UNIQUE ({})").format(_list(shape.unique)))
    if shape.reference is not None:
        key = shape.reference
        lines.append(
            sql.SQL("CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE "
                    f"{key.on_delete} ON UPDATE {key.on_update}"
                    f"{' DEFERRABLE' if key.deferrable else ''}").format(
                sql.Identifier(key.name or ""), _list(key.columns),
                sql.Identifier("public", shape.name), _list(key.target_columns),
            )
        )  # fmt: skip
    table = sql.Identifier("public", shape.name)
    made = sql.SQL("CREATE TABLE {} ({});").format(table, sql.SQL(", ").join(lines))
    for each in shape.columns:
        if each.comment is not None:
            made += sql.SQL("COMMENT ON COLUMN {} IS {};").format(
                sql.Identifier("public", shape.name, each.name), sql.Literal(each.comment)
            )
    return made


def _list(names: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


@pytest.fixture
def driver(connection: Connection) -> psycopg.Connection[tuple[object, ...]]:
    made = connection.connection.driver_connection
    assert isinstance(made, psycopg.Connection)
    return made


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(shape=shapes())
def test_what_was_created_is_what_is_read(
    connection: Connection, driver: psycopg.Connection[tuple[object, ...]], shape: Shape
) -> None:
    driver.execute("BEGIN")
    try:
        driver.execute(create(shape))
        found = ENGINE.table(connection, TableRef("public", shape.name))
        assert found.columns == shape.columns
        assert found.primary_key == shape.key
        assert found.foreign_keys == (() if shape.reference is None else (shape.reference,))
        uniques = {index.columns for index in found.indexes if index.unique}
        assert uniques == {names for names in (shape.key, shape.unique) if names}
        assert found.identity == _identity(shape)
        driver.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier("public", shape.name)))
        connection.exec_driver_sql(found.sql)
        again = ENGINE.table(connection, found.ref)
        assert again == found
    finally:
        driver.execute("ROLLBACK")


def _identity(shape: Shape) -> tuple[str, ...]:
    if shape.key:
        return shape.key
    required = {each.name for each in shape.columns if not each.nullable}
    if shape.unique and required.issuperset(shape.unique):
        return shape.unique
    return ("ctid",)


def test_identity_kinds(tortured: Connection) -> None:
    expected = {
        "parent": (("a", "b"), IdentityKind.PRIMARY_KEY),
        "unique_only": (("b",), IdentityKind.UNIQUE),
        "unique_nullable": (("ctid",), IdentityKind.CTID),
        "unique_partial": (("ctid",), IdentityKind.CTID),
        "unique_expression": (("ctid",), IdentityKind.CTID),
        "unique_later": (("ctid",), IdentityKind.CTID),
        "no_key": (("ctid",), IdentityKind.CTID),
        "stored_view": (("ctid",), IdentityKind.CTID),
        "base": ((), IdentityKind.NONE),
        "derived": (("ctid",), IdentityKind.CTID),
        "by_range": (("a", "b"), IdentityKind.PRIMARY_KEY),
        "by_hash": ((), IdentityKind.NONE),
        "plain_view": ((), IdentityKind.NONE),
        "remote": ((), IdentityKind.NONE),
    }
    found = {
        name: (each.identity, each.identity_kind)
        for name in expected
        for each in [ENGINE.table(tortured, TableRef("torture", name))]
    }
    assert found == expected
