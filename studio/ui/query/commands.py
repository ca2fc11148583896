"""What can be done in a query tab, and the keys for it."""

from textual.binding import BindingType

from studio.ui.keys.commands import Command, bindings

COMMANDS: tuple[Command, ...] = (
    Command("query.run", "Run the statement at the cursor", "ctrl+r,f5", "run", "run"),
    Command("query.explain", "Its plan; again: measured", "ctrl+e,f6", "explain", "explain"),
    Command(
        "query.complete",
        "Complete the name at the cursor",
        "ctrl+n,ctrl+@",
        "complete",
        "complete",
    ),
    Command(
        "query.definition",
        "The definition of the name at the cursor",
        "ctrl+right_square_bracket",
        "definition",
    ),
    Command("query.history", "Statements that ran here", "ctrl+l", "history", "history"),
    Command("query.transaction", "Manual or auto, end what is open", "ctrl+t", "transaction", "tx"),
    Command("query.run-all", "Run all statements", "f2,A", "run_all"),
    Command("query.run-from-here", "Run all from the cursor on", "f12", "run_from_here"),
    Command("query.parameters", "Values for its parameters", "V,f8", "parameters"),
    Command("query.saved", "Take a saved query", "f9", "saved"),
    Command("query.save-named", "Save the text as a query with a name", "", "save_query"),
    Command("query.drafts", "Texts left in query tabs", "ctrl+backslash,f4", "drafts"),
    Command("query.open", "Open a file of SQL", "ctrl+o", "open_file"),
    Command("query.save", "Save the text to a file", "ctrl+s", "save_file"),
    Command("query.editor", "Edit the text in $EDITOR", "ctrl+g", "external", "$EDITOR"),
    Command("query.format", "Lay the statement out", "f7", "format"),
    Command("query.find", "Find in the text", "ctrl+f", "find(False)", "find"),
    Command("query.replace", "Replace in the text", "", "find(True)"),
    Command("query.find-next", "The next place that was found", "f3", "find_next(1)"),
    Command("query.find-previous", "The one before", "shift+f3", "find_next(-1)"),
    Command("query.comment", "Comment the lines, or not", "ctrl+underscore", "lines('comment')"),
    Command("query.indent", "Move the lines to the right", "", "lines('indent')"),
    Command("query.dedent", "Move the lines to the left", "", "lines('dedent')"),
    Command("query.vim", "Vim's keys in this editor, or not", "", "vim"),
    Command("query.copy", "Copy a value or a row as…", "y", "copy"),
    Command("query.export", "Export these rows to a file", "X", "export"),
    Command("results.watch", "Run again every few seconds, or no more", "W", "watch", "watch"),
    Command("results.chart", "Chart of these rows", "v", "chart", "chart"),
    Command("results.next", "Result of the next statement", "right_square_bracket", "walk(1)"),
    Command("results.previous", "Of the one before", "left_square_bracket", "walk(-1)"),
)
"""In the editor every letter is typed: there only what has `ctrl` in its key works."""
_FIRST = ("ctrl+", "f7")
"""The text area has meanings of its own for these."""
BINDINGS: list[BindingType] = [
    *bindings((c for c in COMMANDS if c.keys.startswith(_FIRST)), priority=True),
    *bindings(c for c in COMMANDS if not c.keys.startswith(_FIRST)),
]
