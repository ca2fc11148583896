"""Django: migrations per app, a graph by `dependencies`, squashes by `replaces`."""

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from studio.migrations import graph
from studio.migrations.declarations import django as models
from studio.migrations.declarations.places import Declarations, merged
from studio.migrations.framework import Framework, NextSteps, Order, Reading, Surroundings
from studio.migrations.history import Row, shape
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.literals_python import NOT_LITERAL, assignments, literal, parse
from studio.migrations.reading.paths_python import ModuleSettings
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text, as_time
from studio.migrations.status import recorded
from studio.model.catalog import TableRef
from studio.model.migration import (
    AppliedMigration,
    BoardEntry,
    Migration,
    MigrationProject,
    MigrationState,
)
from studio.model.notes import DatabaseUnknown
from studio.model.words import plural

_SETTINGS = re.compile(r"DJANGO_SETTINGS_MODULE['\"]\s*,\s*['\"]([\w.]+)['\"]")
_ENGINES = {
    "sqlite3": "sqlite",
    "postgresql": "postgresql",
    "mysql": "mysql",
    "postgis": "postgresql",
}


_IS_DJANGO = re.compile(r"\bdjango\b|execute_from_command_line|DJANGO_SETTINGS", re.IGNORECASE)
"""Other programs are called manage.py too."""


