"""A plan on the screen: flame strip, tree, details, findings, and the server's own words."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import Resize
from textual.message import Message
from textual.widgets import ContentSwitcher, OptionList, Static

from studio.backends.halves.explaining import ExplainedPlan
from studio.backends.plans.outline import Heat, Outline
from studio.explain.printing import as_json, places_of_node
from studio.model.finding import Finding
from studio.sqltext.syntax import Syntax
from studio.ui.keys.commands import Command, bindings
from studio.ui.plan.details import details
from studio.ui.plan.findings import PlanFindings
from studio.ui.plan.flame_strip import FlameStrip
from studio.ui.plan.tree import PlanTree
from studio.ui.terminal.clipboard import copy
from studio.ui.widgets.labels import plain_lines
from studio.ui.widgets.sql_editor import SqlEditor

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.doctor.known import KnownHealth

_WIDE = 150
"""From this many columns the details stand beside the tree."""
_NARROW = 100
"""Below this many, they stand under it once they are opened."""


class PlanView(Vertical):
    """One plan, or two side by side; asks no database."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("plan.next-finding", "Next finding", "f", "next_finding", "finding"),
        Command("plan.copy-fix", "Copy the finding's fix", "y", "copy_fix", "copy fix"),
        Command("plan.copy-json", "Copy the plan as JSON", "Y", "copy_json"),
        Command("plan.words", "The plan as the server prints it", "w", "words"),
        Command("plan.statement", "The statement, the node's part marked", "s", "statement"),
        Command("plan.heat-time", "Colour by time", "t", "heat('time')"),
        Command("plan.heat-buffers", "Colour by buffers or pages", "b", "heat('buffers')"),
        Command("plan.heat-cost", "Colour by cost", "dollar_sign", "heat('cost')"),
        Command("plan.heat-estimate", "Colour by wrong estimates", "e", "heat('estimate')"),
        Command("plan.heat-rows", "Colour by rows", "r", "heat('rows')"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    PlanView { height: 1fr; }
    PlanView ContentSwitcher { height: 1fr; }
    PlanView #details-pane { width: 36%; display: none; border-left: tall $panel; }
    PlanView.-details #details-pane { display: block; }
    PlanView.-narrow #plan { layout: vertical; }
    PlanView.-narrow #details-pane {
        width: 1fr; height: 45%; border-left: none; border-top: tall $panel;
    }
    PlanView.-comparing #details-pane { display: none; }
    PlanView #details, PlanView #words { padding: 0 1; width: auto; }
    PlanView #details { width: 1fr; }
    PlanView #words-pane { overflow-x: auto; }
    """

    class Moved(Message):
        """Another node is under the cursor."""

    def __init__(
        self,
        sql: str,
        syntax: Syntax,
        known: "Callable[[], KnownHealth | None]" = lambda: None,
    ) -> None:
        """`known`: what was last found wrong in the database."""
        super().__init__()
        self._known = known
        self._sql = sql
        self._syntax = syntax
        self.shown: ExplainedPlan | None = None

    def compose(self) -> ComposeResult:
        """Flame strip, tree beside details, findings."""
        yield FlameStrip()
        with ContentSwitcher(initial="plan"):
            with Horizontal(id="plan"):
                yield PlanTree()
                with VerticalScroll(id="details-pane"):
                    yield Static("", id="details", markup=False)
            with VerticalScroll(id="words-pane"):
                yield Static("", id="words", markup=False)
            statement = SqlEditor(self._syntax, id="statement", read_only=True)
            statement.soft_wrap = True
            yield statement
        yield PlanFindings()

    def on_mount(self) -> None:
        """Details stand beside the tree where there is room."""
        self.set_class(self.app.size.width >= _WIDE, "-details")

    def on_resize(self, event: Resize) -> None:
        """Where there is no room beside the tree, the details go below it."""
        self.set_class(event.size.width < _NARROW, "-narrow")

    @property
    def tree_view(self) -> PlanTree:
        """One line a node of the plan; the cursor is on one of them."""
        return self.query_one(PlanTree)

    @property
    def finding(self) -> Finding | None:
        """The finding under the cursor."""
        return self.query_one(PlanFindings).current

    @property
    def is_comparing(self) -> bool:
        """Whether two runs are shown."""
        return self.has_class("-comparing")

    def show(self, shown: ExplainedPlan) -> None:
        """Show one plan, the cursor on its hottest node."""
        self.shown = shown
        self.remove_class("-comparing")
        outline = shown.outline()
        self.tree_view.show(outline)
        self.query_one(FlameStrip).show(outline)
        self.query_one(PlanFindings).show(shown.findings)
        self.go_to_view("plan")
        self._show_details()

    def show_both(self, outline: Outline) -> None:
        """Show two runs side by side."""
        self.add_class("-comparing")
        self.go_to_view("plan")
        self.tree_view.show(outline)
        self.query_one(FlameStrip).show(outline)

    def back_to_plan(self) -> bool:
        """From another view, a comparison or a pane to the tree; False when that is there."""
        if self.is_comparing and self.shown is not None:
            self.show(self.shown)
            return True
        if not self.tree_view.has_focus:
            self.go_to_view("plan")
            return True
        return False

    def show_words(self, text: str) -> None:
        """Put other words in the place of the server's."""
        self.query_one("#words", Static).update(plain_lines(text))

    def go_to_view(self, name: str) -> None:
        """Bring the tree (`plan`), the words or the statement to the front."""
        self.query_one(ContentSwitcher).current = name
        place = self.tree_view if name == "plan" else self.query_one(f"#{name}")
        # A run that ends behind another tab must not take the keys away from it.
        if self.has_the_keys:
            place.focus()

    def _show_details(self) -> None:
        if self.shown is None or self.is_comparing:
            return
        if self.has_class("-details"):
            static = self.query_one("#details", Static)
            static.update(details(self.shown, self.tree_view.line, self._known()))

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
        if self.shown is None or outline is None or self.is_comparing:
            return
        heat = Heat(name)
        if heat not in outline.heats():
            shown = ", ".join(outline.heats())
            what = f"it can show {shown}" if shown else "nor of anything else to colour by"
            self._tell(f"this plan tells nothing of {name}: {what}")
            return
        hotter = self.shown.outline(heat)
        self.tree_view.reheat(hotter)
        self.query_one(FlameStrip).show(hotter)

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
            self.go_to_view("plan")

    def has_effect(self, action: str) -> bool:
        """Without a plan there is nothing to copy or to walk through."""
        return self.shown is not None

    def action_copy_fix(self) -> None:
        """Copy what the current finding advises."""
        finding = self.query_one(PlanFindings).current
        if finding is None:
            self._tell("there is no finding to copy a fix from")
        else:
            copy(self.app, finding.fix)

    def action_copy_json(self) -> None:
        """Copy the plan for another tool, or a colleague."""
        if self.shown is not None:
            copy(self.app, as_json(self.shown))

    def toggle(self, name: str) -> bool:
        """Go to another view, or back to the tree; whether the other view is wanted."""
        is_open = self.query_one(ContentSwitcher).current == name
        self.go_to_view("plan" if is_open else name)
        return not is_open

    def action_words(self) -> None:
        """The plan as the server printed it."""
        if self.shown is not None and self.toggle("words-pane"):
            self.query_one("#words", Static).update(plain_lines(self.shown.printed()))

    def action_statement(self) -> None:
        """The statement, with what the node reads marked."""
        if self.shown is None or not self.toggle("statement"):
            return
        editor = self.query_one("#statement", SqlEditor)
        editor.load_text(self._sql)
        found = places_of_node(self.shown, self.tree_view.line, self._sql, self._syntax)
        editor.mark(*found)
        if found:
            editor.scroll_to_mark(found[0][0])

    def _tell(self, text: str) -> None:
        self.notify(plain_lines(text), markup=False)

    @property
    def has_the_keys(self) -> bool:
        """Whether no other tab and no question is in front."""
        hidden = any(not node.display for node in self.ancestors_with_self if node.is_attached)
        return self.screen is self.app.screen and not hidden
