"""Kysely: Migrator with a file provider, and kysely-ctl."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.migrations.framework import Framework, NextSteps, Reading, Surroundings
from studio.migrations.history import Database, LiveTable, Row, shape
from studio.migrations.javascript import Literal, lookup, read, text
from studio.migrations.reading import environment, files, manifests, scripts, targets
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text, as_time
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown, Note

_EXTENSION = re.compile(r"\.(?:[mc]?[tj]s)$")
_DECLARATION = re.compile(r"\.d\.[mc]?ts$")
_EXPORTS_UP = re.compile(
    r"export\s+(?:async\s+)?function\s+up\b|export\s+const\s+up\b|exports\.up\s*=|export\s*\{[^}]*\bup\b"
)
_OTHERS = re.compile(
    r"knex|queryInterface|MigrationInterface|node-pg-migrate|@mikro-orm", re.IGNORECASE
)


class Kysely(Framework):
    """Kysely's Migrator."""

    name = "kysely"
    title = "Kysely"
    precedence = 260
    history = shape("name timestamp")
    default_names = frozenset({"kysely_migration"})
    consequences = NextSteps(
        pending="The next migration to the latest runs it.",
        out_of_order="Kysely calls this a corrupted history and runs nothing, "
        "unless allowUnorderedMigrations is set.",
        missing="Kysely calls this a corrupted history and runs nothing.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By kysely.config, else by the folder a FileMigrationProvider in the sources is given."""
        if folder.name == ".config":  # belongs to the folder it lies in
            return
        for place in (folder, folder / ".config"):
            if config := manifests.js_config(place, "kysely.config", around):
                yield self._configured(folder, config, around)
                return
        if manifests.depends_on(folder, around.tree, "kysely"):
            yield from self._in_sources(folder, around)

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Files that may hold a migration, by plain code-unit order of their names."""
        folder = project.folders[0]
        allows_js = project.setting("allow_js", "yes") == "yes"
        found: dict[str, Migration] = {}
        for file in tree.files(folder):
            if not _EXTENSION.search(file) or _DECLARATION.search(file):
                continue
            if not allows_js and not file.endswith("ts"):
                continue
            name = _EXTENSION.sub("", file)
            if (migration := _migration(folder / file, name)) is not None:
                found[name] = migration
        return Reading(tuple(found[name] for name in sorted(found)))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran; `timestamp` is ISO text."""
        return tuple(
            AppliedMigration(as_text(r["name"]), as_time(r["timestamp"]))
            for r in sorted(rows, key=lambda r: (as_text(r["timestamp"]), as_text(r["name"])))
        )

    def apply_command(self, project: MigrationProject) -> str:
        """kysely-ctl's command where it is configured; core Kysely has none."""
        return "npx kysely migrate:latest" if project.config else ""

    def recognises(self, table: LiveTable, database: Database) -> bool:
        """Both columns are texts."""
        texts = ("char", "text")
        return self.history.fits(table) and all(
            any(word in table.type_of(column) for word in texts) for column in ("name", "timestamp")
        )

    def plausible(self, rows: Sequence[Row]) -> bool:
        """Times are ISO 8601 with a T."""
        return all("T" in as_text(row["timestamp"]) for row in rows)

    def _configured(self, root: Path, config: Path, around: Surroundings) -> MigrationProject:
        settings = manifests.js_file(config, around).exported
        migrations = lookup(settings, "migrations")
        folder = lookup(migrations, "migrationFolder")
        notes = [manifests.undetermined("migrationFolder", folder, "assumed migrations")]
        if lookup(migrations, "migrator") is not None or lookup(migrations, "provider") is not None:
            notes.append(
                "the configuration brings its own migrator or provider; assumed migrations."
            )
        url, why = _database(lookup(settings, "dialectConfig"), root)
        return MigrationProject(
            self.name,
            root,
            (Path(files.plain(root / (text(folder) or "migrations"))),),
            config=config,
            table=_table(migrations),
            table_is_explicit=text(lookup(migrations, "migrationTableName")) is not None,
            url=url,
            settings=(("allow_js", "yes" if lookup(migrations, "allowJS") is True else "no"),),
            notes=tuple(n for n in (*notes, why) if n),
        )

    def _in_sources(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        variables = environment.of(folder, around.repository)
        options: Literal = None
        for path in manifests.sources(folder, around, "migrationFolder"):
            source = files.text_or_empty(path)
            module = read(source, variables, path.parent)
            options = next(module.objects("Migrator"), None) or options
            for provider in module.objects("FileMigrationProvider"):
                if given := text(lookup(provider, "migrationFolder")):
                    yield self._project(folder, _existing(given, folder, path), options, source)
                    return
        guesses = [f for f in around.tree.below(folder) if _holds_migrations(f, around.tree)]
        for place in guesses[:3]:
            yield self._project(folder, place, options, "", guessed=True)

    def _project(
        self, root: Path, place: Path, options: Literal, source: str, *, guessed: bool = False
    ) -> MigrationProject:
        match = re.search(
            r"new\s+(?:Database|BetterSqlite3|SQLite)\(\s*['\"]([^'\"]+)['\"]", source
        )
        return MigrationProject(
            self.name,
            root,
            (place,),
            table=_table(options),
            table_is_explicit=text(lookup(options, "migrationTableName")) is not None,
            url=targets.target(match[1], root, "sqlite") if match else None,
            guessed=guessed,
        )


def _table(options: Literal) -> TableRef:
    schema = text(lookup(options, "migrationTableSchema"))
    return TableRef(schema, text(lookup(options, "migrationTableName")) or "kysely_migration")


def _database(dialect: Literal, root: Path) -> tuple[str | None, Note]:
    url = manifests.connection(dialect, root, "")
    return url, "" if url else DatabaseUnknown("the database is made in code")


def _existing(given: str, root: Path, source: Path) -> Path:
    choices = [root / given, source.parent / given]
    found = next((place for place in choices if place.is_dir()), choices[0])
    return Path(files.plain(found))


def _holds_migrations(folder: Path, tree: FolderTree) -> bool:
    if "migration" not in folder.name.lower():
        return False
    scripts = [n for n in tree.files(folder) if _EXTENSION.search(n) and not _DECLARATION.search(n)]
    heads = [files.head(folder / name) for name in scripts[:3]]
    return any(_EXPORTS_UP.search(h) and not _OTHERS.search(h) for h in heads)


def _migration(path: Path, name: str) -> Migration | None:
    """The migration in a file; None for a helper beside them, which Kysely passes over."""
    source = scripts.text_of(path)
    if not scripts.may_export_up(source):
        return None
    problem = "" if _EXPORTS_UP.search(source) else "it does not seem to export `up`"
    return Migration(
        name, name, path, reversible=bool(re.search(r"\bdown\b", source)), problem=problem
    )
