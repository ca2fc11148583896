"""How much of a history table is one project's: what decides between folders that claim it."""

from dataclasses import dataclass

from studio.backends.halves.syntax import syntax_of
from studio.migrations.folder import ProjectFiles
from studio.migrations.history import Database, LiveTable
from studio.migrations.made import made_by
from studio.model.migration import BoardEntry, MigrationState

_CHECKSUM = 3
"""A checksum that is right, or wrong, says more than a number both folders may use."""
_MOST_READ = 200
"""Applied migrations of which it is asked whether what they make is there."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What speaks for a project."""

    rows: frozenset[str]
    """Keys of the history that are its migrations."""
    score: int
    """More is better; 0 or less speaks against it."""
    lost: int
    """Rows that are none of its migrations: others may share the table."""


def likeness(files: ProjectFiles, database: Database, table: LiveTable) -> Likeness:
    """Rows that are its migrations, their checksums, and whether what they made is there."""
    framework = files.framework
    applied = framework.applied(database.rows(table))
    entries = framework.entries(files.project, files.reading, applied)
    known = [e for e in entries if e.applied is not None and e.migration is not None]
    lost = sum(entry.state is MigrationState.MISSING_FILE for entry in entries)
    present = {live.ref.name.lower() for live in database.tables}
    syntax = syntax_of(database.reader.backend)
    made = [made_by(framework, entry, syntax).tables for entry in known[:_MOST_READ]]
    score = sum(map(_agreement, known)) + _evidence(frozenset().union(*made), present)
    rows = frozenset(e.applied.key for e in known if e.applied is not None)
    return Likeness(rows, max(score, 1) if rows and lost == 0 else score, lost)


def _agreement(entry: BoardEntry) -> int:
    """For one migration whose key is recorded."""
    migration, row = entry.migration, entry.applied
    if migration is None or row is None or not row.checksum or migration.checksum is None:
        return 1
    return _CHECKSUM if row.checksum in {migration.checksum, *migration.also_accepted} else -1


def _evidence(made: frozenset[str], present: set[str]) -> int:
    return len(made & present) - len(made - present)
