"""Sequelize: a table of names, nothing else."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from studio.migrations.framework import NextSteps, Reading, Surroundings
from studio.migrations.history import shape
from studio.migrations.javascript import Call, Literal, Undetermined, lookup, text
from studio.migrations.reading import environment, files, manifests, scripts
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.umzug_log import UmzugLogged
from studio.model.catalog import TableRef
from studio.model.migration import Migration, MigrationProject
from studio.model.notes import DatabaseUnknown, Note

_EXTENSIONS = (".js", ".cjs", ".ts", ".cts")


class Sequelize(UmzugLogged):
    """sequelize-cli's umzug."""

    name = "sequelize"
    title = "Sequelize"
    precedence = 70
    history = shape("name", "createdat updatedat", names="sequelizemeta")
    default_names = frozenset({"sequelizemeta"})
    consequences = NextSteps(
        pending="The next `db:migrate` runs it.",
        out_of_order="The next `db:migrate` runs it, after the newer ones.",
        missing="Sequelize does not look at it until it is undone, and then fails.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By .sequelizerc, or by the package and its configuration in the usual place."""
        has_rc = around.tree.has(folder, ".sequelizerc")
        if not has_rc and not manifests.depends_on(
            folder, around.tree, "sequelize-cli", "sequelize"
        ):
            return
        places = _rc(folder, around) if has_rc else {}
        config = _config(folder, places.get("config", "config/config"), around.tree)
        if not has_rc and not config:
            return
        exported: Literal = manifests.js_file(config, around).exported if config else None
        chosen = environment.of(folder, around.repository).get("NODE_ENV", "development")
        settings = lookup(exported, chosen)
        if not isinstance(settings, dict):
            settings = exported if lookup(exported, "dialect") else lookup(exported, "development")
        yield self._project(folder, config, places, settings, around)

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Scripts by name; names keep their extension."""
        folder = project.folders[0]
        names = [n for n in tree.files(folder) if n.endswith(_EXTENSIONS) and ".d." not in n]
        return Reading(tuple(_migration(folder / name) for name in sorted(names)))

    def apply_command(self, project: MigrationProject) -> str:
        """sequelize-cli's own."""
        return "npx sequelize-cli db:migrate"

    def _project(
        self,
        root: Path,
        config: Path | None,
        places: Mapping[str, str],
        settings: Literal,
        around: Surroundings,
    ) -> MigrationProject:
        dialect = text(lookup(settings, "dialect")) or ""
        named = lookup(settings, "use_env_variable")
        variable = text(named)
        variables = environment.of(root, around.repository)
        is_computed = isinstance(named, Call) or (
            isinstance(named, Undetermined) and not named.is_unset
        )
        given: Literal = named if is_computed else settings
        given = variables.get(variable, "") if variable else given
        url = manifests.connection(given, root, dialect)
        name = text(lookup(settings, "migrationStorageTableName"))
        why = DatabaseUnknown("the database is not determinable")
        if variable and not given:
            why = DatabaseUnknown(f"the variable {variable} is not set", "")
        notes: list[Note] = [] if url else [why]
        storage = text(lookup(settings, "migrationStorage"))
        log = text(lookup(settings, "migrationStoragePath")) or "sequelize-meta.json"
        if storage == "json":
            notes.append(f"the history is in {log}, not in the database.")
        elif storage == "none":
            notes.append("migrationStorage is none: no history is kept, every migration is run.")
        table = TableRef(
            text(lookup(settings, "migrationStorageTableSchema")), name or "SequelizeMeta"
        )
        return MigrationProject(
            self.name,
            root,
            (Path(files.plain(root / places.get("migrations-path", "migrations"))),),
            config=config,
            table=table if storage not in {"json", "none"} else None,
            table_is_explicit=name is not None,
            url=url,
            settings=(
                ("client", dialect),
                *((("log", str(root / log)),) if storage == "json" else ()),
            ),
            notes=tuple(notes),
        )


def _migration(path: Path) -> Migration:
    source = scripts.text_of(path)
    problem = scripts.without_up(source)
    return Migration(path.name, path.name, path, reversible="down" in source, problem=problem)


def _rc(folder: Path, around: Surroundings) -> dict[str, str]:
    """config and migrations-path of .sequelizerc, a script; relative to its folder."""
    exported = manifests.js_file(folder / ".sequelizerc", around).exported
    found = {name: text(lookup(exported, name)) for name in ("config", "migrations-path")}
    return {name: place for name, place in found.items() if place}


def _config(folder: Path, given: str, tree: FolderTree) -> Path | None:
    base = folder / given
    for path in (
        base,
        *(base.with_name(f"{base.name}{e}") for e in (".json", ".js", ".cjs", ".ts")),
    ):
        if tree.has(path.parent, path.name):
            return path
    return None
