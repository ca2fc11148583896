"""What a PostgreSQL database holds, read with a handful of bulk queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.backends.postgresql import ddl, failures, relations
from studio.backends.postgresql.queries import Record, ask
from studio.model.catalog import (
    Catalog,
    Check,
    Domain,
    EnumType,
    Schema,
    Table,
    TableRef,
    TableSummary,
)
from studio.model.catalog import (
    Sequence as CatalogSequence,
)
from studio.model.errors import Busy, StatementFailed
from studio.model.server import Server

ByRelation = Mapping[str, Sequence[Record]]
_NOTHING: Sequence[Record] = ()


@dataclass(frozen=True, slots=True)
class _Parts:
    """Rows of the catalog by the oid of the relation they belong to."""

    columns: ByRelation
    constraints: ByRelation
    indexes: ByRelation
    triggers: ByRelation
    sequences: ByRelation
    labels: relations.Labels
    collations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Asks the catalog; what this user may not read becomes a note."""

    connection: Connection
    notes: list[str] = field(default_factory=list)

    def ask(self, name: str, /, **parameters: object) -> Sequence[Record]:
        for _ in range(_ATTEMPTS):
            try:
                return ask(self.connection, name, **parameters)
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if state not in {_NO_PRIVILEGE, *_DROPPED_MEANWHILE}:
                    raise
                told = failures.translate(error.orig or error)
                if state == _NO_PRIVILEGE:
                    break
        self.notes.append(f"{name} could not be read: {told}")
        return _NOTHING

    def define(self, row: Record) -> bool:
        """Add the text of a view to its row; whether nobody's lock was in the way."""
        if row["kind"] not in _VIEWS:
            return True
        try:
            (answer,) = self.ask("definition", oid=row["oid"]) or ({"definition": None},)
        except DBAPIError as error:
            if not isinstance(failures.translate(error.orig or error), Busy):
                raise
            self.notes.append("somebody holds a lock, so the text of some views was not read")
            return False
        row["definition"] = answer["definition"]
        return True


_NO_PRIVILEGE = "42501"
_DROPPED_MEANWHILE = ("XX000", "42P01", "42704", "3F000")
"""What printing an expression says when its table was dropped since the statement began."""
_ATTEMPTS = 5
_VIEWS = {"v", "m"}
_NO_SUCH_RELATION = "42P01"
_ENUM_CATEGORY = "E"


def outline(connection: Connection) -> tuple[TableSummary, ...]:
    """Every relation, people's schemas by name first, the system's last."""
    found = [_summary(row) for row in ask(connection, "outline")]
    return tuple(sorted(found, key=_outline_order))


def _outline_order(summary: TableSummary) -> tuple[bool, str, str]:
    schema = summary.ref.schema or ""
    return schema in relations.SYSTEM_SCHEMAS, schema, summary.ref.name


def _summary(row: Record) -> TableSummary:
    schema, relkind = row["nspname"] or "", row["relkind"] or ""
    return TableSummary(
        ref=TableRef(schema, row["relname"] or ""),
        kind=relations.kind(
            schema,
            relkind,
            row["relpersistence"] or "",
            is_partition=row["relispartition"] == "t",
        ),
        row_estimate=relations.row_estimate(row["reltuples"], relkind),
        bytes=None if row["bytes"] is None else int(row["bytes"]),
        comment=row["comment"],
    )


def oid(connection: Connection, ref: TableRef) -> str:
    """The oid of the relation `ref` names. Raises StatementFailed when there is none."""
    for row in ask(connection, "resolve", schema=ref.schema, name=ref.name):
        return row["oid"] or ""
    where = f"schema {ref.schema}" if ref.schema is not None else "the search path"
    raise StatementFailed(
        f"there is no table or view {ref.name} in {where}",
        code=_NO_SUCH_RELATION,
        hint="names keep their case; list what is there with studio schema",
    )


def table(connection: Connection, ref: TableRef) -> Table:
    """One relation, whole. Raises StatementFailed when there is none."""
    number = oid(connection, ref)
    reader = _Reader(connection)
    parts = _read(reader, number)
    for row in reader.ask("relations", oid=number):
        reader.define(row)
        return _table(row, parts)
    raise StatementFailed(f"{ref} was dropped a moment ago", code=_NO_SUCH_RELATION)


