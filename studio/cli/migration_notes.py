"""Notes on migrations in the words of the command: what to type."""

from studio.migrations.note_words import Means, sentence
from studio.model.notes import Note


def _connect(called: str) -> str:
    return f"name {called} with --database" if called else "use --database"


_MEANS = Means(connect=_connect, replay="--replay allows to replay")


def said(note: Note) -> str:
    """One sentence; its JSON is this sentence too."""
    return sentence(note, _MEANS)
