"""Umzug without the CLI of Sequelize: `new Umzug({…})` in a project's own code.

Rules from umzug 3 (`lib/umzug.js`, `lib/storage`): a migration is called like its file, with the
extension; without a storage the names are in `umzug.json`. Only what the text says plainly counts:
a project whose files are named by code is not one that can be told of.
"""

from collections.abc import Iterable
from pathlib import Path

from studio.migrations.framework import NextSteps, Reading, Surroundings
from studio.migrations.history import shape
from studio.migrations.javascript import Call, Literal, lookup, text
from studio.migrations.reading import files, globs, manifests, scripts
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.umzug_log import UmzugLogged
from studio.model.catalog import TableRef
from studio.model.migration import Migration, MigrationProject
from studio.model.notes import DatabaseUnknown, Note

_JSON, _SEQUELIZE = "JSONStorage", "SequelizeStorage"
_DEFAULT_LOG = "umzug.json"


class Umzug(UmzugLogged):
    """Umzug, built in code."""

    name = "umzug"
    title = "Umzug"
    precedence = 265
    history = shape("name", "createdat updatedat", names="sequelizemeta")
    default_names = frozenset({"sequelizemeta"})
    consequences = NextSteps(
        pending="The next `umzug.up()` runs it.",
        out_of_order="The next `umzug.up()` runs it, after the newer ones.",
        missing="Umzug does not look at it.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By `new Umzug({ migrations: { glob: … } })` in a package that lists umzug.

        Where Sequelize's CLI is set up, it speaks for the folder.
        """
        has_cli = around.tree.has(folder, ".sequelizerc")
        if has_cli or not manifests.depends_on(folder, around.tree, "umzug"):
            return
        for path in manifests.sources(folder, around, "Umzug"):
            if manifests.is_of_inner_package(path, folder, around.tree, "umzug"):
                continue
            for options in manifests.js_file(path, around).objects("Umzug"):
                pattern = _pattern(lookup(options, "migrations", "glob"), folder)
                if pattern is not None:
                    yield self._project(folder, path, pattern, options, around)

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """The files the pattern matches, by path; names keep their extension."""
        paths = globs.matches(tree, project.root, project.setting("glob"))
        return Reading(tuple(_migration(path) for path in paths if ".d." not in path.name))

    def apply_command(self, project: MigrationProject) -> str:
        """None that is known: the project runs it itself."""
        return ""

    def _project(
        self,
        root: Path,
        source: Path,
        pattern: str,
        options: Literal,
        around: Surroundings,
    ) -> MigrationProject:
        storage = lookup(options, "storage")
        kind = storage.name.rpartition(".")[2] if isinstance(storage, Call) else ""
        given = storage.arguments[0] if isinstance(storage, Call) and storage.arguments else None
        notes: list[Note] = []
        log = ""
        if storage is None or kind == _JSON:
            place = text(lookup(given, "path")) or _DEFAULT_LOG
            log = str(root / place)
            notes.append(f"the history is in {place}, not in the database.")
        elif kind != _SEQUELIZE:
            notes.append("where it keeps its history is set in code.")
        url = _database(lookup(given, "sequelize"), root)
        if not url and not log:
            notes.append(DatabaseUnknown("the database is set in code", "the database"))
        name = text(lookup(given, "tableName"))
        matched = globs.matches(around.tree, root, pattern)
        fixed = Path(files.plain(root / pattern.partition("*")[0])).parent
        return MigrationProject(
            self.name,
            root,
            tuple(dict.fromkeys(path.parent for path in matched)) or (fixed,),
            config=source,
            table=TableRef(None, name or "SequelizeMeta") if kind == _SEQUELIZE else None,
            table_is_explicit=name is not None,
            url=url,
            settings=(("glob", pattern), *((("log", log),) if log else ())),
            notes=tuple(notes),
        )


def _pattern(given: Literal, root: Path) -> str | None:
    """The glob, seen from the root: a text, or a text and the folder it is meant in."""
    if isinstance(given, str):
        return given
    if not isinstance(given, list) or not given or not isinstance(given[0], str):
        return None
    options = given[1] if len(given) > 1 else None
    place = lookup(options, "cwd")
    if place is None:
        return given[0]
    if not isinstance(place, str):
        return None
    inside = Path(files.plain(root / place))
    is_below = inside == root or root in inside.parents
    return (inside.relative_to(root) / given[0]).as_posix() if is_below else None


def _database(sequelize: Literal, root: Path) -> str | None:
    """What `new Sequelize(…)` is given, where it is a text or plain settings."""
    if not isinstance(sequelize, Call) or not sequelize.arguments:
        return None
    given = sequelize.arguments[0]
    return manifests.connection(given, root, text(lookup(given, "dialect")) or "")


def _migration(path: Path) -> Migration:
    source = scripts.text_of(path)
    problem = scripts.without_up(source) if path.suffix != ".sql" else ""
    return Migration(path.name, path.name, path, reversible="down" in source, problem=problem)
