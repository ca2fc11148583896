"""MikroORM's snapshot: the schema after its newest migration, applied or not."""

from collections.abc import Mapping
from pathlib import Path

from studio.migrations.drift.declared.schema import NOT_STATED, DeclaredSchema, column, table
from studio.migrations.reading import files, manifests
from studio.model.catalog import Column, ForeignKey, Index, IndexPart, Table, TableRef
from studio.model.migration import MigrationProject

_NO_SCHEMA = frozenset({"", "main"})


def read(project: MigrationProject) -> DeclaredSchema | str:
    """The tables of the snapshot beside the migrations, or why there is none."""
    path = _place(project)
    if path is None:
        return "there is no .snapshot-*.json beside the migrations"
    try:
        source = files.text(path, files.MAX_MIGRATION_BYTES)
    except files.UnreadableFile as error:
        return f"the snapshot {path.name} {error}"
    tables = manifests.mapping(manifests.parsed_json(source)).get("tables")
    if not isinstance(tables, list):
        return f"the snapshot {path.name} cannot be read"
    return DeclaredSchema(tuple(_table(manifests.mapping(item)) for item in tables), path.name)


def _place(project: MigrationProject) -> Path | None:
    """The snapshot of the configured name, else the only one there is."""
    for folder in project.folders:
        named = folder / project.setting("snapshot")
        if named.is_file():
            return named
        found = sorted(folder.glob(".snapshot-*.json"))
        if len(found) == 1:
            return found[0]
    return None


def _table(item: Mapping[str, object]) -> Table:
    listed = item.get("indexes")
    indexes = [manifests.mapping(i) for i in listed] if isinstance(listed, list) else []
    columns = {
        name: _column(manifests.mapping(value))
        for name, value in manifests.mapping(item.get("columns")).items()
    }
    keys = [_names(i, "columnNames") for i in indexes if i.get("primary") is True]
    foreign = manifests.mapping(item.get("foreignKeys")).values()
    return table(
        _ref(manifests.string(item.get("schema")), manifests.string(item.get("name"))),
        columns,
        keys[0] if keys else (),
        tuple(_foreign_key(manifests.mapping(value)) for value in foreign),
        tuple(_index(i) for i in indexes if i.get("primary") is not True),
    )


def _column(item: Mapping[str, object]) -> Column:
    default = item.get("default")
    given = default if isinstance(default, str) else None
    if item.get("autoincrement") is True or item.get("generated"):
        given = NOT_STATED
    return column(
        manifests.string(item.get("name")),
        manifests.string(item.get("type")),
        nullable=item.get("nullable") is not False,
        default=given,
    )


def _index(item: Mapping[str, object]) -> Index:
    names = _names(item, "columnNames")
    expression = item.get("expression")
    parts: tuple[IndexPart, ...] = tuple(IndexPart(name) for name in names)
    if isinstance(expression, str):
        # The whole CREATE INDEX is kept: only its name can be compared.
        parts = (IndexPart(None, expression),)
    return Index(
        manifests.string(item.get("keyName")),
        parts,
        unique=item.get("unique") is True,
        constraint=item.get("constraint") is True,
    )


def _foreign_key(item: Mapping[str, object]) -> ForeignKey:
    schema, _, name = manifests.string(item.get("referencedTableName")).rpartition(".")
    return ForeignKey(
        manifests.string(item.get("constraintName")) or None,
        _names(item, "columnNames"),
        _ref(schema, name),
        _names(item, "referencedColumnNames"),
        (manifests.string(item.get("deleteRule")) or "no action").upper(),
        (manifests.string(item.get("updateRule")) or "no action").upper(),
    )


def _ref(schema: str, name: str) -> TableRef:
    return TableRef(None if schema in _NO_SCHEMA else schema, name)


def _names(item: Mapping[str, object], key: str) -> tuple[str, ...]:
    given = item.get(key)
    return tuple(n for n in given if isinstance(n, str)) if isinstance(given, list) else ()
