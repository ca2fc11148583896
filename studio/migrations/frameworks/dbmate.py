"""dbmate: versions as text, markers in comments, settings in .env."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote

from studio.config import dotenv
from studio.migrations.drift.declared import dump
from studio.migrations.drift.declared.schema import DeclaredSchema
from studio.migrations.framework import Framework, NextSteps, Reading, Surroundings, between
from studio.migrations.history import Database, LiveTable, Row, shape
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text, as_time
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

MARKER = "-- migrate:up"
_SEARCH_PATH = re.compile(r"[?&]search_path=([^&]+)")
_FILE = re.compile(r"^(\d+).*\.sql$")
_DOWN = re.compile(r"^--\s*migrate:down\b", re.MULTILINE)
_UP = re.compile(r"^--\s*migrate:up\b[^\n]*", re.MULTILINE)


class Dbmate(Framework):
    """The Go tool for plain SQL."""

    name = "dbmate"
    title = "dbmate"
    precedence = 220
    outside_transaction = re.compile(r"transaction:\s*false", re.IGNORECASE)
    history_tells_schema = True
    history = shape("version", "ts applied", names="schema_migrations")
    default_names = frozenset({"schema_migrations"})
    consequences = NextSteps(
        pending="The next `dbmate up` applies it.",
        out_of_order="The next `dbmate up` applies it, unless --strict is given.",
        missing="dbmate ignores the row: its status does not show it.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By DBMATE_… in .env, by dbmate's markers in db/migrations, else by the markers alone."""
        source = around.tree.text(folder, ".env")
        own = dotenv.parse(source) if source else {}
        usual = folder / "db" / "migrations"
        if any(name.startswith("DBMATE_") for name in own) or (
            around.tree.files(usual) and manifests.has_marker(usual, around, MARKER)
        ):
            yield self._project(folder, None, around)
        elif manifests.has_marker(folder, around, MARKER):
            root = manifests.root_of(folder, around)
            yield self._project(root, folder, around)

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Files that begin with digits, by name."""
        found = [
            (name, folder / name)
            for folder in project.folders
            for name in tree.files(folder)
            if _FILE.match(name)
        ]
        return Reading(tuple(_migration(path) for _, path in sorted(found)))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran; ClickHouse rows say whether they still count."""
        latest = {as_text(row["version"]): row for row in rows}
        return tuple(
            AppliedMigration(version, as_time(row.get("ts")))
            for version, row in latest.items()
            if as_text(row.get("applied", 1)) not in {"0", "false", "False"}
        )

    def up_text(self, source: str) -> str:
        """What stands between the two markers."""
        return between(source, _UP, _DOWN)

    def declared(self, project: MigrationProject) -> DeclaredSchema | str | None:
        """The dump the tool writes beside its migrations."""
        return dump.beside(project.root)

    def apply_command(self, project: MigrationProject) -> str:
        """`dbmate up`, with the folder when it is not the usual one."""
        usual = project.root / "db" / "migrations"
        folder = project.folders[0]
        if folder == usual or project.setting("configured") == "yes":
            return "dbmate up"
        return f"dbmate -d {files.relative(folder, project.root)} up"

    def recognises(self, table: LiveTable, database: Database) -> bool:
        """A lone version column, a text, and no Rails metadata beside it."""
        beside = database.find(TableRef(table.ref.schema, "ar_internal_metadata"))
        kind = table.type_of("version")
        is_text = "char" in kind or "text" in kind or "string" in kind
        return self.history.fits(table) and beside is None and is_text

    def _project(self, root: Path, folder: Path | None, around: Surroundings) -> MigrationProject:
        variables = environment.of(root, around.repository)
        given = variables.get("DBMATE_MIGRATIONS_DIR", "")
        folders = [folder] if folder else [root / d for d in (given or "db/migrations").split(",")]
        schema, _, name = variables.get("DBMATE_MIGRATIONS_TABLE", "").rpartition(".")
        raw = variables.get("DATABASE_URL", "")
        path = _SEARCH_PATH.search(raw)
        schema = schema or (unquote(path[1]).partition(",")[0].strip() if path else "")
        url = targets.target(raw, root)
        return MigrationProject(
            self.name,
            root,
            tuple(Path(files.plain(place)) for place in folders),
            config=None if folder else root / ".env",
            table=TableRef(schema or None, name or "schema_migrations"),
            table_is_explicit=bool(name),
            url=url,
            guessed=folder is not None,
            settings=(("configured", "yes" if given else ""),),
            notes=() if url else (DatabaseUnknown("DATABASE_URL is not set", "the database"),),
        )


def _migration(path: Path) -> Migration:
    match = _FILE.match(path.name)
    version = match[1] if match else path.stem
    title = path.stem[len(version) :].lstrip("_-")
    try:
        source = files.text(path, files.MAX_MIGRATION_BYTES)
    except files.UnreadableFile as error:
        return Migration(version, version, path, title, problem=f"the file {error}")
    has_down = bool(_DOWN.search(source))
    problem = ""
    if not _UP.search(source):
        problem = "it has no `-- migrate:up`, and dbmate refuses such a file"
    elif not has_down:
        problem = "it has no `-- migrate:down`, and dbmate refuses such a file"
    return Migration(version, version, path, title, reversible=has_down, problem=problem)
