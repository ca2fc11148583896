"""An explained plan of which the lines are all there is: what an engine begins with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from studio.backends.halves.explaining import ExplainedPlan, Measures, SavedPlan
from studio.backends.plans.changed_lines import ChangedLines
from studio.backends.plans.findings import finding_json, finding_lines, hint_json, marked
from studio.backends.plans.guides import guides
from studio.backends.plans.outline import Heat, Metric, Outline, OutlinePiece, marks_of
from studio.backends.plans.words import milliseconds, printable, shortened
from studio.model.finding import Finding, IndexHint

_LEAST_ROOM = 20


class PlainLine(NamedTuple):
    """One step of a plan."""

    text: str
    """As the server wrote it."""
    parent: int | None = None
    """The place of the line above it in the tree; parents come first."""
    reads: tuple[str, ...] = ()
    """How the statement may call what it reads."""


@dataclass(frozen=True)
class PlainPlan:
    """See halves.explaining. The path of a line, for findings, is its place from 0 as text."""

    engine: str
    steps: tuple[PlainLine, ...]
    ms: float | None = None
    """What running the statement took; None: it was not run."""
    findings: tuple[Finding, ...] = ()
    hints: tuple[IndexHint, ...] = ()
    source: str = ""
    """What the engine's reader of saved plans reads again."""

    def headline(self, client_ms: float | None = None) -> list[str]:
        """How long it took."""
        if self.ms is None:
            return ["not executed"]
        seen = [] if client_ms is None else [f"{milliseconds(client_ms)} seen from here"]
        return [f"executed {milliseconds(self.ms)}", *seen]

    def outline(self, heat: Heat | None = None) -> Outline:
        """The steps, without numbers."""
        return _PlainOutline(self, heat or Heat.COST)

    def since(self, before: ExplainedPlan) -> Outline | None:
        """Steps that stayed, went and came."""
        if not isinstance(before, PlainPlan) or before.engine != self.engine:
            return None
        was, now = [step.text for step in before.steps], [step.text for step in self.steps]
        timed = self.ms is not None and before.ms is not None
        return ChangedLines(was, now, [f"{before.ms:,.1f} → {self.ms:,.1f} ms"] if timed else ())

    def lines(self, width: int = 80) -> Iterator[str]:
        """The tree, then findings."""
        drawn, _ = guides([step.parent for step in self.steps])
        counts = marked(self.findings)
        for place, (step, guide) in enumerate(zip(self.steps, drawn, strict=True)):
            marks = f"  ⚠ {counts[str(place)]}" if str(place) in counts else ""
            yield f"{guide}{printable(step.text)}{marks}"
        if self.ms is not None:
            yield ""
            yield milliseconds(self.ms)
        yield from finding_lines(self.findings, width)

    def details(self, line: int) -> Iterator[tuple[str, str]]:
        """The step in full."""
        if line < len(self.steps):
            yield "", self.steps[line].text

    def names(self, line: int) -> tuple[str, ...]:
        """What the step says it reads."""
        return self.steps[line].reads if line < len(self.steps) else ()

    def printed(self) -> str:
        """What the server sent, or the lines."""
        return self.source or "\n".join(step.text for step in self.steps)

    def as_json(self) -> dict[str, object]:
        """The document of explain/README.md, §5."""
        return {
            "engine": self.engine,
            "execution_ms": self.ms,
            "steps": [{"text": step.text, "parent": step.parent} for step in self.steps],
            "findings": [finding_json(finding) for finding in self.findings],
            "index_hints": [hint_json(hint) for hint in self.hints],
        }

    def kept(self) -> SavedPlan:
        """The source, where there is one."""
        return SavedPlan(self.source, self.ms)

    def measures(self) -> Measures:
        """The steps."""
        drawn, _ = guides([step.parent for step in self.steps])
        lines = (f"{guide}{step.text}" for guide, step in zip(drawn, self.steps, strict=True))
        return Measures(tuple(lines), ms=self.ms)


class _PlainOutline:
    is_whole = False

    def __init__(self, shown: PlainPlan, heat: Heat) -> None:
        self.heat = heat
        self._steps = shown.steps
        self._marks = marks_of(shown.findings)
        self.parents: Sequence[int | None] = [step.parent for step in shown.steps]

    def heats(self) -> tuple[Heat, ...]:
        return ()

    def columns(self) -> tuple[Metric, ...]:
        return ()

    def cell(self, line: int, key: str) -> str:
        del line, key
        return ""

    def share(self, line: int) -> float:
        del line
        return 0.0

    def below(self, line: int) -> float:
        del line
        return 1.0

    def words(self, line: int, room: int) -> list[OutlinePiece]:
        marks = ", ".join(map(str, self._marks.get(str(line), ())))
        mark = f"  ⚠ {marks}" if marks else ""
        text = printable(self._steps[line].text)
        pieces = [OutlinePiece(shortened(text, max(_LEAST_ROOM, room - len(mark))), "name")]
        return [*pieces, OutlinePiece(mark, "mark")] if mark else pieces

    def is_dim(self, line: int) -> bool:
        del line
        return False

    def path(self, line: int) -> str:
        return str(line)
