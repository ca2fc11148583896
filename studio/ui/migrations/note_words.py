"""Notes on migrations in the words of the board: what to press, not what to type."""

from studio.model import notes
from studio.model.notes import Note


def said(note: Note) -> str:
    """One sentence for a line of the board."""
    match note:
        case notes.DatabaseUnknown(why, called):
            return f"{why}; connect to {called or 'it'} with g c."
        case notes.DatabaseAssumed(name):
            return f"taken from {name}, which holds this history."
        case notes.HistoryAbsent():
            return "this database has no such history table: nothing is recorded."
        case notes.HistoryElsewhere(configured, found):
            return f"the history is {found}, although {configured} is configured."
        case _:
            return _of_comparing(note)


def is_of_drift(note: Note) -> bool:
    """Whether the note tells what the schema was compared with, or why it was not."""
    return isinstance(note, notes.DriftUnknown | notes.ReplayNotAllowed | notes.DriftCompared)


def _of_comparing(note: Note) -> str:
    match note:
        case notes.DatabaseUnread():
            return "the database was not read, so which migrations are applied is not known."
        case notes.OtherDatabase(why):
            return f"another project's database: {why}; nothing was compared."
        case _:
            return _of_drift(note)


def _of_other_drift(note: Note) -> str:
    match note:
        case notes.DriftLeftOut(what):
            return f"drift: not compared: {', '.join(what)}."
        case notes.MadeByMigration(migration, (one,)):
            return f"drift: {one} was made by {migration}, though no snapshot holds it: no drift."
        case notes.MadeByMigration(migration, several):
            made = ", ".join(several)
            return f"drift: {made} were made by {migration}, though no snapshot holds them."
        case _:
            return str(note)


def _of_drift(note: Note) -> str:
    match note:
        case notes.DriftUnknown(why):
            return f"drift is not known: {why}."
        case notes.ReplayNotAllowed():
            return "drift is not known: p replays its SQL, in a scratch schema that is rolled back."
        case notes.DriftCompared(source):
            return f"drift: compared with {source}."
        case notes.ReplayedEdited(migration):
            return f"{migration} was replayed as it is now, which is not what ran."
        case notes.ReplayLeftOut(statements):
            number = f"{statements} {'statement' if statements == 1 else 'statements'}"
            return f"{number} about rows and rights left out: only the schema counts."
        case _:
            return _of_other_drift(note)
