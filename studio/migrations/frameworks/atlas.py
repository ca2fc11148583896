"""Atlas: versioned files under a running hash, statements counted one by one."""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from studio.migrations.framework import Framework, NextSteps, Reading, Surroundings
from studio.migrations.history import Row, shape
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_int, as_text, as_time
from studio.model.catalog import TableRef
from studio.model.migration import (
    AppliedMigration,
    BoardEntry,
    Migration,
    MigrationProject,
    MigrationState,
)
from studio.model.notes import DatabaseUnknown

SUM = "atlas.sum"
_SETTING = re.compile(
    r"^\s*(dir|url|revisions_schema)\s*=\s*(?:\"([^\"]*)\"|getenv\(\"(\w+)\"\)|var\.(\w+))",
    re.MULTILINE,
)
_VARIABLE = re.compile(r"variable\s+\"(\w+)\"\s*\{([^{}]*)\}")
_DEFAULT = re.compile(r"default\s*=\s*(?:\"([^\"]*)\"|getenv\(\"(\w+)\"\))")
_BASELINE = 1
"""A bit of a revision's type."""
_IGNORED = re.compile(rb"^[^\n]*atlas:sum\s+ignore")


class Atlas(Framework):
    """ariga/atlas, versioned workflow."""

    name = "atlas"
    title = "Atlas"
    precedence = 230
    outside_transaction = re.compile(r"atlas:txmode\s+none", re.IGNORECASE)
    history = shape("version description applied total executed_at hash", is_open=True)
    default_names = frozenset({"atlas_schema_revisions"})
    consequences = NextSteps(
        pending="The next `atlas migrate apply` runs it.",
        out_of_order="`atlas migrate apply` refuses (linear order), unless --exec-order allows it.",
        missing="Atlas cannot tell where the database is and refuses.",
        changed="Atlas stops on a checksum error until `atlas migrate hash` accepts the edit.",
        failed="Atlas goes on from the failed statement, if the file's beginning is unchanged.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By atlas.hcl, or by a folder with atlas.sum."""
        if around.tree.has(folder, "atlas.hcl"):
            variables = environment.of(folder, around.repository)
            settings = _settings(files.text_or_empty(folder / "atlas.hcl"), variables)
            place = (
                settings.get("dir", "file://migrations").removeprefix("file://").partition("?")[0]
            )
            url = targets.target(settings.get("url", ""), folder)
            yield self._project(
                folder,
                Path(files.plain(folder / place)),
                folder / "atlas.hcl",
                url,
                settings.get("revisions_schema"),
            )
        elif around.tree.has(folder, SUM):
            yield self._project(manifests.root_of(folder, around, "atlas.hcl"), folder, None, None)

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Files by name; the first whose running hash differs from atlas.sum is the edited one."""
        folder = project.folders[0]
        listed = _sums(files.text_or_empty(folder / SUM))
        running = sha256()
        found: list[Migration] = []
        culprit = ""
        for name in tree.files(folder):
            if not name.endswith(".sql"):
                continue
            migration, is_hashed = _migration(folder / name, running)
            digest = b64encode(running.digest()).decode()
            if listed and is_hashed:
                if name not in listed:
                    found.append(_unlisted(migration))
                    continue
                culprit = culprit or (name if listed[name] != digest else "")
            found.append(_judged(migration, name, culprit, digest, listed.get(name, digest)))
        return Reading(tuple(found), _notes(culprit, listed, found))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Rows whose version begins with a dot are Atlas's own."""
        found = []
        for row in rows:
            version = as_text(row["version"])
            if version.startswith("."):
                continue
            done, total = as_int(row["applied"]) or 0, as_int(row["total"]) or 0
            error = as_text(row.get("error"))
            took = as_int(row.get("execution_time"))
            found.append(
                AppliedMigration(
                    version,
                    as_time(row["executed_at"]),
                    as_text(row["hash"]) or None,
                    succeeded=not error and done >= total,
                    duration_ms=took / 1e6 if took else None,
                    detail=error or f"{done} of {total} statements ran",
                    name="baseline" if (as_int(row.get("type")) or 0) & _BASELINE else "",
                )
            )
        return tuple(found)

    def apply_command(self, project: MigrationProject) -> str:
        """`migrate apply`; without atlas.hcl it needs folder and database."""
        if project.config is not None:
            return "atlas migrate apply"
        folder = files.relative(project.folders[0], project.root)
        return f"atlas migrate apply --dir file://{folder} --url DATABASE_URL"

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """Hashes run on: of those that differ only the first file was edited for certain."""
        baseline = max((r.key for r in applied if r.name == "baseline"), default="")
        found: list[BoardEntry] = []
        culprit = ""
        for entry in super().entries(project, reading, applied):
            state, note = entry.state, entry.note
            if state is MigrationState.CHANGED and culprit:
                state = MigrationState.APPLIED
                note = f"Its hash includes {culprit}, which was edited; whether it was too is open."
            elif state is MigrationState.CHANGED:
                culprit = entry.id
            elif state is MigrationState.OUT_OF_ORDER and entry.id <= baseline:
                note = "Below the baseline: Atlas takes it for done before it came, never runs it."
            found.append(replace(entry, state=state, note=note))
        return tuple(found)

    def _project(
        self,
        root: Path,
        folder: Path,
        config: Path | None,
        url: str | None,
        schema: str | None = None,
    ) -> MigrationProject:
        return MigrationProject(
            self.name,
            root,
            (folder,),
            config=config,
            table=TableRef(schema, "atlas_schema_revisions"),
            url=url,
            guessed=config is None,
            notes=() if url else (DatabaseUnknown("the database URL is not a literal"),),
        )


def _settings(source: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The first literal of each setting; later environments do not count."""
    inputs = {
        name: given[1] or variables.get(given[2] or "", "")
        for name, body in _VARIABLE.findall(source)
        if (given := _DEFAULT.search(body))
    }
    found: dict[str, str] = {}
    for match in _SETTING.finditer(re.sub(r"(?m)^\s*(?:#|//).*$", "", source)):
        value = match[2] or variables.get(match[3] or "") or inputs.get(match[4] or "")
        if value:
            found.setdefault(match[1], value)
    return found


def _sums(source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in source.splitlines()[1:]:
        name, _, digest = line.rpartition(" h1:")
        if name:
            found[name] = digest.strip()
    return found


def _migration(path: Path, running: "sha256") -> tuple[Migration, bool]:  # type: ignore[valid-type]
    version, _, title = path.stem.partition("_")
    try:
        raw = files.contents(path)
    except files.UnreadableFile as error:
        return Migration(version, version, path, title, problem=f"the file {error}"), True
    running.update(path.name.encode())  # type: ignore[attr-defined]
    if _IGNORED.match(raw):
        return Migration(version, version, path, title), False
    running.update(raw)  # type: ignore[attr-defined]
    return Migration(version, version, path, title), True


def _unlisted(migration: Migration) -> Migration:
    return Migration(
        migration.id, migration.key, migration.path, migration.title, listed=False,
        problem="atlas.sum does not list it",
    )  # fmt: skip


def _judged(migration: Migration, name: str, culprit: str, digest: str, listed: str) -> Migration:
    """The edited file keeps its own hash; later ones, whose hash it spoils, keep the listed one."""
    checksum = digest if name == culprit or not culprit else listed
    others = () if name == culprit else (listed,)
    return Migration(
        migration.id, migration.key, migration.path, migration.title, checksum, others,
        problem=migration.problem,
    )  # fmt: skip


def _notes(culprit: str, listed: dict[str, str], found: Sequence[Migration]) -> tuple[str, ...]:
    notes = []
    if culprit:
        notes.append(
            f"{culprit} differs from atlas.sum; hashes run on, so edits behind it cannot be seen."
        )
    present = {m.path.name for m in found if m.path}
    notes.extend(
        f"atlas.sum lists {name}, which is not here." for name in listed if name not in present
    )
    return tuple(notes)
