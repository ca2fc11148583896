"""The plan of one statement: where its time goes, what would help, and whether it does."""

import asyncio
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import ContentSwitcher, OptionList, Static

from studio.backends.postgresql.explain_run import parameters
from studio.db.statements import syntax_of
from studio.explain.consent import NeedsConsent
from studio.explain.headline import facts
from studio.explain.outline import Heat, Outline, PlanOutline
from studio.explain.outline_sqlite import SqliteOutline
from studio.explain.report import Explained, SqliteExplained
from studio.explain.run import Request, Run, explain
from studio.model.errors import StudioError
from studio.model.finding import Finding
from studio.sqltext.syntax import ParameterStyle
from studio.ui.clipboard import copy
from studio.ui.commands import Command, bindings
from studio.ui.labels import plain, plain_lines
from studio.ui.screens.ask import Ask, AskText
from studio.ui.tabs.tab import Tab
from studio.ui.widgets.flame_strip import FlameStrip
from studio.ui.widgets.plan_details import details
from studio.ui.widgets.plan_findings import PlanFindings
from studio.ui.widgets.plan_tree import PlanTree
from studio.ui.workspace import Workspace

_WIDE = 150
"""From this many columns the details stand beside the tree."""
Shown = Explained | SqliteExplained


def outline_of(shown: Shown, heat: Heat | None = None) -> Outline:
    """The lines of a plan of either engine."""
    if isinstance(shown, Explained):
        return PlanOutline(shown, heat)
    return SqliteOutline(shown, heat)


