"""Rows of the catalog → columns, keys, indexes, triggers of one relation."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.backends.postgresql import kinds
from studio.backends.postgresql.queries import Record
from studio.model.catalog import (
    Check,
    Column,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    Rule,
    TableKind,
    TableRef,
    Trigger,
)

BLOCK_BYTES = 8192
SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema"})
_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_KINDS = {
    "r": TableKind.TABLE,
    "p": TableKind.PARTITIONED,
    "v": TableKind.VIEW,
    "m": TableKind.MATERIALIZED_VIEW,
    "f": TableKind.FOREIGN,
    "t": TableKind.SYSTEM,
    "S": TableKind.SYSTEM,
}
_NO_COLLATION, _DEFAULT_COLLATION = "0", "100"
_DESCENDING, _NULLS_FIRST = 1, 2
"""Bits of `pg_index.indoption` (PostgreSQL, catalog/pg_index.h)."""
_ROW, _BEFORE, _INSERT, _DELETE, _UPDATE, _TRUNCATE, _INSTEAD = 1, 2, 4, 8, 16, 32, 64
"""Bits of `pg_trigger.tgtype` (PostgreSQL, catalog/pg_trigger.h)."""
_EVENTS = ((_INSERT, "INSERT"), (_UPDATE, "UPDATE"), (_DELETE, "DELETE"), (_TRUNCATE, "TRUNCATE"))

Labels = Mapping[str, tuple[str, ...]]
"""The labels of enum types by oid."""
Names = Mapping[int, str]
"""Column names of one relation by attnum."""


def decoded(value: str | None) -> Any:  # noqa: ANN401 - JSON has no one type
    """JSON the server made, or None."""
    return None if value is None else json.loads(value)


def kind(schema: str, relkind: str, persistence: str, *, is_partition: bool) -> TableKind:
    """What studio calls a relation."""
    found = _KINDS[relkind]
    if found in {TableKind.TABLE, TableKind.VIEW} and schema in SYSTEM_SCHEMAS:
        return TableKind.SYSTEM
    if found is TableKind.TABLE and persistence == "t":
        return TableKind.TEMPORARY
    if found is TableKind.TABLE and is_partition:
        return TableKind.PARTITION
    return found


def row_estimate(tuples: str | None, relkind: str) -> int | None:
    """`reltuples` as a count; None when nobody looked yet."""
    if relkind not in "rmpft" or tuples is None:
        return None
    return int(float(tuples))


def columns(rows: Sequence[Record], labels: Labels) -> tuple[Column, ...]:
    """Columns in the table's order."""
    return tuple(_column(row, labels) for row in rows)


def _column(row: Record, labels: Labels) -> Column:
    oid, base = row["type"] or "0", row["base"] or "0"
    is_generated = bool(row["generated"])
    return Column(
        name=row["name"] or "",
        type_name=row["type_name"] or "???",
        kind=kinds.of_type(int(oid), row["typtype"] or "", row["category"] or "", int(base)),
        nullable=row["not_null"] != "t",
        default=None if is_generated else row["expression"],
        generated=(row["expression"] or "") if is_generated else None,
        identity=bool(row["identity"]),
        choices=labels.get(oid) or labels.get(base) or (),
        collation=row["collation"],
        comment=row["comment"],
        hidden=row["readable"] == "f",
    )


def primary_key(rows: Sequence[Record], names: Names) -> tuple[str, ...]:
    """The columns of the primary key, in its order."""
    for row in rows:
        if row["kind"] == "p":
            return _names(row["columns"], names)
    return ()


def _names(numbers: str | None, names: Names) -> tuple[str, ...]:
    return tuple(names[number] for number in decoded(numbers) or () if number in names)


def foreign_keys(rows: Sequence[Record], names: Names) -> tuple[ForeignKey, ...]:
    """References to other tables."""
    return tuple(
        ForeignKey(
            name=row["name"],
            columns=_names(row["columns"], names),
            target=TableRef(row["target_schema"], row["target_name"] or ""),
            target_columns=tuple(decoded(row["target_columns"]) or ()),
            on_delete=_ACTIONS.get(row["on_delete"] or "", "NO ACTION"),
            on_update=_ACTIONS.get(row["on_update"] or "", "NO ACTION"),
            deferrable=row["deferrable"] == "t",
            inherited=row["inherited"] == "t",
        )
        for row in rows
        if row["kind"] == "f"
    )


def checks(rows: Sequence[Record]) -> tuple[Check, ...]:
    """CHECK and EXCLUDE constraints in the server's words."""
    return tuple(
        Check(row["name"], row["definition"] or "") for row in rows if row["kind"] in {"c", "x"}
    )


@dataclass(frozen=True, slots=True)
class Collations:
    """What an index's collations are compared with, and called."""

    of_columns: Mapping[int, str | None]
    """Collation oids of one relation's columns by attnum."""
    names: Mapping[str, str]
    """By oid."""

    def other(self, number: int, oid: str) -> str | None:
        """The collation's name where it is not the column's own."""
        if oid == _NO_COLLATION or oid == (self.of_columns.get(number) or _DEFAULT_COLLATION):
            return None
        return self.names.get(oid)


