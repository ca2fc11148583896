"""TypeORM: classes named after their time; the file's name means nothing."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.migrations.framework import Framework, NextSteps, Order, Reading, Surroundings
from studio.migrations.history import Row, shape
from studio.migrations.javascript import Literal, Module, lookup, read, text, texts
from studio.migrations.reading import files, globs, manifests
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_int, as_text
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_CLASS = re.compile(
    r"\bclass\b(?:\s+(?!extends\b|implements\b)(\w+))?\s*(?:extends\s+[\w.]+\s*)?(implements\s+[\w.,\s]*MigrationInterface)?[^{]*\{"
)
_NAME = re.compile(
    r"(?:^|[;{}\n])\s*(?:public\s+|readonly\s+|this\.)*name\s*(?::\s*string\s*)?=\s*['\"`]([^'\"`]+)['\"`]"
)
_SOURCE = re.compile(r"\bnew\s+DataSource\s*\(|\bTypeOrmModule\s*\.\s*forRoot(?:Async)?\s*\(")
_PACKAGES = ("typeorm", "@nestjs/typeorm")
_MADE_BY = ("DataSource", "TypeOrmModule")
_TIMESTAMP = 13
_LIKELY = ("data-source", "datasource", "ormconfig", "typeorm.config", "typeorm-config")


class TypeORM(Framework):
    """Migration classes with a time in their names, and a table of those that ran."""

    name = "typeorm"
    title = "TypeORM"
    precedence = 50
    history = shape("id timestamp name")
    default_names = frozenset({"migrations"})
    consequences = NextSteps(
        pending="The next `migration:run` runs it.",
        out_of_order="The next `migration:run` runs it, after the newer ones.",
        missing="TypeORM does not look at it until something is reverted, and then fails.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By ormconfig, or by `new DataSource({…})` and Nest's module where typeorm is used."""
        config = manifests.js_config(folder, "ormconfig", around)
        if config is not None and not _is_left_over(folder, around):
            yield self._project(folder, config, manifests.js_file(config, around).exported, around)
            return
        for name in ("ormconfig.json", "ormconfig.yml", "ormconfig.yaml"):
            if around.tree.has(folder, name) and not _is_left_over(folder, around, name):
                yield self._project(folder, folder / name, _static(folder / name), around)
                return
        taken: set[Path] = set()
        for path in _sources(folder, around):
            if not _SOURCE.search(files.text_or_empty(path)):
                continue
            options = _options(manifests.js_file(path, around))
            if lookup(options, "migrations") is not None:
                project = self._project(folder, path, options, around)
                # Nest's module and the command's data source say the same of one folder.
                if taken.isdisjoint(project.folders):
                    yield project
                taken.update(project.folders)

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Classes of every file the globs match; where none exists, of every migration below."""
        given = [glob for key, glob in project.settings if key == "glob"]
        paths = dict.fromkeys(p for glob in given for p in globs.matches(tree, project.root, glob))
        notes: tuple[str, ...] = ()
        if not paths:
            paths = dict.fromkeys(_migration_files(project.root, tree))
            notes = ("the configured patterns match no file; took the migration classes found.",)
        found: dict[str, Migration] = {}
        for path in paths:
            for migration in _classes(path):
                found.setdefault(migration.id, migration)
        ordered = sorted(found.values(), key=lambda m: self.order(m.key))
        return Reading(tuple(ordered), notes if given and found else ())

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran; the timestamp is the migration's own, not when it ran."""
        return tuple(AppliedMigration(as_text(row["name"])) for row in rows)

    def apply_command(self, project: MigrationProject) -> str:
        """`migration:run` with the data source's file."""
        if project.config is None or project.config.name.startswith("ormconfig"):
            return "npx typeorm migration:run"
        source = project.config.relative_to(project.root).as_posix()
        runner = "typeorm-ts-node-commonjs" if source.endswith("ts") else "typeorm"
        return f"npx {runner} migration:run -d {source}"

    def plausible(self, rows: Sequence[Row]) -> bool:
        """Names end with the timestamp, which is a time."""
        return all(
            (as_int(row["timestamp"]) or 0) > 0 and as_text(row["name"])[-4:].isdigit()
            for row in rows
        )

    def order(self, key: str) -> Order:
        """By the last thirteen characters, TypeORM's idea of a time."""
        stamp = key[-_TIMESTAMP:]
        return (int(stamp) if stamp.isascii() and stamp.isdigit() else 0, key)

    def _project(
        self, root: Path, config: Path, options: Literal, around: Surroundings
    ) -> MigrationProject:
        if isinstance(options, list):
            options = next((o for o in options if isinstance(o, dict)), None)
        given = lookup(options, "migrations")
        patterns = texts(given)
        engine = text(lookup(options, "type")) or ""
        url = manifests.connection(options, root, engine)
        notes = [
            "" if patterns else "the list of migrations is not determinable; searched for classes.",
            "" if url else DatabaseUnknown("the database is not determinable"),
        ]
        name = text(lookup(options, "migrationsTableName"))
        folders = dict.fromkeys(
            p.parent for g in patterns for p in globs.matches(around.tree, root, g)
        )
        return MigrationProject(
            self.name,
            root,
            tuple(folders) or tuple({p.parent: 1 for p in _migration_files(root, around.tree)}),
            config=config,
            table=TableRef(text(lookup(options, "schema")), name or "migrations"),
            table_is_explicit=name is not None,
            url=url,
            settings=(("client", engine), *(("glob", pattern) for pattern in patterns)),
            notes=tuple(n for n in notes if n),
        )


