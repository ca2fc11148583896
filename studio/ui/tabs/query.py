"""The query tab: SQL above, what it gave below."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static, TextArea

from studio.config import paths
from studio.config.settings import Settings
from studio.config.statements import History, QueryTexts, Ran
from studio.db.statements import syntax_of
from studio.model.catalog import Column, ColumnKind, TableRef
from studio.model.errors import StatementFailed, StudioError
from studio.sqltext.classify import Classification, StatementKind, classify
from studio.sqltext.split import Statement, split, statement_at
from studio.ui.commands import Command, bindings
from studio.ui.labels import plain, plain_lines
from studio.ui.outside import NoEditor, edit
from studio.ui.query_runner import QueryRunner, Result
from studio.ui.query_words import before_commit, before_running, head, summary
from studio.ui.screens.ask import Ask, AskText
from studio.ui.screens.commit import PATIENCE_S, AskCommit
from studio.ui.screens.copy_as import CopyAs
from studio.ui.screens.history import PickStatement
from studio.ui.screens.value import ValueScreen
from studio.ui.sql_text import KeptText, SqlFile, in_the_way
from studio.ui.tabs.tab import Tab
from studio.ui.widgets.columns import GridColumn
from studio.ui.widgets.grid import Grid
from studio.ui.widgets.sql_editor import SqlEditor
from studio.ui.workspace import Workspace

_SAVE_AFTER_S = 0.2
"""Of silence: a file a key would be slow on some disks, and half a second is nobody's loss."""


