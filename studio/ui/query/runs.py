"""The statements of a query tab run: where, after which question, and what is told of them."""

import asyncio
from functools import partial
from time import perf_counter

from studio.backends.halves.syntax import syntax_of
from studio.config.settings import Settings
from studio.model.errors import Refused, StudioError, Unsupported
from studio.queries.held import Held
from studio.queries.history import STOPPED, Ran
from studio.queries.limits import Limits
from studio.queries.outcome import Became, StepOutcome
from studio.queries.own_session import OwnSession
from studio.queries.query import Query, Values, query
from studio.queries.result import Result
from studio.queries.runner import Permission, Runner
from studio.queries.where_it_runs import RunPlace, place_of
from studio.sqltext.classify import StatementKind, classify
from studio.sqltext.script import Script, ScriptStep
from studio.sqltext.session_state import refuses_transaction
from studio.sqltext.signs import StatementMarks
from studio.ui.query.answer import Answer
from studio.ui.query.answer_view import AnswerView
from studio.ui.query.asking import Asking
from studio.ui.query.outcome_words import RUNS, sign_of
from studio.ui.query.results import RunResults
from studio.ui.query.telling import ScriptRun, ShowsRuns, Telling, not_told, now
from studio.ui.query.transaction_screen import TransactionChoice
from studio.ui.query.words import head
from studio.ui.shell.tab import Tab
from studio.ui.widgets.grid import Grid
from studio.ui.widgets.sql_editor import SqlEditor
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

GROUP = "query"
"""Of the work that runs statements: one at a time."""
_DIM_AFTER_S = 0.15
_SHOWN_S = 0.25
"""So often a script shows where it is."""
_BOM = "\ufeff"
_READS = "It changes something: run it by itself, which asks"


