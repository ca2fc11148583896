"""The migrations that ran, run again into an empty database in memory, and its catalog read."""

from contextlib import AbstractContextManager

from studio.backends.halves.empty import Empty
from studio.migrations.drift.declared.schema import KNOWS_ALL, DeclaredSchema
from studio.migrations.reading import files
from studio.migrations.registry import framework
from studio.model.errors import StatementFailed
from studio.model.migration import BoardEntry, MigrationState, MigrationStatus
from studio.model.notes import Note, ReplayedEdited
from studio.model.server import Server


def replay(
    status: MigrationStatus, server: Server, made: AbstractContextManager[Empty]
) -> DeclaredSchema | str:
    """The schema after every applied migration, or why it cannot be had."""
    found = what_ran(status)
    if isinstance(found, str):
        return found
    applied, notes = found
    with made as empty:
        for entry in applied:
            if why := _run(empty, status.framework, entry):
                return why
        tables = empty.tables(server)
    source = f"{called(status)}, replayed"
    return DeclaredSchema(tables, source, tuple(notes), knows=KNOWS_ALL)


def what_ran(status: MigrationStatus) -> tuple[list[BoardEntry], list[Note]] | str:
    """The migrations to replay with notes on them, or why that would tell nothing."""
    blocked = [
        e for e in status.entries if e.state in {MigrationState.MISSING_FILE, MigrationState.FAILED}
    ]
    if blocked:
        return f"{blocked[0].id} cannot be replayed"
    applied = list(status.expected)
    notes: list[Note] = [ReplayedEdited(e.id) for e in applied if e.state is MigrationState.CHANGED]
    return applied, notes


def called(status: MigrationStatus) -> str:
    """What was replayed."""
    return "all migrations" if status.is_pushed else "the migrations that ran"


def up_of(tool: str, entry: BoardEntry) -> str:
    """The part of a migration that goes forward; raises Unreadable."""
    if entry.path is None or entry.path.suffix != ".sql":
        raise files.UnreadableFile("is code, which is never run here")
    return framework(tool).up_text(files.text(entry.path, files.MAX_MIGRATION_BYTES))


def _run(empty: Empty, tool: str, entry: BoardEntry) -> str:
    try:
        empty.run(up_of(tool, entry))
    except (files.UnreadableFile, StatementFailed) as error:
        return f"{entry.id} cannot be replayed: {error}"
    return ""
