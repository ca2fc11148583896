"""What was read of a schema, as tables: their columns, keys, indexes and triggers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from studio.backends.sqlite import ddl
from studio.backends.sqlite.types import Affinity
from studio.backends.sqlite.types import kind as column_kind
from studio.model.catalog import (
    Check,
    Column,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    Table,
    TableKind,
    TableRef,
    Trigger,
)

Row = Sequence[Any]
_KINDS = {"view": TableKind.VIEW, "virtual": TableKind.VIRTUAL, "shadow": TableKind.SHADOW}
_EXPRESSION, _ROWID = -2, -1
"""What `PRAGMA index_xinfo` puts in place of a column's number."""
ROWID_NAMES = ("rowid", "_rowid_", "oid")
_MOST_COLUMNS = 2000
"""Of a result (SQLITE_MAX_COLUMN): a table that has so many leaves no room for its rowid."""
_NOTHING: tuple[tuple[str, ...], IdentityKind] = ((), IdentityKind.NONE)


@dataclass(slots=True)
class Raw:
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


def table_ref(schema: str, name: str) -> TableRef:
    """Main's relations have no schema in theirs."""
    return TableRef(None if schema == "main" else schema, name)


def table_kind(schema: str, row: Row) -> TableKind:
    """By name and type of `row`, the first two of `pragma_table_list`."""
    name, kind = row[0], row[1]
    if name[:7].lower() == "sqlite_":
        return TableKind.SYSTEM
    if kind in _KINDS:
        return _KINDS[kind]
    return TableKind.TEMPORARY if schema == "temp" else TableKind.TABLE


def tables_of(raw: Raw) -> Iterator[Table]:
    """Every relation that was read."""
    keys = {name.lower(): _primary_key(rows) for name, rows in raw.columns.items()}
    for row in raw.relations:
        yield _table(raw, row, keys)


def _table(raw: Raw, row: Row, keys: dict[str, tuple[str, ...]]) -> Table:
    name, _, without_rowid, strict = row
    sql = raw.sql.get(name, "")
    kind = table_kind(raw.schema, row)
    has_text = kind not in {TableKind.VIEW, TableKind.VIRTUAL}
    text = ddl.read_table(sql) if has_text else ddl.TableText()
    rows = raw.columns.get(name, [])
    indexes = tuple(_indexes(raw, name))
    primary_key = _primary_key(rows)
    alias = is_rowid_alias(rows, indexes, without_rowid=bool(without_rowid))
    checks = tuple(Check(check.name, check.expression) for check in text.checks)
    columns = tuple(_columns(rows, text, alias=alias, strict=bool(strict)))
    triggers = tuple(_triggers(raw, name))
    names, identity_kind = identity(
        kind, columns, primary_key, indexes, alias=alias, without_rowid=bool(without_rowid)
    )
    return Table(
        ref=table_ref(raw.schema, name),
        kind=kind,
        columns=columns,
        primary_key=primary_key,
        foreign_keys=tuple(_foreign_keys(raw, name, text, keys)),
        indexes=indexes,
        checks=checks,
        triggers=triggers,
        identity=names,
        identity_kind=identity_kind,
        unnamed_because=unnamed_because(columns, identity_kind),
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


def _columns(
    rows: list[Row], text: ddl.TableText, *, alias: bool, strict: bool
) -> Iterator[Column]:
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
            affinity=Affinity.BLOB if strict and type_name.upper() == "ANY" else "",
        )


def _indexes(raw: Raw, table: str) -> Iterator[Index]:
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
    raw: Raw, table: str, text: ddl.TableText, keys: dict[str, tuple[str, ...]]
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
            target=table_ref(raw.schema, _spelling(raw, target)),
            target_columns=tuple(name or "" for name in target_columns),
            on_delete=on_delete,
            on_update=on_update,
            deferrable=texts[place].deferred if texts else False,
        )


def _spelling(raw: Raw, target: str) -> str:
    """The target as its own CREATE spells it, so that the reference is found."""
    if target in raw.sql:
        return target
    lower = target.lower()
    return next((name for name in raw.sql if name.lower() == lower), target)


def _triggers(raw: Raw, table: str) -> Iterator[Trigger]:
    for name, sql in raw.triggers.get(table, ()):
        text = ddl.read_trigger(sql)
        yield Trigger(name, text.timing, text.events, sql)


def is_rowid_alias(
    rows: Sequence[Sequence[Any]], indexes: Iterable[Index], *, without_rowid: bool
) -> bool:
    """Whether the primary key is the rowid itself, from `PRAGMA table_xinfo` rows.

    `INTEGER PRIMARY KEY DESC` is not: an old bug, kept for compatibility. It shows by the index
    SQLite had to make for it.
    """
    keys = [row for row in rows if row[6]]
    if without_rowid or len(keys) != 1 or keys[0][3].upper() != "INTEGER":
        return False
    name = keys[0][2]
    return not any(
        index.constraint and index.name.startswith("sqlite_autoindex_") and index.columns == (name,)
        for index in indexes
    )


def identity(
    kind: TableKind,
    columns: tuple[Column, ...],
    primary_key: tuple[str, ...],
    indexes: tuple[Index, ...],
    *,
    alias: bool,
    without_rowid: bool,
) -> tuple[tuple[str, ...], IdentityKind]:
    """The columns that name one row, and what they are.

    The rowid comes before any other primary key: SQLite lets those hold NULL, and reads in rowid
    order are the fastest it has. A rowid that is no INTEGER PRIMARY KEY may change with VACUUM.
    """
    if kind is TableKind.VIEW or not columns:
        return _NOTHING
    if alias or (without_rowid and primary_key):
        return primary_key, IdentityKind.PRIMARY_KEY
    taken = {column.name.lower() for column in columns}
    free = next((name for name in ROWID_NAMES if name not in taken), None)
    if free is not None and not without_rowid and len(columns) < _MOST_COLUMNS:
        return (free,), IdentityKind.ROWID
    return _unique(columns, indexes)


def unnamed_because(columns: tuple[Column, ...], kind: IdentityKind) -> str:
    """Why rows have no names, in a few words; empty where there is just no key."""
    if kind is not IdentityKind.NONE:
        return ""
    if len(columns) >= _MOST_COLUMNS:
        return f"no room for the rowid beside {len(columns):,} columns"
    if {column.name.lower() for column in columns} >= set(ROWID_NAMES):
        return "columns take every name of the rowid"
    return ""


def _unique(
    columns: tuple[Column, ...], indexes: tuple[Index, ...]
) -> tuple[tuple[str, ...], IdentityKind]:
    never_null = {column.name for column in columns if not column.nullable}
    for index in indexes:
        whole = index.predicate is None and len(index.columns) == len(index.parts)
        if index.unique and whole and never_null.issuperset(index.columns):
            return index.columns, IdentityKind.UNIQUE
    return _NOTHING
