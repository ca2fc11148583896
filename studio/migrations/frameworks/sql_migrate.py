"""sql-migrate (rubenv): dbconfig.yml, gorp_migrations."""

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
)
from studio.migrations.history import Database, LiveTable, Row, shape
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text, as_time
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown, Note

MARKER = "-- +migrate up"
_DIGITS = re.compile(r"^(\d{1,999})")
_DOWN = re.compile(r"^-- \+migrate Down", re.MULTILINE)
_UP = re.compile(r"^-- \+migrate Up[^\n]*", re.MULTILINE)


class SqlMigrate(Framework):
    """The Go tool and library."""

    name = "sql-migrate"
    title = "sql-migrate"
    precedence = 200
    outside_transaction = re.compile("notransaction", re.IGNORECASE)
    history = shape("id applied_at")
    default_names = frozenset({"gorp_migrations"})
    consequences = NextSteps(
        pending="The next `sql-migrate up` applies it.",
        out_of_order="sql-migrate catches up with it first, before the newer ones.",
        missing="sql-migrate stops with an unknown migration, unless ignoreunknown is set.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By dbconfig.yml, else by the markers in .sql files."""
        for name in ("dbconfig.yml", "dbconfig.yaml"):
            if around.tree.has(folder, name):
                yield self._configured(folder / name, around)
                return
        if manifests.has_marker(folder, around, MARKER):
            root = manifests.root_of(folder, around)
            yield MigrationProject(
                self.name, root, (folder,), table=TableRef(None, "gorp_migrations"), guessed=True
            )

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Every .sql file, leading digits as a number first."""
        folder = project.folders[0]
        names = [name for name in tree.files(folder) if name.endswith(".sql")]
        names.sort(key=self.order)
        return Reading(tuple(_migration(folder / name) for name in names))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran."""
        return tuple(AppliedMigration(as_text(r["id"]), as_time(r["applied_at"])) for r in rows)

    def up_text(self, source: str) -> str:
        """What stands between the two markers."""
        return between(source, _UP, _DOWN)

    def apply_command(self, project: MigrationProject) -> str:
        """`sql-migrate up`, with the environment when it is not the default one."""
        env = project.setting("environment", "development")
        return "sql-migrate up" + ("" if env == "development" else f" -env={env}")

    def recognises(self, table: LiveTable, database: Database) -> bool:
        """The id is a text."""
        kind = table.type_of("id")
        return self.history.fits(table) and ("char" in kind or "text" in kind)

    def plausible(self, rows: Sequence[Row]) -> bool:
        """Ids are file names."""
        return all(as_text(row["id"]).endswith(".sql") for row in rows)

    def order(self, key: str) -> Order:
        """Leading digits as a number, numbered before unnumbered, ties by text."""
        match = _DIGITS.match(key)
        return (0, int(match[1]), key) if match else (1, 0, key)

    def _configured(self, config: Path, around: Surroundings) -> MigrationProject:
        environments = {
            name: manifests.mapping(settings)
            for name, settings in manifests.mapping(
                manifests.parsed_yaml(files.text_or_empty(config))
            ).items()
            if isinstance(settings, dict)
        }
        chosen = "development" if "development" in environments else next(iter(environments), "")
        settings = environments.get(chosen, {})
        variables = environment.of(config.parent, around.repository)

        def setting(name: str, default: str) -> str:
            return dotenv.expand(manifests.string(settings.get(name)), variables) or default

        source = manifests.string(settings.get("datasource"))
        url = targets.target(
            dotenv.expand(source, variables), config.parent, setting("dialect", "")
        )
        notes: list[Note] = (
            [] if chosen == "development" else [f"no environment development; took {chosen!r}."]
        )
        if not url:
            notes.append(DatabaseUnknown("the datasource is not determinable", "the database"))
        return MigrationProject(
            self.name,
            config.parent,
            (Path(files.plain(config.parent / setting("dir", "migrations"))),),
            config=config,
            table=TableRef(setting("schema", "") or None, setting("table", "gorp_migrations")),
            table_is_explicit="table" in settings,
            url=url,
            settings=(("environment", chosen), ("client", setting("dialect", ""))),
            notes=tuple(notes),
        )


def _migration(path: Path) -> Migration:
    try:
        raw = files.contents(path)
    except files.UnreadableFile as error:
        return Migration(path.name, path.name, path, problem=f"the file {error}")
    source = raw.decode("utf-8", "replace")
    problem = (
        "" if _UP.search(source) else "no line begins with `-- +migrate Up`, so it does nothing"
    )
    if source.startswith("\ufeff-- +migrate"):
        problem = "a byte order mark hides its first marker from sql-migrate"
    return Migration(
        path.name,
        path.name,
        path,
        path.stem,
        reversible=bool(_DOWN.search(source)),
        problem=problem,
    )
