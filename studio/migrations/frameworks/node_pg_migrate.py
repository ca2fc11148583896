"""node-pg-migrate: names without extension, order checked strictly."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from studio.migrations.framework import Framework, NextSteps, Order, Reading, Surroundings
from studio.migrations.history import Row, shape
from studio.migrations.reading import environment, files, manifests, scripts, targets
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_int, as_text, as_time
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

_PREFIX = re.compile(r"^(\d{1,999})")
_LONG = 17
"""Digits of a UTC time down to milliseconds; a shorter number is itself an epoch."""
_EXTENSIONS = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".sql")


class NodePgMigrate(Framework):
    """node-pg-migrate for PostgreSQL."""

    name = "node-pg-migrate"
    title = "node-pg-migrate"
    precedence = 80
    history = shape("id name run_on")
    default_names = frozenset({"pgmigrations"})
    consequences = NextSteps(
        pending="The next `node-pg-migrate up` runs it.",
        out_of_order="node-pg-migrate refuses to run anything, unless told not to check order.",
        missing="node-pg-migrate refuses to run anything (order check), unless told not to check.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By the package, with the flags of its scripts and the `db` configuration."""
        scripts = manifests.mapping(manifests.package(folder, around.tree).get("scripts"))
        is_run = any("node-pg-migrate" in str(script) for script in scripts.values())
        if not (is_run or manifests.depends_on(folder, around.tree, "node-pg-migrate")):
            return
        settings = _settings(folder, around.tree)
        variables = environment.of(folder, around.repository)
        place = settings.get("migrations-dir", "migrations")
        raw = settings.get("url") or variables.get(
            settings.get("database-url-var", "DATABASE_URL"), ""
        )
        url = targets.target(raw, folder)
        table = settings.get("migrations-table", "")
        yield MigrationProject(
            self.name,
            folder,
            (Path(files.plain(folder / place)),),
            config=folder / "package.json",
            table=TableRef(
                settings.get("migrations-schema") or settings.get("schema"), table or "pgmigrations"
            ),
            table_is_explicit=bool(table),
            url=url,
            notes=() if url else (DatabaseUnknown("DATABASE_URL is not set", "the database"),),
        )

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Files by the time in their name, then by text."""
        folder = project.folders[0]
        found: dict[str, Migration] = {}
        for name in tree.files(folder):
            if name.endswith(_EXTENSIONS) and ".d." not in name and not name.startswith("."):
                path = folder / name
                source = scripts.text_of(path)
                problem = "" if path.suffix == ".sql" else scripts.without_up(source)
                has_down = "down" in source.lower()
                found[path.stem] = Migration(
                    path.stem, path.stem, path, reversible=has_down, problem=problem
                )
        return Reading(tuple(sorted(found.values(), key=lambda m: self.order(m.key))))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran; one batch shares its time."""
        ordered = sorted(rows, key=lambda r: (as_time(r["run_on"]) or "", as_int(r["id"]) or 0))
        return tuple(AppliedMigration(as_text(r["name"]), as_time(r["run_on"])) for r in ordered)

    def plausible(self, rows: Sequence[Row]) -> bool:
        """Names begin with a time."""
        return all(as_text(row["name"])[:1].isdigit() for row in rows)

    def apply_command(self, project: MigrationProject) -> str:
        """`up`, with the folder when it is not the usual one."""
        folder = files.relative(project.folders[0], project.root)
        return "npx node-pg-migrate up" + ("" if folder == "migrations" else f" -m {folder}")

    def order(self, key: str) -> Order:
        """The prefix as a time, then the text."""
        match = _PREFIX.match(key)
        if match is None:
            return (1, 0, key)
        return (0, _epoch(match[1]), key)


def _epoch(digits: str) -> int:
    """Milliseconds for a 17-digit UTC time; other numbers as they are."""
    if len(digits) == _LONG:
        try:
            moment = datetime.strptime(f"{digits[:14]}+0000", "%Y%m%d%H%M%S%z")
        except ValueError:
            return int(digits)
        return int(moment.timestamp()) * 1000 + int(digits[14:])
    return int(digits)


def _settings(folder: Path, tree: FolderTree) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in ("config/default.json", "config/development.json", "config.json"):
        if tree.has((folder / name).parent, Path(name).name):
            value = manifests.parsed_json(files.text_or_empty(folder / name))
            db = manifests.mapping(value).get("db")
            found.update(_texts(manifests.mapping(db)))
    scripts = manifests.mapping(manifests.package(folder, tree).get("scripts"))
    flags = {
        "-m": "migrations-dir",
        "-t": "migrations-table",
        "-s": "schema",
        "-d": "database-url-var",
        "-f": "config-file",
    }
    for script in scripts.values():
        words = str(script).split() if "node-pg-migrate" in str(script) else []
        for word, value in pairwise(words):
            name, equals, given = word.partition("=")
            key = flags.get(name) or (name.removeprefix("--") if name.startswith("--") else "")
            if key:
                found[key] = (given if equals else value).strip("'\"")
    if own := found.get("config-file"):
        value = manifests.parsed_json(files.text_or_empty(folder / own))
        found = {**_texts(_under(value, found.get("config-value", "db"))), **found}
    return found


def _under(value: object, key: str) -> Mapping[str, object]:
    settings = manifests.mapping(value)
    return manifests.mapping(settings.get(key)) or settings


def _texts(settings: Mapping[str, object]) -> dict[str, str]:
    found = {k: v for k, v in settings.items() if isinstance(v, str)}
    if "url" not in found and (built := manifests.server(settings, "postgresql")):
        found["url"] = built
    return found
