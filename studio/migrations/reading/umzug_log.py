"""What umzug wrote down of the migrations it ran: rows of a table, or a file with a list of names.

Sequelize's own command is made of umzug, and keeps the same two.
"""

from collections.abc import Sequence
from pathlib import Path

from studio.migrations.framework import Framework, Reading
from studio.migrations.history import Row
from studio.migrations.reading import files, manifests
from studio.migrations.reading.values import as_text, as_time
from studio.model.migration import AppliedMigration, BoardEntry, MigrationProject


class UmzugLogged(Framework):
    """A framework whose history umzug keeps."""

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran, by name; when is known only if the table has timestamps."""
        return tuple(
            AppliedMigration(as_text(r["name"]), as_time(r.get("createdat"))) for r in rows
        )

    def entries(
        self, project: MigrationProject, reading: Reading, applied: Sequence[AppliedMigration]
    ) -> tuple[BoardEntry, ...]:
        """By the rows, or by the list of names in the file that stands for the table."""
        listed = _of_file(project)
        return super().entries(project, reading, applied if listed is None else listed)


def _of_file(project: MigrationProject) -> tuple[AppliedMigration, ...] | None:
    """The names in the project's `log` file, none where it cannot be read; None: there is no such
    file in the project's settings, so the table counts.
    """
    log = project.setting("log")
    if not log:
        return None
    names = manifests.parsed_json(files.text_or_empty(Path(log)))
    listed = names if isinstance(names, list) else []
    return tuple(AppliedMigration(n) for n in listed if isinstance(n, str))