class Runs:
    """Runs statements one after the other; the tab holds it."""

    def __init__(
        self,
        tab: Tab,
        shows: ShowsRuns,
        workspace: Workspace,
        answer: AnswerView,
        own: OwnSession | None,
        settings: Settings,
    ) -> None:
        """`tab` is on the screen as long as statements run; `answer` takes their rows; `own`: the
        session they run in, None where nothing may be left in one.
        """
        self._tab = tab
        self._shows = shows
        self._workspace = workspace
        self._answer = answer
        self._own = own
        self._settings = settings
        self._syntax = syntax_of(workspace.session.backend)
        self._asking = Asking(tab, workspace, own, settings)
        self._results: RunResults | None = None
        self.signs = StatementMarks()
        """Beside the statements of the editor."""
        self._telling = Telling(tab, shows, workspace, answer, own)
        self._now = ScriptRun()
        self._ran: list[Ran] = []
        self._values: Values = {}
        self._painted = 0.0
        self._turn = asyncio.Lock()
        self.is_busy = False
        """Whether statements run."""
        self.is_quiet = False
        """Whether what runs is a read that nothing on the screen tells of."""
        answer.on_told, answer.guard = self._hear, self._about_to

    def show_in(self, results: RunResults) -> None:
        """Where the results of several statements are shown."""
        self._results = results

    def place_of(self, number: int) -> int | None:
        """Where the statement with this number stands in the editor, from 0, or where it failed;
        None when the text is another by now.
        """
        if number >= len(self._now.told):
            return None
        outcome = self._now.told[number]
        place = self._now.place_in(self._shows.editor.text, outcome.step)
        if place is None:
            return None
        failure = outcome.failure
        return place + ((failure.trouble.place or 0) if failure is not None else 0)

    def begin(self, text: str, start: int, values: Values) -> None:
        """Run the statements of `text`, which starts there in the editor, with these values."""
        begin_work(self._tab, partial(self._in_turn, text, start, values), GROUP)

    def stop(self) -> bool:
        """Stop what runs on the server; whether anything did."""
        if self.is_busy:
            self._tab.workers.cancel_group(self._tab, GROUP)
        return self.is_busy

    async def again(
        self, text: str, values: Values, start: int, *, quiet: bool = False
    ) -> tuple[StepOutcome, Answer | None] | None:
        """Run one statement again, beside the results there are: what came of it, None when that
        was told under the editor. `quiet`: it only reads, and nothing on the screen says so; then
        it raises StudioError. Called by work in `GROUP`, or in place of it.
        """
        async with self._turn:
            return await self._again(text, values, start, quiet=quiet)

    async def _again(
        self, text: str, values: Values, start: int, *, quiet: bool
    ) -> tuple[StepOutcome, Answer | None] | None:
        before, written = self._now, self._values
        script = Script(text, self._syntax)
        run = self._now = ScriptRun(start, script.steps, self._held, is_again=True)
        self._answer.values = self._values = values
        self._answer.holds_back = self.is_quiet = quiet
        self._set_busy(True)
        try:
            if quiet:
                await self._only_read(script.steps[0])
            else:
                await self._run_where_it_belongs(script)
                self._telling.end(run)
        except StudioError as error:
            if quiet:
                raise
            self._telling.fail(run, error)
        except asyncio.CancelledError:
            if not quiet:
                self._telling.stopped(run)
                self._remember_stopped(run)
            raise
        finally:
            self._now, self._values, self._answer.holds_back = before, written, False
            ran, self._ran = self._ran, []
            if not quiet:
                self._shows.remember(ran)
                self._work_on("")
            self._set_busy(False)
            self.is_quiet = False
        came = run.came
        return None if came is None or came[0].failure is not None else came

    async def _only_read(self, step: ScriptStep) -> None:
        """Raises StudioError, Refused where it would do more than read."""
        own, one = self._own, self._begin_one(step)
        if own is not None and own.held.is_open:
            raise Refused("a transaction is open here, and what runs by itself is no part of one")
        if own is not None:
            result = await own.ask(one, Permission.READ)
        else:
            session, may = self._workspace.session, Permission.READ
            (result,) = await Runner(session, self._answer, may, self._limits).run([one])
        self._came(step, result)

    @property
    def _held(self) -> Held:
        return Held() if self._own is None else self._own.held

    async def _in_turn(self, text: str, start: int, values: Values) -> None:
        async with self._turn:
            await self._run(text, start, values)

    async def _run(self, text: str, start: int, values: Values) -> None:
        self._answer.values = self._values = values
        script = Script(text, self._syntax)
        run = self._now = ScriptRun(start + text.startswith(_BOM), script.steps, self._held)
        self._set_busy(True)
        try:
            await self._run_where_it_belongs(script)
            self._telling.end(run)
        except StudioError as error:
            self._telling.fail(run, error)
        except asyncio.CancelledError:
            self._telling.stopped(run)
            self._remember_stopped(run)
            raise
        finally:
            ran, self._ran = self._ran, []
            self._shows.remember(ran)
            self._set_busy(False)
            self._work_on("")
            if run.is_begun and self._tab.query(Grid):
                self._end_results(run)

    def _begin_results(self) -> None:
        """Something is about to come of it: what came of earlier statements goes."""
        run = self._now
        if run.is_begun:
            return
        run.is_begun = True
        if run.is_again:
            return
        self.signs.begin(self._shows.editor.text)
        if self._results is not None:
            self._results.begin(self._first_line, several=run.several)

    def _end_results(self, run: ScriptRun) -> None:
        for step, outcome in zip(run.steps[len(run.told) :], not_told(run), strict=True):
            self._sign(step, sign_of(outcome))
            if self._results is not None:
                self._results.add(outcome, None)
        self._show_signs()
        if self._results is not None:
            self._results.end()

    def _sign(self, step: ScriptStep, sign: str) -> None:
        if self._now.several:
            place = self._now.start + step.start
            self.signs.add(place, place + len(step.text), sign)

    @property
    def _first_line(self) -> int:
        return self._shows.editor.location_of(self._now.start)[0]

    async def _run_where_it_belongs(self, script: Script) -> None:
        own, steps = self._own, script.steps
        if own is None:
            for step in steps:
                await self._run_aside(step)
            return
        if len(steps) == 1 and (step := steps[0]).psql is None:
            facts = classify(step.text, self._syntax)
            if own.held.is_open and refuses_transaction(step.text, self._syntax, facts):
                await self._end_first(step, own)
            if place_of(step, facts, own, self._syntax) is RunPlace.ASKED:
                await self._run_asked(step, own)
                return
            if not await self._asking.may_run(step, own):
                raise Refused("nothing was run")
            self._work_on(f"running {head(step.text)}")
            await own.run(script.text, self._values)
            return
        await self._run_script(script, own)

    async def _run_script(self, script: Script, own: OwnSession) -> None:
        if all(self._only_reads(step) for step in script.steps):
            walls = None if own.reads_only or own.is_manual or own.held.is_open else _READS
            await own.run(script.text, self._values, reads=walls)
            return
        if own.reads_only:
            await own.run(script.text, self._values)
            return
        choice = await self._asking.script(script.steps, self._first_line, own)
        if choice is None:
            raise Refused("nothing was run")
        self._now.began = perf_counter()
        await own.run(script.text, self._values, single=choice.single, goes_on=choice.goes_on)

    def _only_reads(self, step: ScriptStep) -> bool:
        return step.psql is not None or (
            classify(step.text, self._syntax).kind is StatementKind.READ
        )

    async def _end_first(self, step: ScriptStep, own: OwnSession) -> None:
        """Raises Refused where the transaction stays open."""
        chosen = await self._asking.end_first(step, own)
        if chosen is TransactionChoice.COMMIT:
            ended = await own.commit()
        elif chosen is TransactionChoice.ROLL_BACK:
            ended = await own.roll_back()
        else:
            raise Refused("nothing was run: the transaction is open as before")
        if ended.failure is not None:
            raise ended.failure.error

    # -- one statement by itself -----------------------------------------------------------------

    async def _run_aside(self, step: ScriptStep) -> None:
        """Where no session is a person's own."""
        runner = Runner(self._workspace.session, self._answer, self._asking, self._limits)
        one = self._begin_one(step)
        (result,) = await runner.run([one])
        self._came(step, result)

    async def _run_asked(self, step: ScriptStep, own: OwnSession) -> None:
        one = self._begin_one(step)
        self._came(step, await own.ask(one, self._asking))

    def _begin_one(self, step: ScriptStep) -> Query:
        one = query(step.text, self._syntax, self._values)
        self._about_to(one)
        return one

    def _came(self, step: ScriptStep, result: Result) -> None:
        became = Became.ROWS if result.columns else Became.DONE
        self._answer.told(StepOutcome(step, became, result, result.row_count))

    @property
    def _limits(self) -> Limits:
        return limits_of(self._settings)

    # -- while it runs ---------------------------------------------------------------------------

    def _about_to(self, one: Query) -> None:
        """The next statement is about to be sent. Raises Refused for one that would only fail, and
        the transaction with it.
        """
        number, several = len(self._now.told) + 1, len(self._now.steps)
        if number <= several:
            self._answer.start = self._now.start + self._now.steps[number - 1].start
        self._answer.begin(one)
        if number > several or one.text != self._now.steps[number - 1].text:
            # An order of the person's keys: COMMIT, ROLLBACK, a savepoint.
            return
        self._begin_results()
        which = f"{number:,} of {several:,} · " if several > 1 else ""
        if not self.is_quiet and (number == 1 or perf_counter() - self._painted >= _SHOWN_S):
            self._painted = perf_counter()
            step = self._now.steps[number - 1]
            place = self._now.place_in(self._shows.editor.text, step)
            self._sign(step, RUNS)
            if place is not None:
                self._shows.editor.mark_running(place, place + len(one.text))
            self._work_on(f"running {which}{head(one.text)}")
            self._show_signs()
        own = self._own
        is_refused = refuses_transaction(one.text, self._syntax, one.facts)
        if several > 1 and is_refused and own is not None and own.held.is_open:
            raise Refused(
                f"{one.facts.keyword} cannot run inside a transaction, and one is open: not sent"
            )

    def _hear(self, outcome: StepOutcome, answer: Answer | None) -> None:
        """What became of the next one."""
        number = len(self._now.told)
        if number < len(self._now.steps) and outcome.step == self._now.steps[number]:
            self._begin_results()
            self._now.told.append(outcome)
            self._now.came = outcome, answer
            self._sign(outcome.step, sign_of(outcome))
            if self._results is not None and not self._now.is_again:
                self._results.add(outcome, answer)
        if outcome.became not in {Became.SKIPPED, Became.NOT_SQL}:
            result, failure = outcome.result, outcome.failure
            rows = result.rows if result.columns else outcome.row_count
            error = "" if failure is None else str(failure.error)
            text = outcome.step.text
            undone = result.outcome == "rolled back"
            self._ran.append(Ran(now(), text, result.elapsed_ms, rows, error, is_undone=undone))

    def _remember_stopped(self, run: ScriptRun) -> None:
        """A statement that took too long is the one that is wanted again, and changed."""
        step = next(iter(run.steps[len(run.told) :]), None)
        if run.is_begun and step is not None:
            ms = run.elapsed_s * 1000 - sum(each.result.elapsed_ms for each in run.told)
            self._ran.append(Ran(now(), step.text, ms, -1, STOPPED))

    def _show_signs(self) -> None:
        if self._tab.query(SqlEditor):
            self._shows.editor.show_signs(self.signs.by_line())

    def _work_on(self, task: str) -> None:
        """Say what runs; "": nothing does. Rows of an earlier answer are dimmed when it takes
        longer than people notice.
        """
        self._asking.doing = task
        if task:
            self._tab.set_timer(_DIM_AFTER_S, self._dim)
        else:
            self._tab.query(Grid).remove_class("-stale")
        self._tab.post_message(Tab.Working(task))

    def _dim(self) -> None:
        is_stale = bool(self._asking.doing) and not self._answer.is_shown
        self._tab.query(Grid).set_class(is_stale, "-stale")

    def _set_busy(self, running: bool) -> None:
        self.is_busy = running
        if not self.is_quiet:
            self._tab.post_message(Tab.Changed())


def limits_of(settings: Settings) -> Limits:
    """How far the statements of a query tab may go."""
    return Limits(
        rows=settings.query_rows,
        row_bytes=settings.query_mib * 1024 * 1024,
        patience_s=settings.commit_wait_s,
    )


def own_session(workspace: Workspace, answer: AnswerView, settings: Settings) -> OwnSession | None:
    """The session of one tab; None for an engine whose sessions are not a person's to hold."""
    try:
        return OwnSession(workspace.session, answer, limits_of(settings))
    except Unsupported:
        return None
