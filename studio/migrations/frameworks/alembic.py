"""Alembic: one row per current head; everything before it ran."""

import ast
import configparser
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from studio.migrations import graph
from studio.migrations.framework import Framework, NextSteps, Reading, Surroundings
from studio.migrations.history import Row, shape
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.literals_python import (
    NOT_LITERAL,
    assignments,
    calls,
    literal,
    parse,
    strings,
)
from studio.migrations.reading.paths_python import ModuleSettings
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text
from studio.migrations.status import missing
from studio.model.catalog import TableRef
from studio.model.migration import (
    AppliedMigration,
    BoardEntry,
    Migration,
    MigrationProject,
    MigrationState,
)
from studio.model.notes import DatabaseUnknown, Note

_SEPARATORS = {":": ":", ";": ";", "space": " ", "newline": "\n", "os": os.pathsep}


class Alembic(Framework):
    """SQLAlchemy's migration tool."""

    name = "alembic"
    title = "Alembic"
    precedence = 90
    history = shape("version_num")
    default_names = frozenset({"alembic_version"})
    stops_at_missing = True
    consequences = NextSteps(
        pending="The next upgrade runs it.",
        out_of_order="",
        missing="Alembic stops: it cannot locate the revision, so nothing behind it can be known.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By alembic.ini or [tool.alembic] in pyproject.toml."""
        base: dict[str, str] = {}
        if around.tree.has(folder, "alembic.ini"):
            sections = _ini(folder / "alembic.ini")
            shared = sections.pop("DEFAULT", {})
            named = {n: s for n, s in sections.items() if "script_location" in s}
            for section, settings in named.items():
                for part in _databases(section, settings, sections):
                    yield self._configured(folder / "alembic.ini", section, part, around)
            if named:
                return
            # Flask-Migrate keeps alembic.ini beside env.py and names the folder itself.
            if around.tree.has(folder, "env.py") and "versions" in around.tree.subfolders(folder):
                settings = {**sections.get("alembic", {}), "script_location": str(folder)}
                yield self._configured(folder / "alembic.ini", "flask", settings, around)
                return
            # pyproject.toml may say where the scripts are while alembic.ini names the database.
            base = {**shared, **sections.get("alembic", {})}
        if around.tree.has(folder, "pyproject.toml"):
            table = manifests.dig(
                manifests.parsed_toml(folder / "pyproject.toml"), "tool", "alembic"
            )
            settings = {**base, **_here(manifests.mapping(table), folder)}
            if "script_location" in settings:
                yield self._configured(folder / "pyproject.toml", "alembic", settings, around)

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Files that set `revision`, read as syntax."""
        found: dict[str, Migration] = {}
        labels: dict[str, str] = {}
        followed: set[str] = set()
        unread: list[Path] = []
        faults: list[str] = []
        recursive = project.setting("recursive") == "yes"
        for folder in project.folders:
            for place in tree.below(folder) if recursive else [folder]:
                for name in tree.files(place):
                    if name.endswith(".py") and not name.startswith((".#", "__init__")):
                        followed |= self._take(place / name, found, labels, unread, faults)
        env = Path(project.setting("env"))
        unread += [env] if env.is_file() and parse(env) is None else []
        faults += [f"{p.name} cannot be read as Python: Alembic stops at it." for p in unread]
        resolved = [_with_labels(migration, labels) for migration in found.values()]
        heads = tuple(sorted(found.keys() - followed))
        if len(heads) > 1:
            ends = ", ".join(heads)
            faults.append(f"{len(heads)} heads ({ends}): `upgrade head` fails, `heads` takes all.")
        around = graph.cycle(resolved)
        if around:
            way = " follows ".join(around)
            faults.append(f"{way}: a cycle, at which every command of Alembic stops.")
        is_refused = bool(around) or any(p not in found for m in resolved for p in m.parents)
        return Reading(
            graph.ordered(resolved),
            heads=heads,
            faults=tuple(faults),
            is_refused=is_refused or bool(unread),
        )

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """The current heads."""
        return tuple(AppliedMigration(as_text(row["version_num"])) for row in rows)

    def apply_command(self, project: MigrationProject) -> str:
        """`heads`, because `head` fails as soon as there are two."""
        section = project.setting("section", "alembic")
        if section == "flask":
            return "flask db upgrade heads"
        name = "" if section == "alembic" else f" -n {section}"
        return f"alembic{name} upgrade heads"

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """Applied: the rows and all their ancestors, through depends_on too."""
        parents = {m.key: m.parents for m in reading.migrations}
        current = {row.key: row for row in applied if row.key in parents}
        lost = [row for row in applied if row.key not in parents]
        # In a cycle everything comes before everything.
        is_round = bool(graph.cycle(reading.migrations))
        done = set(current) if is_round else graph.ancestors(current, parents)
        after = graph.descendants(current, parents)
        found: list[BoardEntry] = []
        for migration in reading.migrations:
            key = migration.key
            state, note = MigrationState.PENDING, f"Not applied yet. {self.consequences.pending}"
            if key in done:
                state, note = (
                    MigrationState.APPLIED,
                    "" if key in current else "Before a current head.",
                )
            elif is_round:
                state, note = MigrationState.UNKNOWN, "With a cycle this cannot be derived."
            elif lost and key not in after:
                state = MigrationState.UNKNOWN
                at = lost[0].key
                note = f"The database is at {at}, which is not here: this cannot be derived."
            absent = [p for p in migration.parents if p not in parents]
            if absent:
                note = f"{note} Its parent {absent[0]} is not here.".strip()
            row = current.get(key)
            found.append(
                BoardEntry(migration.id, state, note, None, migration.path, migration, row)
            )
        return (*found, *(missing(self, row) for row in lost))

    @staticmethod
    def _take(
        path: Path,
        found: dict[str, Migration],
        labels: dict[str, str],
        unread: list[Path],
        faults: list[str],
    ) -> set[str]:
        """Take a revision file in; the revisions it follows."""
        tree = parse(path)
        if tree is None:
            unread.append(path)
            return set()
        values = {name: literal(value) for name, value in assignments(tree.body)}
        revision = values.get("revision")
        if not isinstance(revision, str):
            if not _names_revision(tree, path):
                faults.append(f"{path.name} names no revision: Alembic stops at it.")
            return set()
        if revision in found:
            faults.append(f"revision {revision} is in two files; {path.name} was taken.")
        for label in strings(values.get("branch_labels")):
            labels[label] = revision
        title = (ast.get_docstring(tree) or "").strip().splitlines()
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        found[revision] = Migration(
            revision,
            revision,
            path,
            title[0] if title else "",
            parents=(*strings(values.get("down_revision")), *strings(values.get("depends_on"))),
            reversible=_does_something(functions.get("downgrade")),
        )
        return set(strings(values.get("down_revision")))

    def _configured(
        self, config: Path, section: str, settings: Mapping[str, str], around: Surroundings
    ) -> MigrationProject:
        root = _root(config, section, settings["script_location"], around.repository)
        script = _location(root, settings["script_location"])
        variables = environment.of(root, around.repository)
        env = ModuleSettings(script / "env.py", variables)
        table, schema, notes = _history_table(script / "env.py", env)
        url, why = _url(settings.get("sqlalchemy.url", ""), script / "env.py", env, root)
        recursive = settings.get("recursive_version_locations", "").lower() in {"true", "1", "yes"}
        return MigrationProject(
            self.name,
            root,
            _versions(root, script, settings),
            config=config,
            table=TableRef(schema, table or "alembic_version"),
            table_is_explicit=table is not None,
            url=url,
            settings=(
                ("section", section),
                ("recursive", "yes" if recursive else ""),
                ("env", str(script / "env.py")),
            ),
            notes=tuple(n for n in (*notes, why) if n),
        )


def _ini(path: Path) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser({"here": str(path.parent)}, strict=False)
    try:
        parser.read_string(files.text_or_empty(path))
    except configparser.Error:
        return {}
    found: dict[str, dict[str, str]] = {}
    for section in (parser.default_section, *parser.sections()):
        found[section] = {}
        for key in parser[section]:
            try:
                found[section][key] = parser.get(section, key)
            except configparser.Error:
                found[section][key] = parser.get(section, key, raw=True)
    return found


def _here(table: Mapping[str, object], folder: Path) -> dict[str, str]:
    settings: dict[str, str] = {}
    for key, value in table.items():
        given = "\n".join(strings(value)) if isinstance(value, list) else str(value)
        settings[key] = given.replace("%(here)s", str(folder)).replace("%%", "%")
        if isinstance(value, list):
            settings["path_separator"] = "newline"
    if isinstance(url := manifests.dig(table, "sqlalchemy", "url"), str):
        settings["sqlalchemy.url"] = url
    return settings


def _databases(
    section: str, settings: dict[str, str], sections: Mapping[str, dict[str, str]]
) -> Iterable[dict[str, str]]:
    """The settings of each database: the multidb template has one section for each."""
    names = [n.strip() for n in settings.get("databases", "").split(",")]
    known = [sections[n] for n in names if "sqlalchemy.url" in sections.get(n, {})]
    if not known or section in names:
        return (settings,)
    return tuple({**settings, "sqlalchemy.url": part["sqlalchemy.url"]} for part in known)


def _root(config: Path, section: str, script: str, repository: Path) -> Path:
    """Where the command is run: mostly beside the configuration, else in a folder above it."""
    if section == "flask":
        return config.parent.parent
    places = manifests.upwards(config.parent, repository)
    return next((p for p in places if _location(p, script).is_dir()), config.parent)


def _location(root: Path, given: str) -> Path:
    """A path, or `package:folder:folder` as Alembic writes it; packages may lie in src."""
    package, colon, inside = given.partition(":")
    if colon and "/" not in package and len(package) > 1:
        below = Path(package.replace(".", "/"), *inside.split(":"))
        in_source = root / "src" / below
        return in_source if in_source.is_dir() and not (root / below).is_dir() else root / below
    return Path(files.plain(root / given))


def _versions(root: Path, script: Path, settings: Mapping[str, str]) -> tuple[Path, ...]:
    given = settings.get("version_locations", "").strip()
    if not given:
        return (script / "versions",)
    named = settings.get("path_separator") or settings.get("version_path_separator")
    separator = _SEPARATORS.get(named or "")
    parts = given.split(separator) if separator else re.split(r"[,\s]+", given)
    return tuple(_location(root, part.strip()) for part in parts if part.strip())


def _history_table(path: Path, env: ModuleSettings) -> tuple[str | None, str | None, list[str]]:
    tree = parse(path)
    if tree is None:
        return None, None, []
    table: str | None = None
    schema: str | None = None
    notes: list[str] = []
    for call in calls(tree, "configure"):
        for argument in call.keywords:
            if argument.arg not in {"version_table", "version_table_schema"}:
                continue
            value = env.evaluate(argument.value)
            if not isinstance(value, str):
                if value is NOT_LITERAL:
                    notes.append(
                        f"{argument.arg} is computed in env.py; looked for by its columns."
                    )
            elif argument.arg == "version_table":
                table = value
            else:
                schema = value
    return table, schema, notes


def _url(given: str, path: Path, env: ModuleSettings, root: Path) -> tuple[str | None, Note]:
    tree = parse(path)
    for call in calls(tree, "set_main_option") if tree else ():
        if len(call.args) == 2 and literal(call.args[0]) == "sqlalchemy.url":  # noqa: PLR2004 - (name, value)
            value = env.evaluate(call.args[1])
            given = value if isinstance(value, str) else ""
    if not given or given.startswith("driver://"):
        given = _in_code(tree, env) if tree else ""
    url = None if given.startswith("driver://") else targets.target(given, root)
    return url, "" if url else DatabaseUnknown("the database is set in env.py")


def _in_code(tree: ast.Module, env: ModuleSettings) -> str:
    """The URL that env.py gives to SQLAlchemy itself."""
    for name in ("create_engine", "create_async_engine", "configure"):
        for call in calls(tree, name):
            given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "url")]
            for node in given if name != "configure" else given[-1:]:
                value = env.evaluate(node)
                if isinstance(value, str) and ":" in value:
                    return value
    return ""


def _with_labels(migration: Migration, labels: Mapping[str, str]) -> Migration:
    parents = tuple(labels.get(p, p) for p in migration.parents)
    return Migration(
        migration.id,
        migration.key,
        migration.path,
        migration.title,
        parents=parents,
        reversible=migration.reversible,
    )


def _does_something(function: ast.FunctionDef | None) -> bool:
    if function is None:
        return False
    return not all(
        isinstance(s, ast.Pass | ast.Raise)
        or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
        for s in function.body
    )


def _names_revision(tree: ast.Module, path: Path) -> bool:
    """Whether a revision file may have one, whatever it is: set or imported, or, as Alembic reads
    old files, its own name.
    """
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.alias)}
    return bool(names & {"revision", "*"}) or re.fullmatch(r"[0-9a-f]+", path.stem) is not None
