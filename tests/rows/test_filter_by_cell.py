"""Filter by cell finds that row again, through the text that the filter bar shows."""

import sqlite3
from contextlib import closing

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DataError

from studio.model.catalog import IdentityKind, Table, TableRef
from studio.model.errors import StatementFailed
from studio.model.page import Filter, Operator, PageRequest, Shortened, Value
from studio.rows.filter_text import format_filters
from studio.rows.parse import parse_filters
from studio.rows.select import one_value
from tests import torture_postgres, torture_sqlite
from tests.examples import examples
from tests.rows.places import Place, _browsing

SETTINGS = settings(
    max_examples=examples(80),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

broken_texts = st.sampled_from(
    [
        *(
            "",
            " ",
            "'",
            '"',
            "\\",
            "null",
            "NULL",
            "and",
            "e'x'",
            "x'00'",
            "n'1'",
            "\x00",
            "a\x00b",
        ),
        *("\n", "a\r\nb", "\x1b]0;t\x07", "\u202e", "\u200d", "1", "1.0", " 1", "1e400", "nan"),
        *("-Infinity", "true", "2024-13-45", "0x00", "\\x00", "{broken", "'quoted'", "it''s"),
        *("%", "_", "a" * 4000, "é", "日本", "🙂", "\xa0", "a, b", "(a)", "a) or (1 = 1"),
    ]
)
texts = broken_texts | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.sampled_from([0, 1, -0.0, 1.0, 0.1, 1e308, 5e-324, float("inf"), float("-inf"), 2.0**63]),
)
values = st.one_of(st.none(), numbers, texts, st.binary(max_size=12))
SQLITE_TYPES = (
    *("INTEGER", "REAL", "TEXT", "BLOB", "NUMERIC", "", "ANY", "BOOLEAN", "DATE", "TIME"),
    *("DATETIME", "JSON", "UUID", "DECIMAL(10, 2)", "VARCHAR(5)", "FLOATING POINT", "STRING"),
    *("INTEGER COLLATE NOCASE", "TEXT COLLATE NOCASE", "TEXT COLLATE RTRIM", "my type"),
)


def found_by_cell(place: Place, table: Table, column: str, value: Value) -> list[Value]:
    """The identities of the rows that have `value` in `column`, asked by way of the bar's text."""
    kind = Operator.IS_NULL if value is None else Operator.EQUAL
    text = format_filters((Filter(column, kind, value),), table, place.backend)
    assert text.isprintable(), text
    filters = parse_filters(text, table, place.backend)
    page = place.page(table, PageRequest(table.ref, filters=filters, limit=1000))
    return list(page.identities)


def rows_not_found(place: Place, table: Table) -> list[tuple[str, Value]]:
    """Cells of a table by which their own row is not found again."""
    page = place.page(table, PageRequest(table.ref, limit=20))
    lost = []
    for identity, row in zip(page.identities, page.rows, strict=True):
        for column, shown in zip(page.columns, row, strict=True):
            value = shown
            if isinstance(shown, Shortened):
                statement = one_value(table, identity, column, place.backend)
                value = place.browse.execute(statement).scalar_one()
            if identity not in found_by_cell(place, table, column, value):
                lost.append((column, value))
    return lost


@SETTINGS
@given(kept=st.sampled_from(SQLITE_TYPES), written=st.lists(values, min_size=1, max_size=6))
def test_whatever_a_sqlite_column_holds_finds_its_row(sqlite: Place, kept, written) -> None:
    table = sqlite.make(f"id INTEGER PRIMARY KEY, c {kept}", list(enumerate(written)))
    assert rows_not_found(sqlite, table) == []


@SETTINGS
@given(raw=st.lists(st.binary(max_size=8), min_size=1, max_size=4))
def test_text_that_is_not_utf_8_finds_its_row(sqlite: Place, raw) -> None:
    table = sqlite.make("id INTEGER PRIMARY KEY, c TEXT", [])
    for number, one in enumerate(raw):
        sqlite.run("INSERT INTO t VALUES (?, CAST(? AS TEXT))", [(number, one)])
    assert rows_not_found(sqlite, table) == []


