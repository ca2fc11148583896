"""Diesel: a folder per migration with up.sql and down.sql."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.migrations.framework import Framework, NextSteps, Reading, Surroundings
from studio.migrations.history import Row, shape
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.dialects import folders_by_engine
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text, as_time
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown


class Diesel(Framework):
    """diesel_cli and diesel_migrations."""

    name = "diesel"
    title = "Diesel"
    precedence = 190
    history = shape("version run_on")
    default_names = frozenset({"__diesel_schema_migrations"})
    consequences = NextSteps(
        pending="The next `diesel migration run` applies it.",
        out_of_order="The next `diesel migration run` applies it, after the newer ones.",
        missing="Diesel does not look at it until something is reverted, and then fails.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By diesel.toml, or by the crate and a folder of its layout."""
        has_config = around.tree.has(folder, "diesel.toml")
        if not has_config and not manifests.has_crate(folder, around.tree, "diesel"):
            return
        settings = manifests.parsed_toml(folder / "diesel.toml") if has_config else {}
        given = manifests.string(manifests.dig(settings, "migrations_directory", "dir"))
        place = Path(files.plain(folder / (given or "migrations")))
        if not has_config and not around.tree.subfolders(place):
            return
        variables = environment.of(folder, around.repository)
        raw = variables.get("DATABASE_URL", "")
        # Diesel takes a bare path for SQLite.
        url = targets.target(raw, folder, "sqlite")
        unknown = DatabaseUnknown("DATABASE_URL is not set", "the database")
        for each in folders_by_engine(place, around.tree):
            yield MigrationProject(
                self.name,
                folder,
                (each,),
                config=folder / ("diesel.toml" if has_config else "Cargo.toml"),
                table=TableRef(None, "__diesel_schema_migrations"),
                url=url,
                settings=(("dir", "" if each == place else files.relative(each, folder)),),
                notes=() if url else (unknown,),
            )

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Folders by version; empty and hidden ones are none."""
        folder = project.folders[0]
        found = [
            _migration(folder / name, tree)
            for name in tree.subfolders(folder)
            if not name.startswith(".") and tree.files(folder / name)
        ]
        return Reading(tuple(sorted(found, key=lambda m: m.key)))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran."""
        return tuple(AppliedMigration(as_text(r["version"]), as_time(r["run_on"])) for r in rows)

    def plausible(self, rows: Sequence[Row]) -> bool:
        """Versions are digits."""
        return all(as_text(row["version"]).isdigit() for row in rows)

    def apply_command(self, project: MigrationProject) -> str:
        """diesel_cli's own."""
        place = project.setting("dir")
        return "diesel migration run" + (f" --migration-dir {place}" if place else "")


def _migration(folder: Path, tree: FolderTree) -> Migration:
    version = folder.name.partition("_")[0].replace("-", "")
    title = folder.name.partition("_")[2]
    if not tree.has(folder, "up.sql"):
        return Migration(folder.name, version, title=title, problem="its up.sql does not exist")
    reversible = tree.has(folder, "down.sql")
    return Migration(folder.name, version, folder / "up.sql", title, reversible=reversible)
