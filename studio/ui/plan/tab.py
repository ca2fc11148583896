"""The plan of one statement: where its time goes, what would help, and whether it does."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from studio.backends.halves import Absent, ask
from studio.backends.halves.bytecode import BYTECODE
from studio.backends.halves.explaining import BoundValues, ExplainedPlan
from studio.backends.halves.syntax import syntax_of
from studio.backends.plans.consent import NeedsConsent
from studio.doctor.known import KnownHealth
from studio.explain.history import KeptRun, PlanHistory, kept_run
from studio.explain.printing import bytecode
from studio.explain.prove import prove
from studio.explain.run import ExplainedRun, Request, explain
from studio.explain.saved import read_file
from studio.explain.trial import hints_for, nothing_to_try, sentence
from studio.explain.trial import question as trial_question
from studio.model.errors import StudioError
from studio.model.finding import Finding, IndexHint
from studio.model.words import local_time
from studio.sqltext.syntax import GENERIC
from studio.ui.keys.commands import Command, bindings
from studio.ui.plan.head import PlanHead, head_of
from studio.ui.plan.parameters import ParameterValues
from studio.ui.plan.pick_run import PickRun
from studio.ui.plan.tree import PlanTree
from studio.ui.plan.view import PlanView
from studio.ui.shell.tab import Tab
from studio.ui.widgets.ask import Ask, AskText
from studio.ui.widgets.labels import plain, plain_lines
from studio.ui.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable


class PlanTab(Tab):
    """A tree with bars, the findings below it, the node's details beside it."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("plan.measure", "Run it and measure (ANALYZE)", "ctrl+e,f6", "measure", "measure"),
        Command("plan.prove", "Try the advised index, and measure", "v", "prove", "prove it"),
        Command("plan.compare", "Compare with an earlier run", "C", "compare", "compare"),
        Command("plan.parameters", "Values for its parameters", "p", "parameters"),
        Command("plan.bytecode", "SQLite's bytecode", "B", "bytecode"),
        Command("plan.timing", "Per-node times on or off (TIMING)", "", "timing"),
        Command("plan.serialize", "Count turning rows into text (SERIALIZE)", "", "serialize"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)

    def __init__(
        self,
        workspace: Workspace | None,
        sql: str,
        saved: ExplainedPlan | None = None,
        name: str = "",
        hints: tuple[IndexHint, ...] = (),
        values: BoundValues = (),
    ) -> None:
        """`hints`: indexes to try as soon as there is a plan; `values`: of its parameters."""
        super().__init__()
        self._hints = hints
        self.workspace = workspace
        self.sql = sql
        self._label = name
        self.shown: ExplainedPlan | None = saved
        self.run_shown: ExplainedRun | None = None
        self._is_busy = False
        self._is_planning = False
        self._next: Callable[[], None] | None = None
        """Asked for while the plan was still on its way."""
        self._syntax = GENERIC if workspace is None else syntax_of(workspace.session.backend)
        engine = None if workspace is None else workspace.session.backend
        self._parameters = ParameterValues(self, sql, self._syntax, engine, values)
        self._history = None if workspace is None else PlanHistory(workspace.target, self._syntax)
        self._runs: tuple[KeptRun, ...] = ()
        self._timing = True
        self._serialize = False

    def compose(self) -> ComposeResult:
        """Head, flame strip, tree beside details, findings."""
        yield PlanHead("", id="head", markup=False)
        yield PlanView(self.sql, self._syntax, self._known_health)

    def _known_health(self) -> KnownHealth | None:
        return None if self.workspace is None else self.workspace.health

    def on_mount(self) -> None:
        """Show what was saved, or ask for the plan."""
        if self.shown is not None:
            self._show(self.shown)
        else:
            self._is_planning = True
            self._explain(Request(self.sql, values=self._parameters.given))

    @property
    def tree_view(self) -> PlanTree:
        """One line a node of the plan; the cursor is on one of them."""
        return self.view.tree_view

    @property
    def view(self) -> PlanView:
        """The plan on the screen."""
        return self.query_one(PlanView)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the plan shows, most worth first."""
        return self.shown.findings if self.shown is not None else ()

    # -- what the frame shows --------------------------------------------------------------------

    @property
    def tab_title(self) -> str:
        """Plan, and how its statement begins."""
        return f"plan {self._label or head_of(self.sql, 16)}"

    @property
    def tab_place(self) -> str:
        """Which node of how many."""
        if not self.is_mounted or self.shown is None:
            return ""
        tree = self.tree_view
        outline = tree.outline
        count = len(outline.parents) if outline else 0
        return f"node {tree.line + 1:,} of {count:,}"

    def take_focus(self) -> bool:
        """Into the tree."""
        if not (self.is_mounted and self.query(PlanTree)):
            return False
        self.view.go_to_view("plan")
        return True

    def stop(self) -> bool:
        """Stop a run; else close what is open over the tree."""
        self._next = None
        if self._is_busy:
            self.workers.cancel_group(self, "plan")
            return True
        if self.view.is_comparing and self.shown is not None:
            self._show(self.shown)
            return True
        return self.view.back_to_plan()

    # -- explaining ------------------------------------------------------------------------------

    def action_measure(self) -> None:
        """Run the statement and measure it; asks first when it writes."""
        if self.workspace is None:
            self._tell("a saved plan has no database to be measured on")
        elif self._is_planning:
            self._next = self.action_measure
        elif not self._is_busy:
            self._measure()

    def action_parameters(self) -> None:
        """Give values for its parameters, and plan the statement with them."""
        if self.workspace is None:
            self._tell("a saved plan has no database to be planned on again")
        elif not self._parameters.count:
            self._tell("this statement has no parameters")
        elif not self._is_busy:
            self._plan_with_values()

    @work(group="plan", exclusive=True)
    async def _plan_with_values(self) -> None:
        values = await self._parameters.ask()
        if values is not None:
            await self._attempt(Request(self.sql, values=values))

    def take_values(self, values: BoundValues) -> None:
        """Measure with these from now on."""
        self._parameters.take(values)

    @work(group="plan", exclusive=True)
    async def _measure(self) -> None:
        values = await self._parameters.for_run()
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

    @work(group="plan", exclusive=True)
    async def _explain(self, request: Request) -> None:
        try:
            await self._attempt(request)
        finally:
            self._is_planning = False
            wanted, self._next = self._next, None
        # Not from here: the next run of the group would end this one.
        if self._hints and self.shown is not None:
            self.call_later(self.action_prove)
        elif wanted is not None and self.shown is not None:
            self.call_later(wanted)

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
        self.post_message(self.Working(f"{doing} {head_of(self.sql)}"))
        try:
            run = await explain(workspace.session, request)
        except asyncio.CancelledError:
            self._tell("stopped inside the database; the connection is still here")
            raise
        finally:
            self._is_busy = False
            self.post_message(self.Working())
        self.run_shown = run
        kept = kept_run(self.sql, run.shown, self._syntax)
        if self._history is not None and kept is not None:
            await asyncio.to_thread(self._history.add, kept)
            self._runs = await asyncio.to_thread(self._history.runs, self.sql)
        self._show(run.shown)

    def _fail(self, error: StudioError) -> None:
        self._say(str(error), is_error=True)
        if self.shown is None and self.is_attached:
            self.post_message(self.Changed())

    def _say(self, text: str, *, is_error: bool = False) -> None:
        """In the head, where it stays until something else is shown."""
        if self.is_attached:
            self.query_one(PlanHead).say(text, is_error=is_error)

    def _tell(self, text: str) -> None:
        self.notify(plain_lines(text), markup=False)

    # -- showing ---------------------------------------------------------------------------------

    def _show(self, shown: ExplainedPlan) -> None:
        self.shown = shown
        client_ms = None if self.run_shown is None else self.run_shown.client_ms
        self.query_one(PlanHead).show_plan(
            self.sql or self._label, shown.headline(client_ms), self._runs
        )
        self.view.show(shown)
        self.post_message(self.Changed())

    @on(PlanView.Moved)
    def _node_moved(self) -> None:
        self.post_message(self.Moved())

    def has_effect(self, action: str) -> bool:
        """Without a plan there is nothing to prove or compare."""
        if action == "prove":
            return self.shown is not None or self._is_planning
        return action != "compare" or self.shown is not None

    # -- proving and comparing -------------------------------------------------------------------

    def action_prove(self) -> None:
        """Try the indexes that the current finding advises, all of them together."""
        hints = self._hints
        if self.shown is not None and not hints:
            hints = hints_for(self.shown, self.view.finding)
        if self.workspace is None:
            self._tell("a saved plan has no database to try an index on")
        elif self._is_planning:
            self._next = self.action_prove
        elif self.shown is None:
            self._tell("there is no plan that could advise an index")
        elif not hints:
            self._tell(nothing_to_try(self.view.finding))
        elif self._is_busy:
            self._tell("one thing after the other: esc stops what is running")
        else:
            self._prove(self.workspace, hints)

    @work(group="plan", exclusive=True)
    async def _prove(self, workspace: Workspace, hints: tuple[IndexHint, ...]) -> None:
        if self.shown is None:
            return
        try:
            question = trial_question(workspace.session.backend, hints)
        except StudioError as error:
            self._fail(error)
            return
        finding = self.view.finding
        if not await self.app.push_screen_wait(Ask(question, yes="try it", no="do not")):
            self._say("Not tried: nothing was built, and nothing run.")
            return
        self._is_busy = True
        what = "the index" if len(hints) == 1 else f"{len(hints)} indexes"
        self.post_message(self.Working(f"trying {what}"))
        try:
            proof = await prove(workspace.session, self.sql, hints)
        except asyncio.CancelledError:
            self._say("Stopped before anything was proved; nothing is left of what was tried.")
            raise
        except StudioError as error:
            self._fail(error)
            return
        finally:
            self._is_busy = False
            self.post_message(self.Working())
        self._show_both(proof.before, proof.after, sentence(proof, finding))

    def action_compare(self) -> None:
        """Choose an earlier run of this statement to compare with."""
        if self.shown is None:
            return
        if self.view.is_comparing:
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
        self._show_both(before, self.shown, f"{plain(local_time(run.at))[:16]} against now")

    def _show_both(self, before: ExplainedPlan, after: ExplainedPlan, says: str) -> None:
        outline = after.since(before)
        if outline is None:
            self._tell("runs on different engines cannot be compared")
            return
        self.query_one(PlanHead).show_both(says)
        self.view.show_both(outline)

    # -- other views -----------------------------------------------------------------------------

    def action_bytecode(self) -> None:
        """The program of SQLite's virtual machine, for experts."""
        if self.workspace is None or self.shown is None:
            self._tell(BYTECODE.absent)
        elif isinstance(found := ask(self.workspace.session.backend, BYTECODE), Absent):
            self._tell(found.why)
        elif self.view.toggle("words-pane"):
            self._read_bytecode(self.workspace)

    @work(group="plan", exclusive=True)
    async def _read_bytecode(self, workspace: Workspace) -> None:
        try:
            program = await bytecode(workspace.session, self.sql)
        except StudioError as error:
            self._fail(error)
        else:
            self.view.show_words(program)

    def action_timing(self) -> None:
        """Measure with or without a clock around each node."""
        self._timing = not self._timing
        self._tell(f"per-node times are {'on' if self._timing else 'off'} from the next run")

    def action_serialize(self) -> None:
        """Measure with or without turning rows into text; from PostgreSQL 17."""
        self._serialize = not self._serialize
        self._tell(f"serialization is {'counted' if self._serialize else 'left out'} from now on")
