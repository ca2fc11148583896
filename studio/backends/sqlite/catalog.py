"""The catalog from PRAGMAs and sqlite_schema, in bulk, as the database itself writes it.

SQLAlchemy's reflection loses collations, index order, expressions, types it does not know, and
stops at a foreign key to a missing table; so none of it is used here.
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.backends.sqlite.tables import Raw, Row, table_kind, table_ref, tables_of
from studio.model.catalog import (
    Catalog,
    Schema,
    Table,
    TableKind,
    TableRef,
    TableSummary,
)
from studio.model.errors import StatementFailed
from studio.model.server import Server

_RELATIONS = """
    SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = ? ORDER BY name
"""
_ALL_RELATIONS = """
    SELECT name, nullif(type, 'table'), schema = 'temp'
    FROM pragma_table_list WHERE schema IN ('main', 'temp') ORDER BY name
"""
_OBJECTS = 'SELECT type, name, tbl_name, sql FROM "{schema}".sqlite_master'
_COLUMNS = """
    SELECT m.name, x.cid, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
    FROM (SELECT name FROM pragma_table_list WHERE schema = ?1 {only}) AS m
    CROSS JOIN pragma_table_xinfo(m.name, ?1) AS x
"""
_INDEXES = """
    SELECT m.name, l.name, l."unique", l.origin, l.partial,
           x.cid, x.name, x."desc", x.coll
    FROM (SELECT name FROM "{schema}".sqlite_master WHERE type = 'table' {only}) AS m
    CROSS JOIN pragma_index_list(m.name, ?1) AS l
    CROSS JOIN pragma_index_xinfo(l.name, ?1) AS x
    WHERE x.key
"""
_PARENT = """
    SELECT name FROM "{schema}".sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE
"""
_FOREIGN_KEYS = """
    SELECT m.name, f.id, f."table", f."from", f."to", f.on_update, f.on_delete
    FROM (SELECT name FROM "{schema}".sqlite_master WHERE type = 'table' {only}) AS m
    CROSS JOIN pragma_foreign_key_list(m.name, ?1) AS f