def catalog(connection: Connection, server: Server) -> Catalog:
    """Everything a person could open, and the types around it."""
    reader = _Reader(connection)
    names = [row["name"] or "" for row in reader.ask("schemas")]
    enums = reader.ask("enums")
    sequences = reader.ask("sequences", oid=None)
    parts = _read(reader, None, enums, sequences)
    tables: dict[str, list[Table]] = defaultdict(list)
    rows = reader.ask("relations", oid=None)
    _define_all(reader, rows)
    for row in rows:
        tables[row["schema"] or ""].append(_table(row, parts))
    reader.notes.extend(_notes(server, rows))
    groups = _Types(
        enums=_by_schema(_enum(row) for row in enums),
        domains=_by_schema(_domain(row) for row in reader.ask("domains")),
        sequences=_by_schema(_sequence(row) for row in sequences),
    )
    return Catalog(
        server=server,
        schemas=tuple(_schema(name, tables[name], groups) for name in _schemas_in_order(names)),
        reflected_at=datetime.now(UTC),
        notes=tuple(reader.notes),
    )


@dataclass(frozen=True, slots=True)
class Definition:
    """One of people's relations, with what makes it."""

    oid: str
    ref: TableRef
    statements: ddl.Statements


def definitions(connection: Connection) -> Iterator[Definition]:
    """What makes each of people's relations, foreign keys apart; raises as the server does."""
    reader = _Reader(connection)
    parts = _read(reader, None)
    rows = reader.ask("relations", oid=None)
    _define_all(reader, rows)
    for row in rows:
        if row["schema"] not in relations.SYSTEM_SCHEMAS:
            number, ref = row["oid"] or "", TableRef(row["schema"], row["name"] or "")
            found = _table(row, parts)
            of_row = ddl.RelationParts(
                row,
                parts.columns.get(number, _NOTHING),
                parts.constraints.get(number, _NOTHING),
                parts.sequences.get(number, _NOTHING),
            )
            yield Definition(number, ref, ddl.apart(of_row, found.indexes, found.triggers))


def _define_all(reader: _Reader, rows: Sequence[Record]) -> None:
    """The text of people's views; of the system's nobody asked, and they are many."""
    for row in rows:
        if row["schema"] not in relations.SYSTEM_SCHEMAS and not reader.define(row):
            return


def _notes(server: Server, rows: Sequence[Record]) -> Iterator[str]:
    own = [row for row in rows if row["schema"] not in relations.SYSTEM_SCHEMAS]
    hidden = [_ref(row) for row in own if row["readable"] == "f"]
    if hidden:
        yield f"{server.user} may not read {_listed(hidden)}"
    locked = [_ref(row) for row in own if row["is_locked"] == "t"]
    if locked:
        yield (
            f"somebody is changing {_listed(locked)}: sizes, defaults, checks and indexes there "
            "are not all known until that is done"
        )


def _ref(row: Record) -> str:
    return str(TableRef(row["schema"], row["name"] or ""))


def _listed(names: list[str], most: int = 5) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _read(
    reader: _Reader,
    number: str | None,
    enums: Sequence[Record] = _NOTHING,
    sequences: Sequence[Record] | None = None,
) -> _Parts:
    columns = reader.ask("columns", oid=number)
    if number is not None and any(row["category"] == _ENUM_CATEGORY for row in columns):
        enums = reader.ask("enums")
    if sequences is None:
        sequences = reader.ask("sequences", oid=number)
    return _Parts(
        columns=_grouped(columns),
        constraints=_grouped(reader.ask("constraints", oid=number)),
        indexes=_grouped(reader.ask("indexes", oid=number)),
        triggers=_grouped(reader.ask("triggers", oid=number)),
        sequences=_grouped(sequences),
        labels={row["oid"] or "": _labels(row) for row in enums},
        collations={row["oid"] or "": row["name"] or "" for row in reader.ask("collations")},
    )


def _grouped(rows: Iterable[Record]) -> ByRelation:
    groups: dict[str, list[Record]] = defaultdict(list)
    for row in rows:
        groups[row["relation"] or ""].append(row)
    return groups


