"""MikroORM: Migration<time> classes, names without extension."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.migrations.drift.declared import mikroorm as snapshot
from studio.migrations.drift.declared.schema import DeclaredSchema
from studio.migrations.framework import Framework, NextSteps, Reading, Surroundings
from studio.migrations.history import Row, shape
from studio.migrations.javascript import Literal, lookup, text
from studio.migrations.reading import files, globs, manifests
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text, as_time
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

_GLOB = "!(*.d).{js,ts,cjs}"
_EXTENSION = re.compile(r"\.(?:[mc]?[jt]s)$")


_CONFIG = "mikro-orm.config"
_ENVIRONMENT = re.compile(r"^mikro-orm\.config\.\w+\.[cm]?[jt]s$")


class MikroORM(Framework):
    """Migration classes in a folder, and a table of the names that ran."""

    name = "mikroorm"
    title = "MikroORM"
    precedence = 60
    history = shape("name executed_at", "id")
    default_names = frozenset({"mikro_orm_migrations"})
    consequences = NextSteps(
        pending="The next `migration:up` runs it.",
        out_of_order="The next `migration:up` runs it, after the newer ones.",
        missing="MikroORM does not look at it until it is reverted, and then fails.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By mikro-orm.config, in the folder or its src."""
        config = _named(folder, around.tree) or manifests.js_config(
            folder, "mikro-orm.config", around
        )
        if config is None and around.tree.has(folder, "package.json"):
            config = manifests.js_config(folder / "src", "mikro-orm.config", around)
        if config is None or (
            folder.name == "src" and around.tree.has(folder.parent, "package.json")
        ):
            return
        module = manifests.js_file(config, around)
        settings = module.exported
        migrations = lookup(settings, "migrations")
        place = (
            text(lookup(migrations, "pathTs")) or text(lookup(migrations, "path")) or "migrations"
        )
        table = text(lookup(migrations, "tableName")) or ""
        schema, _, name = table.rpartition(".")
        engine = text(lookup(settings, "type")) or _driver(files.text_or_empty(config))
        url = manifests.connection(lookup(settings, "clientUrl"), folder, engine)
        url = url or manifests.connection(settings, folder, engine)
        yield MigrationProject(
            self.name,
            folder,
            (Path(files.plain(folder / place)),),
            config=config,
            table=TableRef(schema or None, name or "mikro_orm_migrations"),
            table_is_explicit=bool(name),
            url=url,
            settings=(
                ("glob", text(lookup(migrations, "glob")) or _GLOB),
                ("snapshot", _snapshot(settings)),
                ("client", engine),
            ),
            notes=() if url else (DatabaseUnknown("the database is not determinable"),),
        )

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Files the glob matches, by name without extension."""
        found: dict[str, Migration] = {}
        for path in globs.matches(tree, project.folders[0], project.setting("glob", _GLOB)):
            name = _EXTENSION.sub("", path.name)
            reversible = bool(re.search(r"\bdown\s*\(", files.head(path)))
            found.setdefault(name, Migration(name, name, path, reversible=reversible))
        return Reading(tuple(found[name] for name in sorted(found)))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran; old rows carry an extension."""
        return tuple(
            AppliedMigration(_EXTENSION.sub("", as_text(r["name"])), as_time(r["executed_at"]))
            for r in rows
        )

    def plausible(self, rows: Sequence[Row]) -> bool:
        """Names begin with Migration."""
        return all(as_text(row["name"]).startswith("Migration") for row in rows)

    def declared(self, project: MigrationProject) -> DeclaredSchema | str | None:
        """The snapshot beside the migrations."""
        return snapshot.read(project)

    def apply_command(self, project: MigrationProject) -> str:
        """mikro-orm's own."""
        return "npx mikro-orm migration:up"


def _named(folder: Path, tree: FolderTree) -> Path | None:
    """The configuration package.json names; the first one that is there, as the tool takes it."""
    given = manifests.dig(manifests.package(folder, tree), "mikro-orm", "configPaths")
    listed = given if isinstance(given, list) else []
    places = [Path(files.plain(folder / p)) for p in listed if isinstance(p, str)]
    named = next(
        (p for p in places if p.suffix[1:] in manifests.JS_EXTENSIONS and p.is_file()), None
    )
    present = tree.files(folder)
    if named is not None or any(name.rpartition(".")[0] == _CONFIG for name in present):
        return named
    # One configuration for each environment, and none without its name: development's first.
    others = sorted((n for n in present if _ENVIRONMENT.match(n)), key=lambda n: ".dev" not in n)
    return folder / others[0] if others else None


def _snapshot(settings: Literal) -> str:
    """The name of the snapshot in the folder of the migrations."""
    given = text(lookup(settings, "migrations", "snapshotName"))
    name = (text(lookup(settings, "dbName")) or "").rpartition("/")[2]
    return f"{given or f'.snapshot-{name}'}.json"


def _driver(source: str) -> str:
    match = re.search(r"@mikro-orm/(better-sqlite|sqlite|libsql|postgresql|mysql|mariadb)", source)
    return match[1] if match else ""
