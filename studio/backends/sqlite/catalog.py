"""The catalog from PRAGMAs and sqlite_schema, in bulk, as the database itself writes it.

SQLAlchemy's reflection loses collations, index order, expressions, types it does not know, and
stops at a foreign key to a missing table; so none of it is used here.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.backends.sqlite import ddl
from studio.backends.sqlite.identity import identity, is_rowid_alias
from studio.backends.sqlite.types import kind as column_kind
from studio.model.catalog import (
    Catalog,
    Check,
    Column,
    ForeignKey,
    Index,
    IndexPart,
    Schema,
    Table,
    TableKind,
    TableRef,
    TableSummary,
    Trigger,
)
from studio.model.errors import StatementFailed
from studio.model.server import Server

Row = Sequence[Any]
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
_KINDS = {"view": TableKind.VIEW, "virtual": TableKind.VIRTUAL, "shadow": TableKind.SHADOW}
_EXPRESSION, _ROWID = -2, -1
"""What `PRAGMA index_xinfo` puts in place of a column's number."""
_LAST = {TableKind.SHADOW: 1, TableKind.SYSTEM: 2}


@dataclass(slots=True)
class _Raw:
    """Everything read of one schema, by relation name."""

    schema: str
    relations: list[Row]
    sql: dict[str, str] = field(default_factory=dict)
    """Of tables and views."""
    index_sql: dict[str, str] = field(default_factory=dict)
    triggers: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    columns: dict[str, list[Row]] = field(default_factory=dict)
    indexes: dict[str, list[Row]] = field(default_factory=dict)
    foreign_keys: dict[str, list[Row]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


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
            TableSummary(_ref(schema, row[0]), _kind(schema, row), estimates.get(row[0]))
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
            return next(_tables(raw))
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
        schemas.append(Schema(name, tuple(_tables(raw))))
        notes += raw.notes
    return Catalog(server, tuple(schemas), datetime.now(UTC), tuple(notes), version)


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


def _read(connection: Connection, schema: str, only: Row | None = None) -> _Raw:
    """All of `schema`, or one relation of it."""
    relations = _rows(connection, _RELATIONS, schema) if only is None else [only]
    raw = _Raw(schema, [row for row in relations if _is_text(row[0])])
    if len(raw.relations) < len(relations):
        raw.notes.append("a table whose name is not valid UTF-8 was left out")
    _read_objects(connection, raw, None if only is None else only[0])
    raw.columns = _read_columns(connection, raw, only)
    raw.indexes = _read_joined(connection, raw, _INDEXES, only)
    raw.foreign_keys = _read_joined(connection, raw, _FOREIGN_KEYS, only)
    if only is not None:
        _read_parents(connection, raw)
    return raw


def _read_parents(connection: Connection, raw: _Raw) -> None:
    """Names and keys of the tables that one table points to: a reference may name neither the
    parent's columns nor its name as the parent itself spells it.
    """
    targets = {row[2] for rows in raw.foreign_keys.values() for row in rows}
    for target in sorted(targets - raw.sql.keys()):
        for (name,) in _rows(connection, _PARENT.format(schema=raw.schema), target):
            raw.sql.setdefault(name, "")
            # One that no module can read any more has no key to tell.
            with suppress(DBAPIError):
                raw.columns |= _by_table(_query(connection, raw, _COLUMNS, name))


def _read_objects(connection: Connection, raw: _Raw, only: str | None) -> None:
    sql = _OBJECTS.format(schema=raw.schema)
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


def _read_columns(connection: Connection, raw: _Raw, only: Row | None) -> dict[str, list[Row]]:
    try:
        return _by_table(_query(connection, raw, _COLUMNS, None if only is None else only[0]))
    except DBAPIError:
        # One broken view or missing module fails the whole join: ask one by one.
        found: dict[str, list[Row]] = {}
        for name, *_ in raw.relations:
            try:
                found |= _by_table(_query(connection, raw, _COLUMNS, name))
            except DBAPIError as error:
                raw.notes.append(f"{name} cannot be read: {error.orig}")
        return found


def _read_joined(
    connection: Connection, raw: _Raw, sql: str, only: Row | None
) -> dict[str, list[Row]]:
    try:
        return _by_table(_query(connection, raw, sql, None if only is None else only[0]))
    except DBAPIError as error:
        raw.notes.append(f"some indexes or foreign keys cannot be read: {error.orig}")
        return {}


def _query(connection: Connection, raw: _Raw, sql: str, only: str | None) -> list[Row]:
    if only is None:
        return _rows(connection, sql.format(schema=raw.schema, only=""), raw.schema)
    return _rows(connection, sql.format(schema=raw.schema, only="AND name = ?2"), raw.schema, only)


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


# -- making nouns ----------------------------------------------------------------------------------


def _ref(schema: str, name: str) -> TableRef:
    return TableRef(None if schema == "main" else schema, name)


def _kind(schema: str, row: Row) -> TableKind:
    name, kind = row[0], row[1]
    if name[:7].lower() == "sqlite_":
        return TableKind.SYSTEM
    if kind in _KINDS:
        return _KINDS[kind]
    return TableKind.TEMPORARY if schema == "temp" else TableKind.TABLE


def _tables(raw: _Raw) -> Iterator[Table]:
    keys = {name.lower(): _primary_key(rows) for name, rows in raw.columns.items()}
    for row in raw.relations:
        yield _table(raw, row, keys)


def _table(raw: _Raw, row: Row, keys: dict[str, tuple[str, ...]]) -> Table:
    name, _, without_rowid, strict = row
    sql = raw.sql.get(name, "")
    kind = _kind(raw.schema, row)
    has_text = kind not in {TableKind.VIEW, TableKind.VIRTUAL}
    text = ddl.read_table(sql) if has_text else ddl.TableText()
    rows = raw.columns.get(name, [])
    indexes = tuple(_indexes(raw, name))
    primary_key = _primary_key(rows)
    alias = is_rowid_alias(rows, indexes, without_rowid=bool(without_rowid))
    checks = tuple(Check(check.name, check.expression) for check in text.checks)
    columns = tuple(_columns(rows, text, alias=alias))
    triggers = tuple(_triggers(raw, name))
    names, identity_kind = identity(
        kind, columns, primary_key, indexes, alias=alias, without_rowid=bool(without_rowid)
    )
    return Table(
        ref=_ref(raw.schema, name),
        kind=kind,
        columns=columns,
        primary_key=primary_key,
        foreign_keys=tuple(_foreign_keys(raw, name, text, keys)),
        indexes=indexes,
        checks=checks,
        triggers=triggers,
        identity=names,
        identity_kind=identity_kind,
        options=_options(text, strict=strict, without_rowid=without_rowid),
        sql=_whole(sql, indexes, triggers),
    )


def _whole(sql: str, indexes: Iterable[Index], triggers: Iterable[Trigger]) -> str:
    """Every statement that makes this relation, each ended by a semicolon."""
    statements = [sql, *(index.sql for index in indexes), *(trigger.sql for trigger in triggers)]
    return "\n\n".join(f"{statement};" for statement in statements if statement)


def _options(text: ddl.TableText, *, strict: int, without_rowid: int) -> tuple[str, ...]:
    options = {
        "STRICT": strict,
        "WITHOUT ROWID": without_rowid,
        "AUTOINCREMENT": text.autoincrement,
    }
    return tuple(name for name, on in options.items() if on)


def _primary_key(rows: list[Row]) -> tuple[str, ...]:
    return tuple(row[2] for row in sorted(rows, key=itemgetter(6)) if row[6])


def _columns(rows: list[Row], text: ddl.TableText, *, alias: bool) -> Iterator[Column]:
    allowed = dict(
        filter(None, (ddl.choices(check.expression) for check in text.checks if check.expression))
    )
    allowed = {name.lower(): values for name, values in allowed.items()}
    nothing = ddl.ColumnText()
    for _, _, name, type_name, not_null, default, key, hidden in rows:
        lower = name.lower()
        column = text.columns.get(lower, nothing)
        yield Column(
            name=name,
            type_name=type_name,
            kind=column_kind(type_name),
            nullable=not not_null and not (key and alias),
            default=default,
            generated=(column.generated or "") if hidden in {2, 3} else None,
            identity=bool(key and alias),
            choices=allowed.get(lower, ()),
            hidden=hidden == 1,
            collation=column.collation,
        )


def _indexes(raw: _Raw, table: str) -> Iterator[Index]:
    groups = [list(group) for _, group in groupby(raw.indexes.get(table, ()), itemgetter(1))]
    # SQLite lists the newest first.
    for rows in reversed(groups):
        name = rows[0][1]
        _, _, unique, origin, partial, *_ = rows[0]
        sql = raw.index_sql.get(name, "")
        needs_text = partial or any(row[5] == _EXPRESSION for row in rows)
        text = ddl.read_index(sql) if sql and needs_text else ddl.IndexText((), None)
        yield Index(
            name=name,
            parts=tuple(_part(row, text, place) for place, row in enumerate(rows)),
            unique=bool(unique),
            constraint=origin != "c",
            predicate=text.predicate if partial else None,
            sql=sql or None,
        )


def _part(row: Row, text: ddl.IndexText, place: int) -> IndexPart:
    cid, column, descending, collation = row[5:9]
    expression = None
    if cid == _EXPRESSION:
        expression = text.parts[place] if place < len(text.parts) else ""
    elif cid == _ROWID:
        column = "rowid"
    return IndexPart(
        column=column,
        expression=expression,
        descending=bool(descending),
        collation=None if collation == "BINARY" else collation,
    )


def _foreign_keys(
    raw: _Raw, table: str, text: ddl.TableText, keys: dict[str, tuple[str, ...]]
) -> Iterator[ForeignKey]:
    groups = [list(group) for _, group in groupby(raw.foreign_keys.get(table, ()), itemgetter(1))]
    # SQLite lists the last one written first.
    groups.reverse()
    texts = text.references if len(text.references) == len(groups) else ()
    for place, rows in enumerate(groups):
        _, _, target, _, _, on_update, on_delete = rows[0]
        columns = tuple(row[3] for row in rows)
        named = tuple(row[4] for row in rows)
        # Without a list of columns the parent's primary key is meant; it may be missing.
        implied = keys.get(target.lower(), ())
        target_columns = implied if None in named and len(implied) == len(columns) else named
        yield ForeignKey(
            name=texts[place].name if texts else None,
            columns=columns,
            target=_ref(raw.schema, _spelling(raw, target)),
            target_columns=tuple(name or "" for name in target_columns),
            on_delete=on_delete,
            on_update=on_update,
            deferrable=texts[place].deferred if texts else False,
        )


def _spelling(raw: _Raw, target: str) -> str:
    """The target as its own CREATE spells it, so that the reference is found."""
    if target in raw.sql:
        return target
    lower = target.lower()
    return next((name for name in raw.sql if name.lower() == lower), target)


def _triggers(raw: _Raw, table: str) -> Iterator[Trigger]:
    for name, sql in raw.triggers.get(table, ()):
        text = ddl.read_trigger(sql)
        yield Trigger(name, text.timing, text.events, sql)