class QueryTab(Tab):
    """An editor whose text is never lost, and the rows of the statement that ran last."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("query.run", "Run the statement at the cursor", "ctrl+r,f5", "run", "run"),
        Command("query.explain", "Its plan; again: measured", "ctrl+e,f6", "explain", "explain"),
        Command("query.history", "Statements that ran here", "ctrl+l", "history", "history"),
        Command("query.open", "Open a file of SQL", "ctrl+o", "open_file"),
        Command("query.save", "Save the text to a file", "ctrl+s", "save_file"),
        Command("query.editor", "Edit the text in $EDITOR", "ctrl+g", "external", "$EDITOR"),
        Command("query.copy", "Copy a value or a row as…", "y", "copy"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings((c for c in COMMANDS_HERE if c.keys.startswith("ctrl+")), priority=True),
        *bindings(c for c in COMMANDS_HERE if not c.keys.startswith("ctrl+")),
    ]
    DEFAULT_CSS = """
    QueryTab SqlEditor { height: 35%; min-height: 4; }
    QueryTab #said { height: auto; max-height: 6; padding: 0 1; background: $surface; color: $dim; }
    QueryTab #said.-error { color: $error; }
    QueryTab Grid { height: 1fr; }
    """

    def __init__(
        self,
        workspace: Workspace,
        number: int,
        text: str | None = None,
        file: SqlFile | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__()
        self.workspace = workspace
        self.number = number
        self._file = file
        self._kept = KeptText(QueryTexts(workspace.target), number, text)
        self._history = History(workspace.target)
        self._settings = settings or Settings()
        self._syntax = syntax_of(workspace.session.backend.name)
        self._is_busy = False
        self._columns: tuple[Column, ...] = ()

    def compose(self) -> ComposeResult:
        """Editor, what happened, rows."""
        yield SqlEditor(self._syntax, id="editor")
        yield Static("ctrl+r runs the statement at the cursor", id="said", markup=False)
        yield Grid(id="results")

    def on_mount(self) -> None:
        """Bring the text back."""
        self.editor.load_text(self._kept.text)
        self.editor.move_cursor(self.editor.document.end)

    def on_unmount(self) -> None:
        """Nothing typed is lost by closing."""
        self._keep()

    @property
    def editor(self) -> SqlEditor:
        """The editor."""
        return self.query_one(SqlEditor)

    @property
    def grid(self) -> Grid:
        """The rows."""
        return self.query_one(Grid)

    # -- what the frame shows --------------------------------------------------------------------

    @property
    def tab_title(self) -> str:
        """The file's name, or a number."""
        name = self._file.path.name if self._file is not None else f"query {self.number}"
        return f"{name} ●" if self._is_busy else name

    @property
    def tab_place(self) -> str:
        """Line and column, or the row."""
        if not self.is_mounted:
            return ""
        if self.grid.has_focus and self.grid.cell() is not None:
            return f"row {self.grid.cursor[0] + 1:,}"
        row, column = self.editor.cursor_location
        return f"line {row + 1}, column {column + 1}"

    def take_focus(self) -> bool:
        """Into the editor."""
        if not (self.is_mounted and self.query(SqlEditor)):
            return False
        self.editor.focus()
        return True

    def stop(self) -> bool:
        """Stop what runs on the server; else go back to the editor."""
        if self._is_busy:
            self.workers.cancel_group(self, "query")
            return True
        if not self.editor.has_focus:
            self.editor.focus()
            return True
        return False

    @on(TextArea.SelectionChanged)
    @on(Grid.CursorMoved)
    def _moved(self) -> None:
        self.post_message(self.Moved())

    # -- the text --------------------------------------------------------------------------------

    @on(TextArea.Changed)
    def _text_changed(self) -> None:
        self.editor.unmark()
        self._kept.text = self.editor.text
        self._keep_soon()

    @work(group="save", exclusive=True)
    async def _keep_soon(self) -> None:
        await asyncio.sleep(_SAVE_AFTER_S)
        await asyncio.to_thread(self._keep)

    def _keep(self) -> None:
        try:
            self._kept.keep()
        except OSError as error:
            self.app.call_later(self._say, f"the text could not be kept: {error}", "error")

    def _say(self, text: str, severity: str = "") -> None:
        said = self.query_one("#said", Static)
        said.set_class(severity == "error", "-error")
        said.update(plain_lines(text))

    # -- running ---------------------------------------------------------------------------------

    def statements(self) -> tuple[tuple[int, Statement], ...]:
        """What is meant, with where each starts: the selection's statements, or the cursor's."""
        text = self.editor.text
        first, last = self.editor.selected
        if first != last:
            found = split(text[first:last], self._syntax)
            return tuple((first + s.start, s) for s in found if s.text)
        here = statement_at(text, self.editor.cursor_index, self._syntax)
        return () if here is None else ((here.start, here),)

    def action_run(self) -> None:
        """Run the statement at the cursor, or those that are selected."""
        meant = self.statements()
        if not meant:
            self._say("there is no statement here", "error")
        elif self._is_busy:
            self._say("a statement runs: esc stops it", "error")
        else:
            self._run(meant)

    @work(group="query", exclusive=True)
    async def _run(self, meant: tuple[tuple[int, Statement], ...]) -> None:
        settings = self._settings
        runner = QueryRunner(
            self.workspace.session, self, settings.query_rows, settings.query_mib * 1024 * 1024
        )
        self._set_busy(True)
        where, statement = meant[0]
        try:
            for number, (where, statement) in enumerate(meant, start=1):
                which = f"{number} of {len(meant)} · " if len(meant) > 1 else ""
                self.editor.mark_running(where, where + len(statement.text))
                self.post_message(self.Working(f"running {which}{head(statement.text)}"))
                result = await runner.run(statement.text)
                self._remember(statement.text, result)
                self._say("\n".join([which + summary(result), *result.notices]))
                self._tell_of_structure(statement.text, result)
            self.editor.unmark()
        except StudioError as error:
            self._fail(error, where, statement)
        except asyncio.CancelledError:
            self.editor.unmark()
            self._say("stopped inside the database; the connection is still here")
            raise
        finally:
            self._set_busy(False)
            self.post_message(self.Working())

    def _tell_of_structure(self, sql: str, result: Result) -> None:
        kind = classify(sql, self._syntax).kind
        if kind is StatementKind.SCHEMA and result.outcome in {"committed", "done"}:
            self.post_message(self.StructureChanged())

    def _set_busy(self, running: bool) -> None:
        self._is_busy = running
        self.post_message(self.Changed())

    def _remember(self, sql: str, result: Result) -> None:
        rows = result.rows.height if result.columns else result.row_count
        self._history.add(Ran(_now(), sql, result.elapsed_ms, rows))

    def _fail(self, error: StudioError, where: int, statement: Statement) -> None:
        self.editor.unmark()
        self._history.add(Ran(_now(), statement.text, 0.0, -1, str(error)))
        text = str(error)
        if (
            isinstance(error, StatementFailed)
            and error.position is not None
            and error.sql in {"", statement.text}
        ):
            place = where + error.position
            row, column = self.editor.location_of(place)
            text = f"line {row + 1}, column {column + 1}: {text}"
            self.editor.mark_error(place)
        if isinstance(error, StatementFailed) and error.detail:
            text = f"{text}\n{error.detail}"
        self._say(text, "error")

    # -- what the runner asks and shows ----------------------------------------------------------

    async def may_write(self, statement: str, facts: Classification) -> bool:
        """Ask before anything is sent."""
        question = before_running(statement, facts, self.workspace.label)
        answer = await self.app.push_screen_wait(Ask(question, yes="run it", no="do not"))
        return answer is True

    async def may_commit(self, result: Result, facts: Classification) -> bool:
        """Ask while the transaction is open."""
        asked = AskCommit(before_commit(result, facts))
        answer = await self.app.push_screen_wait(asked)
        if asked.ran_out:
            self.notify(f"nobody answered for {PATIENCE_S:.0f} s", markup=False)
        return answer is True

    def began(self, result: Result) -> None:
        """Head the grid and show the first rows."""
        kinds = self.workspace.session.backend.result_kinds(result.type_codes)
        kinds = (*kinds, *[ColumnKind.OTHER] * (len(result.columns) - len(kinds)))
        self._columns = tuple(
            Column(name, kind.value, kind)
            for name, kind in zip(result.columns, kinds, strict=False)
        )
        self.grid.set_columns(
            [
                GridColumn(c.name, result.rows.kind_seen(i) if c.kind is ColumnKind.ANY else c.kind)
                for i, c in enumerate(self._columns)
            ]
        )
        self.grid.show(result.rows)
        self._say(summary(result))

    def grew(self, result: Result) -> None:
        """More rows below."""
        self.grid.source_changed()
        self._say(summary(result))

    # -- rows ------------------------------------------------------------------------------------

    @on(Grid.CellActivated)
    def _activated(self) -> None:
        self.action_value()

    def action_value(self) -> None:
        """Show the whole value."""
        cell = self.grid.cell()
        if cell is not None and cell.is_loaded:
            self.app.push_screen(ValueScreen(self._columns[cell.index], cell.value))

    def action_copy(self) -> None:
        """Copy the cell or the row."""
        cell = self.grid.cell()
        values = None if cell is None else self.grid.row_values(cell.row)
        if cell is not None and values is not None:
            self.app.push_screen(
                CopyAs(TableRef(None, "result"), self._columns, values, cell.index)
            )

    # -- plans -----------------------------------------------------------------------------------

    def action_explain(self) -> None:
        """Show the plan of the statement at the cursor."""
        meant = self.statements()
        if not meant:
            self._say("there is no statement here", "error")
            return
        self._keep()
        self.post_message(self.Explain(meant[0][1].text))

    # -- history and files -----------------------------------------------------------------------

    def action_history(self) -> None:
        """Take a statement that ran earlier into the editor."""
        entries = self._history.entries()
        if not entries:
            self._say("nothing ran here yet")
            return

        def chosen(sql: str | None) -> None:
            if sql:
                self.add_text(sql)

        self.app.push_screen(PickStatement(entries), chosen)

    def add_text(self, sql: str) -> None:
        """Put a statement below what is there, or in place of nothing."""
        editor = self.editor
        text = editor.text.rstrip()
        glue = "" if not text else "\n\n" if text.endswith(";") else ";\n\n"
        end = editor.document.end
        editor.insert(f"{glue}{sql}", end)
        editor.move_cursor(editor.document.end)
        editor.focus()

    def action_open_file(self) -> None:
        """Ask for a file and read it."""

        def answered(name: str | None) -> None:
            if name:
                self._open(Path(name).expanduser())

        self.app.push_screen(AskText("Open which file of SQL?", self._file_name()), answered)

    @work(group="file", exclusive=True)
    async def _open(self, path: Path) -> None:
        try:
            self._file, text = await asyncio.to_thread(SqlFile.read, path)
        except (OSError, UnicodeDecodeError) as error:
            self._say(f"{path} cannot be read: {error}", "error")
            return
        self.editor.load_text(text)
        self.post_message(self.Changed())

    def action_save_file(self) -> None:
        """Save to the file it came from, or ask for one."""

        def answered(name: str | None) -> None:
            if name:
                self._write(Path(name).expanduser())

        self.app.push_screen(AskText("Save the text as", self._file_name()), answered)

    @work(group="file", exclusive=True)
    async def _write(self, path: Path) -> None:
        lost = await asyncio.to_thread(in_the_way, path, self._file)
        question = Ask(f"{lost}\nReplace what it says?", yes="replace", no="leave it")
        if lost is not None and not await self.app.push_screen_wait(question):
            return
        try:
            self._file = await asyncio.to_thread(SqlFile.write, path, self.editor.text)
        except (OSError, UnicodeEncodeError) as error:
            self._say(f"{path} cannot be written: {error}", "error")
            return
        self._say(f"saved as {path}")
        self.post_message(self.Changed())

    def _file_name(self) -> str:
        return str(self._file.path) if self._file is not None else ""

    def action_external(self) -> None:
        """Hand the text to $VISUAL or $EDITOR, and take back what it saves."""
        draft = paths.state_folder() / f"editing-{os.getpid()}.sql"
        try:
            paths.write_private(draft, self.editor.text)
            ended = edit(self.app, draft)
            if ended == 0:
                self.editor.load_text(draft.read_text(encoding="utf-8"))
            else:
                self._say(f"the editor ended with {ended}: the text is as it was")
        except (NoEditor, OSError, UnicodeError) as error:
            self._say(plain(str(error)), "error")
        finally:
            draft.unlink(missing_ok=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
