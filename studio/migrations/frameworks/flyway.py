"""Flyway: versioned and repeatable scripts, CRC32 line by line, a history with ranks."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from studio.migrations.framework import Framework, NextSteps, Order, Reading, Surroundings
from studio.migrations.history import Row, shape
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.flyway_names import BASELINE_KEY, FlywayNames, checksum, version_key
from studio.migrations.reading.flyway_settings import (
    configurations,
    folders_at,
    is_springs,
    plain_key,
    settings_of,
    vendor_of,
    vendors_at,
)
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_bool, as_int, as_text, as_time
from studio.migrations.status import entry, merged, missing, recorded
from studio.model.catalog import TableRef
from studio.model.migration import (
    AppliedMigration,
    BoardEntry,
    Migration,
    MigrationProject,
    MigrationState,
)
from studio.model.notes import DatabaseUnknown

_GUESS = re.compile(r"^[VR][\d._]*__.+\.sql$")
_UPPER = re.compile(r"([A-Z])")
_PLACEHOLDER = re.compile(r"\$\{(\w+)(?::([^}]*))?\}")
_BASELINES = frozenset({"BASELINE", "SQL_BASELINE", "JDBC_BASELINE", "SCRIPT_BASELINE"})
_REMOVED = frozenset({"DELETE", "UNDO_SQL", "UNDO_JDBC", "UNDO_SCRIPT", "UNDO_SPRING_JDBC"})

UNNAMED = "no database URL is configured"
UNTOLD = "the database URL cannot be told from the files"
UNOPENED = "the configured URL names no database that can be opened here"


class Flyway(Framework):
    """Flyway, community rules."""

    name = "flyway"
    title = "Flyway"
    precedence = 150
    outside_transaction = re.compile(r"executeInTransaction\s*=\s*false", re.IGNORECASE)
    history_tells_schema = True
    history = shape("installed_rank script checksum success version", is_open=True)
    default_names = frozenset({"flyway_schema_history", "schema_version"})
    consequences = NextSteps(
        pending="The next `flyway migrate` applies it.",
        out_of_order="Flyway ignores it, and `validate` fails, unless outOfOrder is set.",
        missing="`flyway validate` fails until the file is back or `flyway repair` forgets it.",
        changed="`flyway validate` fails; a repeatable script will be run again.",
        failed="Flyway refuses to migrate until `flyway repair` removes the row.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By flyway.conf, flyway.toml, Spring's or a build's settings, else by file names."""
        for config in configurations(folder, around.tree):
            settings = settings_of(config)
            is_used = any("flyway" in key for key in settings) or is_springs(folder, settings)
            if config.stem == "flyway" or is_used:
                yield from self._configured(folder, config, settings, around)
                return
        build = next(
            (
                b
                for b in ("pom.xml", "build.gradle", "build.gradle.kts")
                if around.tree.has(folder, b)
            ),
            "",
        )
        if build and "flyway" in files.text_or_empty(folder / build):
            project = self._project(folder, folder / build, {}, around)
            # A build that only hands the plugin down to its parts has no scripts of its own.
            yield from [project] if project.folders else []
        elif any(_GUESS.match(name) for name in around.tree.files(folder)):
            root = manifests.root_of(folder, around)
            if not manifests.crate_above(folder, around.tree, "refinery"):
                table = TableRef(None, "flyway_schema_history")
                yield MigrationProject(self.name, root, (folder,), table=table, guessed=True)

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Versioned scripts by version, then repeatable ones by description; no undo scripts."""
        names = FlywayNames(project)
        found: dict[str, Migration] = {}
        faults: list[str] = []
        for folder in project.folders:
            for place in tree.below(folder):
                for name in tree.files(place):
                    migration = names.migration(place / name, tree)
                    if migration is not None and migration.key in found:
                        faults.append(
                            f"{name} has the version of another file; Flyway refuses this."
                        )
                    elif migration is not None:
                        found[migration.key] = migration
        ordered = sorted(found.values(), key=lambda m: self.order(m.key))
        return Reading(tuple(ordered), faults=tuple(faults))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """The newest row of each version or description; undone and deleted ones are gone."""
        latest: dict[str, AppliedMigration] = {}
        for row in sorted(rows, key=lambda r: as_int(r["installed_rank"]) or 0):
            kind = as_text(row.get("type")).upper()
            key = _key(row)
            if kind in _REMOVED and (kind == "DELETE" or as_bool(row["success"])):
                latest.pop(key, None)
            elif kind != "SCHEMA":
                latest[key] = _applied(row, key, kind)
        return tuple(latest.values())

    def checksums(self, raw: bytes) -> tuple[str, ...]:
        """CRC32 over the lines."""
        return (str(checksum(raw)),)

    def apply_command(self, project: MigrationProject) -> str:
        """`flyway migrate`, or the build tool's own word for it; with the folder, where no
        configuration names it.
        """
        if project.guessed:
            folder = project.folders[0].relative_to(project.root).as_posix()
            return f"flyway {shlex.quote(f'-locations=filesystem:{folder}')} migrate"
        config = project.config.name if project.config else ""
        return {"pom.xml": "mvn flyway:migrate", "build.gradle": "./gradlew flywayMigrate"}.get(
            config.removesuffix(".kts"), "flyway migrate"
        )

    def order(self, key: str) -> Order:
        """Versions part by part as numbers; repeatable scripts after all of them."""
        if key.startswith("R:"):
            return (1, key)
        return (0, *(int(p) for p in key.removeprefix(BASELINE_KEY).split(".") if p.isdecimal()))

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """By version or description; what lies below a baseline is never run."""
        rows = {row.key: row for row in applied}
        files_of = _ByScript(rows)
        versions = [self.order(row.key) for row in applied if not row.key.startswith("R:")]
        newest = max(versions, default=None)
        baseline = max((self.order(r.key) for r in applied if r.name in _BASELINES), default=None)
        found: list[tuple[Order, BoardEntry]] = []
        for migration in reading.migrations:
            if applied and _is_passed_by(migration, files_of):
                continue
            order = self.order(migration.key)
            is_older = newest is not None and order < newest
            line = entry(self, migration, files_of.row(migration), is_older=is_older)
            if line.applied is None and baseline is not None and order <= baseline:
                line = _below_baseline(line)
            found.append((order, line))
        known = {e.applied.key for _, e in found if e.applied is not None}
        rest = [row for row in applied if row.key not in known]
        return merged(found, ((self.order(row.key), self._rowless(row)) for row in rest))

    def _rowless(self, row: AppliedMigration) -> BoardEntry:
        if row.name == "BASELINE" or (
            row.name.startswith(("JDBC", "SPRING")) and row.name not in _BASELINES
        ):
            line = recorded(row)
            kind = "The baseline" if row.name == "BASELINE" else "Java code"
            return BoardEntry(
                line.id, line.state, f"{kind}: it has no script.", row.at, applied=row
            )
        return missing(self, row)

    def _configured(
        self, root: Path, config: Path, settings: Mapping[str, str], around: Surroundings
    ) -> Iterable[MigrationProject]:
        """One project; of locations by `{vendor}` one for each, where no URL tells which."""
        project = self._project(root, config, settings, around)
        given = project.setting("locations")
        if "{vendor}" not in given or project.setting("vendor"):
            # Micronaut's, of one datasource each, name neither here.
            yield from [project] if project.folders or given or project.url else []
            return
        for vendor in vendors_at(root, given):
            folders = tuple(folders_at(root, given, vendor))
            yield replace(
                project, folders=folders, settings=(*project.settings, ("dialect", vendor))
            )

    def _project(
        self, root: Path, config: Path, settings: Mapping[str, str], around: Surroundings
    ) -> MigrationProject:
        variables = environment.of(root, around.repository)
        given = {plain_key(key): value for key, value in settings.items()}
        chosen = plain_key(
            variables.get("FLYWAY_ENVIRONMENT") or given.get("flyway.environment", "")
        )
        prefixes = (f"environments.{chosen}.", "flyway.", "spring.flyway.", "environments.default.")

        def setting(name: str) -> str:
            from_process = variables.get("FLYWAY_" + _UPPER.sub(r"_\1", name).upper(), "")
            keys = (prefix + name.lower() for prefix in prefixes)
            value = from_process or next((given[k] for k in keys if given.get(k)), "")
            return _PLACEHOLDER.sub(lambda m: variables.get(m[1]) or m[2] or "", value)

        url = setting("url") or _PLACEHOLDER.sub(
            lambda m: variables.get(m[1]) or m[2] or "", given.get("spring.datasource.url", "")
        )
        table = setting("table")
        schema = setting("defaultSchema") or setting("schemas").split(",")[0].strip()
        keys = (
            "sqlMigrationPrefix",
            "repeatableSqlMigrationPrefix",
            "sqlMigrationSeparator",
            "sqlMigrationSuffixes",
        )
        target = targets.target(url, root)
        places = [place.strip() for place in setting("locations").split(",")]
        is_named = bool(url) or any(key.endswith(".url") for key in given)
        unknown = UNOPENED if url and "${" not in url else UNTOLD if is_named else UNNAMED
        return MigrationProject(
            self.name,
            root,
            tuple(folders_at(root, setting("locations"), vendor_of(url))),
            config=config,
            table=TableRef(schema or None, table or "flyway_schema_history"),
            table_is_explicit=bool(table),
            url=target,
            settings=(
                *((key, setting(key).strip()) for key in keys),
                ("locations", setting("locations")),
                ("vendor", vendor_of(url)),
            ),
            notes=(
                *(
                    f"{place} is on a drive this system does not have."
                    for place in places
                    if targets.is_on_other_drive(place.removeprefix("filesystem:"))
                ),
                *(() if target else (DatabaseUnknown(unknown),)),
            ),
        )


class _ByScript:
    """Which row tells of a file: a baseline script and a versioned one may share a version."""

    def __init__(self, rows: Mapping[str, AppliedMigration]) -> None:
        self._rows = rows

    def row(self, migration: Migration) -> AppliedMigration | None:
        """The row of the migration's own kind."""
        is_script = migration.key.startswith(BASELINE_KEY)
        found = self._rows.get(migration.key.removeprefix(BASELINE_KEY))
        if found is None or found.name == "BASELINE":
            return None if is_script else found
        return found if is_script == (found.name in _BASELINES) else None


def _is_passed_by(migration: Migration, rows: _ByScript) -> bool:
    """A baseline script is for empty databases: once anything ran Flyway ignores it."""
    return migration.key.startswith(BASELINE_KEY) and rows.row(migration) is None


def _key(row: Row) -> str:
    version = as_text(row["version"]).strip()
    return version_key(version) if version else f"R:{as_text(row.get('description'))}"


def _applied(row: Row, key: str, kind: str) -> AppliedMigration:
    duration = as_int(row.get("execution_time"))
    return AppliedMigration(
        key,
        as_time(row.get("installed_on")),
        as_text(row["checksum"]) or None,
        succeeded=as_bool(row["success"]),
        by=as_text(row.get("installed_by")),
        duration_ms=float(duration) if duration is not None else None,
        label=as_text(row["script"]).rpartition("/")[2] or key,
        name=kind,
    )


def _below_baseline(line: BoardEntry) -> BoardEntry:
    note = "Below the baseline: Flyway takes it for done before it came, and never runs it."
    return BoardEntry(line.id, MigrationState.OUT_OF_ORDER, note, None, line.path, line.migration)
