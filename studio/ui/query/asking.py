"""What a query tab asks before statements run, before they are kept, and before a script."""

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import TypeVar

from textual.screen import Screen

from studio.backends.halves.syntax import syntax_of
from studio.config.settings import Settings
from studio.model.catalog import TableRef
from studio.model.errors import StudioError
from studio.model.words import plural
from studio.queries.own_session import OwnSession
from studio.queries.query import Query, query
from studio.queries.result import Result
from studio.sqltext.classify import StatementKind
from studio.sqltext.danger import Danger, dangers_of
from studio.sqltext.script import ScriptStep
from studio.sqltext.unrepeatable import unrepeatable
from studio.ui.query.commit import AskCommit
from studio.ui.query.script_question import AskScript, ScriptChoice, as_written, by_kind, not_single
from studio.ui.query.transaction_screen import TransactionChoice, TransactionScreen, described
from studio.ui.query.words import (
    GOES_ALONG,
    before_commit,
    before_running,
    counted,
    emptied_too,
)
from studio.ui.shell.tab import Tab
from studio.ui.widgets.ask import Ask
from studio.ui.workspace import Workspace

T = TypeVar("T")
_COUNT_S = 2.0
"""So long rows may be counted before a question."""
_MOST_COUNTED = 5
_IN_TRANSACTION = "It is part of the transaction, and can be rolled back."
_AT_ONCE = "What it brings is kept at once."


