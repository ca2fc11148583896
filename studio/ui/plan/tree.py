"""A plan's nodes as a tree of lines with bars; only the lines in sight are ever made."""

from functools import partial
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from studio.backends.plans.guides import children_of, continued, guides
from studio.backends.plans.outline import (
    COSTS_NOTHING,
    Metric,
    Outline,
    OutlinePiece,
)
from studio.ui.keys.commands import Command, bindings
from studio.ui.plan.numbers import ALWAYS, count_below, heading, is_bar, numbers
from studio.ui.plan.wrapping import LEAST_ROOM, Rows, in_rows, rows_of
from studio.ui.widgets.labels import fit
from studio.ui.widgets.theme_styles import themed_style

_HEADING = 1
_NAME_ROOM = 40
"""Cells kept for the node before a further column of numbers is shown."""
_FEW = 30
"""Plans up to this many lines are shown whole."""
_FOLDED = "▸ "
_COMPONENTS = {
    "plan--heading": "dim",
    "plan--dim": "dim",
    "plan--guide": "dim",
    "plan--name": "",
    "plan--condition": "secondary",
    "plan--mark": "warning",
    "plan--factor": "warning",
    "plan--new": "success",
    "plan--gone": "error",
    "plan--hot": "plan-hot",
    "plan--warm": "plan-warm",
    "plan--bar": "plan-bar",
}


