"""Drift: where the database is no longer what the applied migrations made it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from studio.migrations import files
from studio.migrations.compare import Sides, differences, objects, sides
from studio.migrations.declared import drizzle, dump, mikroorm, prisma, rails, replay_server
from studio.migrations.declared.replay import ENGINE, replay
from studio.migrations.declared.schema import Declared
from studio.migrations.history import Database, Reader
from studio.migrations.registry import frameworks
from studio.model.catalog import Catalog, Table, TableKind, TableRef
from studio.model.errors import StudioError
from studio.model.migration import (
    Drift,
    Entry,
    MigrationProject,
    MigrationState,
    MigrationStatus,
)

_WAITING = frozenset(
    {MigrationState.PENDING, MigrationState.OUT_OF_ORDER, MigrationState.ROLLED_BACK}
)
_COMPARED = frozenset({TableKind.TABLE, TableKind.PARTITIONED})
_OWN = frozenset({"spatial_ref_sys"})
_DUMPS = frozenset({"rails", "dbmate", "ecto"})
"""Tools that write a dump of the schema beside their migrations."""
_ON_A_PATH = frozenset({"flyway", "dbmate"})
"""Tools whose history lies in the schema they make unqualified names mean."""
_WORD = re.compile(r"\w+")


def drift_of(
    status: MigrationStatus, reader: Reader, *, replays: bool = False
) -> tuple[tuple[Drift, ...], tuple[str, ...]]:
    """The differences, and notes on what was compared or why nothing was.

    `replays`: a person allowed a scratch in the database itself.
    """
    try:
        catalog = reader.catalog()
        found = _declared(status, catalog, reader if replays else None)
        if isinstance(found, str):
            return (), (f"drift is not known: {found}.",)
        present, own = _live(catalog, reader)
    except StudioError as error:
        return (), (f"drift is not known: {error}.",)
    default = _default_namespace(status, catalog)
    kept_tables = tuple(t for t in found.tables if t.ref.name not in own)
    found = replace(found, tables=kept_tables)
    both = sides(found, present, default, reader.engine)
    result = tuple(differences(both))
    explained = _explained(status, found, both, default, reader.engine)
    kept = tuple(item for item in result if (item.kind, item.object) not in explained)
    if not _is_sql_snapshot(status):
        kept = _not_mentioned(kept, status.entries)
    return kept, (f"drift: compared with {found.source}.", *found.notes)


def _declared(status: MigrationStatus, catalog: Catalog, scratch: Reader | None) -> Declared | str:
    """`scratch` is whose scratch may be used."""
    project = status.project
    if project is None:
        return "there is no project that declares a schema"
    if status.framework == "drizzle":
        return drizzle.baseline(status)
    why = f"{status.framework} keeps no declared schema that can be read without running code"
    if catalog.server.engine == ENGINE and _is_plain_sql(status.entries):
        replayed = replay(status, catalog.server)
        if not isinstance(replayed, str):
            return replayed
        why = replayed
    elif catalog.server.engine == replay_server.ENGINE and _is_plain_sql(status.entries):
        replayed = replay_server.replay_there(status, scratch) if scratch else replay_server.ASK
        if not isinstance(replayed, str):
            return replayed
        why = replayed
    return _written(status.framework, project) or why


def _written(tool: str, project: MigrationProject) -> Declared | str | None:
    """What the tool, or its user, wrote down as the schema; None where it writes nothing."""
    if tool == "prisma":
        return prisma.read(Path(project.setting("schema")), project.setting("provider"))
    if tool == "mikroorm":
        return mikroorm.read(project)
    schema = project.root / "db" / "schema.rb"
    if tool == "rails" and schema.exists():
        return rails.read(schema)
    written = next((p for p in _dumps(project.root) if p.exists()), None)
    return dump.read(written) if written is not None and tool in _DUMPS else None


def _dumps(root: Path) -> tuple[Path, ...]:
    names = ("db/structure.sql", "db/schema.sql", "priv/repo/structure.sql")
    return tuple(root / name for name in names)


def _is_plain_sql(entries: Sequence[Entry]) -> bool:
    return any(e.path is not None for e in entries) and all(
        e.path.suffix == ".sql" for e in entries if e.path is not None
    )


def _is_sql_snapshot(status: MigrationStatus) -> bool:
    return status.framework == "drizzle"


def _live(catalog: Catalog, reader: Reader) -> tuple[list[Table], frozenset[str]]:
    """Tables people made, and the names of those that are the migration tools' own."""
    database = Database(reader)
    own = {
        table.ref
        for table in database.tables
        if any(
            f.recognises(table, database) and table.ref.name.lower() in f.default_names
            for f in frameworks()
        )
    }
    names = {f"{ref.name}{suffix}" for ref in own for suffix in ("", "_lock", "LOCK", "lock")}
    names |= {"yoyo_lock", "_yoyo_log", "_yoyo_version", "ar_internal_metadata", *_OWN}
    system = {schema.name for schema in catalog.schemas if schema.is_system}
    people = [
        table
        for table in catalog.tables()
        if table.kind in _COMPARED
        and table.ref.schema not in system
        and table.ref.name not in names
    ]
    return people, frozenset(names)


def _default_namespace(status: MigrationStatus, catalog: Catalog) -> str | None:
    """Where unqualified names of the migrations went."""
    if status.framework in _ON_A_PATH and status.history is not None and status.history.schema:
        return status.history.schema
    used = {table.ref.schema for table in catalog.tables()}
    if None in used or not used:
        return None
    return "public" if "public" in {s.name for s in catalog.schemas} else catalog.schemas[0].name


def _explained(
    status: MigrationStatus, found: Declared, both: Sides, default: str | None, engine: str
) -> frozenset[tuple[str, str]]:
    """What migrations that wait would change is not drift."""
    result = set(found.explained)
    if _is_sql_snapshot(status):
        for before, after in drizzle.before_and_after(status):
            change = sides(Declared(after, ""), _placed(before, default), default, engine)
            result |= objects(tuple(differences(change)))
    return frozenset(result)


def _placed(tables: Sequence[Table], default: str | None) -> list[Table]:
    return [
        Table(
            TableRef(t.ref.schema or default, t.ref.name),
            t.kind,
            t.columns,
            t.primary_key,
            t.foreign_keys,
            t.indexes,
        )
        for t in tables
    ]


def _not_mentioned(found: tuple[Drift, ...], entries: Sequence[Entry]) -> tuple[Drift, ...]:
    """Without what a waiting migration names: the declared schema may be ahead of the database."""
    words: set[str] = set()
    for entry in entries:
        if entry.state in _WAITING and entry.path is not None:
            words.update(_WORD.findall(files.text_or_empty(entry.path, files.MAX_MIGRATION_BYTES)))
    if not words:
        return found
    return tuple(item for item in found if not _names(item) <= words)


def _names(item: Drift) -> set[str]:
    return set(_WORD.findall(item.object)) - {"public"}
