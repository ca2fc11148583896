"""Liquibase: change sets by id, author and file. Checksums are not checked.

MD5SUM digests an object model with rules by version and database; recomputing it here would be a
guess, so an edited change set cannot be told from an unchanged one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from studio.migrations.framework import Framework, NextSteps, Reading, Surroundings
from studio.migrations.history import Database, LiveTable, Row, shape
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_bool, as_int, as_text, as_time
from studio.migrations.status import compare_listed
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, BoardEntry, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

MAX_INCLUDES = 3000
NOT_CHECKED = "edited change sets are not detected: Liquibase's checksum cannot be recomputed here."
_CHANGELOG = re.compile(
    r"^(?:(?:db\.)?change-?log.*|liquibase)\.(xml|ya?ml|json|sql)$", re.IGNORECASE
)
_CHANGESET = re.compile(
    r"^\s*--\s*changeset\s+(?:\"([^\"]+)\"|([^\s:]+)):(?:\"([^\"]+)\"|(\S+))(.*)$",
    re.MULTILINE | re.IGNORECASE,
)
_LOGICAL = re.compile(r"\blogicalFilePath:(\S+)", re.IGNORECASE)
_FORMATTED = re.compile(
    r"^\s*--\s*liquibase formatted sql\b.*?\blogicalFilePath:(\S+)", re.MULTILINE | re.IGNORECASE
)
_PROPERTY = re.compile(r"^\s*([\w.\-]+)\s*[=:]\s*(.*?)\s*$", re.MULTILINE)


class Liquibase(Framework):
    """Liquibase change logs in XML, YAML, JSON and formatted SQL."""

    name = "liquibase"
    title = "Liquibase"
    precedence = 160
    history = shape("id author filename dateexecuted orderexecuted exectype md5sum", is_open=True)
    default_names = frozenset({"databasechangelog"})
    consequences = NextSteps(
        pending="The next `liquibase update` runs it.",
        out_of_order="The next `liquibase update` runs it where the change log has it.",
        missing="Liquibase ignores the row.",
        failed="Liquibase tries it again.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By liquibase.properties, else by a change log with a usual name."""
        has_config = around.tree.has(folder, "liquibase.properties")
        source = files.text_or_empty(folder / "liquibase.properties") if has_config else ""
        settings = {m[1].replace("-", "").lower(): m[2] for m in _PROPERTY.finditer(source)}
        name = settings.get("changelogfile", "") if has_config else self._usual(folder, around.tree)
        if not has_config and not name:
            return
        root = (
            folder if has_config else manifests.root_of(folder, around, "pom.xml", "build.gradle")
        )
        url = targets.target(settings.get("url", ""), root)
        if not has_config:
            variables = environment.of(root, around.repository)
            url = targets.target(variables.get("DATABASE_URL", ""), root)
        log = Path(files.plain(folder / name))
        table = settings.get("databasechangelogtablename", "")
        schema = settings.get("liquibaseschemaname") or settings.get("defaultschemaname")
        yield MigrationProject(
            self.name,
            root,
            (log.parent,),
            config=folder / "liquibase.properties" if has_config else None,
            table=TableRef(schema, table or "DATABASECHANGELOG"),
            table_is_explicit=bool(table),
            url=url,
            guessed=not has_config,
            settings=(("log", str(log)), ("search", settings.get("searchpath", ""))),
            notes=() if url else (DatabaseUnknown("no database URL is configured"),),
        )

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Change sets in the order the change log includes them."""
        log = Path(project.setting("log"))
        base = Path(files.plain(project.root / project.setting("search")))
        reader = _ChangeLogs(base, tree)
        found: dict[str, Migration] = {}
        for identity, author, path, name in reader.read(log):
            key = _key(identity, author, name)
            found.setdefault(key, Migration(f"{name}::{identity}::{author}", key, path))
        return Reading(tuple(found.values()), (*reader.notes, NOT_CHECKED))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """One per identity, in order of execution; FAILED ones failed."""
        found: dict[str, AppliedMigration] = {}
        for row in sorted(rows, key=lambda r: as_int(r["orderexecuted"]) or 0):
            identity, author, name = (as_text(row[c]) for c in ("id", "author", "filename"))
            outcome = as_text(row["exectype"]).upper()
            found[_key(identity, author, name)] = AppliedMigration(
                _key(identity, author, name),
                as_time(row["dateexecuted"]),
                succeeded=outcome != "FAILED",
                label=f"{name}::{identity}::{author}",
                detail=as_text(row.get("description")),
            )
        return tuple(found.values())

    def transactional(self, source: str, statements: int) -> bool:
        """No transaction of its own; the server makes one of several statements sent at once."""
        return statements > 1

    def apply_command(self, project: MigrationProject) -> str:
        """`liquibase update`, with the change log where no properties name it."""
        if project.config is not None:
            return "liquibase update"
        log = files.relative(Path(project.setting("log")), project.root)
        return f"liquibase update --changelog-file={log} --url=DATABASE_URL"

    def locks(self, table: LiveTable, database: Database) -> tuple[str, ...]:
        """DATABASECHANGELOGLOCK is taken."""
        lock = database.find(TableRef(table.ref.schema, f"{table.ref.name}LOCK"))
        if lock is None or "locked" not in lock.names:
            return ()
        if any(as_bool(row["locked"]) for row in database.rows(lock)):
            return (f"{lock.ref} is taken; if nothing runs, `liquibase release-locks`.",)
        return ()

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """Order is the change log's; Liquibase has no idea of a change set that came late."""
        return compare_listed(self, reading.migrations, applied, has_order=False)

    @staticmethod
    def _usual(folder: Path, tree: FolderTree) -> str:
        names = [name for name in tree.files(folder) if _CHANGELOG.match(name)]
        masters = [n for n in names if "master" in n.lower() or "root" in n.lower()]
        chosen = (masters or sorted(names, key=len))[:1]
        head = files.head(folder / chosen[0]).lower() if chosen else ""
        return chosen[0] if "databasechangelog" in head or "--liquibase" in head else ""


