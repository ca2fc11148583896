"""sqlx: integer versions, SHA-384 of the text, a success flag."""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha384
from pathlib import Path

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
from studio.migrations.reading.dialects import folders_by_engine
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_bool, as_hex, as_int, as_text, as_time
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

_FILE = re.compile(r"^(\d+)_(.*?)(\.up|\.down)?\.sql$")
_ODD = re.compile(r"^[^_]*_.*\.sql$")
_PAIR = re.compile(r"^\d+_.*\.up\.sql$")


class Sqlx(Framework):
    """sqlx-cli and sqlx::migrate!."""

    name = "sqlx"
    title = "sqlx"
    precedence = 180
    outside_transaction = re.compile(r"^--\s*no-transaction", re.IGNORECASE | re.MULTILINE)
    history = shape("version description installed_on success checksum execution_time")
    default_names = frozenset({"_sqlx_migrations"})
    consequences = NextSteps(
        pending="The next `sqlx migrate run` applies it.",
        out_of_order="The next `sqlx migrate run` applies it, after the newer ones.",
        missing="sqlx stops (VersionMissing), unless ignore_missing is set.",
        changed="sqlx stops (VersionMismatch).",
        failed="sqlx stops (Dirty) until the row is gone or marked as done.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By sqlx.toml or the crate; by up and down pairs where nothing speaks for another tool."""
        has_config = around.tree.has(folder, "sqlx.toml")
        if has_config or manifests.has_crate(folder, around.tree, "sqlx"):
            document = manifests.parsed_toml(folder / "sqlx.toml")
            settings = manifests.mapping(document.get("migrate"))
            variable = manifests.string(manifests.dig(document, "common", "database-url-var"))
            place = folder / manifests.string(settings.get("migrations-dir"), "migrations")
            for each in folders_by_engine(place, around.tree):
                if not (has_config or any(map(_FILE.match, around.tree.files(each)))):
                    continue
                ignored = settings.get("ignored-chars")
                characters = ignored if isinstance(ignored, list) else []
                table = manifests.string(settings.get("table-name"))
                own = (("ignored", "".join(map(str, characters))), ("variable", variable))
                yield self._project(folder, each, around, table, own)
        elif any(_PAIR.match(name) for name in around.tree.files(folder)):
            root = manifests.root_of(folder, around)
            if not around.tree.has(root, "go.mod") and not manifests.crate_above(
                folder, around.tree, "sqlx"
            ):
                table_ref = TableRef(None, "_sqlx_migrations")
                yield MigrationProject(self.name, root, (folder,), table=table_ref, guessed=True)

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Up files and simple ones by version."""
        folder = project.folders[0]
        ignored = project.setting("ignored")
        names = tree.files(folder)
        found = [
            _migration(folder / name, ignored)
            for name in names
            if (match := _FILE.match(name)) and match[3] != ".down"
        ]
        notes = [
            f"{name} has a prefix that is no number; sqlx refuses the whole folder."
            for name in names
            if _ODD.match(name) and not _FILE.match(name)
        ]
        return Reading(tuple(sorted(found, key=lambda m: self.order(m.key))), tuple(notes))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """success = false means dirty; execution_time is nanoseconds, -1 while running."""
        found = []
        for row in rows:
            took = as_int(row["execution_time"])
            found.append(
                AppliedMigration(
                    as_text(row["version"]),
                    as_time(row["installed_on"]),
                    as_hex(row["checksum"]) or None,
                    succeeded=as_bool(row["success"]),
                    duration_ms=took / 1e6 if took is not None and took >= 0 else None,
                )
            )
        return tuple(found)

    def checksums(self, raw: bytes) -> tuple[str, ...]:
        """SHA-384 of all bytes; a project's ignored characters are not known here."""
        return (sha384(raw).hexdigest(),)

    def apply_command(self, project: MigrationProject) -> str:
        """`sqlx migrate run`, with the folder when it is not the usual one."""
        folder = files.relative(project.folders[0], project.root)
        return "sqlx migrate run" + ("" if folder == "migrations" else f" --source {folder}")

    def order(self, key: str) -> Order:
        """By number."""
        return numeric_order(key)

    def _project(
        self,
        root: Path,
        folder: Path,
        around: Surroundings,
        table: str,
        settings: tuple[tuple[str, str], ...],
    ) -> MigrationProject:
        variables = environment.of(root, around.repository)
        variable = dict(settings)["variable"] or "DATABASE_URL"
        url = targets.target(variables.get(variable, ""), root)
        schema, _, name = table.rpartition(".")
        return MigrationProject(
            self.name,
            root,
            (Path(files.plain(folder)),),
            config=root / "Cargo.toml",
            table=TableRef(schema or None, name or "_sqlx_migrations"),
            table_is_explicit=bool(name),
            url=url,
            settings=settings,
            notes=() if url else (DatabaseUnknown(f"{variable} is not set", "the database"),),
        )


def _migration(path: Path, ignored: str) -> Migration:
    match = _FILE.match(path.name)
    version = str(int(match[1])) if match else "0"
    title = match[2].replace("_", " ") if match else ""
    try:
        raw = files.contents(path)
    except files.UnreadableFile as error:
        return Migration(version, version, path, title, problem=f"the file {error}")
    if ignored:
        raw = raw.decode("utf-8", "replace").translate({ord(c): None for c in ignored}).encode()
    is_pair = bool(match and match[3])
    down = path.with_name(path.name.removesuffix(".up.sql") + ".down.sql")
    return Migration(
        version, version, path, title, sha384(raw).hexdigest(), reversible=is_pair and down.exists()
    )
