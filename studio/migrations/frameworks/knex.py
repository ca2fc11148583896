"""Knex: knexfile, batches, a lock row that can be left behind."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from studio.migrations.framework import Framework, NextSteps, Reading, Surroundings
from studio.migrations.history import Database, LiveTable, Row, shape
from studio.migrations.javascript import Literal, Undetermined, lookup, text, texts
from studio.migrations.reading import environment, files, manifests, scripts
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_bool, as_text, as_time
from studio.migrations.status import compare_listed
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, BoardEntry, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

EXTENSIONS = (".co", ".coffee", ".eg", ".iced", ".js", ".cjs", ".litcoffee", ".ls", ".ts")
"""Knex's defaults: .mjs and .mts are not among them."""


_SETTINGS = frozenset({"client", "connection", "migrations", "dialect"})
"""Keys of one environment's settings: a file that has them at its top names no environments."""


class Knex(Framework):
    """knex migrate."""

    name = "knex"
    title = "Knex"
    precedence = 40
    history = shape("name batch migration_time", "id")
    default_names = frozenset({"knex_migrations"})
    consequences = NextSteps(
        pending="The next `migrate:latest` runs it.",
        out_of_order="The next `migrate:latest` runs it, after the newer ones.",
        missing="Knex calls the directory corrupt and stops, unless "
        "disableMigrationsListValidation is set.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By knexfile, or by `knex({ migrations: { directory } })` in a package that has none."""
        config = manifests.js_config(folder, "knexfile", around)
        if config is None:
            yield from self._in_code(folder, around)
            return
        module = manifests.js_file(config, around)
        exported = module.exported
        if isinstance(exported, Undetermined):
            # One environment after the other: `exports.development = {…}`.
            parts = {n: v for n, v in module.constants.items() if _is_settings(v)}
            exported = parts or exported
        chosen, settings = _environment(exported, environment.of(folder, around.repository))
        project = self._project(config, chosen, settings)
        yield replace(project, settings=(*project.settings, ("named", _named(config, around.tree))))

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Files by name across directories; names keep their extension."""
        extensions = tuple(project.setting("extensions").split()) or EXTENSIONS
        groups = [
            [folder / n for n in tree.files(folder) if n.endswith(extensions) and _may_be(n)]
            for folder in project.folders
        ]
        paths = [path for group in groups for path in group]
        if project.setting("per_folder") != "yes":
            paths.sort(key=lambda path: path.name)
        return Reading(tuple(_migration(path) for path in paths))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran; migration_time is epoch milliseconds on SQLite."""
        return tuple(
            AppliedMigration(
                as_text(r["name"]),
                as_time(r["migration_time"]),
                detail=f"batch {as_text(r['batch'])}",
            )
            for r in rows
        )

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """With sortDirsSeparately the order is that of the folders, then of the names."""
        if project.setting("per_folder") == "yes":
            return compare_listed(self, reading.migrations, applied)
        return super().entries(project, reading, applied)

    def apply_command(self, project: MigrationProject) -> str:
        """`migrate:latest` for the knexfile and the environment that were read; none where code
        runs it.
        """
        if project.setting("built") == "yes":
            return ""
        env, named = project.setting("environment"), project.setting("named")
        words = ["npx knex migrate:latest"]
        words += ["--knexfile", shlex.quote(named)] if named else []
        words += ["--env", env] if env not in {"", "development"} else []
        return " ".join(words)

    def locks(self, table: LiveTable, database: Database) -> tuple[str, ...]:
        """A lock with nobody running was left by a crash."""
        lock = database.find(TableRef(table.ref.schema, f"{table.ref.name}_lock"))
        if lock is None or "is_locked" not in lock.names:
            return ()
        if any(as_bool(row["is_locked"]) for row in database.rows(lock)):
            return (
                f"{lock.ref} says a migration is running; if none is, `npx knex migrate:unlock`.",
            )
        return ()

    def _in_code(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """Where the text says plainly in which folder migrations are; silent otherwise."""
        tree = around.tree
        if not manifests.depends_on(folder, tree, "knex"):
            return
        if any(manifests.js_config(place, "knexfile", around) for place in tree.below(folder)):
            return
        for path in manifests.sources(folder, around, "knex"):
            if manifests.is_of_inner_package(path, folder, tree, "knex"):
                continue
            module = manifests.js_file(path, around)
            for settings in (*module.objects("knex"), *module.objects("Knex")):
                if texts(lookup(settings, "migrations", "directory")):
                    yield self._project(path, "", settings, folder)

    def _project(
        self, config: Path, chosen: str, settings: Literal, built_in: Path | None = None
    ) -> MigrationProject:
        """`built_in`: the package whose code has the settings, where no knexfile has."""
        root = built_in or config.parent
        migrations = lookup(settings, "migrations")
        if isinstance(migrations, list):
            migrations = migrations[0] if migrations else None
        directory = lookup(migrations, "directory")
        client = text(lookup(settings, "client")) or ""
        connection = lookup(settings, "connection")
        url = manifests.connection(connection, root, client)
        extensions = texts(lookup(migrations, "loadExtensions"))
        notes = [
            manifests.undetermined("migrations.directory", directory, "assumed ./migrations"),
            "" if url else DatabaseUnknown("the connection is not determinable", "the database"),
        ]
        schema = text(lookup(migrations, "schemaName"))
        return MigrationProject(
            self.name,
            root,
            tuple(Path(files.plain(root / d)) for d in texts(directory) or ("migrations",)),
            config=config,
            table=TableRef(schema, text(lookup(migrations, "tableName")) or "knex_migrations"),
            table_is_explicit=text(lookup(migrations, "tableName")) is not None,
            url=url,
            settings=(
                ("environment", chosen),
                ("client", client),
                ("built", "yes" if built_in else ""),
                ("extensions", " ".join(extensions)),
                ("per_folder", "yes" if lookup(migrations, "sortDirsSeparately") is True else ""),
            ),
            notes=tuple(n for n in notes if n),
        )


def _named(config: Path, tree: FolderTree) -> str:
    """A knexfile by its way from the package Knex is run in; empty where it lies there."""
    above = manifests.upwards(config.parent, tree.top)
    package = next((place for place in above if tree.has(place, "package.json")), config.parent)
    return "" if package == config.parent else config.relative_to(package).as_posix()


def _may_be(name: str) -> bool:
    """Whether a file is no declaration and no configuration: a folder may hold both."""
    return ".d." not in name and not name.startswith("knexfile.")


def _is_settings(value: Literal) -> bool:
    return isinstance(value, dict) and not value.keys().isdisjoint(_SETTINGS)


def _environment(exported: Literal, variables: dict[str, str]) -> tuple[str, Literal]:
    """The part of a knexfile one command uses: NODE_ENV's, development's, else the first."""
    if not isinstance(exported, dict) or not exported.keys().isdisjoint(_SETTINGS):
        return "", exported
    for name in (variables.get("NODE_ENV", ""), "development"):
        if isinstance(exported.get(name), dict):
            return name, exported[name]
    found = next(((n, v) for n, v in exported.items() if isinstance(v, dict)), None)
    return found or ("", Undetermined("the file does not export an object"))


def _migration(path: Path) -> Migration:
    source = scripts.text_of(path)
    problem = scripts.without_up(source)
    if not source.strip():
        problem = "the file is empty or cannot be read"
    has_down = "down" in source
    return Migration(path.name, path.name, path, path.stem, reversible=has_down, problem=problem)