class Django(Framework):
    """django.db.migrations."""

    name = "django"
    title = "Django"
    precedence = 100
    history = shape("id app name applied")
    default_names = frozenset({"django_migrations"})
    consequences = NextSteps(
        pending="The next `migrate` runs it.",
        out_of_order="The next `migrate` runs it.",
        missing="Django ignores the row; whatever depends on it cannot be loaded.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By manage.py."""
        if not _IS_DJANGO.search(around.tree.text(folder, "manage.py")):
            return
        settings, note = _settings(folder, around)
        moved = settings.get("MIGRATION_MODULES") if settings else None
        apps = _apps(folder, manifests.mapping(moved), around.tree)
        url = _database(settings, folder, environment.of(folder, around.repository))
        notes = [note, "" if url else DatabaseUnknown("DATABASES is computed", "the database")]
        yield MigrationProject(
            self.name,
            folder,
            tuple(apps.values()),
            config=folder / "manage.py",
            table=TableRef(None, "django_migrations"),
            url=url,
            settings=tuple((str(place), label) for label, place in apps.items()),
            notes=tuple(n for n in notes if n),
        )

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Files with a class Migration, ordered by dependencies within each app."""
        found: list[Migration] = []
        unread: list[str] = []
        faults: list[str] = []
        for folder in sorted(project.folders, key=lambda f: project.setting(str(f))):
            app = project.setting(str(folder))
            group = []
            for name in tree.files(folder):
                if name.endswith(".py") and name[0] not in "_~":
                    migration = _migration(folder / name, app, unread)
                    group += [migration] if migration else []
            found.extend(graph.ordered(group))
            if len(ends := _ends(group)) > 1:
                names = ", ".join(ends)
                faults.append(f"{app} has {len(ends)} leaf nodes ({names}): `migrate` stops.")
        faults += [f"{clause}: every command of Django that migrates stops." for clause in unread]
        return Reading(tuple(found), faults=tuple(faults), is_refused=bool(unread))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran."""
        return tuple(
            AppliedMigration(f"{as_text(r['app'])}.{as_text(r['name'])}", as_time(r["applied"]))
            for r in rows
        )

    def declarations(self, project: MigrationProject) -> Declarations:
        """The models of each app, in one file or in a folder of them."""
        found: list[tuple[Path, str]] = []
        tree = FolderTree(project.root)
        for folder in project.folders:
            label, app = project.setting(str(folder)), folder.parent
            names = [app / "models.py", *(app / "models" / n for n in tree.files(app / "models"))]
            found += [(path, label) for path in names if path.suffix == ".py"]
        return merged(
            models.tables(path, files.text_or_empty(path, files.MAX_MIGRATION_BYTES), label)
            for path, label in found
        )

    def apply_command(self, project: MigrationProject) -> str:
        """manage.py's own."""
        return "python manage.py migrate"

    def order(self, key: str) -> Order:
        """By app, then by name."""
        app, _, name = key.partition(".")
        return (app, name)

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """Rows of apps without files here are `recorded`; squashes follow what they replace."""
        rows = {row.key: row for row in applied}
        apps = {label for _, label in project.settings}
        replaced = {key: m.id for m in reading.migrations for key in m.replaces}
        known = {m.key for m in reading.migrations}
        past = _Past(reading.migrations, rows)
        found = [
            (m.key, self._entry(m, past)) for m in reading.migrations if m.key not in past.passed
        ]
        rowless = (row for row in applied if row.key not in known)
        found.extend((row.key, self._rowless(row, apps, replaced)) for row in rowless)
        places = {key: number for number, (key, _) in enumerate(found)}
        found.sort(key=lambda pair: (pair[0].partition(".")[0], places[pair[0]]))
        return tuple(entry for _, entry in found)

    def _entry(self, migration: Migration, past: "_Past") -> BoardEntry:
        row = past.rows.get(migration.key)
        state, note = MigrationState.APPLIED, ""
        if row is None:
            state, note = self._unrecorded(migration, past)
        at = row.at if row else None
        return BoardEntry(migration.id, state, note, at, migration.path, migration, row)

    def _unrecorded(self, migration: Migration, past: "_Past") -> tuple[MigrationState, str]:
        done = [key for key in migration.replaces if key in past.rows]
        if done and len(done) == len(migration.replaces):
            return MigrationState.APPLIED, (
                "All it replaces is applied; the next `migrate` records it without running it."
            )
        if done:
            return MigrationState.PENDING, (
                f"Replaces {len(migration.replaces)} migrations of which {len(done)} are applied; "
                "Django cannot use it until all of them are."
            )
        if migration.replaces:
            return MigrationState.PENDING, (
                "Not applied yet. The next `migrate` runs it in place of the "
                f"{plural(len(migration.replaces), 'migration')} it replaces."
            )
        if migration.key in past.needed:
            return MigrationState.OUT_OF_ORDER, (
                "Not applied, though one that depends on it is: Django refuses to migrate "
                "(InconsistentMigrationHistory)."
            )
        if past.overtook(migration):
            says = self.consequences.out_of_order
            return MigrationState.OUT_OF_ORDER, f"Not applied, though a newer one is. {says}"
        return MigrationState.PENDING, f"Not applied yet. {self.consequences.pending}"

    def _rowless(
        self, row: AppliedMigration, apps: set[str], replaced: Mapping[str, str]
    ) -> BoardEntry:
        if row.key.partition(".")[0] not in apps:
            note = "Recorded; the app's migrations are not in this project (an installed package)."
            return BoardEntry(row.key, MigrationState.RECORDED, note, row.at, applied=row)
        if row.key in replaced:
            note = f"Recorded; its file was squashed into {replaced[row.key]}, as it should be."
            return BoardEntry(row.key, MigrationState.RECORDED, note, row.at, applied=row)
        note = (
            f"Recorded in the database, but there is no such file here. {self.consequences.missing}"
        )
        entry = recorded(row)
        return BoardEntry(entry.id, MigrationState.MISSING_FILE, note, row.at, applied=row)


class _Past:
    """What is recorded, as the graph of the files sees it."""

    def __init__(
        self, migrations: Sequence[Migration], rows: Mapping[str, AppliedMigration]
    ) -> None:
        self.rows = rows
        self.passed = frozenset(
            key
            for m in migrations
            for key in m.replaces
            if not any(other in rows for other in m.replaces)
        )
        """What Django passes over: of a squash none of whose parts ran, it runs the squash."""
        self._parents = {m.key: m.parents for m in migrations}
        self.needed = graph.ancestors(rows, self._parents)
        self._last: dict[str, tuple[int, str]] = {}
        self._after: dict[str, set[str]] = {}
        for migration in migrations:
            app, place = _place(migration)
            if migration.key in rows and place >= self._last.get(app, (-1, ""))[0]:
                # Of two with one number, the one later in the graph's order is the newer.
                self._last[app] = place, migration.key

    def overtook(self, migration: Migration) -> bool:
        """Whether a newer one of the app ran: by the leading number, unless this one follows it."""
        app, place = _place(migration)
        if place >= self._last.get(app, (-1, ""))[0]:
            return False
        if app not in self._after:
            self._after[app] = graph.descendants([self._last[app][1]], self._parents)
        return migration.key not in self._after[app]


def _place(migration: Migration) -> tuple[str, int]:
    """The app and the leading number of the name, which is convention only."""
    app, _, name = migration.key.partition(".")
    digits = re.match(r"\d+", name)
    return app, int(digits[0]) if digits else 0


def _ends(group: Sequence[Migration]) -> list[str]:
    """The migrations of an app that none of its own follows; what a squash replaces is none."""
    followed = {parent for migration in group for parent in migration.parents}
    replaced = {key for migration in group for key in migration.replaces}
    return [m.id for m in group if m.key not in followed | replaced]


def _migration(path: Path, app: str, unread: list[str]) -> Migration | None:
    tree = parse(path)
    if tree is None:
        unread.append(f"{app}/{path.name} cannot be read as Python")
        return None
    body = next(
        (n.body for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Migration"), None
    )
    if body is None:
        if not any("Migration" in _bound(node) for node in ast.walk(tree)):
            unread.append(f"{app}/{path.name} has no Migration class")
        return None
    values = dict(assignments(body))
    key = f"{app}.{path.stem}"
    return Migration(
        key,
        key,
        path,
        path.stem,
        parents=tuple(_pairs(values.get("dependencies"))),
        replaces=tuple(_pairs(values.get("replaces"))),
    )


def _bound(node: ast.AST) -> tuple[str, ...]:
    """The names one part of a file may bind; `*` could be any."""
    match node:
        case ast.alias(name, called):
            return ("Migration",) if name == "*" else (called or name,)
        case ast.Name(name) | ast.ClassDef(name):
            return (name,)
    return ()


def _pairs(node: ast.expr | None) -> Iterable[str]:
    """`("app", "name")` pairs; calls like swappable_dependency(…) among them are passed over."""
    items = node.elts if isinstance(node, ast.List | ast.Tuple) else []
    for item in items:
        value = literal(item)
        if isinstance(value, tuple) and [type(v) for v in value] == [str, str]:
            yield f"{value[0]}.{value[1]}"


def _settings(folder: Path, around: Surroundings) -> tuple[ModuleSettings | None, str]:
    variables = environment.of(folder, around.repository)
    match = _SETTINGS.search(files.text_or_empty(folder / "manage.py"))
    module = variables.get("DJANGO_SETTINGS_MODULE") or (match[1] if match else "")
    base = folder / module.replace(".", "/")
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if module and path.exists():
            return ModuleSettings(path, variables), ""
    found = [
        f / "settings.py" for f in around.tree.below(folder) if around.tree.has(f, "settings.py")
    ]
    if len(found) == 1:
        return ModuleSettings(found[0], variables), f"assumed {found[0].parent.name}/settings.py."
    return None, "the settings module is not determinable."


def _apps(folder: Path, moved: Mapping[str, object], tree: FolderTree) -> dict[str, Path]:
    apps: dict[str, Path] = {}
    for place in tree.below(folder):
        if place.name == "migrations" and _holds_migrations(place, tree):
            apps.setdefault(_label(place.parent), place)
        elif tree.has(place, "apps.py"):
            label = _label(place)
            target = moved.get(label)
            if isinstance(target, str):
                apps[label] = folder / target.replace(".", "/")
    for label, target in moved.items():
        if isinstance(target, str) and (folder / target.replace(".", "/")).is_dir():
            apps[label] = folder / target.replace(".", "/")
        elif target is None:
            apps.pop(label, None)
    return apps


def _holds_migrations(folder: Path, tree: FolderTree) -> bool:
    names = [n for n in tree.files(folder) if n.endswith(".py") and n[0] not in "_~"]
    if not names:
        return tree.has(folder, "__init__.py")
    return any("migrations.Migration" in files.head(folder / name) for name in names)


def _label(app: Path) -> str:
    tree = parse(app / "apps.py") if (app / "apps.py").exists() else None
    for node in tree.body if tree else []:
        if isinstance(node, ast.ClassDef) and any(
            "AppConfig" in ast.unparse(b) for b in node.bases
        ):
            values = {name: literal(value) for name, value in assignments(node.body)}
            label, name = values.get("label"), values.get("name")
            if isinstance(label, str):
                return label
            if isinstance(name, str):
                return name.rpartition(".")[2]
    return app.name


def _database(
    settings: ModuleSettings | None, root: Path, variables: Mapping[str, str]
) -> str | None:
    databases = settings.get("DATABASES") if settings else None
    default = databases.get("default") if isinstance(databases, dict) else None
    if isinstance(default, str):
        return targets.target(default, root)
    if not isinstance(default, dict):
        return targets.target(variables.get("DATABASE_URL", ""), root)
    engine = _ENGINES.get(str(default.get("ENGINE", "")).rpartition(".")[2], "")
    name = default.get("NAME")
    if name is NOT_LITERAL or not isinstance(name, str):
        return None
    if engine == "sqlite":
        return targets.target(name, root, engine)
    parts = {str(k).lower(): v for k, v in default.items() if isinstance(v, str | int)}
    return manifests.server(parts, engine) if engine else None
