"""The migrations that ran, run again into an empty SQLite in memory, and its catalog read.

The scratch database may neither attach files nor load code, and stops after a number of steps.
"""

import sqlite3
from collections.abc import Sequence

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from studio.backends.registry import backend
from studio.migrations import files
from studio.migrations.declared.schema import Declared
from studio.migrations.registry import framework
from studio.model.catalog import TableKind
from studio.model.migration import Entry, MigrationState, MigrationStatus
from studio.model.server import Server

ENGINE = "sqlite"
MAX_STEPS = 5_000
"""Times 100,000 instructions of SQLite's machine."""
_EVERY = 100_000
_DONE = frozenset({MigrationState.APPLIED, MigrationState.CHANGED})
_SAFE_PRAGMAS = frozenset(
    {"foreign_keys", "defer_foreign_keys", "legacy_alter_table", "foreign_key_check"}
)
_FORBIDDEN = frozenset({sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH})
_FORBIDDEN_FUNCTIONS = frozenset(
    {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"}
)


def replay(status: MigrationStatus, server: Server) -> Declared | str:
    """The schema after every applied migration, or why it cannot be had."""
    found = what_ran(status)
    if isinstance(found, str):
        return found
    applied, notes = found
    scratch = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        scratch.set_authorizer(_authorize)
        _limit(scratch)
        for entry in applied:
            if why := _run(scratch, status.framework, entry):
                return why
        scratch.set_authorizer(None)
        scratch.set_progress_handler(None, 0)
        return _declared(scratch, server, notes)
    finally:
        scratch.close()


def what_ran(status: MigrationStatus) -> tuple[list[Entry], list[str]] | str:
    """The migrations to replay with notes on them, or why that would tell nothing."""
    blocked = [
        e for e in status.entries if e.state in {MigrationState.MISSING_FILE, MigrationState.FAILED}
    ]
    if blocked:
        return f"{blocked[0].id} cannot be replayed"
    applied = [entry for entry in status.entries if entry.state in _DONE]
    notes = [
        f"replayed the text {e.id} has now, which is not what ran."
        for e in applied
        if e.state is MigrationState.CHANGED
    ]
    return applied, notes


def up_of(tool: str, entry: Entry) -> str:
    """The part of a migration that goes forward; raises Unreadable."""
    if entry.path is None or entry.path.suffix != ".sql":
        raise files.Unreadable("is code, which is never run here")
    return framework(tool).up_text(files.text(entry.path, files.MAX_MIGRATION_BYTES))


def _run(scratch: sqlite3.Connection, tool: str, entry: Entry) -> str:
    try:
        scratch.executescript(up_of(tool, entry))
    except (files.Unreadable, sqlite3.Error, ValueError) as error:
        return f"{entry.id} cannot be replayed: {error}"
    return ""


def _limit(scratch: sqlite3.Connection) -> None:
    steps = iter(range(MAX_STEPS))
    scratch.set_progress_handler(lambda: next(steps, None) is None, _EVERY)
    scratch.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    scratch.execute("PRAGMA max_page_count = 65536")


def _authorize(
    action: int, first: str | None, second: str | None, _third: str | None, _fourth: str | None
) -> int:
    if action in _FORBIDDEN:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FORBIDDEN_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and second is not None:
        # A pragma with a value may name a file or lift the limits; a scratch needs none of them.
        return (
            sqlite3.SQLITE_OK if (first or "").lower() in _SAFE_PRAGMAS else sqlite3.SQLITE_IGNORE
        )
    return sqlite3.SQLITE_OK


def _declared(scratch: sqlite3.Connection, server: Server, notes: Sequence[str]) -> Declared:
    engine = create_engine("sqlite://", creator=lambda: scratch, poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            catalog = backend(ENGINE).catalog(connection, server)
    finally:
        # The scratch is closed by who opened it.
        engine.dispose(close=False)
    tables = tuple(t for t in catalog.tables() if t.kind is TableKind.TABLE)
    return Declared(tables, "the migrations that ran, replayed", tuple(notes))
