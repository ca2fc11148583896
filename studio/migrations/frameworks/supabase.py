"""Supabase: timestamped SQL, compared as text, order enforced."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.migrations.framework import Framework, NextSteps, Reading, Surroundings
from studio.migrations.history import Database, LiveTable, Row, shape
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

SCHEMA = "supabase_migrations"
_FILE = re.compile(r"^(\d+)_(.*)\.sql$")
_INITIAL_BEFORE = "20211209000000"
"""An older `…_init.sql` was made by early versions of the tool, which skips it since."""


class Supabase(Framework):
    """The Supabase command line."""

    name = "supabase"
    title = "Supabase"
    precedence = 30
    history = shape("version", "statements name created_by idempotency_key rollback")
    default_names = frozenset({"schema_migrations"})
    consequences = NextSteps(
        pending="The next `supabase db push` applies it.",
        out_of_order="`supabase db push` refuses, unless --include-all is given.",
        missing="`supabase db push` refuses until `supabase migration repair` or a pull.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By supabase/config.toml."""
        if not around.tree.has(folder / "supabase", "config.toml"):
            return
        yield MigrationProject(
            self.name,
            folder,
            (folder / "supabase" / "migrations",),
            config=folder / "supabase" / "config.toml",
            table=TableRef(SCHEMA, "schema_migrations"),
            notes=(DatabaseUnknown("the linked project is not in the folder", "the database"),),
        )

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Files by name; a very old init script is skipped as the tool does."""
        folder = project.folders[0]
        found: list[Migration] = []
        for number, name in enumerate(tree.files(folder)):
            match = _FILE.match(name)
            if match is None:
                continue
            is_first = number == 0 and match[2] == "init" and match[1] < _INITIAL_BEFORE
            if not is_first:
                found.append(Migration(match[1], match[1], folder / name, match[2]))
        return Reading(
            tuple(found), ("edited files are not detected: Supabase keeps no checksum.",)
        )

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran."""
        return tuple(AppliedMigration(as_text(row["version"])) for row in rows)

    def apply_command(self, project: MigrationProject) -> str:
        """For the linked database; `supabase migration up` is for the local one."""
        return "supabase db push"

    def recognises(self, table: LiveTable, database: Database) -> bool:
        """In its own schema, or with the statements column."""
        if not self.history.fits(table):
            return False
        return table.ref.schema == SCHEMA or "statements" in table.names
