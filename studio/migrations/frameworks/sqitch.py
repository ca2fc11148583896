"""Sqitch: order and names come from sqitch.plan, the history from a registry of its own."""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha1
from pathlib import Path

from studio.migrations.framework import Framework, NextSteps, Reading, Surroundings
from studio.migrations.history import Row, shape
from studio.migrations.reading import files, targets
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text, as_time
from studio.migrations.status import compare_listed
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, BoardEntry, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown, Note

_CHANGE = re.compile(r"^\s*([^\s%@#\[\-][^\s\[]*)\s*(?:\[[^\]]*\])?\s+\d{4}-\d\d-\d\dT")
_TAG = re.compile(r"^\s*@(\S+)")
_SECTION = re.compile(r"^\s*\[([\w.\-]+)(?:\s+\"([^\"]*)\")?\]")
_SETTING = re.compile(r"^\s*(\w+)\s*=\s*(.*?)\s*$")

FAILURES_NOT_SHOWN = "failed deployments are not shown: Sqitch keeps them in its events only."


class Sqitch(Framework):
    """Sqitch's plan and its registry."""

    name = "sqitch"
    title = "Sqitch"
    precedence = 240
    history = shape("change_id script_hash change project committed_at planned_at", is_open=True)
    default_names = frozenset({"changes"})
    consequences = NextSteps(
        pending="The next `sqitch deploy` runs it.",
        out_of_order="Sqitch deploys what follows the last deployed change only, so it is skipped.",
        missing="Sqitch cannot find the deployed change in its plan and stops.",
        changed="Sqitch does not deploy it again; `sqitch rework` is the way to change it.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By sqitch.plan or sqitch.conf."""
        if not around.tree.has(folder, "sqitch.plan", "sqitch.conf"):
            return
        settings = _settings(files.text_or_empty(folder / "sqitch.conf"))
        top = folder / settings.get("core.top_dir", ".")
        plan = settings.get("core.plan_file") or files.relative(top / "sqitch.plan", folder)
        deploy = settings.get("core.deploy_dir") or files.relative(top / "deploy", folder)
        engine = settings.get("core.engine", "")
        registry = settings.get(f"engine.{engine}.registry", "sqitch")
        target = settings.get(f"engine.{engine}.target", "")
        target = settings.get(f"target.{target}.uri", target)
        url, note = _registry(target, folder, registry)
        yield MigrationProject(
            self.name,
            folder,
            (Path(files.plain(folder / deploy)),),
            config=folder / "sqitch.conf",
            table=TableRef(registry if engine == "pg" else None, "changes"),
            url=url,
            settings=(
                ("plan", files.plain(folder / plan)),
                ("project", _project_name(folder / plan)),
            ),
            notes=(note,) if note else (),
        )

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Changes in the order of the plan; a reworked one first from its tagged script."""
        source = files.text_or_empty(Path(project.setting("plan")))
        names: list[str] = []
        tags: dict[int, str] = {}
        for line in source.splitlines():
            if tag := _TAG.match(line):
                tags[len(names)] = tag[1]
            elif change := _CHANGE.match(line):
                names.append(change[1])
        found = []
        for number, name in enumerate(names):
            is_reworked = name in names[number + 1 :]
            suffix = (
                next((f"@{tags[n]}" for n in sorted(tags) if n > number), "") if is_reworked else ""
            )
            key = f"{name}{suffix}" if is_reworked else name
            found.append(_migration(project.folders[0] / f"{name}{suffix}.sql", key))
        why = "" if names else "sqitch.plan names no change."
        return Reading(tuple(found), tuple(n for n in (why, FAILURES_NOT_SHOWN) if n))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row is deployed; of a reworked change the last row is the newest."""
        return tuple(
            AppliedMigration(
                as_text(row["change"]),
                as_time(row["committed_at"]),
                as_text(row["script_hash"]) or None,
                by=as_text(row.get("committer_name")),
                name=as_text(row.get("project")),
            )
            for row in sorted(rows, key=lambda r: as_time(r["committed_at"]) or "")
        )

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """By the plan's order; a registry may hold other projects' changes too."""
        if own := project.setting("project"):
            applied = [row for row in applied if row.name == own]
        return compare_listed(self, reading.migrations, applied, has_order=False)

    def checksums(self, raw: bytes) -> tuple[str, ...]:
        """SHA-1 of the script."""
        return (sha1(raw, usedforsecurity=False).hexdigest(),)

    def apply_command(self, project: MigrationProject) -> str:
        """`sqitch deploy`."""
        return "sqitch deploy"


def _project_name(plan: Path) -> str:
    match = re.search(r"(?m)^%project=(.+?)\s*$", files.text_or_empty(plan))
    return match[1] if match else ""


def _settings(source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    section = ""
    for line in source.splitlines():
        if header := _SECTION.match(line):
            section = f"{header[1]}.{header[2]}." if header[2] else f"{header[1]}."
        elif setting := _SETTING.match(line):
            found[section + setting[1]] = setting[2].strip('"')
    return found


def _registry(target: str, root: Path, registry: str) -> tuple[str | None, Note]:
    """On SQLite the registry is another file beside the target's, with the target's extension."""
    raw = target.removeprefix("db:").replace("pg:", "postgresql:", 1)
    url = targets.target(raw, root) if raw else None
    if url is None:
        return None, DatabaseUnknown("sqitch.conf names no target", "the registry's database")
    if "://" in url:
        return url, ""
    return str(Path(url).with_name(f"{registry}{Path(url).suffix or '.db'}")), ""


def _migration(path: Path, key: str) -> Migration:
    try:
        raw = files.contents(path)
    except files.UnreadableFile as error:
        return Migration(key, key, problem=f"{path.name} {error}")
    checksum = sha1(raw, usedforsecurity=False).hexdigest()
    reversible = (path.parent.parent / "revert" / path.name).exists()
    return Migration(key, key, path, checksum=checksum, reversible=reversible)
