"""Prisma Migrate: folders with migration.sql, and a table that remembers failures."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from studio.migrations.declarations import prisma as schema_files
from studio.migrations.declarations.places import Declarations, merged
from studio.migrations.drift.declared import prisma as models
from studio.migrations.drift.declared.schema import DeclaredSchema
from studio.migrations.framework import Framework, NextSteps, Reading, Surroundings
from studio.migrations.history import Row, shape
from studio.migrations.javascript import Literal, Undetermined, lookup, text
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text, as_time
from studio.model.catalog import TableRef
from studio.model.migration import (
    AppliedMigration,
    BoardEntry,
    Migration,
    MigrationProject,
    MigrationState,
)
from studio.model.notes import DatabaseUnknown, Note

_DATASOURCE = re.compile(r"^\s*datasource\s+\w+\s*\{([^}]*)\}", re.MULTILINE)
_SETTING = re.compile(
    r"^\s*(\w+)\s*=\s*(?:env\(\s*\"([^\"]*)\"\s*\)|\"((?:[^\"\\]|\\.)*)\")", re.MULTILINE
)
_HEX_LENGTH = 64
_NO_FILE = (
    "Its migration.sql is not here: `migrate deploy` refuses (P3015) until the file is back or "
    "the folder is deleted."
)


class Prisma(Framework):
    """prisma migrate, SQL engines."""

    name = "prisma"
    title = "Prisma"
    precedence = 20
    history = shape(
        "id checksum finished_at migration_name rolled_back_at started_at", is_open=True
    )
    default_names = frozenset({"_prisma_migrations"})
    consequences = NextSteps(
        pending="The next `migrate deploy` runs it.",
        out_of_order="`migrate deploy` runs it now, after the newer ones.",
        missing="`migrate dev` wants to reset the database; `migrate deploy` goes on without it.",
        changed="`migrate dev` wants to reset the database; `migrate deploy` goes on without it.",
        failed="`migrate deploy` refuses until `migrate resolve` says what became of it.",
        rolled_back="`migrate deploy` runs it again, although `migrate status` does not list it.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By prisma.config, package.json, a schema in its usual places, or a migration lock."""
        config = manifests.js_config(folder, "prisma.config", around) or manifests.js_config(
            folder / ".config", "prisma", around
        )
        settings: Literal = manifests.js_file(config, around).exported if config else None
        schema = self._schema(folder, settings, around)
        if schema is not None and config is None and self._is_named_above(schema, folder, around):
            return
        if schema is not None:
            yield self._project(folder, schema, config, settings, around)
        elif around.tree.has(folder / "migrations", "migration_lock.toml"):
            root = folder.parent if folder.name == "prisma" else folder
            yield MigrationProject(
                self.name,
                root,
                (folder / "migrations",),
                table=TableRef(None, "_prisma_migrations"),
                guessed=True,
            )

    def _is_named_above(self, schema: Path, folder: Path, around: Surroundings) -> bool:
        """Whether a configuration above speaks for the schema: it says where migrations are."""
        for place in manifests.upwards(folder.parent, around.tree.top) if folder.parents else ():
            config = manifests.js_config(place, "prisma.config", around)
            if config is not None:
                exported = manifests.js_file(config, around).exported
                return self._schema(place, exported, around) == schema
        return False

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Every folder, by name."""
        folder = project.folders[0]
        lock = folder / "migration_lock.toml"
        provider = manifests.string(manifests.parsed_toml(lock).get("provider"))
        found = tuple(_migration(folder / name) for name in tree.subfolders(folder))
        return Reading(found, dialect=provider)

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """One per name: the finished row, else the failed one, else the rolled-back one."""
        by_name: dict[str, list[Row]] = {}
        for row in sorted(rows, key=lambda r: as_time(r["started_at"]) or ""):
            by_name.setdefault(as_text(row["migration_name"]), []).append(row)
        return tuple(_outcome(name, group) for name, group in by_name.items())

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """A folder without its file that is not recorded stops `migrate deploy` (P3015)."""
        return tuple(
            replace(entry, note=_NO_FILE, stands_in_the_way=True)
            if entry.state is MigrationState.MISSING_FILE and entry.applied is None
            else entry
            for entry in super().entries(project, reading, applied)
        )

    def checksums(self, raw: bytes) -> tuple[str, ...]:
        """SHA-256, with any line ends."""
        return tuple(checksums(raw))

    def declared(self, project: MigrationProject) -> DeclaredSchema | str | None:
        """The models of schema.prisma."""
        schema = Path(project.setting("schema"))
        source, _ = schema_source(schema, FolderTree(schema.parent))
        return models.read(source, schema.name, project.setting("provider"))

    def declarations(self, project: MigrationProject) -> Declarations:
        """The models of its schema, in one file or in a folder of them."""
        schema = Path(project.setting("schema"))
        tree = FolderTree(schema)
        found = [schema]
        if schema.is_dir():
            found = [place / name for place in tree.below(schema) for name in tree.files(place)]
        chosen = [path for path in found if path.suffix == ".prisma"]
        return merged(schema_files.tables(path, files.text_or_empty(path)) for path in chosen)

    def apply_command(self, project: MigrationProject) -> str:
        """The command for databases that matter; `migrate dev` is for the others."""
        return "npx prisma migrate deploy"

    @staticmethod
    def _schema(folder: Path, settings: Literal, around: Surroundings) -> Path | None:
        tree = around.tree
        usual = {"prisma", "schema.prisma"}
        is_there = not usual.isdisjoint(tree.subfolders(folder)) or tree.has(folder, *usual)
        if not (is_there or settings or tree.has(folder, "package.json")):
            return None
        named = [
            text(lookup(settings, "schema")),
            manifests.string(
                manifests.dig(manifests.package(folder, around.tree), "prisma", "schema")
            )
            or None,
        ]
        places = [Path(files.plain(folder / name)) for name in named if name]
        places += [folder / "prisma" / "schema.prisma", folder / "schema.prisma"]
        places.append(folder / "prisma" / "schema")
        for place in places:
            if around.tree.has(place.parent, place.name):
                return place
            if any(name.endswith(".prisma") for name in around.tree.files(place)):
                return place
        return None

    def _project(
        self, root: Path, schema: Path, config: Path | None, settings: Literal, around: Surroundings
    ) -> MigrationProject:
        source, base = schema_source(schema, around.tree)
        place = text(lookup(settings, "migrations", "path"))
        folder = Path(files.plain(root / place)) if place else _beside(schema, base, around.tree)
        variables = {**environment.of(base), **environment.of(root, around.repository)}
        raw, provider, why = _datasource(source, variables)
        configured = lookup(settings, "datasource", "url")
        if isinstance(configured, str):
            raw, base, why = configured, root, ""
        elif isinstance(configured, Undetermined) and configured.is_unset and not raw:
            why = DatabaseUnknown(configured.reason, "")
        url = targets.target(raw, base, provider) if raw else None
        if not url and not why:
            why = DatabaseUnknown("the database is not determinable")
        return MigrationProject(
            self.name,
            root if root.name != "prisma" else root.parent,
            (folder,),
            config=config or schema,
            table=TableRef(_url_schema(raw), "_prisma_migrations"),
            url=url,
            settings=(("provider", provider), ("schema", str(schema))),
            notes=(why,) if why else (),
        )


def schema_source(schema: Path, tree: FolderTree) -> tuple[str, Path]:
    """The Prisma schema as one text, and the folder its relative URLs start from."""
    if not schema.is_dir():
        return files.text_or_empty(schema), schema.parent
    texts: list[str] = []
    base = schema
    for place in tree.below(schema):
        for name in tree.files(place):
            if name.endswith(".prisma"):
                texts.append(files.text_or_empty(place / name))
                base = place if _DATASOURCE.search(texts[-1]) else base
    return "\n".join(texts), base


def _beside(schema: Path, base: Path, tree: FolderTree) -> Path:
    parent = schema if schema.is_dir() else schema.parent
    choices = (base, parent, parent.parent)
    return next(
        (p / "migrations" for p in choices if "migrations" in tree.subfolders(p)),
        parent / "migrations",
    )


def _datasource(source: str, variables: dict[str, str]) -> tuple[str, str, Note]:
    block = _DATASOURCE.search(re.sub(r"(?m)^\s*//.*$", "", source))
    settings = {m[1]: (m[2], m[3]) for m in _SETTING.finditer(block[1])} if block else {}
    provider = (settings.get("provider") or ("", ""))[1] or ""
    variable, value = settings.get("directUrl") or settings.get("url") or ("", "")
    if variable:
        raw = variables.get(variable, "")
        return (
            raw,
            provider,
            "" if raw else DatabaseUnknown(f"the variable {variable} is not set", ""),
        )
    return value or "", provider, ""


def _url_schema(raw: str) -> str | None:
    if not raw.startswith("postgres"):
        return None
    try:
        return parse_qs(urlsplit(raw).query).get("schema", [None])[0]
    except ValueError:
        return None


def _migration(folder: Path) -> Migration:
    path = folder / "migration.sql"
    title = folder.name.partition("_")[2]
    try:
        raw = files.contents(path)
    except files.UnreadableFile as error:
        return Migration(
            folder.name, folder.name, title=title, problem=f"its migration.sql {error}"
        )
    checksum, *others = checksums(raw)
    return Migration(folder.name, folder.name, path, title, checksum, tuple(others))


def checksums(raw: bytes) -> list[str]:
    """Prisma's checksum, then what it also accepts: other line ends, old versions' unpadded hex."""
    unix = raw.replace(b"\r\n", b"\n")
    digests = [sha256(text).digest() for text in (raw, unix, unix.replace(b"\n", b"\r\n"))]
    padded = [digest.hex() for digest in digests]
    bare = ["".join(f"{byte:x}" for byte in digest) for digest in digests]
    return list(dict.fromkeys((*padded, *(text for text in bare if len(text) != _HEX_LENGTH))))


def _outcome(name: str, rows: Sequence[Row]) -> AppliedMigration:
    def pick(finished: bool, rolled_back: bool) -> Row | None:
        return next(
            (
                row
                for row in reversed(rows)
                if (row["finished_at"] is not None) is finished
                and (row["rolled_back_at"] is not None) is rolled_back
            ),
            None,
        )

    if (row := pick(finished=True, rolled_back=False)) is not None:
        return AppliedMigration(name, as_time(row["finished_at"]), as_text(row["checksum"]))
    if (row := pick(finished=False, rolled_back=False)) is not None:
        logs = as_text(row.get("logs"))
        at = as_time(row["started_at"])
        return AppliedMigration(name, at, as_text(row["checksum"]), succeeded=False, detail=logs)
    last = rows[-1]
    at = as_time(last["rolled_back_at"])
    return AppliedMigration(name, at, rolled_back=True, detail=as_text(last.get("logs")))
