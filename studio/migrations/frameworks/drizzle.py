"""Drizzle: the journal layout of kit 0.x and the folder layout of 1.0."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from studio.migrations.declarations import drizzle as schema_files
from studio.migrations.declarations.places import Declarations
from studio.migrations.declarations.places import merged as merged_tables
from studio.migrations.drift.declared import drizzle as snapshots
from studio.migrations.drift.declared.schema import DeclaredSchema
from studio.migrations.drizzle_rows import is_older, last_matched, matched_rows
from studio.migrations.framework import Change, Framework, NextSteps, Order, Reading, Surroundings
from studio.migrations.history import Row, shape
from studio.migrations.javascript import Literal, Undetermined, lookup, text
from studio.migrations.reading import files, globs, manifests
from studio.migrations.reading.drizzle_files import (
    DATED_FOLDER,
    JOURNAL,
    read_folders,
    read_journal,
    statement_hash,
)
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_int, as_text, as_time
from studio.migrations.status import merged, missing
from studio.model.catalog import TableRef
from studio.model.migration import (
    AppliedMigration,
    BoardEntry,
    Migration,
    MigrationProject,
    MigrationState,
    MigrationStatus,
)
from studio.model.notes import DatabaseUnknown, Note

CONFIGS = ("drizzle.config.ts", "drizzle.config.js", "drizzle.config.json")
_OTHER_CONFIG = re.compile(
    r"^drizzle[\w.\-]*\.config(?:[.\-][\w\-]+)?\.(?:ts|js|json)$|^drizzle\.config\.[mc][tj]s$"
)
_HASH = re.compile(r"^[0-9a-f]{64}$")
_SCHEMA_DIALECTS = frozenset({"postgresql", "gel", "cockroach", "mssql"})
NEVER_RUN = (
    "drizzle-kit 0.x runs only entries newer than the newest recorded one: it never runs this one, "
    "and reports success."
)
STOPS = "Drizzle reads every file its journal names: it stops without applying anything."
GONE_BY_NAME = (
    "Recorded in the database, but there is no such folder here. "
    "Drizzle 1.x only looks for folders that are not recorded, and does not notice."
)
RUN_BY_NAME = "Drizzle 1.x compares by name: the next migrate runs it after the newer ones."
_SCRIPTS = (".ts", ".mts", ".cts", ".js", ".mjs", ".cjs")
_MOST = 200
"""Files of a schema that are read."""
_BREAKPOINT = "--> statement-breakpoint"


class Drizzle(Framework):
    """drizzle-kit and drizzle-orm's migrators, every dialect."""

    name = "drizzle"
    title = "Drizzle"
    precedence = 10
    history = shape("hash created_at", "id name applied_at")
    default_names = frozenset({"__drizzle_migrations"})
    consequences = NextSteps(
        pending="The next migrate runs it.",
        out_of_order=NEVER_RUN,
        missing="Drizzle looks at its newest row only and does not notice.",
        changed="Drizzle never compares hashes: it will neither notice nor run the new text.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By configuration, or by a journal or a folder of dated folders."""
        present = around.tree.files(folder)
        config = next((name for name in CONFIGS if name in present), None)
        others = [name for name in present if _OTHER_CONFIG.match(name) and name not in CONFIGS]
        taken: set[Path] = set()
        for name in (config, *others) if config else others:
            project = self._configured(folder / name, around)
            # Beside the usual one, a configuration for the same folder is another environment's.
            if not config or taken.isdisjoint(project.folders):
                yield project
            taken.update(project.folders if config else ())
        if not (config or others) and self._looks_like_output(folder, around.tree):
            root = manifests.root_of(folder.parent, around)
            yield MigrationProject(self.name, root, (folder,), guessed=True, table=self._table({}))

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """The journal's entries in the journal's order, or the folders by name."""
        folder = project.folders[0]
        if (folder / JOURNAL).exists():
            return read_journal(folder, tree)
        return read_folders(folder, tree)

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """One per row; `created_at` is when the migration was generated, not when it ran."""
        found = []
        for row in rows:
            created = as_int(row["created_at"]) or 0
            found.append(
                AppliedMigration(
                    key=str(created),
                    at=as_time(row["applied_at"]) if "applied_at" in row else None,
                    checksum=as_text(row["hash"]).strip(),
                    label=as_text(row.get("name")) or f"db:{created}",
                    name=as_text(row.get("name")),
                    detail="by name" if "name" in row else "",
                    generated_at=as_time(created),
                )
            )
        return tuple(sorted(found, key=lambda a: int(a.key)))

    def checksums(self, raw: bytes) -> tuple[str, ...]:
        """SHA-256 of the text."""
        return (statement_hash(raw),)

    def snapshot(self, status: MigrationStatus) -> DeclaredSchema | str:
        """The snapshot of the last migration that is applied."""
        return snapshots.baseline(status)

    def declarations(self, project: MigrationProject) -> Declarations:
        """The tables of the files that the configuration calls `schema`."""
        tree = FolderTree(project.root)
        found: list[Path] = []
        for name in project.setting("schema").splitlines():
            place = Path(files.plain(project.root / name))
            if place.is_dir():
                found += [place / each for each in tree.files(place) if each.endswith(_SCRIPTS)]
            elif place.is_file():
                found.append(place)
            else:
                found += globs.matches(tree, project.root, name)
        read = (schema_files.tables(path, files.text_or_empty(path)) for path in found[:_MOST])
        return merged_tables(read)

    def waiting_changes(self, status: MigrationStatus) -> Iterable[Change]:
        """What lies between the snapshots around each migration that waits."""
        return snapshots.before_and_after(status)

    def up_text(self, source: str) -> str:
        """All of it, cut at Drizzle's marker, whether a semicolon stands before it or not."""
        return source.replace(_BREAKPOINT, ";".ljust(len(_BREAKPOINT)))

    def apply_command(self, project: MigrationProject) -> str:
        """`drizzle-kit migrate`, with the configuration named when it is not the usual one."""
        config = project.config.name if project.config else CONFIGS[0]
        return "npx drizzle-kit migrate" + ("" if config in CONFIGS else f" --config={config}")

    def plausible(self, rows: Sequence[Row]) -> bool:
        """Hashes are SHA-256 in hex, or empty (written by expo)."""
        return all(not (value := as_text(row["hash"])) or bool(_HASH.match(value)) for row in rows)

    def order(self, key: str) -> Order:
        """Generation time."""
        return (int(key) if key.lstrip("-").isdigit() else 0,)

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """Rows matched by time, by name, then by hash; the rest by the layout's rule."""
        by_folder = not (project.folders[0] / JOURNAL).exists()
        matched = matched_rows(reading.migrations, applied, by_folder=by_folder)
        newest = max((int(row.key) for row in applied), default=None)
        last = last_matched(reading.migrations, matched) if by_folder else None
        found = [
            (
                self.order(m.key),
                self._entry(m, matched.get(n), is_older(m, newest, last), by_folder=by_folder),
            )
            for n, m in enumerate(reading.migrations)
        ]
        claimed = {id(row) for row in matched.values()}
        rest = [row for row in applied if id(row) not in claimed]
        lost = self._missing_folder if by_folder else partial(missing, self)
        return merged(found, ((self.order(row.key), lost(row)) for row in rest))

    def _missing_folder(self, row: AppliedMigration) -> BoardEntry:
        return replace(missing(self, row), note=GONE_BY_NAME)

    def _entry(
        self,
        migration: Migration,
        row: AppliedMigration | None,
        is_older: bool,
        *,
        by_folder: bool,
    ) -> BoardEntry:
        state, note = self._state(migration, row, is_older, by_folder=by_folder)
        at = row.at if row else None
        return BoardEntry(migration.id, state, note, at, migration.path, migration, row)

    def _state(
        self,
        migration: Migration,
        row: AppliedMigration | None,
        is_older: bool,
        *,
        by_folder: bool,
    ) -> tuple[MigrationState, str]:
        if not migration.listed and row is None:
            if migration.problem:
                return MigrationState.UNKNOWN, f"Not known: {migration.problem}."
            why = "the journal does not list it, so Drizzle never runs it"
            return MigrationState.ORPHAN_FILE, f"Looks like a migration, but {why}."
        if migration.path is None:
            return MigrationState.MISSING_FILE, (
                f"The journal lists it, but {migration.problem}. {STOPS}"
            )
        if row is not None:
            return _compared(migration, row, self.consequences.changed)
        if is_older:
            rule = RUN_BY_NAME if by_folder else NEVER_RUN
            return MigrationState.OUT_OF_ORDER, f"Not applied, though a newer one is. {rule}"
        return MigrationState.PENDING, f"Not applied yet. {self.consequences.pending}"

    def _configured(self, config: Path, around: Surroundings) -> MigrationProject:
        settings = manifests.js_file(config, around).exported
        # Old configurations name a driver instead of a dialect.
        dialect = text(lookup(settings, "dialect")) or text(lookup(settings, "driver")) or ""
        out = lookup(settings, "out")
        folder, note = self._output(config.parent, out, around.tree)
        migrations = lookup(settings, "migrations")
        credentials = lookup(settings, "dbCredentials")
        url = manifests.connection(credentials, config.parent, dialect)
        notes = [note, "" if url else _why_no_url(credentials)]
        return MigrationProject(
            self.name,
            config.parent,
            (folder,),
            config=config,
            table=self._table(migrations, dialect),
            table_is_explicit=text(lookup(migrations, "table")) is not None,
            url=url,
            settings=(("dialect", dialect), ("schema", _schema_files(settings))),
            notes=tuple(n for n in notes if n),
        )

    @staticmethod
    def _table(migrations: Literal, dialect: str = "") -> TableRef:
        name = text(lookup(migrations, "table")) or "__drizzle_migrations"
        schema = text(lookup(migrations, "schema")) or "drizzle"
        return TableRef(schema if dialect in _SCHEMA_DIALECTS else None, name)

    def _output(self, base: Path, out: Literal, tree: FolderTree) -> tuple[Path, str]:
        given = text(out)
        if given is not None or out is None:
            return Path(files.plain(base / (given or "drizzle"))), ""
        found = [f for f in tree.below(base) if self._looks_like_output(f, tree)]
        folder = found[0] if len(found) == 1 else base / "drizzle"
        return folder, manifests.undetermined("`out`", out, f"assumed {folder.name}")

    @staticmethod
    def _looks_like_output(folder: Path, tree: FolderTree) -> bool:
        if "meta" in tree.subfolders(folder) and tree.has(folder / "meta", JOURNAL.name):
            journal = manifests.parsed_json(files.text_or_empty(folder / JOURNAL))
            entries = manifests.mapping(journal).get("entries")
            return isinstance(entries, list) and all("tag" in manifests.mapping(e) for e in entries)
        dated = [name for name in tree.subfolders(folder) if DATED_FOLDER.match(name)]
        return bool(dated) and all(
            tree.has(folder / name, "snapshot.json") and tree.has(folder / name, "migration.sql")
            for name in dated
        )


def _schema_files(settings: Literal) -> str:
    """The files and patterns that hold the tables, one a line."""
    said = lookup(settings, "schema")
    names = said if isinstance(said, list) else [said]
    return "\n".join(name for one in names if (name := text(one)) is not None)


def _why_no_url(credentials: Literal) -> Note:
    value = lookup(credentials, "url")
    if isinstance(value, Undetermined):
        return DatabaseUnknown(f"the database is not determinable ({value.reason})")
    return DatabaseUnknown("the configuration does not name a database")


def _compared(
    migration: Migration, row: AppliedMigration, changed: str
) -> tuple[MigrationState, str]:
    generated = as_time(row.key) or ""
    note = "" if row.at else f"Generated at {generated}; Drizzle 0.x does not record when it ran."
    if migration.problem:
        note = f"{migration.problem[:1].upper()}{migration.problem[1:]}."
    if row.checksum and migration.checksum and row.checksum != migration.checksum:
        return MigrationState.CHANGED, f"The file is not what was applied. {changed}"
    if not row.checksum:
        note = "Applied without a hash (expo records none), so an edit cannot be seen."
    return MigrationState.APPLIED, note
