"""yoyo-migrations: .sql and .py files that name what they depend on."""

import configparser
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.migrations import graph
from studio.migrations.framework import Framework, NextSteps, Reading, Surroundings
from studio.migrations.history import Database, LiveTable, Row, shape
from studio.migrations.reading import environment, files, globs, targets
from studio.migrations.reading.literals_python import assignments, literal, parse_text, strings
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text, as_time
from studio.migrations.status import compare_listed
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, BoardEntry, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

_UNREAD = "cannot be read as Python"
_DEPENDS = re.compile(r"^\s*--\s*depends\s*:(.*)$", re.MULTILINE)
_LEADING = re.compile(r"(?:[^\S\n]*(?:--[^\n]*)?\n)*[^\S\n]*(?:--[^\n]*)?")
"""The comments before the first statement: the only place where yoyo looks for directives."""


class Yoyo(Framework):
    """The Python tool."""

    name = "yoyo"
    title = "yoyo"
    precedence = 110
    own_tables = frozenset({"yoyo_lock", "_yoyo_log", "_yoyo_version"})
    history = shape("migration_hash migration_id applied_at_utc")
    default_names = frozenset({"_yoyo_migration", "_yoyo_migrations", "yoyo_migration"})
    consequences = NextSteps(
        pending="The next `yoyo apply` runs it.",
        out_of_order="The next `yoyo apply` runs it.",
        missing="yoyo does not look at it.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By yoyo.ini."""
        if not around.tree.has(folder, "yoyo.ini"):
            return
        settings = _ini(folder / "yoyo.ini", environment.of(folder, around.repository))
        sources = settings.get("sources", "").split() or ["migrations"]
        url = targets.target(settings.get("database", ""), folder)
        table = settings.get("migration_table", "")
        yield MigrationProject(
            self.name,
            folder,
            tuple(p for source in sources for p in _folders(folder, source, around.tree)),
            config=folder / "yoyo.ini",
            table=TableRef(None, table or "_yoyo_migration"),
            table_is_explicit=bool(table),
            url=url,
            notes=() if url else (DatabaseUnknown("yoyo.ini names no database", ""),),
        )

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Files by what they depend on, then by name; rollbacks and post-apply hooks left out."""
        found = [
            _migration(folder / name, tree)
            for folder in project.folders
            for name in tree.files(folder)
            if name.endswith((".py", ".sql"))
            and not name.endswith(".rollback.sql")
            and not name.startswith(("post-apply", "__init__", "."))
        ]
        unread = [m.id for m in found if m.problem]
        faults = tuple(f"{name}.py {_UNREAD}: every command of yoyo stops." for name in unread)
        return Reading(graph.in_place(found), faults=faults, is_refused=bool(unread))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran; the hash is of the id, so an edited file cannot be seen."""
        return tuple(
            AppliedMigration(
                as_text(row.get("migration_id", row.get("id"))),
                as_time(row.get("applied_at_utc", row.get("ctime"))),
            )
            for row in rows
        )

    def apply_command(self, project: MigrationProject) -> str:
        """`yoyo apply`, which reads yoyo.ini."""
        return "yoyo apply"

    def recognises(self, table: LiveTable, database: Database) -> bool:
        """Also the table of schema version 1: id and ctime, by its name."""
        old = table.names == {"id", "ctime"} and "yoyo" in table.ref.name
        return old or self.history.fits(table)

    def locks(self, table: LiveTable, database: Database) -> tuple[str, ...]:
        """Somebody holds yoyo_lock."""
        lock = database.find(TableRef(table.ref.schema, "yoyo_lock"))
        if lock is None or not database.rows(lock):
            return ()
        return ("yoyo_lock is taken; if no yoyo is running, `yoyo break-lock`.",)

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """Older than an applied one means before it in yoyo's order, not in the alphabet."""
        return compare_listed(self, reading.migrations, applied)


def _folders(root: Path, source: str, tree: FolderTree) -> Iterable[Path]:
    """The folders one source names; `*` and `?` stand for parts of names."""
    place = Path(files.plain(root / source))
    if not any(c in source for c in "*?["):
        return (place,)
    wanted = globs.pattern(place.as_posix())
    return tuple(f for f in sorted(tree.below(root)) if wanted.match(f.as_posix()))


def _ini(path: Path, variables: dict[str, str]) -> dict[str, str]:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        parser.read_string(files.text_or_empty(path))
    except configparser.Error:
        return {}
    here = str(path.parent)
    return {
        key: re.sub(
            r"%\((\w+)\)s", lambda m: here if m[1] == "here" else variables.get(m[1], ""), value
        )
        for key, value in parser.defaults().items()
    }


def _migration(path: Path, tree: FolderTree) -> Migration:
    name = path.stem
    source = files.text_or_empty(path, files.MAX_MIGRATION_BYTES)
    if path.suffix == ".sql":
        leading = _LEADING.match(source)
        parents = tuple(" ".join(_DEPENDS.findall(leading[0])).split()) if leading else ()
        has_way_back = tree.has(path.parent, f"{name}.rollback.sql")
        return Migration(name, name, path, parents=parents, reversible=has_way_back)
    syntax = parse_text(source)
    if syntax is None:
        return Migration(name, name, path, problem=f"it {_UNREAD}")
    values = dict(assignments(syntax.body))
    depends = strings(literal(values["__depends__"])) if "__depends__" in values else ()
    return Migration(name, name, path, parents=tuple(sorted(depends)))
