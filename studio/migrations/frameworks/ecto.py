"""Ecto: Elixir scripts under priv, versions as numbers."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.migrations.drift.declared import dump
from studio.migrations.drift.declared.schema import DeclaredSchema
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
from studio.migrations.reading.values import as_text, as_time
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

_FILE = re.compile(r"^(\d+)_(.*)\.exs$")
_SETTING = re.compile(
    r"^\s*(?:config\s+[^,]+,\s*[^,]+,\s*)?(\w+):\s*(?:\"([^\"]*)\"|(\d+)"
    r"|System\.(?:get_env|fetch_env!)\(\"(\w+)\"(?:,\s*\"([^\"]*)\")?\)(?:\s*\|\|\s*\"([^\"]*)\")?"
    r"|Path\.expand\(\"([^\"]*)\",\s*(?:Path\.dirname\(__ENV__\.file\)|__DIR__)\))",
    re.MULTILINE,
)


class Ecto(Framework):
    """mix ecto.migrate."""

    name = "ecto"
    title = "Ecto"
    precedence = 140
    history = shape("version inserted_at", names="")
    default_names = frozenset({"schema_migrations"})
    consequences = NextSteps(
        pending="The next `mix ecto.migrate` runs it.",
        out_of_order="The next `mix ecto.migrate` runs it, unless --strict-version-order is given.",
        missing="Ecto shows it as NOT FOUND and goes on.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By mix.exs with priv/*/migrations."""
        if not around.tree.has(folder, "mix.exs"):
            return
        settings = _settings(_configured(folder, around), environment.of(folder, around.repository))
        for repository in around.tree.subfolders(folder / "priv"):
            place = folder / "priv" / repository / "migrations"
            if repository != "static" and "migrations" in around.tree.subfolders(place.parent):
                yield self._project(folder, place, settings)

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """.exs files with a version, subfolders too."""
        found: list[Migration] = []
        notes: list[str] = []
        for place in tree.below(project.folders[0]):
            for name in tree.files(place):
                match = _FILE.match(name)
                if match:
                    version = str(int(match[1]))
                    source = files.head(place / name)
                    can_return = "def change" in source or "def down" in source
                    found.append(
                        Migration(version, version, place / name, match[2], reversible=can_return)
                    )
                elif name.endswith(".ex"):
                    notes.append(f"{name} ends in .ex; Ecto only warns about it, it wants .exs.")
        return Reading(tuple(sorted(found, key=lambda m: self.order(m.key))), tuple(notes))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran."""
        return tuple(
            AppliedMigration(as_text(r["version"]), as_time(r["inserted_at"])) for r in rows
        )

    def declared(self, project: MigrationProject) -> DeclaredSchema | str | None:
        """The dump the tool writes beside its migrations."""
        return dump.beside(project.root)

    def apply_command(self, project: MigrationProject) -> str:
        """mix's own."""
        return "mix ecto.migrate"

    def order(self, key: str) -> Order:
        """By number."""
        return numeric_order(key)

    def plausible(self, rows: Sequence[Row]) -> bool:
        """Versions are numbers."""
        return all(as_text(row["version"]).isdigit() for row in rows)

    def _project(self, root: Path, folder: Path, settings: dict[str, str]) -> MigrationProject:
        adapter = settings.get("adapter", "")
        url = targets.target(settings.get("url", ""), root)
        database = settings.get("database", "")
        if not url and database.endswith((".db", ".sqlite", ".sqlite3")):
            url = targets.target(database, root, "sqlite")
        elif not url and database:
            url = manifests.server(settings, adapter)
        table = settings.get("migration_source", "")
        return MigrationProject(
            self.name,
            root,
            (folder,),
            config=root / "mix.exs",
            table=TableRef(settings.get("migration_default_prefix"), table or "schema_migrations"),
            table_is_explicit=bool(table),
            url=url,
            notes=() if url else (DatabaseUnknown("the repository's database is computed", ""),),
        )


def _configured(folder: Path, around: Surroundings) -> Path:
    """Where the configuration is: an umbrella's applications share that of its root."""
    places = manifests.upwards(folder, around.repository)
    return next((p for p in places if around.tree.has(p / "config", "config.exs")), folder)


def _settings(root: Path, variables: dict[str, str]) -> dict[str, str]:
    """Literal settings of config.exs and dev.exs, the later file's winning."""
    found: dict[str, str] = {}
    for name in ("config.exs", "dev.exs"):
        source = files.text_or_empty(root / "config" / name)
        for match in _SETTING.finditer(re.sub(r"(?m)^\s*#.*$", "", source)):
            from_process = variables.get(match[4] or "") or match[5] or match[6] or ""
            expanded = files.plain(root / "config" / match[7]) if match[7] else ""
            found[match[1]] = match[2] or match[3] or expanded or from_process
    if "url" not in found and "database" not in found and "DATABASE_URL" in variables:
        found["url"] = re.sub(r"^ecto:", "postgresql:", variables["DATABASE_URL"])
    return found
