"""What SQL's information_schema says, for dialects whose Inspector cannot say it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, column, select, table

from studio.backends.generic_values import kind_named
from studio.model.catalog import Column, ForeignKey, Index, IndexPart, TableRef

_COLUMNS = (
    "table_catalog",
    "table_schema",
    "table_name",
    "column_name",
    "is_nullable",
    "data_type",
    "column_default",
)
_CONSTRAINTS = ("table_catalog", "table_schema", "table_name", "constraint_name", "constraint_type")
_KEYS = (
    "constraint_name",
    "table_catalog",
    "table_schema",
    "table_name",
    "column_name",
    "ordinal_position",
)
_USES = ("constraint_schema", *_KEYS)
_REFERENCES = (
    "constraint_schema",
    "constraint_name",
    "unique_constraint_schema",
    "unique_constraint_name",
    "update_rule",
    "delete_rule",
)


@dataclass(frozen=True, slots=True)
class RelationKeys:
    """What names the rows of a relation."""

    primary: tuple[str, ...] = ()
    unique: tuple[Index, ...] = ()


def columns(connection: Connection, name: str | None = None) -> dict[TableRef, tuple[Column, ...]]:
    """Columns of every relation, or of those called `name`; raises what the driver raises."""
    found: dict[TableRef, list[Column]] = defaultdict(list)
    for catalog, schema, relation, title, nullable, data_type, default in _read(
        connection, "columns", _COLUMNS, name, ("table_name", "ordinal_position")
    ):
        made = Column(
            name=str(title),
            type_name=str(data_type),
            kind=kind_named(str(data_type)),
            nullable=str(nullable).upper() != "NO",
            default=None if default is None else str(default),
        )
        for ref in refs(catalog, schema, relation):
            found[ref].append(made)
    return {ref: tuple(made) for ref, made in found.items()}


def keys(connection: Connection, name: str | None = None) -> dict[TableRef, RelationKeys]:
    """Keys of every relation, or of those called `name`; raises what the driver raises."""
    parts: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for constraint, catalog, schema, relation, title, _ in _read(
        connection, "key_column_usage", _KEYS, name, ("ordinal_position",)
    ):
        parts[_id(catalog, schema, relation, constraint)].append(str(title))
    found: dict[TableRef, RelationKeys] = {}
    for catalog, schema, relation, constraint, kind in _read(
        connection, "table_constraints", _CONSTRAINTS, name, ("constraint_name",)
    ):
        of = tuple(parts.get(_id(catalog, schema, relation, constraint), ()))
        for ref in refs(catalog, schema, relation):
            known = found.get(ref, RelationKeys())
            if of and kind == "PRIMARY KEY":
                found[ref] = RelationKeys(of, known.unique)
            elif of and kind == "UNIQUE":
                index = Index(
                    str(constraint), tuple(map(IndexPart, of)), unique=True, constraint=True
                )
                found[ref] = RelationKeys(known.primary, (*known.unique, index))
    return found


def foreign(connection: Connection) -> dict[TableRef, tuple[ForeignKey, ...]]:
    """Foreign keys of every relation; raises what the driver raises."""
    uses: dict[tuple[str, ...], list[str]] = defaultdict(list)
    owners: dict[tuple[str, ...], tuple[TableRef, ...]] = {}
    for of, constraint, catalog, schema, relation, title, _ in _read(
        connection, "key_column_usage", _USES, None, ("ordinal_position",)
    ):
        name = _id(of, constraint)
        uses[name].append(str(title))
        owners[name] = refs(catalog, schema, relation)
    found: dict[TableRef, list[ForeignKey]] = defaultdict(list)
    for of, constraint, target_of, unique, on_update, on_delete in _read(
        connection, "referential_constraints", _REFERENCES, None, ("constraint_name",)
    ):
        name, target = _id(of, constraint), _id(target_of, unique)
        if len(uses[name]) != len(uses[target]):
            continue
        for owner, points_at in zip(owners.get(name, ()), owners.get(target, ()), strict=False):
            found[owner].append(
                ForeignKey(
                    str(constraint),
                    tuple(uses[name]),
                    points_at,
                    tuple(uses[target]),
                    str(on_delete),
                    str(on_update),
                )
            )
    return {ref: tuple(keys) for ref, keys in found.items()}


def refs(catalog: object, schema: object, relation: object) -> tuple[TableRef, ...]:
    """The ways a dialect may name a relation: by schema, or by catalog and schema."""
    plain = TableRef(None if schema is None else str(schema), str(relation))
    if catalog is None or schema is None:
        return (plain,)
    return plain, TableRef(f"{catalog}.{schema}", str(relation))


def _id(*parts: object) -> tuple[str, ...]:
    return tuple(map(str, parts))


def _read(
    connection: Connection,
    view: str,
    names: Sequence[str],
    relation: str | None,
    order: Iterable[str],
) -> Sequence[Sequence[object]]:
    everything = dict.fromkeys((*names, *order))
    source = table(view, *map(column, everything), schema="information_schema")
    statement = select(*(source.c[name] for name in names))
    if relation is not None:
        statement = statement.where(source.c["table_name"] == relation)
    return connection.execute(statement.order_by(*(source.c[name] for name in order))).all()
