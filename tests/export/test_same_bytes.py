"""What the grid copies and what `studio query` prints are the same bytes, and INSERTs bring every
value back: of both databases made to hurt, and of reals.
"""

import asyncio
import random
import re
import sqlite3
import struct
from collections.abc import Iterable
from contextlib import closing
from math import isnan
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from studio.backends.base import Purpose
from studio.cli.main import main
from studio.db.session import Session
from studio.db.url import parse
from studio.export.one_row import as_insert, as_json
from studio.export.text import csv_line
from studio.model.catalog import Table, TableKind
from studio.model.page import PageRequest, Shortened, Value
from studio.rows.pages import fetch_page
from studio.rows.question import shown_names
from studio.rows.value import fetch_value
from tests import torture_postgres, torture_sqlite
from tests.postgres import Server

FORMATS = ("insert", "jsonl", "csv")
FRAME = re.compile(r'\{"(results": \[|statement": [0-9]+, "rows": \[)')
UNTYPABLE = {
    "gtsvector", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary", "pg_dependencies",
    "pg_mcv_list", "pg_ndistinct", "pg_node_tree", "xml",
}  # fmt: skip
"""Types of which nobody can write a value; of xml, not where the server was built without it."""
CLASSES = {"null", "integer", "real", "text", "blob"}
Copied = dict[str, list[str]]


async def grid(target: str, tables: Iterable[Table]) -> Copied:
    """Every row of `tables` as it would be copied from the grid, by format."""
    session = await Session.open(parse(target, read_only=True))
    found: Copied = {form: [] for form in FORMATS}
    try:
        lane, backend = session.lane(Purpose.BROWSE), session.backend
        for table in tables:
            names = shown_names(table)
            columns = [table.column(name) for name in names]
            page = await fetch_page(lane, table, PageRequest(table.ref, limit=500))
            for shown, identity in zip(page.rows, page.identities, strict=True):
                row: list[Value] = [
                    await fetch_value(lane, table, identity, name)
                    if isinstance(value, Shortened)
                    else value
                    for name, value in zip(names, shown, strict=True)
                ]
                found["insert"].append(as_insert(backend, table.ref, columns, row))
                found["jsonl"].append(as_json(backend, columns, row))
                found["csv"].append(csv_line(row))
            found["csv"].append(csv_line(names))
    finally:
        await session.close()
    return found


async def tables_of(target: str) -> tuple[Table, ...]:
    session = await Session.open(parse(target, read_only=True))
    try:
        return tuple((await session.catalog()).tables())
    finally:
        await session.close()


def printed(
    capsys: pytest.CaptureFixture[str], target: str, tables: Iterable[Table], form: str
) -> str:
    """Every row of `tables` as `studio query` prints it."""
    selects = []
    for table in tables:
        columns = [table.column(name) for name in shown_names(table)]
        names = [c.name for c in columns if form != "insert" or c.generated is None]
        parts = [part for part in table.ref if part is not None]
        selects.append(
            f"SELECT {', '.join(map(quoted, names))} FROM {'.'.join(map(quoted, parts))}"
        )
    assert main(["query", target, ";\n".join(selects), "--format", form]) == 0
    return capsys.readouterr().out


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def rows_of_array(
    capsys: pytest.CaptureFixture[str], target: str, tables: Iterable[Table]
) -> list[str]:
    """What `--format json` prints of each row, without what frames it."""
    text = printed(capsys, target, tables, "json")
    found = [line.removesuffix(",") for line in text.splitlines() if line.startswith('{"')]
    return sorted(line for line in found if not FRAME.match(line))


def lines(texts: Iterable[str]) -> list[str]:
    return sorted("\n".join(texts).strip("\n").split("\n"))


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_sqlite(tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str) -> None:
    path = tmp_path / "t.db"
    torture_sqlite.build(path, encoding=encoding)
    tables = [t for t in asyncio.run(tables_of(str(path))) if t.kind is TableKind.TABLE]
    assert len(tables) >= 30
    copied = asyncio.run(grid(str(path), tables))
    for form in FORMATS:
        assert lines(copied[form]) == lines([printed(capsys, str(path), tables, form)]), form
    assert rows_of_array(capsys, str(path), tables) == lines(copied["jsonl"])
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert set().union(*(_classes(connection, table) for table in tables)) == CLASSES
        connection.text_factory = bytes
        connection.execute("PRAGMA foreign_keys=OFF")
        before = [_stored(connection, table) for table in tables]
        connection.execute("BEGIN")
        connection.execute("DROP TRIGGER deleted")
        for table in tables:
            connection.execute(f"DELETE FROM main.{quoted(table.ref.name)}")
        for statement in copied["insert"]:
            connection.execute(statement)
        for table, was in zip(tables, before, strict=True):
            assert _stored(connection, table) == was, table.ref