def _key(identity: str, author: str, name: str) -> str:
    plain = name.removeprefix("classpath:").replace("\\", "/").lstrip("/").removeprefix("./")
    return f"{plain}::{identity}::{author}"


class _ChangeLogs:
    """Reads a change log and what it includes, each file once."""

    def __init__(self, base: Path, tree: FolderTree) -> None:
        self.notes: list[str] = []
        self._base = base
        self._tree = tree
        self._seen: set[Path] = set()

    def read(self, path: Path) -> Iterator[tuple[str, str, Path, str]]:
        """(id, author, file, name as Liquibase records it) of every change set."""
        if path in self._seen or len(self._seen) > MAX_INCLUDES:
            return
        self._seen.add(path)
        name = files.relative(path, self._base)
        try:
            source = files.text(path, files.MAX_MIGRATION_BYTES)
        except files.UnreadableFile as error:
            self.notes.append(f"{name} {error}.")
            return
        whole = ""
        for kind, fields in self._items(path, source):
            if kind == "logicalFilePath":
                whole = fields.get("path", "")
            elif kind == "changeSet":
                recorded = fields.get("logicalFilePath") or whole or name
                yield fields.get("id", ""), fields.get("author", ""), path, recorded
            else:
                for included in self._included(kind, fields, path):
                    yield from self.read(included)

    def _items(self, path: Path, source: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        if path.suffix == ".sql":
            if match := _FORMATTED.search(source):
                yield "logicalFilePath", {"path": match[1]}
            for match in _CHANGESET.finditer(source):
                identity = (match[3] or match[4]).strip()
                own = _LOGICAL.search(match[5])
                path_given = {"logicalFilePath": own[1]} if own else {}
                yield "changeSet", {"author": match[1] or match[2], "id": identity, **path_given}
        elif path.suffix == ".xml":
            yield from self._xml(path, source)
        else:
            value = manifests.parsed_yaml(source)
            for item in _list(manifests.mapping(value).get("databaseChangeLog")):
                for kind, fields in manifests.mapping(item).items():
                    if kind == "logicalFilePath":
                        yield kind, {"path": str(fields)}
                    texts = {k: str(v) for k, v in manifests.mapping(fields).items()}
                    yield kind, texts

    def _xml(self, path: Path, source: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        if "<!ENTITY" in source:
            # Entities can grow a small file without bound.
            self.notes.append(f"{path.name} defines entities; left out.")
            return
        try:
            root = ElementTree.fromstring(source)  # noqa: S314 - no entities, checked above
        except (ElementTree.ParseError, ValueError) as error:
            self.notes.append(f"{path.name} is not well-formed XML: {error}.")
            return
        yield "logicalFilePath", {"path": root.attrib.get("logicalFilePath", "")}
        for element in root:
            yield str(element.tag).rpartition("}")[2], element.attrib

    def _included(self, kind: str, fields: Mapping[str, str], path: Path) -> Iterator[Path]:
        relative = fields.get("relativeToChangelogFile", "").lower() == "true"
        base = path.parent if relative else self._base
        if kind == "include" and (name := fields.get("file")):
            yield Path(files.plain(base / name.removeprefix("classpath:").lstrip("/")))
        elif kind == "includeAll" and (name := fields.get("path")):
            place = Path(files.plain(base / name.removeprefix("classpath:").strip("/")))
            for folder in sorted(self._tree.below(place)):
                for file in self._tree.files(folder):
                    if file.endswith((".sql", ".xml", ".yaml", ".yml", ".json")):
                        yield folder / file


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
