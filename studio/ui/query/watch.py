"""A query that runs again by itself every few seconds, with what that changed marked."""

import asyncio
from collections.abc import Sequence
from functools import partial
from time import perf_counter

from studio.backends.halves.syntax import syntax_of
from studio.model.errors import StudioError
from studio.rows.differences import Differences, differences
from studio.rows.in_memory import NotHere
from studio.sqltext.classify import StatementKind, classify
from studio.ui.query.answer import HERE, Answer
from studio.ui.query.result_work import ResultParts, ResultWork
from studio.ui.widgets.ask import AskText
from studio.ui.work_ends import begin_work

_GROUP = "watch"
_LEAST_S, _USUAL_S, _MOST_S = 0.2, 2.0, 86_400.0
_RESTS = 3
"""Between two runs it rests at least so many times as long as one takes."""


class Watch:
    """Runs one query again and again while its tab is on the screen; the tab holds it."""

    def __init__(self, parts: ResultParts, work: ResultWork) -> None:
        self._tab = parts.tab
        self._grid = parts.pane.grid
        self._answers = parts.answers
        self._runs = parts.runs
        self._say = parts.say
        self._work = work
        self._syntax = syntax_of(parts.workspace.session.backend)
        self._every_s = _USUAL_S
        self._watched: Answer | None = None
        self._results = parts.results
        work.on_pinned = self._keep

    @property
    def is_on(self) -> bool:
        """Whether it goes on."""
        return self._watched is not None

    def choose(self) -> None:
        """Ask how often, or stop."""
        if self.stop():
            return
        answer = self._work.ready
        if answer is None:
            return
        if answer.is_pinned:
            self._say("it is pinned, and stays as it is: P lets it go", "error")
            return
        facts = classify(answer.text, self._syntax)
        if facts.kind is not StatementKind.READ:
            self._say(f"{facts.keyword} does more than read: it never runs by itself", "error")
            return

        def answered(text: str | None) -> None:
            if text is not None:
                self._begin(answer, text)

        asked = AskText("Run it again every so many seconds, changes marked", f"{self._every_s:g}")
        self._tab.app.push_screen(asked, answered)

    def _begin(self, answer: Answer, text: str) -> None:
        try:
            seconds = float(text.strip().removesuffix("s"))
        except ValueError:
            seconds = -1.0
        if not _LEAST_S <= seconds <= _MOST_S:
            self._say(f"a number of seconds from {_LEAST_S:g} on, like 2", "error")
            return
        self._every_s, self._watched = seconds, answer
        # What was said of the first run would be said of the next ones.
        self._say("", "")
        begin_work(self._tab, partial(self._go_on, answer), _GROUP)

    def _keep(self, answer: Answer) -> None:
        """What is pinned stays as it is: its rows go on beside it."""
        if self._watched is answer:
            self._watched = live = answer.branched()
            answer.watched = ""
            self._results.part(answer, live)

    def stop(self, why: str = "stopped") -> bool:
        """Run it no more, and stop the run that is under way; whether it went on."""
        answer, self._watched = self._watched, None
        if answer is None:
            return False
        self._tab.workers.cancel_group(self._tab, _GROUP)
        self._end(answer, why)
        return True

    def _end(self, answer: Answer, why: str) -> None:
        self._watched = None
        answer.watched = f"{why}, W goes on"
        self._work.tell()

    async def _go_on(self, answer: Answer) -> None:
        wait_s = self._every_s
        self._tell(answer, wait_s, "esc stops")
        while True:
            await asyncio.sleep(wait_s)
            if self._watched is None:
                return
            answer = self._watched
            if not self._tab.display:
                self._end(answer, "stopped when the tab was left")
                return
            if self._answers.shown is not answer:
                self._end(answer, "stopped when other rows were shown")
                return
            if self._runs.is_busy:
                continue
            started = perf_counter()
            try:
                found = await self._once(answer)
            except StudioError as error:
                self._end(answer, "stopped by an error")
                self._say(str(error), "error")
                return
            took_s = perf_counter() - started
            wait_s = max(self._every_s, took_s * _RESTS)
            slow = f", it takes {took_s:.1f} s" if wait_s > self._every_s else ""
            if self._watched is answer:
                self._tell(answer, wait_s, f"{_words(found)}{slow} · esc stops")

    async def _once(self, answer: Answer) -> Differences:
        """Raises StudioError."""
        came = await self._runs.again(answer.sent, answer.values, answer.start, quiet=True)
        new = None if came is None else came[1]
        if came is None or new is None:
            return Differences(())
        rows, before = new.rows, answer.rows.held()
        if answer.by == HERE:
            try:
                rows.arrange(await asyncio.to_thread(self._places, answer, new))
            except NotHere:
                answer.by = ""
        found = await asyncio.to_thread(differences, before, rows.held())
        was_marked = any(map(answer.rows.sign, range(answer.rows.height)))
        if self._watched is not answer:
            # Pinned meanwhile: it stays what it was.
            return Differences(())
        answer.rows.become(rows, found.rows if found.is_any else None)
        answer.result, answer.at = came[0].result, new.at
        self._results.refresh(answer, came[0])
        if self._answers.shown is answer and (found.is_any or was_marked):
            # Elsewhere nothing changed: the terminal hears nothing.
            self._grid.source_changed()
        return found

    def _places(self, answer: Answer, new: Answer) -> Sequence[int]:
        new.question = answer.question
        return self._work.places(new, answer.question)

    def _tell(self, answer: Answer, wait_s: float, what: str) -> None:
        answer.watched = f"every {wait_s:,.1f} s: {what}".replace(".0 s", " s")
        self._work.tell()


def _words(found: Differences) -> str:
    """`2 changed, 1 new, 1 gone`."""
    counts = ((found.changed, "changed"), (found.new, "new"), (found.gone, "gone"))
    words = [f"{count:,} {word}" for count, word in counts if count]
    return ", ".join(words) or "nothing changed"
