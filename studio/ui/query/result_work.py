"""What a person does with rows that came: again, pinned, sorted, filtered, edited elsewhere."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from studio.backends.base import Purpose
from studio.backends.halves.syntax import syntax_of
from studio.export.some_rows import RowsToCopy
from studio.model.catalog import TableRef
from studio.model.errors import Refused, StudioError
from studio.model.words import plural
from studio.queries.own_session import OwnSession
from studio.rows.in_memory import NotHere, arranged
from studio.rows.known_rows import MOST_ROWS, known_rows
from studio.rows.parse import FilterInvalid, parse_filters
from studio.rows.question import Question
from studio.rows.wrapped import wrapped
from studio.sqltext import keywords
from studio.sqltext.classify import StatementKind, classify
from studio.sqltext.one_table import one_table
from studio.ui.query.answer import HERE, IN_DATABASE, Answer
from studio.ui.query.answer_view import AnswerView
from studio.ui.query.results import MOST_PINNED, RunResults
from studio.ui.query.results_pane import ResultsPane
from studio.ui.query.runs import GROUP, Runs
from studio.ui.query.words import head
from studio.ui.shell.tab import Tab
from studio.ui.values.copy_as import ChosenRows, CopyAs
from studio.ui.values.value import ValueScreen
from studio.ui.widgets.ask import Ask
from studio.ui.widgets.labels import plain
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class ResultParts:
    """What shows the results of one tab, and what makes them."""

    tab: Tab
    workspace: Workspace
    pane: ResultsPane
    answers: AnswerView
    results: RunResults
    runs: Runs
    say: Say


class ResultWork:
    """Acts on the rows that are shown; the tab holds it."""

    def __init__(self, parts: ResultParts, own: OwnSession | None) -> None:
        """`own`: the session they run in, if a person's sessions are their own."""
        self._tab = parts.tab
        self._workspace = parts.workspace
        self._pane = parts.pane
        self._answers = parts.answers
        self._results = parts.results
        self._runs = parts.runs
        self._say = parts.say
        self._own = own
        self._syntax = syntax_of(parts.workspace.session.backend)
        parts.pane.acts = self
        parts.answers.on_shown = self.tell
        parts.results.on_shown = self.tell
        self.on_pinned: Callable[[Answer], None] | None = None
        """Called with a result that is to stay as it is."""

    def tell(self) -> None:
        """Say above the rows what they are."""
        answer = self._answers.shown if self._pane.shows_rows else None
        self._pane.head.show("" if answer is None else answer.head)
        if not self._pane.is_mounted:
            return
        if answer is None:
            self._pane.filter_bar.forget()
        else:
            filters = answer.question.filters
            self._pane.filter_bar.show(filters, self._answers.table_of(answer))

    @property
    def ready(self) -> Answer | None:
        """What is shown, once all of it came; why there is nothing to work with is said."""
        answer = self._answers.shown if self._pane.shows_rows else None
        if answer is None:
            self._say("there are no rows here: ctrl+r runs the statement at the cursor", "")
        elif self._runs.is_busy:
            self._say("a statement runs: esc stops it", "error")
            return None
        return answer

    # -- one value, one row ----------------------------------------------------------------------

    def show_value(self) -> None:
        """The whole value under the cursor."""
        grid = self._pane.grid
        if (cell := grid.cell()) is not None and cell.is_loaded:
            column = self._answers.columns[cell.index]
            screen = ValueScreen(column, cell.value, grid.cell_on_screen())
            screen.times = self._workspace.times.chosen
            self._tab.app.push_screen(screen)

    def copy_row(self) -> None:
        """The cell, the row, or the marked rows."""
        grid = self._pane.grid
        cell = grid.cell()
        values = None if cell is None else grid.row_values(cell.row)
        if cell is not None and values is not None:
            backend = self._workspace.session.backend
            table, columns = TableRef(None, "result"), self._answers.columns
            subject = RowsToCopy(backend, table, columns, cell.index)
            marked = filter(None, map(grid.row_values, sorted(grid.marks)))
            rows = [*marked]
            chosen = ChosenRows(rows or [values], are_marked=bool(rows))
            self._tab.app.push_screen(CopyAs(subject, chosen, grid.cell_on_screen()))

    # -- pinned, again ---------------------------------------------------------------------------

    def pin(self) -> None:
        """Keep these rows beside those of the next run, or no longer."""
        answer = self.ready
        if answer is not None and not self._results.pin(answer):
            self._say(f"{MOST_PINNED} results are pinned already: P on one lets it go", "error")
        elif answer is not None and answer.is_pinned and self.on_pinned is not None:
            self.on_pinned(answer)
        self.tell()

    def again(self) -> None:
        """Run the statement of these rows again."""
        if (answer := self.ready) is not None:
            begin_work(self._tab, partial(self._again, answer), GROUP)

    async def _again(self, answer: Answer) -> None:
        if classify(answer.text, self._syntax).kind is not StatementKind.READ:
            words = f"{head(answer.text, 200)}\n\nIt does more than read. Run it again?"
            asked = Ask(words, yes="run it again", no="do not")
            if not await self._tab.app.push_screen_wait(asked):
                return
        question = answer.question
        is_asked = answer.by == IN_DATABASE
        came = await self._run(answer, question if is_asked else Question())
        if came is not None and not is_asked and question != Question():
            await self._arrange(came, question)

    async def _run(self, answer: Answer, question: Question) -> Answer | None:
        """The statement once more, with the question around it, in place of `answer`."""
        text, is_asked = answer.text, question != Question()
        if is_asked:
            table, backend = self._answers.table_of(answer), self._workspace.session.backend
            lane = self._workspace.session.lane(Purpose.QUERY)
            try:
                text = await lane.run(lambda c: wrapped(c, answer.text, table, question, backend))
            except StudioError as error:
                self._say(str(error), "error")
                return None
        came = await self._runs.again(text, answer.values, answer.start)
        outcome, new = came or (None, None)
        if outcome is None or new is None:
            # What is known stays in sight, with the time it came at.
            self._results.show_answer(answer)
            return None
        new.text, new.question, new.by = answer.text, question, IN_DATABASE if is_asked else ""
        if answer.is_pinned:
            self._results.part(answer, new, outcome)
        else:
            self._results.replace(answer, outcome, new)
        return new

    # -- sorted and filtered ---------------------------------------------------------------------

    def sort(self, *, alone: bool) -> None:
        """By the cursor's column."""
        answer, cell = self.ready, self._pane.grid.cell()
        if answer is None or cell is None:
            return
        name = self._answers.table_of(answer).column_names[cell.index]
        self._ask(answer, answer.question.turned(name, alone=alone))

    def filter_by(self, text: str) -> None:
        """Only the rows that `text` keeps; what cannot be read stays to be typed on."""
        if (answer := self.ready) is None:
            return
        table = self._answers.table_of(answer)
        try:
            filters = parse_filters(text, table, self._workspace.session.backend)
        except FilterInvalid as error:
            self._say(str(error), "error")
            return
        self._pane.filter_bar.leave()
        self._pane.grid.focus()
        self._ask(answer, replace(answer.question, filters=filters))

    def filter_cell(self) -> None:
        """Only rows with the cursor's value."""
        answer, cell = self.ready, self._pane.grid.cell()
        if answer is None or cell is None:
            return
        name = self._answers.table_of(answer).column_names[cell.index]
        self._ask(answer, answer.question.with_value(name, cell.value))

    def clear(self) -> None:
        """All rows, as they came."""
        if (answer := self.ready) is not None and answer.question != Question():
            self._ask(answer, Question())

    def _ask(self, answer: Answer, question: Question) -> None:
        begin_work(self._tab, partial(self._arrange, answer, question), GROUP)

    async def _arrange(self, answer: Answer, question: Question) -> None:
        """In memory where all rows are here, else by the database."""
        why = "more rows are in the database"
        if answer.is_whole:
            try:
                await self._arrange_here(answer, question)
            except NotHere as error:
                why = f"{error} are compared by the database"
            else:
                return
        facts = classify(answer.text, self._syntax)
        if facts.kind is not StatementKind.READ or facts.keyword not in keywords.QUERIES:
            said = f"not sorted, nor filtered: {why}, and {facts.keyword} is no part of a query"
            self._say(said, "error")
            return
        await self._run(answer, question)

    async def _arrange_here(self, answer: Answer, question: Question) -> None:
        """Raises NotHere."""
        if question == Question() and answer.by != IN_DATABASE:
            answer.rows.arrange(None)
            answer.question, answer.by = question, ""
        elif question == Question():
            # It came in an order that the database made: as it came first is another run.
            await self._run(answer, question)
            return
        else:
            places = await asyncio.to_thread(self.places, answer, question)
            answer.rows.arrange(places)
            answer.question, answer.by = question, HERE
        if self._answers.shown is answer:
            self._answers.show(answer)

    def places(self, answer: Answer, question: Question) -> Sequence[int]:
        """Where the rows of a question are among those that came. Raises NotHere."""
        backend, columns = self._workspace.session.backend, self._answers.table_of(answer).columns
        rows = answer.rows.every
        return arranged(
            columns,
            rows,
            question.filters,
            question.order,
            lambda falls: backend.nulls_first(descending=falls),
        )

    # -- changed in their table ------------------------------------------------------------------

    def edit(self) -> None:
        """Open the table of these rows, with the rows as its filter."""
        if (answer := self.ready) is not None:
            begin_work(self._tab, partial(self._edit, answer), "edit")

    async def _edit(self, answer: Answer) -> None:
        own = self._own
        found = one_table(answer.text, self._syntax)
        if not found.name or own is None:
            why = found.why_not or "no session here says which table that is"
            self._say(f"these are not the rows of one table: {plain(why)}", "error")
            return
        try:
            ref = await own.relation(found.name)
            if ref is None:
                named = plain(".".join(found.name))
                raise Refused(f"{named} is no table that others see: it is changed in this tab")
            await self._open(answer, ref)
        except StudioError as error:
            self._say(str(error), "error")

    async def _open(self, answer: Answer, ref: TableRef) -> None:
        """Raises StudioError."""
        table = await self._workspace.table(ref)
        grid, rows = self._pane.grid, answer.rows.held()
        marked = sorted(grid.marks)
        chosen = [rows[place] for place in marked] if marked else rows
        is_one = len(chosen) > MOST_ROWS
        if is_one:
            chosen = [rows[min(grid.cursor[0], len(rows) - 1)]]
        filters = known_rows(table, answer.result.columns, chosen)
        open_too = self._own is not None and self._own.held.is_open
        said = f"{plural(len(chosen), 'row')} of {plain(str(ref))} in its own tab"
        said += f", the one at the cursor: {MOST_ROWS} go at once" if is_one else ""
        said += "; what the open transaction changed is not seen there" if open_too else ""
        self._say(said, "")
        self._tab.post_message(Tab.Follow(ref, filters))