class PlanTree(ScrollView, can_focus=True):
    """Lines under a heading, a cursor by line, subtrees that fold."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("plan.down", "Next node", "down,j", "move(1)"),
        Command("plan.up", "Previous node", "up,k", "move(-1)"),
        Command("plan.page-down", "Page down", "pagedown,ctrl+d", "page(1)"),
        Command("plan.page-up", "Page up", "pageup,ctrl+u", "page(-1)"),
        Command("plan.first", "First node", "home,g g", "edge(-1)"),
        Command("plan.last", "Last node", "end,G", "edge(1)"),
        Command("plan.fold", "Fold, or go to the parent", "left,h", "fold"),
        Command("plan.unfold", "Unfold, or go inside", "right,l", "unfold"),
        Command("plan.fold-all", "Fold what costs nothing, or unfold everything", "z", "fold_all"),
        Command("plan.hotter", "Next hottest node", "n", "hottest(1)"),
        Command("plan.cooler", "Back to the one that is hotter", "N", "hottest(-1)"),
        Command("plan.details", "The node in detail", "enter", "activate", "details"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    COMPONENT_CLASSES: ClassVar[set[str]] = {*_COMPONENTS, "plan--cursor"}
    ALLOW_SELECT = False
    DEFAULT_CSS = """
    PlanTree {
        height: 1fr; background: $background; scrollbar-size-vertical: 1;
        overflow-x: hidden;
        & .plan--heading { color: $text-muted; text-style: bold; background: $surface; }
        & .plan--dim, & .plan--guide { color: $text-muted; }
        & .plan--name { color: $foreground; }
        & .plan--condition { color: $secondary; }
        & .plan--mark, & .plan--factor { color: $warning; }
        & .plan--new { color: $success; }
        & .plan--gone { color: $error; }
        & .plan--hot { color: $error; }
        & .plan--warm { color: $warning; }
        & .plan--bar { color: $primary; }
        & .plan--cursor { background: $panel; }
        &:focus .plan--cursor {
            color: $block-cursor-foreground; background: $block-cursor-background;
        }
    }
    """

    class Moved(Message):
        """Another node is under the cursor."""

        def can_replace(self, message: Message) -> bool:
            """Only the newest counts."""
            return isinstance(message, PlanTree.Moved)

    class Activated(Message):
        """Enter: the node in detail."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self.outline: Outline | None = None
        self._inner: list[list[int]] = []
        self._drawn: list[str] = []
        self._folded: set[int] = set()
        self._shown: list[int] = []
        self._place: dict[int, int] = {}
        self._rows = Rows(())
        self._at = 0
        self._hot_order: list[int] = []
        self._looks: dict[str, Style] = {}

    # -- what is shown ---------------------------------------------------------------------------

    def show(self, outline: Outline, *, line: int | None = None) -> None:
        """Show a plan, the cursor on `line`, or else on its hottest node."""
        self.outline = outline
        self._inner = children_of(outline.parents)
        self._drawn, _ = guides(outline.parents)
        self._folded = self._worthless() if len(outline.parents) > _FEW else set()
        self._hot_order = []
        self._unfold_to(self.hottest if line is None else line)
        self._arrange()
        self.go_to(self.hottest if line is None else line)
        self.refresh()

    def reheat(self, outline: Outline) -> None:
        """Show the same lines with another heat."""
        self.outline = outline
        self._hot_order = []
        self._lay_out()
        self.refresh()

    @property
    def hottest(self) -> int:
        """The line with the longest bar."""
        lines = self._hottest_lines()
        return lines[0] if lines else 0

    def _hottest_lines(self) -> list[int]:
        outline = self.outline
        if outline is None:
            return []
        if not self._hot_order:
            nodes = [line for line in range(len(outline.parents)) if outline.path(line)]
            self._hot_order = sorted(nodes, key=outline.share, reverse=True)
        return self._hot_order

    def _worthless(self) -> set[int]:
        outline = self.outline
        if outline is None:
            return set()
        return {
            line
            for line, inner in enumerate(self._inner)
            if inner and outline.parents[line] is not None and outline.below(line) < COSTS_NOTHING
        }

    def _arrange(self) -> None:
        """Which lines are to be seen, in order."""
        outline = self.outline
        if outline is None:
            return
        hidden: set[int] = set()
        shown = []
        for line, parent in enumerate(outline.parents):
            if parent is not None and (parent in hidden or parent in self._folded):
                hidden.add(line)
            else:
                shown.append(line)
        self._shown = shown
        self._place = {line: place for place, line in enumerate(shown)}
        self._lay_out()

    def _lay_out(self) -> None:
        """Give the rows that are to spare to conditions that one row would cut, hottest first."""
        spare = self.size.height - _HEADING - len(self._shown)
        if self.outline is None or spare <= 0:
            self._rows = Rows([1] * len(self._shown))
        else:
            used = self._used(self.fitting(self.size.width))
            lines = [(partial(self.outline.words, n), self._room(n, used)) for n in self._shown]
            hot = [self._place[line] for line in self._hottest_lines() if line in self._place]
            self._rows = rows_of(lines, hot, spare)
        self.virtual_size = Size(self.size.width, self._rows.count + _HEADING)

    @property
    def line(self) -> int:
        """The line under the cursor, in the outline."""
        return self._shown[self._at] if self._shown else 0

    @property
    def visible_lines(self) -> tuple[int, ...]:
        """The lines that no fold hides."""
        return tuple(self._shown)

    # -- moving ----------------------------------------------------------------------------------

    def go_to(self, line: int) -> None:
        """Put the cursor on a line, unfolding what hides it."""
        if self.outline is None or not self._inner:
            return
        if line not in self._place:
            self._unfold_to(line)
            self._arrange()
        self._move_to(self._place.get(line, 0))

    def go_to_path(self, path: str) -> bool:
        """Put the cursor on the node a finding is about; whether it is here."""
        outline = self.outline
        if outline is None:
            return False
        for line in range(len(outline.parents)):
            if outline.path(line) == path:
                self.go_to(line)
                return True
        return False

    def _unfold_to(self, line: int) -> None:
        outline = self.outline
        above = outline.parents[line] if outline is not None and outline.parents else None
        while outline is not None and above is not None:
            self._folded.discard(above)
            above = outline.parents[above]

    def _move_to(self, place: int) -> None:
        place = max(0, min(place, len(self._shown) - 1))
        before, self._at = self._at, place
        top, page = self.scroll_offset.y, max(1, self.size.height - _HEADING)
        row = self._rows.top(place) if self._shown else 0
        if row < top or row >= top + page:
            self.scroll_to(y=row - page // 2, animate=False)
        self._repaint(before)
        self._repaint(place)
        self.post_message(self.Moved())

    def _repaint(self, place: int) -> None:
        if not 0 <= place < len(self._shown):
            return
        y = self._rows.top(place) - self.scroll_offset.y + _HEADING
        if 0 < y < self.size.height:
            self.refresh(Region(0, y, self.size.width, self._rows.height(place)))

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self._move_to(self._at + by)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self._move_to(self._at + pages * max(1, self.size.height - _HEADING - 1))

    def action_edge(self, way: int) -> None:
        """Go to the first or the last line."""
        self._move_to(0 if way < 0 else len(self._shown) - 1)

    def action_hottest(self, by: int) -> None:
        """Go along the nodes by their heat."""
        order = self._hottest_lines()
        if order:
            here = order.index(self.line) if self.line in order else -by
            self.go_to(order[max(0, min(here + by, len(order) - 1))])

    def action_fold(self) -> None:
        """Fold the node, or go to the one above."""
        line = self.line
        if self._inner and self._inner[line] and line not in self._folded:
            self._folded.add(line)
            self._refold(line)
        elif self.outline is not None and (above := self.outline.parents[line]) is not None:
            self.go_to(above)

    def action_unfold(self) -> None:
        """Unfold the node, or go to the one below."""
        line = self.line
        if line in self._folded:
            self._folded.discard(line)
            self._refold(line)
        elif self._inner and self._inner[line]:
            self.go_to(self._inner[line][0])

    def action_fold_all(self) -> None:
        """Fold what costs nothing; when all of that is folded, unfold everything."""
        worthless = self._worthless()
        line = self.line
        self._folded = set() if worthless <= self._folded else self._folded | worthless
        self._unfold_to(line)
        self._refold(line)

    def _refold(self, line: int) -> None:
        self._arrange()
        self._at = self._place.get(line, 0)
        self.refresh()
        self.post_message(self.Moved())

    def has_effect(self, action: str) -> bool:
        """Without a plan there is no node."""
        return self.outline is not None

    def action_activate(self) -> None:
        """Ask for the node in detail."""
        self.post_message(self.Activated())

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; twice: details."""
        found = self._rows.at(event.y - _HEADING + self.scroll_offset.y)
        if event.y >= _HEADING and found is not None:
            self._move_to(found[0])
            if event.chain > 1:
                self.action_activate()

    # -- drawing ---------------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        self._looks.clear()

    def on_resize(self) -> None:
        """Lines are as wide as the screen."""
        self._lay_out()
        self._move_to(self._at)

    def _look(self, component: str) -> Style:
        if component not in self._looks:
            text = _COMPONENTS.get(component, "")
            self._looks[component] = themed_style(self, component, text=text)
        return self._looks[component]

    def fitting(self, width: int) -> tuple[Metric, ...]:
        """The columns there is room for: the first ones always, further ones while nodes fit."""
        if self.outline is None:
            return ()
        chosen: list[Metric] = []
        left = width - _NAME_ROOM
        for column in self.outline.columns():
            if column.key in ALWAYS or left - column.width - 1 >= 0:
                chosen.append(column)
                left -= column.width + 1
        return tuple(chosen)

    def render_line(self, y: int) -> Strip:
        """The heading, or one line of the plan."""
        width = self.size.width
        columns = self.fitting(width)
        if y < _HEADING:
            return Strip(
                [Segment(fit(heading(columns), width), self._look("plan--heading"))], width
            )
        found = self._rows.at(self.scroll_offset.y + y - _HEADING)
        if self.outline is None or found is None:
            return Strip.blank(width, self.rich_style)
        place, part = found
        line, height = self._shown[place], self._rows.height(place)
        segments = self._segments(line, columns, part, height)
        strip = Strip(segments).adjust_cell_length(width, self.rich_style)
        if place == self._at:
            cursor = self._look("plan--cursor")
            if not self.has_focus:
                return strip.apply_style(Style(bgcolor=cursor.bgcolor))
            # A bar is drawn in its colour, not behind it: under the cursor it keeps it.
            return Strip(
                [
                    segment if is_bar(segment.text) else Segment(segment.text, cursor)
                    for segment in strip
                ],
                width,
            )
        return strip

    def _used(self, columns: tuple[Metric, ...]) -> int:
        return sum(column.width + 1 for column in columns) + 1

    def _room(self, line: int, used: int) -> int:
        """Cells for the words of a line."""
        fold = len(_FOLDED) if line in self._folded else 0
        return max(LEAST_ROOM, self.size.width - used - len(self._drawn[line]) - fold)

    def _segments(
        self, line: int, columns: tuple[Metric, ...], part: int, height: int
    ) -> "list[Segment]":
        outline = self.outline
        if outline is None:
            return []
        is_dim, used = outline.is_dim(line), self._used(columns)
        dim, guide = self._look("plan--dim"), self._drawn[line]
        rows = in_rows(partial(outline.words, line), self._room(line, used), height)
        # Drawn at a new width before it is laid out for it, a line may need fewer rows.
        row = rows[part] if part < len(rows) else ()
        words = [Segment(p.text, dim if is_dim else self._of(p)) for p in row]
        if part:
            lead = continued(guide, has_inner=bool(self._inner[line]) and line not in self._folded)
            return [Segment(f"{'':{used}}{lead}", self._look("plan--guide")), *words]
        fold = _FOLDED if line in self._folded else ""
        segments = numbers(outline, line, columns, self._look)
        segments.append(Segment(f" {guide}{fold}", self._look("plan--guide")))
        segments += words
        if line in self._folded:
            segments.append(Segment(f"  +{count_below(self._inner, line):,}", dim))
        return segments

    def _of(self, piece: OutlinePiece) -> Style:
        return self._look(f"plan--{piece.role}" if piece.role else "plan--name")
