"""The query tab: SQL above, what it gave below."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import TextArea

from studio.backends.halves.syntax import syntax_of
from studio.config.settings import Settings
from studio.config.statements import QueryTexts
from studio.queries.history import Ran
from studio.queries.text import KeptText, SqlFile
from studio.ui.keys.commands import Command
from studio.ui.query import meant
from studio.ui.query.answer_view import AnswerView
from studio.ui.query.candidate_list import CandidateList
from studio.ui.query.chart import show_chart
from studio.ui.query.commands import BINDINGS, COMMANDS
from studio.ui.query.completer_source import CompleterSource
from studio.ui.query.completing import CompletingEditor, EditorCompletion
from studio.ui.query.definition import go_to_definition
from studio.ui.query.earlier import Earlier
from studio.ui.query.find import Finder, FindText
from studio.ui.query.formatting import lay_out
from studio.ui.query.keeping import TextKeeper
from studio.ui.query.parameters import Parameters
from studio.ui.query.result_work import ResultParts, ResultWork
from studio.ui.query.results import OutcomeList, RunResults
from studio.ui.query.results_pane import ResultsPane
from studio.ui.query.runs import Runs, own_session
from studio.ui.query.said_line import SaidLine
from studio.ui.query.saved import save_as_query, take_saved
from studio.ui.query.text_edits import add_statement, edit_lines
from studio.ui.query.text_file import TextFile
from studio.ui.query.transactions import TransactionLine, Transactions
from studio.ui.query.vim_keys import VimKeys
from studio.ui.query.watch import Watch
from studio.ui.query.written_before import WrittenBefore
from studio.ui.rows.exporting import Exporting
from studio.ui.shell.open_transactions import RUNNING_SIGN, SIGN, name_of
from studio.ui.shell.tab import Tab, TabStanding
from studio.ui.widgets.grid import Grid
from studio.ui.widgets.sql_editor import SqlEditor
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace


class QueryTab(Tab):
    """An editor whose text is never lost, and the rows of the statement that ran last."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS
    DEFAULT_CSS = """
    QueryTab { layers: base candidates; }
    QueryTab SqlEditor { height: 35%; min-height: 4; }
    """

    def __init__(
        self,
        workspace: Workspace,
        number: int,
        text: str = "",
        file: SqlFile | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__()
        self.workspace = workspace
        self.number = number
        self._file = TextFile(self, lambda: self.editor, self.say, file)
        texts = QueryTexts(workspace.target)
        self._kept = TextKeeper(self, KeptText(texts, number, text), self.say)
        settings = settings or Settings()
        self._before = WrittenBefore(self, workspace, settings, texts, number)
        self._parameters = Parameters(self, workspace)
        self._syntax = syntax_of(workspace.session.backend)
        self._said = SaidLine("ctrl+r runs the statement at the cursor")
        self._pane = ResultsPane(workspace.session.backend)
        self._answer = AnswerView(
            self._pane.grid,
            workspace.session.backend,
            self.say,
            grouped=settings.group_digits,
        )
        self._exporting = Exporting(self)
        self._candidates = CandidateList()
        self._settings = settings
        self._completing: EditorCompletion | None = None
        self._finder = Finder()
        self._own = own_session(workspace, self._answer, settings)
        self._runs = Runs(self, self, workspace, self._answer, self._own, settings)
        self._transactions = Transactions(self, self, workspace, self._own)
        self._results = RunResults(
            self._pane.strip, self._pane.outcomes, self._pane.grid, self._answer.show
        )
        self._runs.show_in(self._results)
        parts = ResultParts(
            self, workspace, self._pane, self._answer, self._results, self._runs, self.say
        )
        self._work = ResultWork(parts, self._own)
        self._watch = Watch(parts, self._work)
        if self._own is not None:
            self._own.ear.tell = self._pane.notified.hear
            self._own.ear.on_hung_up = self._transactions.find_loss

    def compose(self) -> ComposeResult:
        """Editor, what happened, rows."""
        yield CompletingEditor(self._syntax, wraps=True, id="editor")
        yield self._said
        yield TransactionLine()
        yield self._parameters.line
        yield self._pane
        yield self._candidates

    def on_mount(self) -> None:
        """Bring the text in; below it is what may be wanted again."""
        source = CompleterSource(self, self.workspace, self._knows_more, self._own)
        self._completing = EditorCompletion(
            self.query_one(CompletingEditor),
            self._candidates,
            source,
            self._settings.completion,
            self._settings.accept,
        )
        if self._settings.vim == "on":
            self.action_vim()
        self.editor.load_text(self._kept.text)
        self.editor.move_cursor(self.editor.document.end)
        self._show_earlier()
        self.grid.show_times(self.workspace.times.chosen)
        self.set_interval(1.0, self._transactions.tick)

    async def on_unmount(self) -> None:
        """Nothing typed is lost by closing; what the session held was asked about."""
        self._kept.end()
        self._before.write()
        if self._own is not None:
            await self._own.close()

    @property
    def editor(self) -> SqlEditor:
        """Where the SQL is typed."""
        return self.query_one(SqlEditor)

    @property
    def grid(self) -> Grid:
        """What the last statement gave."""
        return self.query_one(Grid)

    # -- what the frame shows --------------------------------------------------------------------

    @property
    def tab_title(self) -> str:
        """The file's name, or a number, and what is open and runs."""
        held = f" {SIGN}" * self._transactions.is_open
        return f"{self._text_name}{held}{f' {RUNNING_SIGN}' * self._runs.is_busy}"

    @property
    def _text_name(self) -> str:
        return self._file.name or f"query {self.number}"

    @property
    def tab_place(self) -> str:
        """Line and column, or the row."""
        if not self.is_mounted:
            return ""
        if self.grid.has_focus and self.grid.cell() is not None:
            return f"row {self.grid.cursor[0] + 1:,}"
        row, column = self.editor.cursor_location
        vim = self.query_one(CompletingEditor).vim
        mode = f"{vim.words} · " if vim is not None else ""
        return f"{mode}line {row + 1}, column {column + 1}"

    @property
    def standing(self) -> TabStanding:
        """Its session and its transaction."""
        return self._transactions.standing

    @property
    def is_running(self) -> bool:
        """Whether statements run."""
        return self._runs.is_busy

    def settles_first(self, go_on: Callable[[], None]) -> bool:
        """Ask about an open transaction before the tab goes."""
        return self._transactions.settles_first(go_on)

    def take_focus(self) -> bool:
        """Into the editor."""
        if not (self.is_mounted and self.query(SqlEditor)):
            return False
        self.editor.focus()
        return True

    def stop(self) -> bool:
        """Stop what runs on the server; else go back to the editor."""
        if not self._runs.is_quiet and self._runs.stop():
            return True
        if self._watch.stop() or self._exporting.stop() or self._pane.leave_filter():
            return True
        if not self.editor.has_focus:
            self.editor.focus()
            return True
        return False

    def keeps_open_because(self) -> str:
        """An export would end without its file."""
        return self._exporting.keeps_open_because

    @on(TextArea.SelectionChanged)
    @on(Grid.CursorMoved)
    def _moved(self) -> None:
        self.post_message(self.Moved())

    # -- the text --------------------------------------------------------------------------------

    @on(TextArea.Changed)
    def _text_changed(self) -> None:
        self._finder.text_changed(self.editor)
        if self._runs.signs.changed(self.editor.text):
            self.editor.show_signs(self._runs.signs.by_line())
        self._kept.soon(self.editor.text)
        if self._completing is not None:
            self._completing.changed()

    def _knows_more(self) -> None:
        if self._completing is not None and self.is_attached:
            self._completing.know_more()

    def action_definition(self) -> None:
        """Go to what defines the name at the cursor: its relation's tab, or its place above."""
        found = None if self._completing is None else self._completing.definition()
        if said := go_to_definition(self, self.editor, found, self.workspace):
            self.say(said)

    def action_find(self, replaces: bool) -> None:
        """Find and replace in the text."""
        self.app.push_screen(FindText(self._finder, self.editor, replaces=replaces))

    def action_find_next(self, by: int) -> None:
        """Go to the next place of what was looked for last, or the one before."""
        self.say(self._finder.step(self.editor, by) or "nothing was looked for: ctrl+f")
        # Nobody is there any more who would take the marks away.
        self.editor.unmark()

    def action_vim(self) -> None:
        """Vim's keys in the editor, or the usual ones again."""
        editor = self.query_one(CompletingEditor)
        editor.vim = None if editor.vim is not None else VimKeys(editor, self._find, self._moved)
        self._moved()

    def _find(self, by: int) -> None:
        self.action_find_next(by) if by else self.action_find(False)

    def action_lines(self, what: str) -> None:
        """Change the lines that are selected, or the one of the cursor."""
        edit_lines(self.editor, what)

    def action_format(self) -> None:
        """Lay out the statement at the cursor, or those that are selected."""
        begin_work(self, partial(lay_out, self.editor, self._syntax, self.say), "format")

    def action_complete(self) -> None:
        """Open the list of what could stand at the cursor, or go on in it."""
        if self._completing is not None and self.editor.has_focus:
            self._completing.ask()

    @property
    def said(self) -> object:
        """Another object whenever something was said."""
        return self._said.mark

    def say(self, text: str, severity: str = "") -> None:
        """Show it under the editor."""
        self._said.say(text, severity)
        self._transactions.tick()
        if self._wants_earlier is not self.query_one(Earlier).display:
            self._show_earlier()

    def remember(self, ran: Sequence[Ran]) -> None:
        """Keep these among the statements that ran."""
        self._before.remember(ran, self._text_name, self._show_earlier)

    def _show_earlier(self) -> None:
        """Where there are no rows, what ran before; where there are, nothing but them."""
        earlier = self.query_one(Earlier)
        earlier.display = self._wants_earlier
        if earlier.display:
            self._before.show_in(earlier)

    @property
    def _wants_earlier(self) -> bool:
        return not self._answer.columns and not self._pane.outcomes.display

    # -- running ---------------------------------------------------------------------------------

    def action_run(self) -> None:
        """Run the statement at the cursor, or those that are selected."""
        self._run(meant.at_cursor(self.editor, self._syntax))

    def action_run_all(self) -> None:
        """Run every statement of the text."""
        self._run(meant.everything(self.editor, self._syntax))

    def action_run_from_here(self) -> None:
        """Run the statement at the cursor and all behind it."""
        self._run(meant.from_cursor(self.editor, self._syntax))

    def _run(self, stretch: meant.Stretch | None) -> None:
        if self._completing is not None:
            self._completing.close()
        if stretch is None:
            self.say("there is no statement here", "error")
        elif self._runs.is_busy and not self._runs.is_quiet:
            self.say("a statement runs: esc stops it", "error")
        else:
            self._watch.stop("stopped for another statement")
            first, last = stretch
            text = self.editor.text[first:last]
            self._parameters.with_values(text, lambda v: self._runs.begin(text, first, v))

    def action_transaction(self) -> None:
        """The other mode, or what is to become of the open transaction."""
        self._transactions.choose()

    def action_walk(self, by: int) -> None:
        """Show the next statement's result, or the one before."""
        self._results.step(by)

    def action_watch(self) -> None:
        """Run the query of these rows again every few seconds, or no more."""
        self._watch.choose()

    def action_chart(self) -> None:
        """Draw the rows."""
        if (answer := self._work.ready) is not None:
            show_chart(self, self._answer, answer, self.grid.cursor[1])

    @on(OutcomeList.OptionSelected)
    def _outcome_chosen(self, message: OutcomeList.OptionSelected) -> None:
        message.stop()
        place = self._runs.place_of(message.option_index)
        if place is not None:
            self.editor.move_cursor(self.editor.location_of(place))
            self.editor.focus()

    # -- rows ------------------------------------------------------------------------------------

    @on(Grid.CellActivated)
    def _activated(self) -> None:
        self.action_value()

    def action_value(self) -> None:
        """Show the whole value."""
        self._work.show_value()

    def action_copy(self) -> None:
        """Copy the cell or the row."""
        self._work.copy_row()

    def action_export(self) -> None:
        """Write the rows that came into a file."""
        if (scope := self._answer.scope) is not None:
            self._exporting.ask(name_of(self._text_name), [scope])

    # -- plans -----------------------------------------------------------------------------------

    def action_explain(self) -> None:
        """Show the plan of the statement at the cursor."""
        found = meant.statements(self.editor, self._syntax)
        if not found:
            self.say("there is no statement here", "error")
            return
        self._kept.now()
        self._parameters.for_a_plan(
            found[0][1].text, lambda *plan: self.post_message(self.Explain(plan[0], (), plan[1]))
        )

    def action_parameters(self) -> None:
        """Give other values for the parameters of the statement at the cursor."""
        found = meant.statements(self.editor, self._syntax)
        if not any(self._parameters.ask(statement.text) for _, statement in found[:1]):
            self.say("the statement at the cursor has no parameters")

    # -- history and files -----------------------------------------------------------------------

    def action_history(self) -> None:
        """Take a statement that ran earlier into the editor."""
        self._before.offer_statements(self.add_text, self.action_run, self.say)

    def action_drafts(self) -> None:
        """Take a text that was left in a query tab, this one's or another window's, as a copy."""
        self._before.offer_texts(self.add_text, self.say)

    def action_saved(self) -> None:
        """Take a saved query into the editor."""
        take_saved(self, self._syntax, self.add_text, self.say)

    def action_save_query(self) -> None:
        """Save the text as a query with a name."""
        save_as_query(self, self.editor.text, self.say)

    def add_text(self, sql: str) -> None:
        """Put a statement below what is there, or in place of nothing."""
        add_statement(self.editor, sql)

    def action_open_file(self) -> None:
        """Ask for a file and read it."""
        self._file.ask_open()

    def action_save_file(self) -> None:
        """Save to the file it came from, or ask for one."""
        self._file.ask_save()

    def action_external(self) -> None:
        """Hand the text to $VISUAL or $EDITOR, and take back what it saves."""
        begin_work(self, self._file.edit_outside, "outside")
