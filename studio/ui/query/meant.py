"""Which statements of a text a person means: selected ones, at the cursor, or from there on."""

from studio.sqltext.split import Statement, split, statement_at
from studio.sqltext.syntax import Syntax
from studio.ui.widgets.sql_editor import SqlEditor

Stretch = tuple[int, int]
"""Two places of the text, in characters."""


def statements(editor: SqlEditor, syntax: Syntax) -> tuple[tuple[int, Statement], ...]:
    """The selection's statements, or the cursor's, with where each starts."""
    first, last = editor.selected
    if first != last:
        found = split(editor.text[first:last], syntax)
        return tuple((first + s.start, s) for s in found if s.text)
    here = statement_at(editor.text, editor.cursor_index, syntax)
    return () if here is None else ((here.start, here),)


def at_cursor(editor: SqlEditor, syntax: Syntax) -> Stretch | None:
    """Where these stand; None: there is none."""
    meant = statements(editor, syntax)
    if len(meant) != 1:
        return editor.selected if meant else None
    start, statement = meant[0]
    return start, start + len(statement.text) + len(statement.after)


def from_cursor(editor: SqlEditor, syntax: Syntax) -> Stretch | None:
    """The statement at the cursor and all behind it."""
    here = statement_at(editor.text, editor.cursor_index, syntax)
    return None if here is None else (here.start, len(editor.text))


def everything(editor: SqlEditor, syntax: Syntax) -> Stretch | None:
    """All there are."""
    text = editor.text
    return (0, len(text)) if any(s.text for s in split(text, syntax)) else None
