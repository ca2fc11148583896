"""Rails: db/migrate, versions compared as numbers and stored as text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from studio.migrations.drift.declared import dump
from studio.migrations.drift.declared import rails as schema_rb
from studio.migrations.drift.declared.schema import DeclaredSchema
from studio.migrations.framework import (
    Framework,
    NextSteps,
    Order,
    Reading,
    Surroundings,
    numeric_order,
)
from studio.migrations.history import Database, LiveTable, Row, shape
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, BoardEntry, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

_FILE = re.compile(r"^([0-9]+)_([_a-z0-9]*)\.?([_a-z0-9]*)?\.rb$")
_ERB_VARIABLE = re.compile(
    r"<%=\s*ENV(?:\.fetch\(\s*|\[)['\"](\w+)['\"]\]?(?:\s*,\s*['\"]?([^'\")]*)['\"]?)?\s*\)?"
    r"(?:\s*\{\s*['\"]?([^'\"}]*?)['\"]?\s*\})?(?:\s*\|\|\s*['\"]?([^'\"%]*?)['\"]?)?\s*%>"
)
_ERB = re.compile(r"<%.*?%>", re.DOTALL)


class Rails(Framework):
    """Active Record migrations."""

    name = "rails"
    title = "Rails"
    precedence = 120
    own_tables = frozenset({"ar_internal_metadata"})
    history = shape("version")
    default_names = frozenset({"schema_migrations"})
    consequences = NextSteps(
        pending="The next `db:migrate` runs it.",
        out_of_order="The next `db:migrate` runs it, after the newer ones.",
        missing="Rails shows it as NO FILE and goes on.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By a Gemfile or a Rails application with db/migrate or a database.yml."""
        tree = around.tree
        within = tree.subfolders(folder)
        if "db" not in within and "config" not in within:
            return
        is_app = tree.has(folder, "Gemfile", "Rakefile") or tree.has(folder / "bin", "rails")
        is_app = is_app or tree.has(folder / "config", "application.rb")
        has_files = any(n.endswith(".rb") for n in tree.files(folder / "db" / "migrate"))
        has_config = tree.has(folder / "config", "database.yml")
        if not has_files and not (is_app and has_config):
            return
        variables = environment.of(folder, around.repository, environment.LOCAL_FIRST)
        configured = _databases(folder, variables)
        for name, settings in configured.items():
            yield self._project(folder, name, settings, variables)
        if not configured:
            yield self._project(folder, "", {}, variables)

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Ruby files with a version, subfolders too, by version as a number."""
        found = [
            _migration(place / name)
            for folder in project.folders
            for place in tree.below(folder)
            for name in tree.files(place)
            if _FILE.match(name)
        ]
        return Reading(tuple(sorted(found, key=lambda m: self.order(m.key))))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran; Rails does not record when."""
        texts = [as_text(row["version"]).strip() for row in rows]
        return tuple(AppliedMigration(_number(text), label=text) for text in texts if text)

    def declared(self, project: MigrationProject) -> DeclaredSchema | str | None:
        """db/schema.rb, else the dump that stands for it."""
        schema = project.root / "db" / "schema.rb"
        return schema_rb.read(schema) if schema.exists() else dump.beside(project.root)

    def apply_command(self, project: MigrationProject) -> str:
        """`db:migrate`, of one database where there are several."""
        name = project.setting("database")
        return "bin/rails db:migrate" + (f":{name}" if name not in {"", "primary"} else "")

    def recognises(self, table: LiveTable, database: Database) -> bool:
        """A lone version column with Rails' metadata table beside it."""
        if not self.history.fits(table) or "migrations" not in table.ref.name:
            return False
        beside = database.find(TableRef(table.ref.schema, "ar_internal_metadata"))
        return beside is not None

    def order(self, key: str) -> Order:
        """By number."""
        return numeric_order(key)

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """Named by the version as the database stores it."""
        return tuple(
            BoardEntry(
                entry.applied.label if entry.applied else entry.id,
                entry.state,
                entry.note,
                entry.applied_at,
                entry.path,
                entry.migration,
                entry.applied,
            )
            for entry in super().entries(project, reading, applied)
        )

    def _project(
        self, root: Path, name: str, settings: Mapping[str, object], variables: Mapping[str, str]
    ) -> MigrationProject:
        adapter = manifests.string(settings.get("adapter"))
        raw = manifests.string(settings.get("url"))
        if name in {"", "primary"}:
            raw = raw or variables.get("DATABASE_URL", "")
        engine = "sqlite" if "sqlite" in adapter else adapter
        url = targets.target(raw, root, engine) if raw else None
        if not url and targets.is_sqlite(engine):
            url = targets.target(manifests.string(settings.get("database")), root, engine)
        elif not url and adapter:
            url = manifests.server(settings, adapter)
        paths = settings.get("migrations_paths", "db/migrate")
        places = paths if isinstance(paths, list) else [paths]
        return MigrationProject(
            self.name,
            root,
            tuple(Path(files.plain(root / str(place))) for place in places),
            config=root / "config" / "database.yml" if settings else None,
            table=TableRef(None, _table(root)),
            url=url,
            settings=(("database", name),),
            notes=() if url else (DatabaseUnknown("database.yml is computed", "the database"),),
        )


def _databases(root: Path, variables: Mapping[str, str]) -> dict[str, Mapping[str, object]]:
    """The databases of the environment in use; one without a name unless there are several."""
    source = files.text_or_empty(root / "config" / "database.yml")

    def value(match: re.Match[str]) -> str:
        given = (variables.get(match[1]), *match.groups()[1:])
        # Ruby's nil is no value, and certainly no name of a user.
        return next((v for v in given if v and v.strip() != "nil"), "")

    source = _ERB_VARIABLE.sub(value, source)
    document = manifests.mapping(manifests.parsed_yaml(_ERB.sub("", source)))
    chosen = variables.get("RAILS_ENV", "development")
    settings = manifests.mapping(document.get(chosen)) or manifests.mapping(
        document.get("development")
    )
    several = {n: manifests.mapping(v) for n, v in settings.items() if isinstance(v, dict)}
    several = {n: v for n, v in several.items() if "adapter" in v or "database" in v or "url" in v}
    if several:
        return {n: v for n, v in several.items() if not v.get("replica")}
    return {"": settings} if settings else {}


def _table(root: Path) -> str:
    source = files.text_or_empty(root / "config" / "application.rb")
    found = {
        match[1]: match[2]
        for match in re.finditer(
            r"^\s*(?:config\.active_record\.|ActiveRecord::Base\.)"
            r"(schema_migrations_table_name|table_name_prefix|table_name_suffix)\s*=\s*['\"](.*?)['\"]",
            source,
            re.MULTILINE,
        )
    }
    name = found.get("schema_migrations_table_name", "schema_migrations")
    return f"{found.get('table_name_prefix', '')}{name}{found.get('table_name_suffix', '')}"


def _number(text: str) -> str:
    return str(int(text)) if re.fullmatch(r"[0-9]{1,999}", text) else text


def _migration(path: Path) -> Migration:
    match = _FILE.match(path.name)
    version = match[1] if match else path.stem
    source = files.head(path)
    can_return = bool(re.search(r"\bdef\s+(?:self\.)?(?:down|change)\b", source))
    return Migration(
        version, _number(version), path, match[2] if match else "", reversible=can_return
    )
