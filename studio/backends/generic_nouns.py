"""The records of SQLAlchemy's Inspector → nouns."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import (
    ReflectedCheckConstraint,
    ReflectedColumn,
    ReflectedForeignKeyConstraint,
    ReflectedIndex,
    ReflectedPrimaryKeyConstraint,
    ReflectedTableComment,
    ReflectedUniqueConstraint,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import Enum, TypeEngine

from studio.backends.generic_values import kind_named
from studio.model.catalog import (
    Check,
    Column,
    ColumnKind,
    ForeignKey,
    IdentityKind,
    Index,
    IndexPart,
    TableRef,
)


def columns(raw: object, dialect: Dialect) -> tuple[Column, ...]:
    """The columns, in the table's order."""
    return tuple(_column(one, dialect) for one in cast("list[ReflectedColumn]", raw))


def _column(raw: ReflectedColumn, dialect: Dialect) -> Column:
    type_name = _type_name(raw["type"], dialect)
    computed = raw.get("computed")
    choices = tuple(raw["type"].enums) if isinstance(raw["type"], Enum) else ()
    return Column(
        name=str(raw["name"]),
        type_name=type_name,
        kind=ColumnKind.ENUM if choices else kind_named(type_name),
        nullable=bool(raw.get("nullable", True)),
        default=raw.get("default"),
        generated=None if computed is None else computed.get("sqltext", ""),
        identity=raw.get("identity") is not None or raw.get("autoincrement") is True,
        choices=choices,
        comment=raw.get("comment"),
    )


def _type_name(type_: TypeEngine[Any], dialect: Dialect) -> str:
    try:
        return type_.compile(dialect)
    except (SQLAlchemyError, AttributeError, NotImplementedError):
        return str(type_)


def primary(raw: object) -> tuple[str, ...]:
    """The primary key's columns."""
    record = cast("ReflectedPrimaryKeyConstraint | None", raw)
    return tuple(record["constrained_columns"]) if record else ()


def unique(raw: object) -> tuple[Index, ...]:
    """Unique constraints, as the indexes behind them."""
    return tuple(
        Index(
            str(one["name"]),
            tuple(map(IndexPart, one["column_names"])),
            unique=True,
            constraint=True,
        )
        for one in cast("list[ReflectedUniqueConstraint]", raw)
    )


def indexes(raw: object) -> tuple[Index, ...]:
    """Its indexes, from what the inspector reflects of a table."""
    return tuple(_index(one) for one in cast("list[ReflectedIndex]", raw))


def foreign(raw: object) -> tuple[ForeignKey, ...]:
    """The foreign keys; `placed` gives their targets a schema."""
    return tuple(
        ForeignKey(
            one["name"],
            tuple(one["constrained_columns"]),
            TableRef(one["referred_schema"], one["referred_table"]),
            tuple(one["referred_columns"]),
            one.get("options", {}).get("ondelete") or "NO ACTION",
            one.get("options", {}).get("onupdate") or "NO ACTION",
        )
        for one in cast("list[ReflectedForeignKeyConstraint]", raw)
    )


def placed(owner: TableRef, keys: Iterable[ForeignKey]) -> tuple[ForeignKey, ...]:
    """Foreign keys whose target has no schema point into the schema of their owner."""
    return tuple(
        key
        if key.target.schema is not None
        else replace(key, target=TableRef(owner.schema, key.target.name))
        for key in keys
    )


def checks(raw: object) -> tuple[Check, ...]:
    """Its CHECK constraints, from what the inspector reflects of a table."""
    return tuple(
        Check(one["name"], one["sqltext"]) for one in cast("list[ReflectedCheckConstraint]", raw)
    )


def comment(raw: object) -> str | None:
    """What the inspector reflects of a table's comment; None: it has none."""
    return cast("ReflectedTableComment", raw)["text"]


def _index(raw: ReflectedIndex) -> Index:
    names = raw["column_names"]
    expressions = raw.get("expressions") or names
    options = raw.get("dialect_options", {})
    predicate = next((str(v) for k, v in options.items() if k.endswith("_where") and v), None)
    sorting = raw.get("column_sorting", {})
    return Index(
        name=str(raw["name"]),
        parts=tuple(
            IndexPart(name, None if name else expression, "desc" in sorting.get(name or "", ()))
            for name, expression in zip(names, expressions, strict=False)
        ),
        unique=bool(raw["unique"]),
        predicate=predicate,
    )


def identity(
    columns: Sequence[Column], primary: tuple[str, ...], unique: Iterable[Index]
) -> tuple[tuple[str, ...], IdentityKind]:
    """The primary key, or the shortest unique key over columns that are all NOT NULL."""
    known = {column.name: column for column in columns}
    if primary and all(name in known for name in primary):
        return primary, IdentityKind.PRIMARY_KEY
    fit = [
        index.columns
        for index in unique
        if index.unique
        and index.predicate is None
        and all(p.column in known and not known[p.column].nullable for p in index.parts)
    ]
    if fit:
        return min(fit, key=len), IdentityKind.UNIQUE
    return (), IdentityKind.NONE


def once(indexes: Iterable[Index]) -> tuple[Index, ...]:
    """Each index once: a unique constraint and the index behind it share a name."""
    return tuple({index.name: index for index in reversed(tuple(indexes))}.values())[::-1]
