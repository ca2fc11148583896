"""Notes on migrations in the words of the board: what to press."""

from studio.migrations.note_words import Means, sentence
from studio.model import notes
from studio.model.notes import Note


def _connect(called: str) -> str:
    return f"connect to {called or 'it'} with g c"


_MEANS = Means(connect=_connect, replay="p replays")


def said(note: Note) -> str:
    """One sentence for a line of the board."""
    return sentence(note, _MEANS)


def is_of_drift(note: Note) -> bool:
    """Whether the note tells what the schema was compared with, or why it was not."""
    return isinstance(note, notes.DriftUnknown | notes.ReplayNotAllowed | notes.DriftCompared)
