"""The plan of one statement: where its time goes, what would help, and whether it does."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import ContentSwitcher, OptionList, Static

from studio.backends.postgresql.explain_run import parameters
from studio.db.statements import syntax_of
from studio.explain.compare import compare
from studio.explain.consent import NeedsConsent
from studio.explain.headline import facts
from studio.explain.history import KeptRun, PlanHistory, kept_run, trend
from studio.explain.outline import Heat, Outline, PlanOutline
from studio.explain.outline_compare import CompareOutline, CompareSteps
from studio.explain.outline_sqlite import SqliteOutline
from studio.explain.printing import bytecode, places_of_node, printed
from studio.explain.prove import prove
from studio.explain.report import Explained, SqliteExplained
from studio.explain.run import Request, Run, explain
from studio.explain.saved import read_file
from studio.explain.trial import hint_for, sentence
from studio.explain.trial import question as trial_question
from studio.model.errors import StudioError
from studio.model.finding import Finding, IndexHint
from studio.sqltext.syntax import GENERIC, ParameterStyle
from studio.ui.clipboard import copy
from studio.ui.commands import Command, bindings
from studio.ui.labels import plain, plain_lines
from studio.ui.screens.ask import Ask, AskText
from studio.ui.screens.pick_run import PickRun
from studio.ui.tabs.tab import Tab
from studio.ui.widgets.flame_strip import FlameStrip
from studio.ui.widgets.plan_details import details
from studio.ui.widgets.plan_findings import PlanFindings
from studio.ui.widgets.plan_tree import PlanTree
from studio.ui.widgets.sql_editor import SqlEditor
from studio.ui.workspace import Workspace

_WIDE = 150
"""From this many columns the details stand beside the tree."""
Shown = Explained | SqliteExplained


def comparison_of(before: Shown, after: Shown) -> Outline | None:
    """The lines of two runs side by side; None for runs on different engines."""
    if isinstance(before, Explained) and isinstance(after, Explained):
        return CompareOutline(compare(before.analysis, after.analysis))
    if isinstance(before, SqliteExplained) and isinstance(after, SqliteExplained):
        return CompareSteps(before, after)
    return None


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
        Command("plan.prove", "Try the advised index, and measure", "v", "prove", "prove it"),
        Command("plan.compare", "Compare with an earlier run", "C", "compare", "compare"),
        Command("plan.words", "The plan as the server prints it", "w", "words"),
        Command("plan.statement", "The statement, the node's part marked", "s", "statement"),
        Command("plan.bytecode", "SQLite's bytecode", "B", "bytecode"),
        Command("plan.timing", "Per-node times on or off (TIMING)", "", "timing"),
        Command("plan.serialize", "Count turning rows into text (SERIALIZE)", "", "serialize"),
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
    PlanTab #details-pane { width: 36%; display: none; border-left: tall $panel; }
    PlanTab.-details #details-pane { display: block; }
    PlanTab.-comparing #details-pane { display: none; }
    PlanTab #details, PlanTab #words { padding: 0 1; width: auto; }
    PlanTab #details { width: 1fr; }
    PlanTab #words-pane { overflow-x: auto; }
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
        self._syntax = GENERIC if workspace is None else syntax_of(workspace.session.backend.name)
        self._history = None if workspace is None else PlanHistory(workspace.target, self._syntax)
        self._runs: tuple[KeptRun, ...] = ()
        self._comparison: tuple[Shown, Shown, str] | None = None
        self._timing = True
        self._serialize = False

    def compose(self) -> ComposeResult:
        """Head, flame strip, tree beside details, findings."""
        yield Static("", id="head", markup=False)
        yield FlameStrip()
        with ContentSwitcher(initial="plan"):
            with Horizontal(id="plan"):
                yield PlanTree()
                with VerticalScroll(id="details-pane"):
                    yield Static("", id="details", markup=False)
            with VerticalScroll(id="words-pane"):
                yield Static("", id="words", markup=False)
            yield SqlEditor(self._syntax, id="statement", read_only=True)
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
        if self._comparison is not None and self.shown is not None:
            self._show(self.shown)
            return True
        if not self.tree_view.has_focus:
            self._go_to_view("plan")
            return True
        return False

    def _go_to_view(self, name: str) -> None:
        self.query_one(ContentSwitcher).current = name
        if name == "plan":
            self.tree_view.focus()
        else:
            self.query_one(f"#{name}").focus()

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
        numbered = ParameterStyle.DOLLAR_NUMBER in self._syntax.parameters
        wanted = parameters(self.sql) if numbered else 0
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
        if self._history is not None and (kept := kept_run(self.sql, run.shown)) is not None:
            await asyncio.to_thread(self._history.add, kept)
            self._runs = await asyncio.to_thread(self._history.runs, self.sql)
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
        self._comparison = None
        self.remove_class("-comparing")
        outline = outline_of(shown)
        self._go_to_view("plan")
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
        if runs := trend(self._runs):
            text.append(f" · {len(self._runs)} runs {runs}")
        return text

    def _show_details(self) -> None:
        if self.shown is None or self._comparison is not None:
            return
        if self.has_class("-details"):
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
        if self.shown is None or outline is None or self._comparison is not None:
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

    # -- proving and comparing -------------------------------------------------------------------

    def action_prove(self) -> None:
        """Try the index that the current finding advises."""
        hint = None
        if self.shown is not None:
            hint = hint_for(self.shown, self.query_one(PlanFindings).current)
        if self.workspace is None:
            self._tell("a saved plan has no database to try an index on")
        elif hint is None:
            self._tell("this plan advises no index to try")
        elif not self._is_busy:
            self._prove(self.workspace, hint)

    @work(group="plan", exclusive=True)
    async def _prove(self, workspace: Workspace, hint: IndexHint) -> None:
        if self.shown is None:
            return
        question = trial_question(self.shown, hint)
        if not await self.app.push_screen_wait(Ask(question, yes="try it", no="do not")):
            return
        self._is_busy = True
        self.post_message(self.Working("trying the index"))
        try:
            proof = await prove(workspace.session, self.sql, hint)
        except StudioError as error:
            self._fail(error)
            return
        finally:
            self._is_busy = False
            self.post_message(self.Working())
        self._show_both(proof.before, proof.after, sentence(proof))

    def action_compare(self) -> None:
        """Choose an earlier run of this statement to compare with."""
        if self.shown is None:
            return
        if self._comparison is not None:
            self._show(self.shown)
            return
        if self.workspace is None:
            self._ask_for_other()
            return
        earlier = self._runs[:-1]
        if not earlier:
            self._tell("there is no earlier run of this statement")
            return

        def chosen(run: KeptRun | None) -> None:
            if run is not None:
                self._compare_with(run)

        self.app.push_screen(PickRun(earlier), chosen)

    def _ask_for_other(self) -> None:
        """A saved plan is compared with another saved one, which came before."""

        def answered(name: str | None) -> None:
            if name:
                self.compare_with_file(Path(name).expanduser())

        self.app.push_screen(AskText("Compare with which earlier plan?"), answered)

    @work(group="plan", exclusive=True)
    async def compare_with_file(self, path: Path) -> None:
        """Show what changed since the plan in a file."""
        if self.shown is None:
            return
        try:
            before = await asyncio.to_thread(read_file, path)
        except StudioError as error:
            self._fail(error)
        else:
            self._show_both(before, self.shown, f"{path.name} → {self._label}")

    def _compare_with(self, run: KeptRun) -> None:
        if self.shown is None:
            return
        try:
            before = run.reopened()
        except StudioError as error:
            self._fail(error)
            return
        self._show_both(before, self.shown, f"{run.at[:16].replace('T', ' ')} against now")

    def _show_both(self, before: Shown, after: Shown, says: str) -> None:
        outline = comparison_of(before, after)
        if outline is None:
            self._tell("runs on different engines cannot be compared")
            return
        self._comparison = (before, after, says)
        self.add_class("-comparing")
        head = self.query_one("#head", Static)
        head.remove_class("-error")
        head.update(Text.assemble((plain(says), "bold"), " · esc goes back to the plan"))
        self._go_to_view("plan")
        self.tree_view.show(outline)
        self.query_one(FlameStrip).show(outline)

    # -- other views -----------------------------------------------------------------------------

    def _toggle(self, name: str) -> bool:
        """Go to another view, or back to the tree; whether the other view is wanted."""
        is_open = self.query_one(ContentSwitcher).current == name
        self._go_to_view("plan" if is_open else name)
        return not is_open

    def action_words(self) -> None:
        """The plan as the server printed it."""
        if self.shown is not None and self._toggle("words-pane"):
            self.query_one("#words", Static).update(plain_lines(printed(self.shown)))

    def action_statement(self) -> None:
        """The statement, with what the node reads marked."""
        if self.shown is None or not self._toggle("statement"):
            return
        editor = self.query_one("#statement", SqlEditor)
        editor.load_text(self.sql)
        found = places_of_node(self.shown, self.tree_view.line, self.sql, self._syntax)
        editor.mark(*found)
        if found:
            editor.scroll_to_mark(found[0][0])

    def action_bytecode(self) -> None:
        """The program of SQLite's virtual machine, for experts."""
        if not isinstance(self.shown, SqliteExplained) or self.workspace is None:
            self._tell("only SQLite has bytecode to show")
        elif self._toggle("words-pane"):
            self._read_bytecode(self.workspace)

    @work(group="plan", exclusive=True)
    async def _read_bytecode(self, workspace: Workspace) -> None:
        try:
            program = await bytecode(workspace.session, self.sql)
        except StudioError as error:
            self._fail(error)
        else:
            self.query_one("#words", Static).update(plain_lines(program))

    def action_timing(self) -> None:
        """Measure with or without a clock around each node."""
        self._timing = not self._timing
        self._tell(f"per-node times are {'on' if self._timing else 'off'} from the next run")

    def action_serialize(self) -> None:
        """Measure with or without turning rows into text; from PostgreSQL 17."""
        self._serialize = not self._serialize
        self._tell(f"serialization is {'counted' if self._serialize else 'left out'} from now on")


def _head(text: str, width: int = 40) -> str:
    """How a statement begins, on one line."""
    line = " ".join(text.split())
    return plain(line if len(line) <= width else f"{line[: width - 1]}…")