class Asking:
    """Asks the person at the screen; the tab's runs hold it."""

    def __init__(
        self, tab: Tab, workspace: Workspace, own: OwnSession | None, settings: Settings
    ) -> None:
        """`tab` is on the screen as long as statements run."""
        self._tab = tab
        self._workspace = workspace
        self._own = own
        self._settings = settings
        self._syntax = syntax_of(workspace.session.backend)
        self.doing = ""
        """What the last line says while nobody is asked."""

    @property
    def label(self) -> str:
        """The database, and whether it is a production one."""
        label = self._workspace.label
        return f"{label} (PRODUCTION)" if self._workspace.is_production else label

    async def answer(self, question: Screen[T]) -> T | None:
        """The answer; while a person thinks, nothing runs, and no clock says so."""
        self._tab.post_message(Tab.Working())
        answer = await self._tab.app.push_screen_wait(question)
        self._tab.post_message(Tab.Working(self.doing))
        return answer

    # -- what the runner asks --------------------------------------------------------------------

    async def may_write(self, query: Query) -> bool:
        """Ask before anything is sent."""
        return await self._may_run(query, "")

    async def _may_run(self, query: Query, then: str) -> bool:
        touched = await self._touched([query.text])
        question = before_running(query, self.label, touched, then)
        return await self.answer(Ask(question, yes="run it", no="do not")) is True

    async def may_commit(self, query: Query, result: Result) -> bool:
        """Ask, with what is held up meanwhile."""
        patience_s = self._settings.commit_wait_s
        again = () if result.waits else unrepeatable(query.text, self._syntax)
        asked = AskCommit(before_commit(query, result, again), result.waits, patience_s)
        answer = await self.answer(asked)
        if asked.ran_out:
            self._tab.notify(f"nobody answered for {patience_s:,} s: rolled back", markup=False)
        return answer is True

    async def _touched(self, texts: Sequence[str]) -> list[str]:
        """A line for each relation that a dangerous statement of `texts` is about."""
        lines, until = list[str](), monotonic() + _COUNT_S
        dangers = (danger for text in texts for danger in dangers_of(text, self._syntax))
        for danger in dangers if self._own is not None else ():
            for name in danger.targets:
                if len(lines) >= _MOST_COUNTED:
                    return [*lines, "and more"]
                lines.append(counted(danger, name, await self._rows(name, until)))
            if danger.cascades:
                lines += await self._taken_along(danger, until)
        return lines

    async def _rows(self, name: tuple[str, ...], until: float) -> int | None:
        left_s = until - monotonic()
        return await self._own.rows_of(name, left_s) if self._own and left_s > 0 else None

    async def _taken_along(self, danger: Danger, until: float) -> list[str]:
        """What CASCADE does to others, in lines."""
        if danger.keyword != "TRUNCATE":
            return [GOES_ALONG]
        try:
            async with asyncio.timeout(max(0.0, until - monotonic())):
                found = await self._pointing_at(danger.targets)
        except (StudioError, TimeoutError):
            return ["CASCADE empties every table that points there: they could not be looked up"]
        lines = []
        for ref in found[:_MOST_COUNTED]:
            name = (ref.schema, ref.name) if ref.schema else (ref.name,)
            lines.append(emptied_too(name, await self._rows(name, until)))
        more = len(found) - _MOST_COUNTED
        return [*lines, *([f"and {plural(more, 'table')} more by CASCADE"] if more > 0 else [])]

    async def _pointing_at(self, names: Sequence[tuple[str, ...]]) -> list[TableRef]:
        """The tables whose foreign keys lead to these, over any number of others. Raises
        StudioError.
        """
        own = self._own
        if own is None:
            return []
        catalog = await self._workspace.load_catalog()
        waiting = [ref for name in names if (ref := await own.relation(name)) is not None]
        known, found = set(waiting), list[TableRef]()
        while waiting:
            for table, _ in catalog.referencing(waiting.pop()):
                if table.ref not in known:
                    known.add(table.ref)
                    found.append(table.ref)
                    waiting.append(table.ref)
        return found

    # -- in a transaction ------------------------------------------------------------------------

    async def may_run(self, step: ScriptStep, own: OwnSession) -> bool:
        """Ask about a statement that is more than most people mean, or that keeps for good."""
        one = query(step.text, self._syntax)
        if one.facts.kind is StatementKind.TRANSACTION:
            return await self._may_order(one, own)
        if own.reads_only:
            return True
        if own.held.is_open or own.is_manual:
            is_danger = bool(dangers_of(step.text, self._syntax))
            return not is_danger or await self._may_run(one, _IN_TRANSACTION)
        return step.data is None or await self._may_run(one, _AT_ONCE)

    async def _may_order(self, order: Query, own: OwnSession) -> bool:
        """On production, a commit is the one moment to think again."""
        if not (self._workspace.is_production and order.facts.keyword in {"COMMIT", "END"}):
            return True
        if not own.held.changes.statements:
            return True
        question = f"{described(own.held, self.label)}\n\nCommit it?"
        return await self.answer(Ask(question, yes="commit", no="not now")) is True

    async def end_first(self, step: ScriptStep, own: OwnSession) -> TransactionChoice | None:
        """A statement that refuses a transaction, while one is open: how that ends first."""
        keyword = query(step.text, self._syntax).facts.keyword
        question = f"{keyword} cannot run inside a transaction, and one is open. It is not sent."
        asked = f"{question}\nEnd the transaction first?\n\n{described(own.held, self.label)}"
        return await self.answer(TransactionScreen(asked, own.held, only_ends=True))

    # -- scripts ---------------------------------------------------------------------------------

    async def script(
        self, steps: Sequence[ScriptStep], first_line: int, own: OwnSession
    ) -> ScriptChoice | None:
        """The one question before several statements."""
        touched = await self._touched([step.text for step in steps if step.psql is None])
        head = f"Run {len(steps):,} statements on {self.label}?\n{by_kind(steps, self._syntax)}"
        question = "\n".join([head, *touched])
        held = own.held
        if held.is_open:
            how = "as part of the open transaction"
        elif own.is_manual:
            how = "a transaction begins at the first change, and stays open"
        else:
            how = as_written(steps, self._syntax, first_line)
        why_not = not_single(steps, self._syntax, first_line, is_open=held.is_open)
        return await self.answer(AskScript(question, how, why_not))
