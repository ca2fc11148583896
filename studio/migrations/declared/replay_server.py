"""The migrations that ran, run again in a scratch of the server itself, where a person allows it.

What happens there is the backend's promise: a schema of its own, in a transaction rolled back.
"""

from studio.backends.scratch import Scratch
from studio.migrations import files
from studio.migrations.declared.replay import up_of, what_ran
from studio.migrations.declared.schema import Declared
from studio.migrations.history import Reader
from studio.model.errors import StudioError
from studio.model.migration import Entry, MigrationStatus
from studio.sqltext.split import split
from studio.sqltext.syntax import POSTGRESQL

ENGINE = "postgresql"
ASK = "--replay allows to replay its SQL, in a scratch schema that is rolled back"


def replay_there(status: MigrationStatus, reader: Reader) -> Declared | str:
    """The schema after every applied migration, or why it cannot be had."""
    found = what_ran(status)
    if isinstance(found, str):
        return found
    applied, notes = found
    left_out = 0
    try:
        with reader.scratch() as scratch:
            for entry in applied:
                outcome = _run(scratch, status.framework, entry)
                if isinstance(outcome, str):
                    return outcome
                left_out += outcome
            tables = scratch.tables()
    except StudioError as error:
        return f"the migrations cannot be replayed: {error}"
    if left_out:
        words = "statement" if left_out == 1 else "statements"
        notes.append(f"left out {left_out} {words} about rows and rights: only the schema counts.")
    return Declared(tables, "the migrations that ran, replayed in a scratch schema", tuple(notes))


def _run(scratch: Scratch, tool: str, entry: Entry) -> int | str:
    """How many statements were left out, or why the migration cannot be replayed."""
    left_out = 0
    try:
        for statement in split(up_of(tool, entry), POSTGRESQL):
            if statement.text and not scratch.run(statement.text):
                left_out += 1
    except (files.Unreadable, StudioError) as error:
        return f"{entry.id} cannot be replayed: {error}"
    return left_out
