"""goose: numbered .sql and .go files; old histories keep one row per up and per down."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.config import dotenv
from studio.migrations.framework import (
    Framework,
    NextSteps,
    Order,
    Reading,
    Surroundings,
    between,
    numeric_order,
)
from studio.migrations.history import Row, shape
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_bool, as_int, as_time
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

MARKER = "-- +goose up"
_FILE = re.compile(r"^(\d+)_(.*)\.(sql|go)$")
_DOWN = re.compile(r"^\s*--\s*\+goose\s+Down\b", re.MULTILINE | re.IGNORECASE)
_UP = re.compile(r"^\s*--\s*\+goose\s+Up\b", re.MULTILINE | re.IGNORECASE)


class Goose(Framework):
    """pressly/goose."""

    name = "goose"
    title = "goose"
    precedence = 210
    outside_transaction = re.compile(r"\+goose\s+NO\s+TRANSACTION", re.IGNORECASE)
    history = shape("version_id is_applied tstamp", "id")
    default_names = frozenset({"goose_db_version"})
    consequences = NextSteps(
        pending="The next `goose up` applies it.",
        out_of_order="goose refuses to go on, unless --allow-missing is given.",
        missing="goose does not look at it when going up; it cannot go down past it.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By GOOSE_… in .env, else by goose's marker in .sql files."""
        own = dotenv.parse(around.tree.text(folder, ".env"))
        is_here = manifests.has_marker(folder, around, MARKER) or _has_code(folder, around.tree)
        if "GOOSE_MIGRATION_DIR" in own or (is_here and any(n.startswith("GOOSE_") for n in own)):
            yield self._project(folder, None, around)
        elif is_here:
            yield self._project(manifests.root_of(folder, around), folder, around)

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Numbered .sql and .go files, by number."""
        folder = project.folders[0]
        names = [n for n in tree.files(folder) if _FILE.match(n) and not n.endswith("_test.go")]
        found = [_migration(folder / name) for name in names]
        numbered = [m for m in found if m.key != "0"]
        return Reading(tuple(sorted(numbered, key=lambda m: self.order(m.key))))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """The newest row of each version; version 0 only says that the table was made."""
        latest: dict[int, Row] = {}
        for row in sorted(rows, key=_age):
            latest[as_int(row["version_id"]) or 0] = row
        return tuple(
            AppliedMigration(str(version), as_time(row["tstamp"]))
            for version, row in latest.items()
            if version and as_bool(row["is_applied"])
        )

    def up_text(self, source: str) -> str:
        """What stands between the two markers."""
        return between(source, _UP, _DOWN)

    def apply_command(self, project: MigrationProject) -> str:
        """`goose up`; without settings in .env it needs driver, database and folder."""
        if project.setting("configured") == "yes":
            return "goose up"
        return f"goose -dir {files.relative(project.folders[0], project.root)} DRIVER DBSTRING up"

    def order(self, key: str) -> Order:
        """By number."""
        return numeric_order(key)

    def _project(self, root: Path, folder: Path | None, around: Surroundings) -> MigrationProject:
        variables = environment.of(root, around.repository)
        place = folder or root / variables.get("GOOSE_MIGRATION_DIR", ".")
        driver = variables.get("GOOSE_DRIVER", "")
        url = targets.target(variables.get("GOOSE_DBSTRING", ""), root, driver)
        if folder is not None and not url:
            url = targets.target(variables.get("DATABASE_URL", ""), root, driver)
        schema, _, name = variables.get("GOOSE_TABLE", "").rpartition(".")
        return MigrationProject(
            self.name,
            root,
            (Path(files.plain(place)),),
            config=None if folder else root / ".env",
            table=TableRef(schema or None, name or "goose_db_version"),
            table_is_explicit=bool(name),
            url=url,
            guessed=folder is not None,
            settings=(("configured", "" if folder else "yes"),),
            notes=() if url else (DatabaseUnknown("no database is configured"),),
        )


def _has_code(folder: Path, tree: FolderTree) -> bool:
    """Whether a numbered .go file here registers itself with goose."""
    code = [n for n in tree.files(folder) if n.endswith(".go") and _FILE.match(n)]
    return any("goose.Add" in files.head(folder / name) for name in code[:3])


def _age(row: Row) -> tuple[str, int]:
    return (as_time(row["tstamp"]) or "", as_int(row.get("id")) or 0)


def _migration(path: Path) -> Migration:
    match = _FILE.match(path.name)
    version = str(int(match[1])) if match else "0"
    title = match[2] if match else ""
    if path.suffix == ".go":
        return Migration(version, version, path, title)
    try:
        source = files.text(path, files.MAX_MIGRATION_BYTES)
    except files.UnreadableFile as error:
        return Migration(version, version, path, title, problem=f"the file {error}")
    problem = (
        "" if _UP.search(source) else "it has no `-- +goose Up`, and goose refuses such a file"
    )
    return Migration(
        version, version, path, title, reversible=bool(_DOWN.search(source)), problem=problem
    )
