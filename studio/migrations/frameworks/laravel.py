"""Laravel: names and batches."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.migrations.framework import Framework, NextSteps, Reading, Surroundings
from studio.migrations.history import Row, shape
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

_TABLE = re.compile(
    r"['\"]migrations['\"]\s*=>\s*(?:\[[^\]]*?['\"]table['\"]\s*=>\s*)?['\"]([\w.]+)['\"]"
)
_DEFAULT = re.compile(
    r"['\"]default['\"]\s*=>\s*(?:env\(\s*['\"]DB_CONNECTION['\"]\s*,\s*)?['\"](\w+)['\"]"
)
_PREFIXED = re.compile(r"['\"]prefix['\"]\s*=>\s*env\(\s*['\"]DB_PREFIX['\"]")
_DRIVERS = {"pgsql": "postgresql", "mysql": "mysql", "mariadb": "mysql"}


class Laravel(Framework):
    """php artisan migrate."""

    name = "laravel"
    title = "Laravel"
    precedence = 130
    history = shape("migration batch", "id")
    default_names = frozenset({"migrations"})
    consequences = NextSteps(
        pending="The next `migrate` runs it.",
        out_of_order="The next `migrate` runs it, after the newer ones.",
        missing="Laravel goes on; it may come from a package, which registers its own folder.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By artisan."""
        if not around.tree.has(folder, "artisan"):
            return
        source = files.text_or_empty(folder / "config" / "database.php")
        match = _TABLE.search(source)
        variables = environment.of(folder, around.repository)
        if default := _DEFAULT.search(source):
            variables.setdefault("DB_CONNECTION", default[1])
        url = _database(folder, variables)
        prefix = variables.get("DB_PREFIX", "") if _PREFIXED.search(source) else ""
        yield MigrationProject(
            self.name,
            folder,
            (folder / "database" / "migrations",),
            config=folder / "artisan",
            table=TableRef(None, prefix + (match[1] if match else "migrations")),
            table_is_explicit=match is not None or bool(prefix),
            url=url,
            notes=() if url else (DatabaseUnknown("the database is not determinable"),),
        )

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Files with an underscore in their name, by name."""
        folder = project.folders[0]
        names = [n for n in tree.files(folder) if n.endswith(".php") and "_" in n]
        return Reading(tuple(_migration(folder / name) for name in names))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran; Laravel does not record when."""
        return tuple(
            AppliedMigration(as_text(r["migration"]), detail=f"batch {as_text(r['batch'])}")
            for r in rows
        )

    def apply_command(self, project: MigrationProject) -> str:
        """artisan's own."""
        return "php artisan migrate"


def _migration(path: Path) -> Migration:
    reversible = "function down" in files.head(path)
    return Migration(path.stem, path.stem, path, reversible=reversible)


def _database(root: Path, variables: dict[str, str]) -> str | None:
    url = variables.get("DB_URL") or variables.get("DATABASE_URL")
    if url:
        return targets.target(url, root)
    driver = variables.get("DB_CONNECTION", "")
    name = variables.get("DB_DATABASE", "")
    if driver == "sqlite":
        return targets.target(name or "database/database.sqlite", root, "sqlite")
    if driver not in _DRIVERS:
        return None
    keys = ("host", "port", "database", "username", "password")
    parts = {key: variables.get(f"DB_{key.upper()}", "") for key in keys}
    return manifests.server(parts, _DRIVERS[driver])