def _is_left_over(folder: Path, around: Surroundings, name: str = "") -> bool:
    """Whether an ormconfig has outlived typeorm: packages are listed, and it is not among them; or
    none are, and the one called `name` says nothing of migrations.
    """
    places = tuple(manifests.upwards(folder, around.repository))
    packages = [place for place in places if around.tree.has(place, "package.json")]
    if not packages:
        return bool(name) and lookup(_static(folder / name), "migrations") is None
    return not any(manifests.depends_on(place, around.tree, *_PACKAGES) for place in packages)


def _options(module: Module) -> Literal:
    nested = (lookup(found, "useFactory") for found in module.objects("forRootAsync"))
    given = (*module.objects("DataSource"), *module.objects("forRoot"), *nested)
    known = (*given, *module.constants.values())
    return next((v for v in known if isinstance(v, dict) and "migrations" in v), None) or next(
        iter(given), None
    )


def _sources(folder: Path, around: Surroundings) -> Iterable[Path]:
    """Where its data sources may be; those of packages inside are told of there."""
    if not manifests.depends_on(folder, around.tree, *_PACKAGES):
        yield from _likely(folder, around)
        return
    for path in manifests.sources(folder, around, *_MADE_BY):
        if not manifests.is_of_inner_package(path, folder, around.tree, *_PACKAGES):
            yield path


def _likely(folder: Path, around: Surroundings) -> Iterable[Path]:
    found = [name for name in around.tree.files(folder) if _is_likely(name.lower())]
    for parent in manifests.upwards(folder, around.tree.top) if found else ():
        if manifests.depends_on(parent, around.tree, *_PACKAGES):
            return
    yield from (folder / name for name in found)


def _is_likely(name: str) -> bool:
    stem, _, extension = name.rpartition(".")
    return extension in manifests.JS_EXTENSIONS and stem.startswith(_LIKELY)


def _static(path: Path) -> Literal:
    source = files.text_or_empty(path)
    if path.suffix == ".json":
        value = manifests.parsed_json(source)
        first = next(iter(value), None) if isinstance(value, list) else value
        return read(json.dumps(first), {}, path.parent).exported if first else None
    value = manifests.parsed_yaml(source)
    settings = manifests.mapping(value)
    inner = settings.get("default", settings)
    return {str(k): v for k, v in manifests.mapping(inner).items() if isinstance(v, str | list)}


def _migration_files(root: Path, tree: FolderTree) -> Iterable[Path]:
    before = len(str(root))
    for folder in tree.below(root):
        if "migration" not in str(folder)[before:].lower():
            continue
        for name in tree.files(folder):
            path = folder / name
            is_source = name.rpartition(".")[2] in manifests.JS_EXTENSIONS and ".d." not in name
            if is_source and "MigrationInterface" in files.head(path):
                yield path


def _classes(path: Path) -> Iterable[Migration]:
    source = _COMMENT.sub(" ", files.text_or_empty(path))
    found = list(_CLASS.finditer(source))
    for number, match in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(source)
        body = source[match.end() : end]
        if not match[2] and not re.search(r"\bup\s*\(", body):
            continue
        named = _NAME.search("{" + body)
        name = named[1] if named else match[1] or ""
        if not name:
            continue
        stamp = name[-_TIMESTAMP:]
        is_time = len(stamp) == _TIMESTAMP and stamp.isdigit()
        problem = (
            "" if is_time else "its name does not end with a time, and TypeORM refuses such names"
        )
        yield Migration(name, name, path, reversible="down" in body, problem=problem)
