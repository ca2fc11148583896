"""golang-migrate: one row, the current version, and a dirty flag."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote

from studio.migrations.framework import (
    Framework,
    NextSteps,
    Order,
    Reading,
    Surroundings,
    numeric_order,
)
from studio.migrations.history import Row, shape
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_bool, as_int
from studio.migrations.status import merged, missing
from studio.model.catalog import TableRef
from studio.model.migration import (
    AppliedMigration,
    BoardEntry,
    Migration,
    MigrationProject,
    MigrationState,
)
from studio.model.notes import DatabaseUnknown

_FILE = re.compile(r"^([0-9]+)_(.*)\.(up|down)\.(.*)$")


class GolangMigrate(Framework):
    """Numbered up and down files, and one row: the version the database is at."""

    name = "golang-migrate"
    title = "golang-migrate"
    precedence = 250
    history = shape("version dirty", "sequence")
    default_names = frozenset({"schema_migrations"})
    consequences = NextSteps(
        pending="The next `migrate up` applies it.",
        out_of_order="",
        missing="migrate stops: it does not find the version it is at.",
        failed="migrate refuses everything until `migrate force VERSION` says where it is.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By up and down pairs, unless a Cargo.toml speaks for sqlx."""
        names = around.tree.files(folder)
        if not any((m := _FILE.match(name)) and m[3] == "up" for name in names):
            return
        if manifests.crate_above(folder, around.tree, "sqlx"):
            return
        root = manifests.root_of(folder, around)
        variables = environment.of(root, around.repository)
        raw = variables.get("DATABASE_URL") or variables.get("POSTGRES_URL") or ""
        url = targets.target(raw, root)
        table = re.search(r"x-migrations-table=([^&]+)", raw)
        schema, _, name = (unquote(table[1]).replace('"', "") if table else "").rpartition(".")
        yield MigrationProject(
            self.name,
            root,
            (folder,),
            table=TableRef(schema or None, name or "schema_migrations"),
            table_is_explicit=bool(name),
            url=url,
            guessed=not around.tree.has(root, "go.mod"),
            notes=()
            if url
            else (DatabaseUnknown("migrate keeps no configuration", "the database"),),
        )

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Up files by version."""
        folder = project.folders[0]
        found: dict[str, Migration] = {}
        downs: set[str] = set()
        names = [(name, match) for name in tree.files(folder) if (match := _FILE.match(name))]
        for _, match in names:
            if match[3] == "down":
                downs.add(str(int(match[1])))
        faults: list[str] = []
        for name, match in names:
            version = str(int(match[1]))
            if match[3] == "up" and version in found:
                other = found[version].path
                first = other.name if other is not None else version
                faults.append(f"{first} and {name} have one version, {version}: migrate stops.")
            elif match[3] == "up":
                found[version] = Migration(
                    version, version, folder / name, match[2], reversible=version in downs
                )
        ordered = sorted(found.values(), key=lambda m: int(m.key))
        return Reading(tuple(ordered), faults=tuple(faults))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """The current version; of several rows (ClickHouse) the newest."""
        newest = max(rows, key=lambda r: as_int(r.get("sequence")) or 0, default=None)
        if newest is None:
            return ()
        version = as_int(newest["version"])
        if version is None or (version < 0 and not as_bool(newest["dirty"])):
            return ()
        return (AppliedMigration(str(version), succeeded=not as_bool(newest["dirty"])),)

    def transactional(self, source: str, statements: int) -> bool:
        """No transaction of its own; the server makes one of several statements sent at once."""
        return statements > 1

    def apply_command(self, project: MigrationProject) -> str:
        """`migrate up`; the database is an argument."""
        folder = files.relative(project.folders[0], project.root)
        return f"migrate -path {folder} -database DATABASE_URL up"

    def order(self, key: str) -> Order:
        """By number."""
        return numeric_order(key)

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """Everything up to the current version counts as applied: gaps cannot be seen."""
        current = applied[0] if applied else None
        found = [(self.order(m.key), self._entry(m, current)) for m in reading.migrations]
        if current is None or any(m.key == current.key for m in reading.migrations):
            return tuple(entry for _, entry in found)
        return merged(found, [(self.order(current.key), missing(self, current))])

    def _entry(self, migration: Migration, current: AppliedMigration | None) -> BoardEntry:
        version = int(migration.key)
        at = int(current.key) if current else -1
        row = current if version == at else None
        state, note = MigrationState.PENDING, f"Not applied yet. {self.consequences.pending}"
        if row is not None and not row.succeeded:
            state = MigrationState.FAILED
            note = f"The database is dirty at this version. {self.consequences.failed}"
        elif version <= at:
            state = MigrationState.APPLIED
            note = (
                "" if row else "Not newer than the current version, the only one migrate records."
            )
        return BoardEntry(migration.id, state, note, None, migration.path, migration, row)