"""
_FAILED = (DBAPIError, sqlite3.Error)
"""A statement may fail at its first row, or at a later one: those the driver itself hands over."""
_MOST_ATTACHED = 20
_LAST = {TableKind.SHADOW: 1, TableKind.SYSTEM: 2}


# -- what is asked for -----------------------------------------------------------------------------


def read_outline(connection: Connection) -> tuple[TableSummary, ...]:
    """Every relation of main and temp, system ones last; row estimates where ANALYZE left any."""
    # One query: asked for one schema, SQLite lists the others too. And of its texts the names only:
    # each is decoded by us.
    listed: tuple[list[Row], list[Row]] = ([], [])
    for row in _rows(connection, _ALL_RELATIONS):
        listed[row[2]].append(row)
    found: list[TableSummary] = []
    for schema, relations in zip(("main", "temp"), listed, strict=True):
        if schema == "temp" and _only_schema_table(relations):
            continue
        estimates = _analyzed(connection, schema, relations)
        found += [
            TableSummary(table_ref(schema, row[0]), table_kind(schema, row), estimates.get(row[0]))
            for row in relations
            if _is_text(row[0])
        ]
    if listed[1]:
        found.sort(key=lambda summary: summary.ref.name)
    return tuple(sorted(found, key=lambda summary: _LAST.get(summary.kind, 0)))


def read_table(connection: Connection, ref: TableRef) -> Table:
    """One relation. Raises StatementFailed when there is none, or it cannot be read."""
    for schema in ("temp", "main") if ref.schema is None else (ref.schema,):
        named = _spelled(connection, schema, ref.name)
        if named is not None:
            raw = _read(connection, schema, named)
            if named[0] not in raw.columns:
                raise StatementFailed(raw.notes[0] if raw.notes else f"{ref} has no columns")
            return next(tables_of(raw))
    raise StatementFailed(f"no such table: {ref}", code="SQLITE_ERROR")


def read_catalog(connection: Connection, server: Server) -> Catalog:
    """Every relation of main, and of temp when there is any. What cannot be read is a note."""
    schemas: list[Schema] = []
    notes: list[str] = []
    version = schema_version(connection)
    for name in ("main", "temp"):
        raw = _read(connection, name)
        if name == "temp" and _only_schema_table(raw.relations):
            continue
        schemas.append(Schema(name, tuple(tables_of(raw))))
        notes += raw.notes
    return Catalog(server, tuple(schemas), datetime.now(UTC), tuple(notes), version)


def read_session(connection: Connection) -> tuple[Schema, ...]:
    """What only this connection sees: its temporary relations, then the files it attached, in the
    order in which a bare name is looked up. One that somebody has locked has no relations now.
    """
    listed = [str(row[1]) for row in _rows(connection, "PRAGMA database_list")]
    attached = [name for name in listed if name not in {"main", "temp"}]
    patience = _rows(connection, "PRAGMA busy_timeout")[0][0]
    connection.exec_driver_sql("PRAGMA busy_timeout=0").close()
    try:
        found = [_schema_of(connection, name) for name in ("temp", *attached[:_MOST_ATTACHED])]
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(patience)}").close()
    return tuple(schema for schema in found if schema is not None)


def _schema_of(connection: Connection, name: str) -> Schema | None:
    try:
        raw = _read(connection, name)
    except _FAILED:
        return None
    is_empty = name == "temp" and _only_schema_table(raw.relations)
    return None if is_empty else Schema(name, tuple(tables_of(raw)))


def schema_version(connection: Connection) -> str:
    """Main's schema cookie, which every change of its schema, by anybody, counts up
    (https://www.sqlite.org/pragma.html#pragma_schema_version); and which file that is: another one
    put in its place may have counted as far.
    """
    cookie = _rows(connection, "PRAGMA main.schema_version")[0][0]
    path = _rows(connection, "PRAGMA database_list")[0][2]
    try:
        found = os.stat(path) if path else None  # noqa: PTH116 the name may not be Unicode
    except OSError:
        found = None
    return f"{cookie}" if found is None else f"{cookie} {found.st_dev}:{found.st_ino}"


# -- reading ---------------------------------------------------------------------------------------


def _rows(connection: Connection, sql: str, *parameters: object) -> list[Row]:
    result = connection.exec_driver_sql(sql, parameters)
    # The driver's tuples: wrapping each in a Row doubles the time of a large catalog.
    rows: list[Row] = list(result.cursor.fetchall()) if result.cursor is not None else []
    result.close()
    return rows


def _read(connection: Connection, schema: str, only: Row | None = None) -> Raw:
    """All of `schema`, or one relation of it."""
    relations = _rows(connection, _RELATIONS, schema) if only is None else [only]
    raw = Raw(schema, [row for row in relations if _is_text(row[0])])
    if len(raw.relations) < len(relations):
        raw.notes.append("a table whose name is not valid UTF-8 was left out")
    _read_objects(connection, raw, None if only is None else only[0])
    raw.columns = _read_columns(connection, raw, only)
    raw.indexes = _read_joined(connection, raw, _INDEXES, only)
    raw.foreign_keys = _read_joined(connection, raw, _FOREIGN_KEYS, only)
    if only is not None:
        _read_parents(connection, raw)
    return raw


def _read_parents(connection: Connection, raw: Raw) -> None:
    """Names and keys of the tables that one table points to: a reference may name neither the
    parent's columns nor its name as the parent itself spells it.
    """
    targets = {row[2] for rows in raw.foreign_keys.values() for row in rows}
    for target in sorted(targets - raw.sql.keys()):
        for (name,) in _rows(connection, _PARENT.format(schema=_inside_quotes(raw.schema)), target):
            raw.sql.setdefault(name, "")
            # One that no module can read any more has no key to tell.
            with suppress(*_FAILED):
                raw.columns |= _by_table(_query(connection, raw, _COLUMNS, name))


def _read_objects(connection: Connection, raw: Raw, only: str | None) -> None:
    sql = _OBJECTS.format(schema=_inside_quotes(raw.schema))
    rows = (
        _rows(connection, sql)
        if only is None
        else _rows(connection, f"{sql} WHERE tbl_name = ?", only)
    )
    for kind, name, table, text in rows:
        if kind in {"table", "view"}:
            raw.sql[name] = text or ""
        elif kind == "index":
            raw.index_sql[name] = text or ""
        elif kind == "trigger":
            raw.triggers[table].append((name, text or ""))


def _read_columns(connection: Connection, raw: Raw, only: Row | None) -> dict[str, list[Row]]:
    try:
        return _by_table(_query(connection, raw, _COLUMNS, None if only is None else only[0]))
    except _FAILED:
        # One broken view or missing module fails the whole join: ask one by one.
        found: dict[str, list[Row]] = {}
        for name, *_ in raw.relations:
            try:
                found |= _by_table(_query(connection, raw, _COLUMNS, name))
            except _FAILED as error:
                raw.notes.append(f"{name} cannot be read: {_reason(error)}")
        return found


def _read_joined(
    connection: Connection, raw: Raw, sql: str, only: Row | None
) -> dict[str, list[Row]]:
    try:
        return _by_table(_query(connection, raw, sql, None if only is None else only[0]))
    except _FAILED as error:
        raw.notes.append(f"some indexes or foreign keys cannot be read: {_reason(error)}")
        return {}


def _query(connection: Connection, raw: Raw, sql: str, only: str | None) -> list[Row]:
    if only is None:
        return _rows(connection, sql.format(schema=_inside_quotes(raw.schema), only=""), raw.schema)
    return _rows(
        connection,
        sql.format(schema=_inside_quotes(raw.schema), only="AND name = ?2"),
        raw.schema,
        only,
    )


def _inside_quotes(schema: str) -> str:
    """The name an attached file was given is anybody's."""
    return schema.replace('"', '""')


def _reason(error: BaseException) -> object:
    return getattr(error, "orig", None) or error


def _by_table(rows: list[Row]) -> dict[str, list[Row]]:
    return {name: list(group) for name, group in groupby(rows, itemgetter(0))}


def _spelled(connection: Connection, schema: str, name: str) -> Row | None:
    """The relation's row in the table list, by SQLite's rule: ASCII case does not matter."""
    rows = _rows(
        connection,
        f"SELECT name, type, wr, strict FROM ({_RELATIONS}) WHERE name = ? COLLATE NOCASE",
        schema,
        name,
    )
    return rows[0] if rows else None


def _analyzed(connection: Connection, schema: str, relations: list[Row]) -> dict[str, int]:
    """Row counts as the last ANALYZE saw them."""
    if all(row[0] != "sqlite_stat1" for row in relations):
        return {}
    found: dict[str, int] = {}
    for table, index, stat in _rows(
        connection, f'SELECT tbl, idx, stat FROM "{schema}".sqlite_stat1'
    ):
        first = str(stat).split(" ", 1)[0]
        if first.isdigit() and (index is None or table not in found):
            found[str(table)] = int(first)
    return found


def _is_text(name: object) -> bool:
    """Whether a name can be said back to SQLite."""
    if isinstance(name, str) and name.isascii():
        return True
    try:
        str(name).encode()
    except UnicodeEncodeError:
        return False
    return True


def _only_schema_table(relations: Sequence[Row]) -> bool:
    return all(row[0] == "sqlite_temp_schema" for row in relations)