def _table(row: Record, parts: _Parts) -> Table:
    number, relkind = row["oid"] or "", row["kind"] or ""
    own = parts.columns.get(number, _NOTHING)
    constraints = parts.constraints.get(number, _NOTHING)
    index_rows = parts.indexes.get(number, _NOTHING)
    names = {int(column["number"] or 0): column["name"] or "" for column in own}
    columns = relations.columns(own, parts.labels)
    collations = relations.Collations(
        {int(column["number"] or 0): column["collation_id"] for column in own}, parts.collations
    )
    indexes = relations.indexes(index_rows, names, collations)
    triggers = relations.triggers(parts.triggers.get(number, _NOTHING))
    key = relations.primary_key(constraints, names)
    identity, identity_kind = relations.identity(row, key, index_rows, columns, names)
    ref = TableRef(row["schema"], row["name"] or "")
    return Table(
        ref=ref,
        kind=relations.kind(
            row["schema"] or "",
            relkind,
            row["persistence"] or "",
            is_partition=row["is_partition"] == "t",
        ),
        columns=columns,
        primary_key=key,
        foreign_keys=relations.foreign_keys(constraints, names),
        indexes=indexes,
        checks=relations.checks(constraints),
        triggers=triggers,
        rules=relations.rules(row),
        parents=relations.parents(row),
        identity=identity,
        identity_kind=identity_kind,
        unnamed_because=relations.unnamed_because(row, columns, identity_kind),
        row_estimate=relations.row_estimate(row["tuples"], relkind),
        bytes=None if row["bytes"] is None else int(row["bytes"]),
        options=ddl.options(row),
        comment=row["comment"],
        sql=ddl.relation(
            ddl.RelationParts(row, own, constraints, parts.sequences.get(number, _NOTHING)),
            indexes,
            triggers,
        ),
        unread=tuple(column.name for column in columns if column.hidden),
        refused=tuple(word for word in (row["refused"] or "").split(",") if word),
        row_security=row["is_policed"] == "t",
    )


# -- schemas and types -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Types:
    enums: Mapping[str, list[EnumType]]
    domains: Mapping[str, list[Domain]]
    sequences: Mapping[str, list[CatalogSequence]]


_Named = TypeVar("_Named", EnumType, Domain, CatalogSequence)


def _by_schema(found: Iterable[_Named]) -> Mapping[str, list[_Named]]:
    groups: dict[str, list[_Named]] = defaultdict(list)
    for item in found:
        groups[item.ref.schema or ""].append(item)
    return groups


def _schemas_in_order(names: Sequence[str]) -> list[str]:
    return sorted(names, key=lambda name: (name in relations.SYSTEM_SCHEMAS, name))


def _schema(name: str, tables: list[Table], types: _Types) -> Schema:
    return Schema(
        name=name,
        tables=tuple(sorted(tables, key=lambda found: found.ref.name)),
        enums=tuple(types.enums.get(name, ())),
        domains=tuple(types.domains.get(name, ())),
        sequences=tuple(types.sequences.get(name, ())),
        is_system=name in relations.SYSTEM_SCHEMAS,
    )


def _labels(row: Record) -> tuple[str, ...]:
    return tuple(label for label in relations.decoded(row["labels"]) or () if label is not None)


def _enum(row: Record) -> EnumType:
    return EnumType(TableRef(row["schema"], row["name"] or ""), _labels(row))


def _domain(row: Record) -> Domain:
    return Domain(
        ref=TableRef(row["schema"], row["name"] or ""),
        base=row["base"] or "",
        nullable=row["not_null"] != "t",
        default=row["expression"],
        checks=tuple(Check(name, text) for name, text in relations.decoded(row["checks"]) or ()),
    )


def _sequence(row: Record) -> CatalogSequence:
    owner = relations.decoded(row["owner"]) or ()
    return CatalogSequence(
        ref=TableRef(row["schema"], row["name"] or ""),
        last_value=None if row["last_value"] is None else int(row["last_value"]),
        owned_by=".".join(owner) if all(owner) else None,
    )