POSTGRES_VALUES = {
    "text": texts.filter(lambda text: "\x00" not in text),
    "varchar(4)": st.sampled_from(["", "a", "a  ", "'\n\\"]),
    "char(4)": st.sampled_from(["", "a", "a  ", "'\n\\"]),
    "bytea": st.binary(max_size=8),
    "float8": st.floats(),
    "float4": st.floats(width=32),
    "numeric": st.decimals(allow_nan=False) | st.just("NaN"),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "jsonb": texts.filter(lambda text: "\x00" not in text).map(psycopg.types.json.Jsonb),
    "text[]": st.lists(texts.filter(lambda text: "\x00" not in text), max_size=3),
}


def test_what_an_engine_cannot_hold_is_refused_before_it_is_asked(place: Place) -> None:
    table = place.make("id integer PRIMARY KEY, c text", [(1, "x")])
    for text in (r"c = e'a\0b'", r"c = e'\udcff'", r"c ~ e'\udcff'", r"e'\udcff'"):
        filters = parse_filters(text, table, place.backend)
        try:
            found = place.page(table, PageRequest(table.ref, filters=filters)).rows
        except (StatementFailed, DataError):
            assert place.name != "sqlite"
        else:
            assert found == ()


@SETTINGS
@given(data=st.data(), kept=st.sampled_from(list(POSTGRES_VALUES)))
def test_whatever_a_postgresql_column_holds_finds_its_row(postgresql: Place, data, kept) -> None:
    written = data.draw(st.lists(POSTGRES_VALUES[kept] | st.none(), min_size=1, max_size=5))
    postgresql.make(f"id integer PRIMARY KEY, c {kept}", [])
    for number, one in enumerate(written):
        postgresql.run(f"INSERT INTO t VALUES (%s, CAST(%s AS {kept}))", [(number, one)])
    table = postgresql.table()
    assert rows_not_found(postgresql, table) == []


def test_every_cell_of_the_sqlite_torture_finds_its_row(tmp_path) -> None:
    path = tmp_path / "torture.db"
    torture_sqlite.build(path)
    lost = {}
    with _browsing(str(path)) as (backend, browse), closing(sqlite3.connect(path)) as own:
        place = Place(str(path), backend, browse)
        names = own.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            if name in {"wide", "lost_module"}:
                continue
            table = backend.table(browse, TableRef(None, name))
            if table.has_identity and (gone := rows_not_found(place, table)):
                lost[name] = gone
    assert lost == {}


def test_every_cell_of_the_postgresql_torture_finds_its_row(postgres) -> None:
    torture_postgres.build(postgres)
    lost, seen = {}, 0
    with _browsing(postgres) as (backend, browse):
        place = Place(postgres, backend, browse)
        for summary in backend.outline(browse):
            if summary.ref.schema != torture_postgres.SCHEMA:
                continue
            if summary.ref.name in torture_postgres.UNREADABLE:
                continue
            table = backend.table(browse, summary.ref)
            if table.identity_kind is IdentityKind.NONE or len(table.columns) > 100:
                continue
            seen += 1
            if gone := rows_not_found(place, table):
                lost[summary.ref.name] = gone
    assert seen > 50
    assert lost == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"c = e'a\nb'", "a\nb"),
        (r"c = E'it''s \\ \'q\' \u202e \U0001F642'", "it's \\ 'q' \u202e 🙂"),
        (r"c = e'\udcff'", "\udcff"),
        ("c = x'00ff'", b"\x00\xff"),
        ("c = X''", b""),
        ("c = n'12'", 12),
        ("c = n'12.0'", 12.0),
        ("c = n'-inf'", float("-inf")),
        ("c = n'true'", True),
    ],
)
def test_a_marked_value_is_what_it_says_in_any_column(sqlite: Place, text, value) -> None:
    for kept in ("INTEGER", "TEXT", "BLOB", ""):
        table = sqlite.make(f"id INTEGER PRIMARY KEY, c {kept}", [])
        (found,) = parse_filters(text, table, sqlite.backend)
        assert repr(found.value) == repr(value)
