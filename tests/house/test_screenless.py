"""What needs no screen lives below `studio/ui`; what stays there without Textual says why."""

import ast
from pathlib import Path

import studio

UI = Path(studio.__file__).parent / "ui"
STAYS = {
    "activity/stopping.py": "asks in dialogs before anybody is stopped",
    "editing/editable.py": "asks the workspace, which is the screen's",
    "editing/editors/choosing.py": "chooses among widgets",
    "editing/marks.py": "marks rows of the grid",
    "editing/staged_source.py": "what the grid draws",
    "editing/staging.py": "tells the widgets that show it; on disk it is edits/journal",
    "health/ignoring.py": "asks for the reason in a dialog",
    "health/leads.py": "opens tabs, and stages for them",
    "migrations/board_lines.py": "lines of the board",
    "migrations/board_words.py": "the screen's words; the command has its own",
    "migrations/note_words.py": "names keys of the screen",
    "migrations/source.py": "the top line's words",
    "migrations/source_pages.py": "pages beside the board, in tones of the theme",
    "query/answer.py": "what the grid shows, in words",
    "query/answer_view.py": "fills the grid",
    "query/definition.py": "moves a cursor, or asks for a tab",
    "query/formatting.py": "puts what was laid out into an editor",
    "query/keeping.py": "of one tab, and ends with it",
    "query/kept_history.py": "offers the history in a dialog",
    "query/meant.py": "looks at an editor",
    "query/outcome_words.py": "the query tab's words; the command has its own",
    "query/result_source.py": "what the grid draws",
    "query/result_work.py": "what a person does with the rows in the grid",
    "query/runs.py": "what the query tab asks and shows while it runs",
    "query/standing.py": "the top line's words",
    "query/telling.py": "what the query tab says of a run",
    "query/text_file.py": "what the query tab asks about its file",
    "query/watch.py": "runs what the grid shows again",
    "query/words.py": "questions of the query tab",
    "query/written_before.py": "of one tab, and offers in dialogs",
    "request.py": "carries the first frame",
    "rows/freshness.py": "of the rows that one view shows",
    "rows/export_scopes.py": "words for the rows that the grid shows",
    "rows/place.py": "the last line's words",
    "rows/record_lines.py": "lines of the record, cut for its width",
    "rows/structure_lines.py": "lines of the structure page",
    "shell/catalog_lines.py": "lines of the tree",
    "shell/opening.py": "opens tabs",
    "shell/past.py": "what the main screen is over, and its way back",
    "shell/tab_opener.py": "opens tabs",
    "terminal/detached.py": "threads that a screen may leave behind",
    "terminal/ink.py": "writes what a terminal shows",
    "terminal/last_resort.py": "puts a terminal back",
    "terminal/foreground.py": "asks a terminal",
    "terminal/output.py": "writes to a terminal",
    "terminal/pastes.py": "reads what a terminal sends",
    "terminal/size.py": "asks a terminal",
    "values/documents.py": "lines of the value's screen",
    "values/json_document.py": "lines of the value's screen",
    "values/json_lines.py": "found no further than the value's screen shows them",
    "values/json_tree.py": "a cursor on the value's screen",
    "values/laid_line.py": "lines of the value's screen",
    "values/parts_document.py": "lines of the value's screen",
    "values/saving.py": "writes the bytes that the value's screen shows",
    "values/searching.py": "moves a cursor on the value's screen",
    "values/text_document.py": "lines of the value's screen",
    "rows/kept_columns.py": "arranges the grid",
    "widgets/column_slots.py": "cells of a screen",
    "widgets/epochs.py": "what is drawn beside a number",
    "widgets/cells.py": "draws cells",
    "widgets/columns.py": "widths on a screen",
    "widgets/glyphs.py": "signs to draw with",
    "widgets/grid_column.py": "a column as it is drawn",
    "widgets/opaque.py": "how narrow a column may be drawn",
    "widgets/id_times.py": "what is drawn beside an id",
    "widgets/grid_source.py": "what the grid draws",
    "widgets/labels.py": "draws safely",
    "widgets/viewport.py": "what of the grid is in sight",
    "wal/arrivals.py": "when the page saw what",
    "wal/copying.py": "what the last line says of a copy that a screen may leave behind",
    "wal/past.py": "opens a workspace, and what the last line says meanwhile",
    "wal/reading.py": "reads for a page, in threads that the screen does not wait for",
    "workspace.py": "what the tabs share of one connection: rows and staged edits, two rooms",
}


def knows_a_screen(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text())):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if any(name.split(".")[0] in {"textual", "rich"} for name in names):
            return True
    return False


def test_what_needs_no_screen_is_below_the_interface():
    found = {
        path.relative_to(UI).as_posix()
        for path in UI.rglob("*.py")
        if path.name != "__init__.py" and not knows_a_screen(path)
    }
    assert sorted(found - STAYS.keys()) == []
    assert sorted(STAYS.keys() - found) == [], "take what is done off the list"