def _classes(connection: sqlite3.Connection, table: Table) -> set[str]:
    """The storage classes of what the table holds."""
    found = set()
    for name in map(quoted, table.column_names):
        sql = f"SELECT DISTINCT typeof({name}) FROM main.{quoted(table.ref.name)}"
        found |= {str(one) for (one,) in connection.execute(sql)}
    return found


def _stored(connection: sqlite3.Connection, table: Table) -> list[str]:
    """Each row with the class and the very bytes of each value."""
    name = quoted(table.ref.name)
    classes = [
        connection.execute(f"SELECT typeof({quoted(c)}) FROM main.{name}").fetchall()
        for c in table.column_names[:20]
    ]
    rows = connection.execute(f"SELECT * FROM main.{name}").fetchall()
    return sorted(map(repr, (*rows, *map(sorted, classes))))


def test_postgresql(postgres_server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    with postgres_server.database() as name:
        url = postgres_server.url(name)
        torture_postgres.build(url)
        wanted = {"odd_types", "compressed", "wide", *torture_postgres.HOSTILE}
        tables = [
            table
            for table in asyncio.run(tables_of(url))
            if table.ref.name in wanted or table.ref.name.startswith("type_")
        ]
        assert len(tables) > 80
        copied = asyncio.run(grid(url, tables))
        for form in FORMATS:
            assert lines(copied[form]) == lines([printed(capsys, url, tables, form)]), form
        assert rows_of_array(capsys, url, tables) == lines(copied["jsonl"])
        with psycopg.connect(url) as connection:
            assert _without_value(connection, tables) <= UNTYPABLE
            before = [_texts(connection, table) for table in tables]
            for table in tables:
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(*table.ref)))
            for statement in copied["insert"]:
                connection.execute(statement.encode())
            for table, was in zip(tables, before, strict=True):
                assert _texts(connection, table) == was, table.ref
            connection.rollback()


def _without_value(
    connection: psycopg.Connection[tuple[object, ...]], tables: Iterable[Table]
) -> set[str]:
    """The server's types of which no table holds a value."""
    every = connection.execute(
        "SELECT t.typname::text FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
        " WHERE n.nspname = 'pg_catalog' AND t.typtype IN ('b', 'r', 'm')"
        " AND t.typcategory <> 'A'"
    ).fetchall()
    held = set()
    for table in tables:
        if table.ref.name.startswith("type_"):
            count = sql.SQL("SELECT count(v) FROM {}").format(sql.Identifier(*table.ref))
            if connection.execute(count).fetchone() != (0,):
                held.add(table.ref.name.removeprefix("type_"))
    return {str(name) for (name,) in every} - held


def _texts(connection: psycopg.Connection[tuple[object, ...]], table: Table) -> list[str]:
    found = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(*table.ref))
    return sorted(str(row[0]) for row in connection.execute(found))


def test_every_bit_of_a_real_comes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, chance = tmp_path / "r.db", random.Random(7)
    edges = (5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e22, -1e-7)
    reals = [r for (r,) in struct.iter_unpack("d", chance.randbytes(8 * 4000)) if not isnan(r)]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (r REAL)")
        connection.executemany("INSERT INTO t VALUES (?)", [(r,) for r in (*edges, *reals)])
        connection.commit()
        assert main(["query", str(path), "SELECT r FROM t", "--format", "insert"]) == 0
        text = capsys.readouterr().out
        before = connection.execute("SELECT r FROM t").fetchall()
        connection.execute("DELETE FROM t")
        connection.executescript(text)
        assert connection.execute("SELECT r FROM t").fetchall() == before
        assert " / " in text, "no real needed more than a decimal: the law was not tried"
