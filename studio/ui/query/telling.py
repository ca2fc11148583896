"""What a query tab tells of a run: its end, what a stop left, an error and its place."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Protocol

from studio.backends.halves.running import Trouble
from studio.backends.halves.syntax import syntax_of
from studio.model.errors import Busy, Refused, StatementFailed, StudioError
from studio.queries.held import PREPARED, Held
from studio.queries.history import Ran
from studio.queries.nearest import misnamed, nearest
from studio.queries.outcome import Became, StepFailure, StepOutcome
from studio.queries.own_session import OwnSession
from studio.sqltext.classify import StatementKind, classify
from studio.sqltext.script import ScriptStep
from studio.ui.query.answer import Answer
from studio.ui.query.answer_view import AnswerView
from studio.ui.query.outcome_words import NO_MORE_HERE, beneath, stopped, what_came, whole
from studio.ui.query.words import summary
from studio.ui.shell.open_transactions import ways_out
from studio.ui.shell.tab import Tab
from studio.ui.widgets.grid import Grid
from studio.ui.widgets.labels import plain
from studio.ui.widgets.sql_editor import SqlEditor
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

_COMMITS = frozenset({"CALL", "DO"})
"""What may have committed before it was stopped."""


@dataclass(slots=True)
class ScriptRun:
    """Statements that run, and what is known of them so far."""

    start: int = 0
    """Where their text starts in the editor, in characters."""
    steps: Sequence[ScriptStep] = ()
    before: Held = field(default_factory=Held)
    """What the session held."""
    told: list[StepOutcome] = field(default_factory=list)
    began: float = field(default_factory=perf_counter)
    is_begun: bool = False
    """Whether anything was sent, or told."""
    is_again: bool = False
    """Whether its result takes the place of an earlier one, and the others stay."""
    came: tuple[StepOutcome, Answer | None] | None = None
    """What was told last, with its rows."""

    @property
    def several(self) -> bool:
        """Whether it is a script."""
        return len(self.steps) > 1

    @property
    def elapsed_s(self) -> float:
        """Since it began."""
        return perf_counter() - self.began

    def place_in(self, text: str, step: ScriptStep) -> int | None:
        """Where `step` stands in the editor's `text`; None: it is another by now, or was never
        there.
        """
        place = self.start + step.start
        return place if text.startswith(step.text, place) else None


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

    def remember(self, ran: Sequence[Ran]) -> None:
        """Keep these among the statements that ran."""


class Telling:
    """Says it under the editor; the tab's runs hold it."""

    def __init__(
        self,
        tab: Tab,
        shows: ShowsRuns,
        workspace: Workspace,
        answer: AnswerView,
        own: OwnSession | None,
    ) -> None:
        """`own`: the session they run in."""
        self._tab = tab
        self._shows = shows
        self._workspace = workspace
        self._answer = answer
        self._own = own
        self._syntax = syntax_of(workspace.session.backend)

    def end(self, run: ScriptRun) -> None:
        """All of it has come to its end."""
        self._shows.editor.unmark()
        failed = next((each for each in run.told if each.failure is not None), None)
        own = self._own
        if run.several:
            held = Held() if own is None else own.held
            said = whole(run.told, len(run.steps), run.elapsed_s, held)
            if failed is not None:
                self._mark(run, failed)
            self._say(said, "error" if failed is not None else "")
        elif failed is not None and failed.failure is not None:
            self._fail_at(run, failed, failed.failure.error)
        elif run.told:
            self._tell_of(run.told[0])
        if any(map(self._writes, run.told)):
            self._workspace.contents.wrote()
        if run.before.changes.structure or any(map(self._changes_structure, run.told)):
            self._tab.post_message(Tab.StructureChanged())

    def _tell_of(self, outcome: StepOutcome) -> None:
        result = outcome.result
        is_asked = bool(result.columns or result.outcome) or outcome.transaction is None
        if not result.columns:
            self._answer.forget()
        said = summary(result) if is_asked else what_came(outcome)
        more = [NO_MORE_HERE] if outcome.command == PREPARED else []
        self._say("\n".join([said, *result.notices, *more]))

    def _say(self, text: str, severity: str = "") -> None:
        own = self._own
        lost = f"\nthe connection was lost: {own.lost}" if own is not None and own.lost else ""
        self._shows.say(f"{text}{lost}", severity)

    def _writes(self, outcome: StepOutcome) -> bool:
        if outcome.failure is not None or outcome.result.outcome == "rolled back":
            return False
        return classify(outcome.step.text, self._syntax).kind is not StatementKind.READ

    def _changes_structure(self, outcome: StepOutcome) -> bool:
        if outcome.failure is not None or outcome.result.outcome == "rolled back":
            return False
        return classify(outcome.step.text, self._syntax).kind is StatementKind.SCHEMA

    def stopped(self, run: ScriptRun) -> None:
        """It was stopped, by a key or with the tab."""
        if not self._tab.query(Grid):
            # Not by a key: the tab is going, and its widgets went first.
            return
        self._shows.editor.unmark()
        if not self._answer.is_shown:
            self._answer.forget()
        held = Held() if self._own is None else self._own.held
        said = stopped(run.told, len(run.steps), run.elapsed_s, run.before, held)
        step = next(iter(run.steps[len(run.told) :]), None)
        facts = None if step is None else classify(step.text, self._syntax)
        if facts is not None and (facts.outside_transaction or facts.keyword in _COMMITS):
            said += f"; what {facts.keyword} had committed by itself stays"
        self._say(said)

    # -- what failed -----------------------------------------------------------------------------

    def fail(self, run: ScriptRun, error: StudioError) -> None:
        """It did not run, or not to its end."""
        step = next(iter(run.steps[len(run.told) :]), None)
        self._shows.editor.unmark()
        if step is None:
            self._answer.forget()
            self._say(str(error), "error")
            return
        if not isinstance(error, Refused):
            self._shows.remember([Ran(now(), step.text, 0.0, -1, str(error))])
        self._fail_at(run, StepOutcome(step, Became.ERROR), error)

    def _fail_at(self, run: ScriptRun, outcome: StepOutcome, error: StudioError) -> None:
        """Say why, and mark where."""
        self._answer.forget()
        step, text = outcome.step, str(error)
        if outcome.failure is not None and isinstance(error, StatementFailed):
            error = replace(error, sql=step.text, position=outcome.failure.trouble.place)
        lines = [] if outcome.failure is None else beneath(replace(outcome, failure=None))
        lines += _state(outcome, was_open=run.before.is_open)
        if isinstance(error, Busy):
            lines += ways_out(self._tab.app.screen_stack, but=self._tab)
        if (
            isinstance(error, StatementFailed)
            and error.position is not None
            and error.sql == step.text
        ):
            where = run.place_in(self._shows.editor.text, step)
            name = misnamed(error, self._syntax)
            if where is not None:
                place = where + error.position
                row, column = self._shows.editor.location_of(place)
                text = f"line {row + 1}, column {column + 1}: {text}"
                self._shows.editor.mark_error(place, None if name is None else where + name.end)
            if name is not None:
                begin_work(self._tab, partial(self._name_the_nearest, error, text), "nearest")
        self._say("\n".join([_with_detail(text, error), *lines]), "error")

    def _mark(self, run: ScriptRun, failed: StepOutcome) -> None:
        """The place of an error in a script, with the cursor there."""
        failure = failed.failure
        if failure is None:
            return
        position = failure.trouble.place or 0
        self._shows.editor.mark_error(run.start + failed.step.start + position)

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


def _state(outcome: StepOutcome, *, was_open: bool) -> list[str]:
    """What the failure left of the transaction."""
    if outcome.failure is None:
        return []
    found = beneath(outcome, was_open=was_open)
    return [line for line in found if line.startswith(("undone", "the transaction"))]


def _with_detail(text: str, error: StudioError) -> str:
    if isinstance(error, StatementFailed) and error.detail:
        return f"{text}\n{error.detail}"
    return text


def not_told(run: ScriptRun) -> Iterator[StepOutcome]:
    """What became of those that a stop left: the first was stopped, the others did not run."""
    for place, step in enumerate(run.steps[len(run.told) :]):
        if place == 0:
            failure = StepFailure(Trouble("", "stopped"), Refused("stopped"))
            yield StepOutcome(step, Became.ERROR, failure=failure)
        else:
            yield StepOutcome(step, Became.SKIPPED)


def now() -> str:
    """For the history: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
