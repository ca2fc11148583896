"""A SQLite plan as lines: loops inside loops, rows and pages where they were measured, no times."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from studio.backends.plans.outline import Heat, Metric, OutlinePiece, marks_of
from studio.backends.plans.words import printable, short, shortened
from studio.backends.sqlite.plans.query_plan import PlanStep

if TYPE_CHECKING:
    from studio.backends.sqlite.plans.explained import SqliteExplained


class SqliteOutline:
    """Sibling loops are one nested loop, outermost first: each is drawn inside the one before."""

    is_whole = False

    def __init__(self, shown: "SqliteExplained", heat: Heat | None = None) -> None:
        self.shown = shown
        self.steps = shown.steps
        self.parents = nesting(shown.steps)
        self._marks = marks_of(shown.findings)
        actuals = shown.actuals
        self._rows = dict(actuals.rows_per_loop) if actuals else {}
        self._pages = dict(actuals.pages) if actuals else {}
        self.heat = heat or (self.heats()[0] if self.heats() else Heat.COST)

    def heats(self) -> tuple[Heat, ...]:
        """Rows, pages, and the planner's cost where the build tells it."""
        found = [Heat.ROWS] if self._rows else []
        if self._pages:
            found.append(Heat.BUFFERS)
        if any(step.cost for step in self.steps):
            found.append(Heat.COST)
        return tuple(found)

    def columns(self) -> tuple[Metric, ...]:
        """Only what is known."""
        found = []
        if self._rows:
            found.append(Metric("rows", "rows in", 9))
        if self.heats():
            found.append(Metric("bar", "", 6))
        if self._pages:
            found.append(Metric("pages", "pages", 8))
        if any(step.cost for step in self.steps):
            found.append(Metric("cost", "~cost", 8))
        return tuple(found)

    def rows(self, line: int) -> int | None:
        """Rows that reached a loop; None where nobody counted."""
        step = self.steps[line]
        return self._rows.get(step.object) if step.is_loop else None

    def pages(self, line: int) -> int | None:
        """Pages of what a line reads."""
        step = self.steps[line]
        table = self.shown.tables.get(step.id, "")
        return self._pages.get(step.index, self._pages.get(table))

    def cell(self, line: int, key: str) -> str:
        """A number, as short as its column."""
        rows, pages, cost = self.rows(line), self.pages(line), self.steps[line].cost
        if key == "rows":
            return "" if rows is None else short(rows)
        if key == "pages":
            return "" if pages is None else short(pages)
        return f"~2^{cost / 10:.1f}" if key == "cost" and cost else ""

    def share(self, line: int) -> float:
        """Of the largest there is."""
        if self.heat is Heat.COST:
            most = max(step.cost for step in self.steps) or 1
            return self.steps[line].cost / most
        values = self._rows if self.heat is Heat.ROWS else self._pages
        here = self.rows(line) if self.heat is Heat.ROWS else self.pages(line)
        most = max(values.values(), default=0) or 1
        return (here or 0) / most

    def below(self, line: int) -> float:
        """Nothing is known to cost nothing here."""
        del line
        return 1.0

    def words(self, line: int, room: int) -> list[OutlinePiece]:
        """The line as SQLite wrote it, with the table behind an alias."""
        step = self.steps[line]
        table = f" ({step.table})" if step.table and step.table != step.object else ""
        marks = self._marks.get(str(step.id), [])
        mark = f"  ⚠ {', '.join(map(str, marks))}" if marks else ""
        text = shortened(printable(step.raw + table), max(20, room - len(mark)))
        pieces = [OutlinePiece(text, "name")]
        return [*pieces, OutlinePiece(mark, "mark")] if mark else pieces

    def is_dim(self, line: int) -> bool:
        """A loop that no row reached."""
        return self.rows(line) == 0

    def path(self, line: int) -> str:
        """The step's id, as findings call it."""
        return str(self.steps[line].id)


def nesting(steps: Sequence[PlanStep]) -> list[int | None]:
    """For each line the line it is drawn under: the loop before it, or its parent."""
    place = {step.id: line for line, step in enumerate(steps)}
    loop: dict[int, int] = {}
    parents: list[int | None] = []
    for line, step in enumerate(steps):
        above = place.get(step.parent) if step.parent else None
        if above is not None and above >= line:
            above = None
        parents.append(loop.get(step.parent, above) if step.is_loop else above)
        if step.is_loop:
            loop[step.parent] = line
    return parents
