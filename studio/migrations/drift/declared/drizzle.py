"""Drizzle's snapshots, of both layouts."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from studio.migrations.drift.declared import drizzle_views
from studio.migrations.drift.declared.schema import (
    BARE,
    KNOWS_ALL,
    NOT_STATED,
    POLICIES,
    ROUTINES,
    TRIGGERS,
    VIEW_INDEXES,
    DeclaredSchema,
    column,
    generated,
    table,
)
from studio.migrations.reading import files, manifests
from studio.model.catalog import (
    Check,
    Column,
    ForeignKey,
    Index,
    IndexPart,
    Table,
    TableKind,
    TableRef,
)
from studio.model.migration import BoardEntry, MigrationProject, MigrationState, MigrationStatus

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*(?:\(.*\))?")
_VIEWS = frozenset({TableKind.VIEW, TableKind.MATERIALIZED_VIEW})
_DONE = frozenset({MigrationState.APPLIED, MigrationState.CHANGED})


def baseline(status: MigrationStatus) -> DeclaredSchema | str:
    """The snapshot of the last applied migration, or why there is none.

    Of a schema that was pushed it is the newest: push writes no history.
    """
    if status.project is None:
        return "there is no project"
    if not status.expected:
        return "nothing is applied yet"
    entry = status.expected[-1]
    path = snapshot_path(status.project, entry)
    found = read(path)
    if isinstance(found, str):
        return found
    folder = status.project.folders[0]
    return DeclaredSchema(
        tuple(t for t in found if not _is_mentioned(t)),
        files.relative(path, folder.parent),
        ignored=frozenset(t.ref.name for t in found if _is_mentioned(t)),
        exact=True,
        knows=_knows(found),
    )


def _knows(found: Iterable[Table]) -> frozenset[str]:
    """Everything but what Drizzle does not write down."""
    has_policies = any(table.policing is not None for table in found)
    never = {VIEW_INDEXES, TRIGGERS, ROUTINES}
    return KNOWS_ALL - never - (set() if has_policies else {POLICIES})


def _is_mentioned(table: Table) -> bool:
    """Whether it is a view that Drizzle reads and does not make."""
    return table.kind in _VIEWS and not table.sql


def before_and_after(
    status: MigrationStatus,
) -> Iterable[tuple[tuple[Table, ...], tuple[Table, ...]]]:
    """What each migration that is not applied changes: the snapshot before it, and its own."""
    project = status.project
    if project is None:
        return
    listed = [e for e in status.entries if e.migration is not None and e.migration.listed]
    for number, entry in enumerate(listed):
        if entry.state in _DONE:
            continue
        after = read(snapshot_path(project, entry))
        before = read(snapshot_path(project, listed[number - 1])) if number else ()
        if not isinstance(after, str) and not isinstance(before, str):
            yield _made_there(before), _made_there(after)


def _made_there(tables: Iterable[Table]) -> tuple[Table, ...]:
    return tuple(table for table in tables if not _is_mentioned(table))


def snapshot_path(project: MigrationProject, entry: BoardEntry) -> Path:
    """Where the snapshot of one migration is: beside its SQL, or in meta under its prefix."""
    path = entry.path
    if path is not None and path.name == "migration.sql":
        return path.parent / "snapshot.json"
    prefix = entry.id.partition("_")[0]
    return project.folders[0] / "meta" / f"{prefix}_snapshot.json"


def read(path: Path) -> tuple[Table, ...] | str:
    """The tables of a snapshot, or why it cannot be read."""
    try:
        source = files.text(path, files.MAX_MIGRATION_BYTES)
    except files.UnreadableFile as error:
        return f"the snapshot {path.name} {error}"
    snapshot = manifests.mapping(manifests.parsed_json(source))
    flat = snapshot.get("ddl")
    if isinstance(flat, list):
        items = [manifests.mapping(item) for item in flat]
        labels = _labels(item for item in items if item.get("entityType") == "enums")
        shown = drizzle_views.views(i for i in items if i.get("entityType") == "views")
        return (*_with_labels(_from_list(items), labels), *shown)
    tables = snapshot.get("tables")
    if not isinstance(tables, dict):
        return f"the snapshot {path.name} cannot be read"
    found = (_from_object(manifests.mapping(item)) for item in tables.values())
    listed = _with_labels(found, _labels(_values(snapshot.get("enums"))))
    return (*listed, *drizzle_views.views(_values(snapshot.get("views"))))


def _labels(enums: Iterable[Mapping[str, object]]) -> dict[str, tuple[str, ...]]:
    """The labels of each enum, by its name without the schema."""
    return {manifests.string(item.get("name")): _names(item, "values") for item in enums}


def _with_labels(
    tables: Iterable[Table], labels: Mapping[str, tuple[str, ...]]
) -> tuple[Table, ...]:
    def known(found: Column) -> Column:
        name = found.type_name.removesuffix("[]").rpartition(".")[2].strip('"')
        return replace(found, choices=labels[name]) if name in labels else found

    return tuple(replace(t, columns=tuple(known(c) for c in t.columns)) for t in tables)


def _from_object(item: Mapping[str, object]) -> Table:
    """One table of the old layout."""
    columns = {
        name: _column(manifests.mapping(value))
        for name, value in manifests.mapping(item.get("columns")).items()
    }
    marked = (
        name
        for name, value in manifests.mapping(item.get("columns")).items()
        if manifests.mapping(value).get("primaryKey") is True
    )
    keys = manifests.mapping(item.get("compositePrimaryKeys"))
    composite = [_names(v, "columns") for v in _values(keys)]
    # Older snapshots write `name;column,column`.
    texts = (v for v in keys.values() if isinstance(v, str))
    composite += [tuple(text.rpartition(";")[2].split(",")) for text in texts]
    indexes = [_index(v) for v in _values(item.get("indexes"))]
    indexes += [_unique(v) for v in _values(item.get("uniqueConstraints"))]
    found = table(
        _ref(item, "schema", "name"),
        columns,
        composite[0] if composite else tuple(marked),
        tuple(_foreign_key(v, "tableFrom") for v in _values(item.get("foreignKeys"))),
        tuple(indexes),
    )
    checks = [*_values(item.get("checkConstraints")), *_values(item.get("checkConstraint"))]
    policies = _values(item["policies"]) if "policies" in item else None
    return replace(
        found,
        checks=tuple(_check(check) for check in checks),
        policing=drizzle_views.policing(item, policies),
    )


def _check(item: Mapping[str, object]) -> Check:
    return Check(manifests.string(item.get("name")) or None, manifests.string(item.get("value")))


def _from_list(items: Sequence[Mapping[str, object]]) -> Iterable[Table]:
    """The tables of the new layout, whose parts lie flat beside each other."""

    def parts(kind: str, owner: Mapping[str, object]) -> list[Mapping[str, object]]:
        return [
            item
            for item in items
            if item.get("entityType") == kind
            and item.get("table") == owner.get("name")
            and item.get("schema") == owner.get("schema")
        ]

    for item in items:
        if item.get("entityType") != "tables":
            continue
        keys = [_names(part, "columns") for part in parts("pks", item)]
        indexes = [_index(part) for part in parts("indexes", item)]
        indexes += [_unique(part) for part in parts("uniques", item)]
        found = table(
            _ref(item, "schema", "name"),
            {str(p.get("name")): _column(p) for p in parts("columns", item)},
            keys[0] if keys else (),
            tuple(_foreign_key(p, "table") for p in parts("fks", item)),
            tuple(indexes),
        )
        yield replace(
            found,
            checks=tuple(_check(part) for part in parts("checks", item)),
            policing=drizzle_views.policing(item, parts("policies", item) or None),
        )


def _ref(item: Mapping[str, object], schema: str, name: str) -> TableRef:
    return TableRef(manifests.string(item.get(schema)) or None, manifests.string(item.get(name)))


def _column(item: Mapping[str, object]) -> Column:
    kind = _type(item)
    default = _default(item.get("default"))
    if "serial" in kind.lower():
        default = NOT_STATED
    found = column(
        manifests.string(item.get("name")),
        kind,
        nullable=item.get("notNull") is not True,
        default=default,
        identity=bool(item.get("identity")),
    )
    made = item.get("generated")
    return generated(found, manifests.string(manifests.mapping(made).get("as"))) if made else found


def _type(item: Mapping[str, object]) -> str:
    """The type as SQL; one the project made is quoted, and placed unless it is a public one."""
    kind, schema = (manifests.string(item.get(key)) for key in ("type", "typeSchema"))
    base, array, rest = kind.partition("[")
    if schema and schema != "public":
        base = f'"{schema}"."{base}"'
    elif schema and not _PLAIN_NAME.fullmatch(base):
        base = f'"{base}"'
    dimensions = item.get("dimensions")
    if isinstance(dimensions, int) and dimensions and not array:
        return base + "[]" * dimensions
    return base + array + rest


def _default(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    inner = manifests.mapping(value).get("value")
    return inner if isinstance(inner, str) else NOT_STATED


def _index(item: Mapping[str, object]) -> Index:
    given = item.get("columns")
    parts = tuple(_part(part) for part in given) if isinstance(given, list) else ()
    unique = item.get("isUnique") is True or item.get("unique") is True
    where = manifests.string(item.get("where")) or None
    is_bare = isinstance(given, list) and any(isinstance(part, str) for part in given)
    method = BARE if is_bare else manifests.string(item.get("method"), "btree")
    name = manifests.string(item.get("name"))
    return Index(name, parts, unique, predicate=where, method=method, sql=_classes(given))


def _classes(given: object) -> str | None:
    """The operator classes it names, as a definition would have them; None where it may not."""
    if not isinstance(given, list) or any(isinstance(part, str) for part in given):
        return None
    named = (manifests.mapping(part).get("opclass") for part in given)
    asked = (n if isinstance(n, str) else manifests.mapping(n).get("name") for n in named)
    return " ".join(name for name in asked if isinstance(name, str))


def _part(value: object) -> IndexPart:
    if isinstance(value, str):
        # A column's name, or SQL with the quotes it was written with.
        text = re.sub(r"\s+(?:asc|desc)$", "", value, flags=re.IGNORECASE).strip('`"')
        is_descending = value.lower().endswith(" desc")
        is_name = re.search(r"[()`\"]", text) is None
        return IndexPart(text if is_name else None, None if is_name else text, is_descending)
    item = manifests.mapping(value)
    text = manifests.string(item.get("expression")) or manifests.string(item.get("value"))
    descending = item.get("asc") is False
    nulls = item.get("nulls")
    first = nulls == "first" if nulls in {"first", "last"} else item.get("nullsFirst") is True
    is_told = nulls in {"first", "last"} or isinstance(item.get("nullsFirst"), bool)
    # NULLs are first of a descending key and last of others: only something else is said.
    nulls_first = first if is_told and first != descending else None
    if item.get("isExpression") is True:
        return IndexPart(None, text, descending, nulls_first)
    return IndexPart(text, None, descending, nulls_first)


def _unique(item: Mapping[str, object]) -> Index:
    name = manifests.string(item.get("name"))
    parts = tuple(IndexPart(c) for c in _names(item, "columns"))
    return Index(name, parts, unique=True, constraint=True)


def _foreign_key(item: Mapping[str, object], _owner: str) -> ForeignKey:
    return ForeignKey(
        manifests.string(item.get("name")) or None,
        _names(item, "columnsFrom") or _names(item, "columns"),
        _ref(item, "schemaTo", "tableTo"),
        _names(item, "columnsTo"),
        (manifests.string(item.get("onDelete")) or "no action").upper(),
        (manifests.string(item.get("onUpdate")) or "no action").upper(),
    )


def _names(value: object, key: str) -> tuple[str, ...]:
    given = manifests.mapping(value).get(key)
    return tuple(n for n in given if isinstance(n, str)) if isinstance(given, list) else ()


def _values(value: object) -> list[Mapping[str, object]]:
    """The objects of a mapping; older snapshots keep some as `name;col,col` texts, left out."""
    return [manifests.mapping(v) for v in manifests.mapping(value).values() if isinstance(v, dict)]
