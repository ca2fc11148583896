"""What changes whole lines of the editor, each as one step that can be undone."""

from collections.abc import Callable
from typing import Final

from textual.widgets.text_area import Selection

from studio.sqltext.line_edits import commented, dedented, indented
from studio.ui.widgets.sql_editor import SqlEditor

_WIDTH = 4
_EDITS: Final[dict[str, Callable[[list[str]], list[str]]]] = {
    "comment": commented,
    "indent": lambda lines: indented(lines, _WIDTH),
    "dedent": lambda lines: dedented(lines, _WIDTH),
}


def add_statement(editor: SqlEditor, sql: str) -> None:
    """Put a statement below what is there, or in place of nothing, and the cursor behind it."""
    text = editor.text.rstrip()
    glue = "" if not text else "\n\n" if text.endswith(";") else ";\n\n"
    editor.insert(f"{glue}{sql}", editor.document.end)
    editor.move_cursor(editor.document.end)
    editor.focus()


def edit_lines(editor: SqlEditor, what: str) -> None:
    """Comment, indent or dedent the line of the cursor, or those that are selected."""
    selection = editor.selection
    first, last = sorted((selection.start, selection.end))
    # A selection that ends in front of a line has nothing of it.
    ends = last[0] - (last[1] == 0 and last[0] > first[0])
    lines = [editor.document.get_line(row) for row in range(first[0], ends + 1)]
    changed = _EDITS[what](lines)
    if editor.read_only or changed == lines:
        return
    at = (ends, len(lines[-1]))
    editor.history.checkpoint()
    editor.replace("\n".join(changed), (first[0], 0), at, maintain_selection_offset=False)

    def moved(place: tuple[int, int]) -> tuple[int, int]:
        row, column = place
        if not first[0] <= row <= ends or (column == 0 and place != selection.end):
            return place
        old, new = lines[row - first[0]], changed[row - first[0]]
        return row, max(0, min(len(new), column + len(new) - len(old)))

    editor.selection = Selection(moved(selection.start), moved(selection.end))
