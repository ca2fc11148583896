"""What a note says, with the means a person has where it is read."""

from collections.abc import Callable
from dataclasses import dataclass

from studio.model import notes
from studio.model.notes import Note


@dataclass(frozen=True, slots=True)
class Means:
    """What to type, or what to press."""

    connect: Callable[[str], str]
    """What to do about a database that a project calls so; empty: it has no name for it."""
    replay: str
    """What replays, as the beginning of a sentence."""


def sentence(note: Note, means: Means) -> str:
    """One sentence, ended."""
    match note:
        case notes.DatabaseUnknown(why, called):
            return f"{why}; {means.connect(called)}."
        case notes.DatabaseAssumed(name):
            return f"assumed the database {name}, which holds this history."
        case notes.HistoryAbsent():
            return "the history table does not exist in this database: nothing is recorded."
        case notes.HistoryElsewhere(configured, found):
            return f"{configured} is configured, but the history found is {found}."
        case _:
            return _of_comparing(note, means)


def _of_comparing(note: Note, means: Means) -> str:
    match note:
        case notes.DatabaseUnread():
            return "the database was not read, so which migrations are applied is not known."
        case notes.OtherDatabase(why):
            return f"another project's database: {why}; nothing was compared."
        case _:
            return _of_drift(note, means)


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


def _of_drift(note: Note, means: Means) -> str:
    match note:
        case notes.DriftUnknown(why):
            return f"drift is not known: {why}."
        case notes.ReplayNotAllowed():
            way = f"{means.replay} its SQL, in a scratch schema that is rolled back"
            return f"drift is not known: {way}."
        case notes.DriftCompared(source):
            return f"drift: compared with {source}."
        case notes.ReplayedEdited(migration):
            return f"replayed the text {migration} has now, which is not what ran."
        case notes.ReplayLeftOut(statements):
            number = f"{statements} {'statement' if statements == 1 else 'statements'}"
            return f"left out {number} about rows and rights: only the schema counts."
        case _:
            return _of_other_drift(note)