class PlanTab(Tab):
    """A tree with bars, the findings below it, the node's details beside it."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("plan.measure", "Run it and measure (ANALYZE)", "ctrl+e,f6", "measure", "measure"),
        Command("plan.next-finding", "Next finding", "f", "next_finding", "finding"),
        Command("plan.copy-fix", "Copy the finding's fix", "y", "copy_fix", "copy fix"),
        Command("plan.heat-time", "Colour by time", "t", "heat('time')"),
        Command("plan.heat-buffers", "Colour by buffers or pages", "b", "heat('buffers')"),
        Command("plan.heat-cost", "Colour by cost", "dollar_sign", "heat('cost')"),
        Command("plan.heat-estimate", "Colour by wrong estimates", "e", "heat('estimate')"),
        Command("plan.heat-rows", "Colour by rows", "r", "heat('rows')"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    PlanTab #head { height: auto; max-height: 3; padding: 0 1; background: $surface; }
    PlanTab #head.-error { color: $error; }
    PlanTab ContentSwitcher { height: 1fr; }
    PlanTab #details-pane { width: 42%; display: none; border-left: tall $panel; }
    PlanTab.-details #details-pane { display: block; }
    PlanTab #details { padding: 0 1; }
    """

    def __init__(
        self, workspace: Workspace | None, sql: str, saved: Shown | None = None, name: str = ""
    ) -> None:
        super().__init__()
        self.workspace = workspace
        self.sql = sql
        self._label = name
        self.shown: Shown | None = saved
        self.run_shown: Run | None = None
        self._values: tuple[str | None, ...] = ()
        self._is_busy = False
        self._timing = True
        self._serialize = False

    def compose(self) -> ComposeResult:
        """Head, flame strip, tree beside details, findings."""
        yield Static("", id="head", markup=False)
        yield FlameStrip()
        with ContentSwitcher(initial="plan"), Horizontal(id="plan"):
            yield PlanTree()
            with VerticalScroll(id="details-pane"):
                yield Static("", id="details", markup=False)
        yield PlanFindings()

    def on_mount(self) -> None:
        """Show what was saved, or ask for the plan."""
        self.set_class(self.app.size.width >= _WIDE, "-details")
        if self.shown is not None:
            self._show(self.shown)
        else:
            self._explain(Request(self.sql))

    @property
    def tree_view(self) -> PlanTree:
        """The tree."""
        return self.query_one(PlanTree)

    # -- what the frame shows --------------------------------------------------------------------

    @property
    def tab_title(self) -> str:
        """Plan, and how its statement begins."""
        return f"plan {self._label or _head(self.sql, 16)}"

    @property
    def tab_place(self) -> str:
        """Which node of how many."""
        if not self.is_mounted or self.shown is None:
            return ""
        tree = self.tree_view
        outline = tree.outline
        count = len(outline.parents) if outline else 0
        return f"node {tree.line + 1:,} of {count:,}"

    def focus_content(self) -> None:
        """Into the tree."""
        if self.is_mounted and self.query(PlanTree):
            self.tree_view.focus()
        else:
            self.call_after_refresh(self.focus_content)

    def stop(self) -> bool:
        """Stop a run; else close what is open over the tree."""
        if self._is_busy:
            self.workers.cancel_group(self, "plan")
            return True
        if not self.tree_view.has_focus:
            self.focus_content()
            return True
        return False

    # -- explaining ------------------------------------------------------------------------------

    def action_measure(self) -> None:
        """Run the statement and measure it; asks first when it writes."""
        if self.workspace is None:
            self._tell("a saved plan has no database to be measured on")
        elif not self._is_busy:
            self._measure()

    @work(group="plan", exclusive=True)
    async def _measure(self) -> None:
        values = await self._ask_values()
        if values is None:
            return
        request = Request(
            self.sql,
            analyze=True,
            values=values,
            timing=self._timing,
            serialize=self._serialize,
        )
        try:
            await self._run_shown(request)
        except NeedsConsent as needed:
            answer = await self.app.push_screen_wait(Ask(str(needed), yes="run it", no="do not"))
            if answer:
                await self._attempt(replace(request, consent=True))
            else:
                self._tell("not measured: the plan is as it was")
        except StudioError as error:
            self._fail(error)

    async def _ask_values(self) -> tuple[str | None, ...] | None:
        """A value for every `$n`; remembered for the next time. None: never mind."""
        assert_workspace = self.workspace
        if assert_workspace is None:
            return None
        syntax = syntax_of(assert_workspace.session.backend.name)
        wanted = parameters(self.sql) if ParameterStyle.DOLLAR_NUMBER in syntax.parameters else 0
        given: list[str | None] = []
        for number in range(wanted):
            known = self._values[number] if number < len(self._values) else None
            question = f"A value for ${number + 1}; nothing is NULL"
            answer = await self.app.push_screen_wait(AskText(question, known or "", "NULL"))
            if answer is None:
                return None
            given.append(answer or None)
        self._values = tuple(given)
        return self._values

    @work(group="plan", exclusive=True)
    async def _explain(self, request: Request) -> None:
        await self._attempt(request)

    async def _attempt(self, request: Request) -> None:
        try:
            await self._run_shown(request)
        except StudioError as error:
            self._fail(error)

    async def _run_shown(self, request: Request) -> None:
        workspace = self.workspace
        if workspace is None:
            return
        doing = "measuring" if request.analyze else "planning"
        self._is_busy = True
        self.post_message(self.Working(f"{doing} {_head(self.sql)}"))
        try:
            run = await explain(workspace.session, request)
        except asyncio.CancelledError:
            self._tell("stopped on the server; the connection is still here")
            raise
        finally:
            self._is_busy = False
            self.post_message(self.Working())
        self.run_shown = run
        self._show(run.shown)

    def _fail(self, error: StudioError) -> None:
        head = self.query_one("#head", Static)
        head.add_class("-error")
        head.update(plain_lines(str(error)))

    def _tell(self, text: str) -> None:
        self.notify(plain_lines(text), markup=False)

    # -- showing ---------------------------------------------------------------------------------

    def _show(self, shown: Shown) -> None:
        self.shown = shown
        outline = outline_of(shown)
        head = self.query_one("#head", Static)
        head.remove_class("-error")
        head.update(self._headline(shown))
        self.tree_view.show(outline)
        self.query_one(FlameStrip).show(outline)
        self.query_one(PlanFindings).show(shown.findings)
        self._show_details()
        self.post_message(self.Changed())

    def _headline(self, shown: Shown) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(_head(self.sql or self._label, 60), style="bold")
        for part in facts(shown, None if self.run_shown is None else self.run_shown.client_ms):
            text.append(f" · {part}")
        return text

    def _show_details(self) -> None:
        if self.shown is not None and self.has_class("-details"):
            static = self.query_one("#details", Static)
            static.update(details(self.shown, self.tree_view.line))

    @on(PlanTree.Moved)
    def _node_moved(self) -> None:
        self.query_one(FlameStrip).point_at(self.tree_view.line)
        self._show_details()
        self.post_message(self.Moved())

    @on(PlanTree.Activated)
    def _activated(self) -> None:
        self.toggle_class("-details")
        self._show_details()

    @on(FlameStrip.Picked)
    def _flame_picked(self, message: FlameStrip.Picked) -> None:
        self.tree_view.go_to(message.line)

    def action_heat(self, name: str) -> None:
        """Bars and colours show something else."""
        outline = self.tree_view.outline
        if self.shown is None or outline is None:
            return
        heat = Heat(name)
        if heat not in outline.heats():
            shown = ", ".join(outline.heats()) or "nothing"
            self._tell(f"this plan tells nothing of {name}: it can show {shown}")
            return
        hotter = outline_of(self.shown, heat)
        self.tree_view.reheat(hotter)
        self.query_one(FlameStrip).show(hotter)

    # -- findings --------------------------------------------------------------------------------

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the plan shows, most worth first."""
        return self.shown.findings if self.shown is not None else ()

    def action_next_finding(self) -> None:
        """Go to the next finding, and its node."""
        self.query_one(PlanFindings).action_next()

    @on(OptionList.OptionHighlighted)
    def _finding_here(self, message: OptionList.OptionHighlighted) -> None:
        message.stop()

    @on(PlanFindings.Chosen)
    def _finding_chosen(self, message: PlanFindings.Chosen) -> None:
        path = message.finding.path
        if path is not None:
            self.tree_view.go_to_path(path)
        if message.is_final:
            self.focus_content()

    def action_copy_fix(self) -> None:
        """Copy what the current finding advises."""
        finding = self.query_one(PlanFindings).current
        if finding is None:
            self._tell("there is no finding to copy a fix from")
        else:
            copy(self.app, finding.fix)


def _head(text: str, width: int = 40) -> str:
    """How a statement begins, on one line."""
    line = " ".join(text.split())
    return plain(line if len(line) <= width else f"{line[: width - 1]}…")
