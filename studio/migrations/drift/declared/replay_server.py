"""The migrations that ran, run again in a scratch of the server itself, where a person allows it.

What happens there is the backend's promise: a schema of its own, in a transaction rolled back.
"""

from dataclasses import replace

from studio.backends.halves.scratch import Scratch
from studio.backends.halves.syntax import syntax_of
from studio.migrations.drift.declared.replay import called, up_of, what_ran
from studio.migrations.drift.declared.schema import KNOWS_ALL, DeclaredSchema
from studio.migrations.history import LiveSchema
from studio.migrations.reading import files
from studio.model.errors import StudioError
from studio.model.migration import BoardEntry, MigrationStatus
from studio.model.notes import ReplayLeftOut
from studio.sqltext.split import split
from studio.sqltext.syntax import Syntax


def replay_there(status: MigrationStatus, live: LiveSchema) -> DeclaredSchema | str:
    """The schema after every applied migration, or why it cannot be had."""
    found = what_ran(status)
    if isinstance(found, str):
        return found
    applied, notes = found
    left_out, syntax = 0, syntax_of(live.backend)
    try:
        with live.scratch() as scratch:
            for entry in applied:
                outcome = _run(scratch, syntax, status.framework, entry)
                if isinstance(outcome, str):
                    return outcome
                left_out += outcome
            tables, routines, parts = scratch.tables(), scratch.routines(), scratch.parts()
    except StudioError as error:
        return f"the migrations cannot be replayed: {error}"
    if left_out:
        notes.append(ReplayLeftOut(left_out))
    source = f"{called(status)}, replayed in a scratch schema"
    result = DeclaredSchema(tables, source, tuple(notes), knows=KNOWS_ALL, printed=True)
    return replace(result, routines=routines, parts=parts)


def _run(scratch: Scratch, syntax: Syntax, tool: str, entry: BoardEntry) -> int | str:
    """How many statements were left out, or why the migration cannot be replayed."""
    left_out = 0
    try:
        for statement in split(up_of(tool, entry), syntax):
            if statement.text and not scratch.run(statement.text):
                left_out += 1
    except (files.UnreadableFile, StudioError) as error:
        return f"{entry.id} cannot be replayed: {error}"
    return left_out
