"""The statements of a query tab run: marked, asked about, remembered, and told where they fail."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from studio.backends.halves.syntax import syntax_of
from studio.config.settings import Settings
from studio.config.statements import Ran
from studio.model.errors import StatementFailed, StudioError
from studio.queries.limits import Limits
from studio.queries.nearest import misnamed, nearest
from studio.queries.query import Query, query
from studio.queries.result import Result
from studio.queries.runner import Runner
from studio.sqltext.classify import StatementKind
from studio.sqltext.split import Statement
from studio.sqltext.unrepeatable import unrepeatable
from studio.ui.query.answer_view import AnswerView
from studio.ui.query.commit import AskCommit
from studio.ui.query.words import before_commit, before_running, head, summary
from studio.ui.shell.tab import Tab
from studio.ui.widgets.ask import Ask
from studio.ui.widgets.grid import Grid
from studio.ui.widgets.labels import plain
from studio.ui.widgets.sql_editor import SqlEditor
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

GROUP = "query"
"""Of the work that runs statements: one at a time."""
_DIM_AFTER_S = 0.15


class ShowsRuns(Protocol):
    """Whoever shows what runs, and keeps what ran."""

    @property
    def editor(self) -> SqlEditor:
        """Where the statements are."""

    @property
    def said(self) -> object:
        """Another object whenever something was said."""

    def say(self, text: str, severity: str = "") -> None:
        """Show it under the editor."""

    def remember(self, ran: Ran) -> None:
        """Keep it among the statements that ran."""


class Runs:
    """Runs statements one after the other and answers what the runner asks; the tab holds it."""

    def __init__(
        self,
        tab: Tab,
        shows: ShowsRuns,
        workspace: Workspace,
        answer: AnswerView,
        settings: Settings,
    ) -> None:
        """`tab` is on the screen as long as statements run; `answer` takes their rows."""
        self._tab = tab
        self._shows = shows
        self._workspace = workspace
        self._answer = answer
        self._settings = settings
        self._syntax = syntax_of(workspace.session.backend)
        self._doing = ""
        self.is_busy = False
        """Whether statements run."""

    def begin(self, meant: tuple[tuple[int, Statement], ...]) -> None:
        """Run `meant`, each with where it starts in the editor."""
        begin_work(self._tab, partial(self._run, meant), GROUP)

    def stop(self) -> bool:
        """Stop what runs on the server; whether anything did."""
        if self.is_busy:
            self._tab.workers.cancel_group(self._tab, GROUP)
        return self.is_busy

    async def _run(self, meant: tuple[tuple[int, Statement], ...]) -> None:
        settings = self._settings
        limits = Limits(
            rows=settings.query_rows,
            row_bytes=settings.query_mib * 1024 * 1024,
            patience_s=settings.commit_wait_s,
        )
        runner = Runner(self._workspace.session, self._answer, self, limits)
        self._set_busy(True)
        where, statement = meant[0]
        try:
            for number, (where, statement) in enumerate(meant, start=1):
                which = f"{number} of {len(meant)} · " if len(meant) > 1 else ""
                self._shows.editor.mark_running(where, where + len(statement.text))
                one = query(statement.text, self._syntax)
                self._answer.begin(one)
                self._work_on(f"running {which}{head(one.text)}")
                (result,) = await runner.run([one])
                rows = result.rows if result.columns else result.row_count
                self._shows.remember(Ran(_now(), one.text, result.elapsed_ms, rows))
                self._shows.say("\n".join([which + summary(result), *result.notices]))
                self._tell_of_change(one, result)
            self._shows.editor.unmark()
        except StudioError as error:
            self._fail(error, where, statement)
        except asyncio.CancelledError:
            self._stopped()
            raise
        finally:
            self._set_busy(False)
            self._work_on("")

    def _stopped(self) -> None:
        if not self._tab.query(Grid):
            # Not by a key: the tab is going, and its widgets went first.
            return
        self._shows.editor.unmark()
        if not self._answer.is_shown:
            self._answer.forget()
        self._shows.say("stopped inside the database; the connection is still here")

    def _work_on(self, task: str) -> None:
        """Say what runs; "": nothing does. Rows of an earlier answer are dimmed when it takes
        longer than people notice.
        """
        self._doing = task
        if task:
            self._tab.set_timer(_DIM_AFTER_S, self._dim)
        else:
            self._tab.query(Grid).remove_class("-stale")
        self._tab.post_message(Tab.Working(task))

    def _dim(self) -> None:
        self._tab.query(Grid).set_class(bool(self._doing) and not self._answer.is_shown, "-stale")

    async def _asked(self, question: Ask) -> bool:
        """The answer; while a person thinks, nothing runs, and no clock says so."""
        self._tab.post_message(Tab.Working())
        answer = await self._tab.app.push_screen_wait(question)
        self._tab.post_message(Tab.Working(self._doing))
        return answer is True

    def _tell_of_change(self, ran: Query, result: Result) -> None:
        if ran.facts.kind is not StatementKind.READ and result.outcome in {"committed", "done"}:
            self._workspace.contents.wrote()
        if ran.facts.kind is StatementKind.SCHEMA and result.outcome in {"committed", "done"}:
            self._tab.post_message(Tab.StructureChanged())

    def _set_busy(self, running: bool) -> None:
        self.is_busy = running
        self._tab.post_message(Tab.Changed())

    def _fail(self, error: StudioError, where: int, statement: Statement) -> None:
        self._shows.editor.unmark()
        self._answer.forget()
        self._shows.remember(Ran(_now(), statement.text, 0.0, -1, str(error)))
        text = str(error)
        if (
            isinstance(error, StatementFailed)
            and error.position is not None
            and error.sql == statement.text
        ):
            place = where + error.position
            row, column = self._shows.editor.location_of(place)
            text = f"line {row + 1}, column {column + 1}: {text}"
            name = misnamed(error, self._syntax)
            self._shows.editor.mark_error(place, None if name is None else where + name.end)
            if name is not None:
                begin_work(self._tab, partial(self._name_the_nearest, error, text), "nearest")
        self._shows.say(_with_detail(text, error), "error")

    async def _name_the_nearest(self, error: StatementFailed, said: str) -> None:
        """Add what was meant, once the catalog is there, unless something else was said since."""
        before = self._shows.said
        try:
            catalog = await self._workspace.load_catalog()
        except StudioError:
            # The error that was said is the one that matters.
            return
        found = await asyncio.to_thread(nearest, error, self._syntax, catalog)
        if found and self._shows.said is before:
            self._shows.say(_with_detail(f"{said}. Did you mean {plain(found)}?", error), "error")

    # -- what the runner asks --------------------------------------------------------------------

    async def may_write(self, query: Query) -> bool:
        """Ask before anything is sent."""
        question = before_running(query, self._workspace.label)
        return await self._asked(Ask(question, yes="run it", no="do not"))

    async def may_commit(self, query: Query, result: Result) -> bool:
        """Ask, with what is held up meanwhile."""
        patience_s = self._settings.commit_wait_s
        again = () if result.waits else unrepeatable(query.text, self._syntax)
        asked = AskCommit(before_commit(query, result, again), result.waits, patience_s)
        answer = await self._asked(asked)
        if asked.ran_out:
            self._tab.notify(f"nobody answered for {patience_s:,} s: rolled back", markup=False)
        return answer


def _with_detail(text: str, error: StudioError) -> str:
    if isinstance(error, StatementFailed) and error.detail:
        return f"{text}\n{error.detail}"
    return text


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