def indexes(rows: Sequence[Record], names: Names, collations: Collations) -> tuple[Index, ...]:
    """Indexes, those behind constraints too."""
    return tuple(_index(row, names, collations) for row in rows)


def _index(row: Record, names: Names, collations: Collations) -> Index:
    numbers = [int(number) for number in (row["keys"] or "").split()]
    count = int(row["key_count"] or len(numbers))
    return Index(
        name=row["name"] or "",
        parts=tuple(_parts(row, numbers[:count], names, collations)),
        unique=row["is_unique"] == "t",
        constraint=row["constraint"] is not None,
        predicate=row["predicate"],
        included=tuple(names[number] for number in numbers[count:] if number in names),
        method=row["method"] or "",
        valid=row["is_valid"] == "t",
        bytes=int(row["pages"] or 0) * BLOCK_BYTES,
        sql=row["sql"],
    )


def _parts(
    row: Record, numbers: Sequence[int], names: Names, collations: Collations
) -> Iterator[IndexPart]:
    expressions = decoded(row["expressions"]) or {}
    collated = (row["collations"] or "").split()
    options = [int(option) for option in (row["options"] or "").split()]
    for place, (number, option, oid) in enumerate(zip(numbers, options, collated, strict=False), 1):
        descending = bool(option & _DESCENDING)
        nulls_first = bool(option & _NULLS_FIRST)
        yield IndexPart(
            column=names.get(number),
            expression=None if number else expressions.get(str(place), ""),
            descending=descending,
            # PostgreSQL sorts NULLs as the highest: first when descending.
            nulls_first=None if nulls_first == descending else nulls_first,
            collation=collations.other(number, oid),
        )


def triggers(rows: Sequence[Record]) -> tuple[Trigger, ...]:
    """Triggers people made; those behind foreign keys are left out."""
    return tuple(_trigger(row) for row in rows)


def _trigger(row: Record) -> Trigger:
    bits = int(row["bits"] or 0)
    timing = "INSTEAD OF" if bits & _INSTEAD else "BEFORE" if bits & _BEFORE else "AFTER"
    return Trigger(
        name=row["name"] or "",
        timing=timing,
        events=tuple(event for bit, event in _EVENTS if bits & bit),
        sql=row["sql"] or "",
        enabled=row["enabled"] != "D",
    )


_RULE_EVENTS = {"2": "UPDATE", "3": "INSERT", "4": "DELETE"}
"""`pg_rewrite.ev_type`."""


def rules(row: Record) -> tuple[Rule, ...]:
    """Rules that change what a change does; a view's own is left out."""
    return tuple(
        Rule(name, _RULE_EVENTS[event], instead)
        for name, event, instead in decoded(row["rules"]) or ()
    )


def parents(row: Record) -> tuple[TableRef, ...]:
    """What it inherits from or is a partition of."""
    return tuple(TableRef(schema, name) for schema, name in decoded(row["parents"]) or ())


def identity(
    row: Record,
    key: tuple[str, ...],
    index_rows: Sequence[Record],
    found: Sequence[Column],
    names: Names,
) -> tuple[tuple[str, ...], IdentityKind]:
    """What names one row: the key, else a unique index that cannot repeat, else the place."""
    if row["kind"] != "p" and row["has_children"] == "t":
        # A key and a place hold for each table of an inheritance, not for all of them together.
        return (), IdentityKind.NONE
    unread = {column.name for column in found if column.hidden}
    if key and (unread.isdisjoint(key) or len(unread) == len(found)):
        # Rows that may not be read at all are still written, and named by who knows their keys.
        return key, IdentityKind.PRIMARY_KEY
    if unread:
        # Nor can a place be read by who may not read the whole row.
        return (), IdentityKind.NONE
    required = {column.name for column in found if not column.nullable}
    for index in index_rows:
        unique = _unique_columns(index, names)
        if unique and required.issuperset(unique):
            return unique, IdentityKind.UNIQUE
    if row["kind"] in {"r", "m", "t"}:
        return ("ctid",), IdentityKind.CTID
    return (), IdentityKind.NONE


def unnamed_because(row: Record, found: Sequence[Column], kind: IdentityKind) -> str:
    """Why rows have no names, in a few words; empty where there is just no key."""
    if kind is not IdentityKind.NONE:
        return ""
    if row["kind"] != "p" and row["has_children"] == "t":
        return "no key holds for the tables that inherit from it, too"
    if any(column.hidden for column in found):
        return "its key is not yours to read"
    return ""


def _unique_columns(row: Record, names: Names) -> tuple[str, ...]:
    usable = all(row[claim] == "t" for claim in ("is_unique", "is_valid", "is_immediate"))
    if not usable or row["is_partial"] == "t" or row["has_expressions"] == "t":
        return ()
    numbers = [int(number) for number in (row["keys"] or "").split()]
    found = [names.get(number) for number in numbers[: int(row["key_count"] or 0)]]
    # A table made anew between two questions has other columns than its index.
    return () if None in found else tuple(name for name in found if name is not None)
