"""FORMAT TEXT plans of PostgreSQL 12 to 18 → Plan, by way of the fields JSON would have had.

Depth is indentation: `->` opens a node, the lines below it that are indented further are its own.
"""

import re
from typing import Any

from studio.backends.plans.words import plural
from studio.backends.postgresql.plans import explain_json, explain_labels, explain_lines
from studio.backends.postgresql.plans.plan import Plan
from studio.backends.postgresql.plans.rewrapped import is_open
from studio.model.errors import StudioError

NUMBER = r"[0-9]{1,120}(?:\.[0-9]{1,6})?"
"""The planner's rows end at 1e100, written out in full."""
COST = re.compile(rf"\(cost=({NUMBER})\.\.({NUMBER}) rows=({NUMBER}) width=([0-9]{{1,9}})\)")
ACTUAL = re.compile(
    rf"\(?actual (?:time=({NUMBER})\.\.({NUMBER}) )?rows=({NUMBER}) loops=({NUMBER})\)?"
)
NUMBERS = re.compile(r" \((?:cost|actual time|actual rows)=")
SUMMARY_COLUMN = 1
"""Lines about the whole statement stand below the root's name; copying may lose its first space."""
NEVER = "(never executed)"
ARROW = "->  "
SUBPLAN = re.compile(r"(?:InitPlan|SubPlan|CTE) \S.{0,200}")
ELLIPSES = ("…", "...")
DAMAGED = (
    "The indentation of this plan was lost or changed, so what feeds what cannot be told. Copy it "
    "again, or use FORMAT JSON."
)
WORKER = re.compile(r"Worker ([0-9]{1,6}):\s*(.*)")

Fields = dict[str, Any]


def is_node(line: str) -> bool:
    """Whether a line opens a node that carries a cost or a measurement."""
    return "(cost=" in line or "(actual " in line or line.lstrip().startswith(ARROW)


def parse(lines: list[str]) -> Plan:
    """Read the lines of one text plan; raises StudioError when none of them opens a node."""
    start = _root_line(lines)
    if start is None:
        raise StudioError("There is no plan in this text: no line has a node with a cost.")
    reader = _Reader(lines[start])
    others = 0
    for line in lines[start + 1 :]:
        others += reader.is_another_root(line)
        if line.strip() and not others:
            reader.take(line)
    reader.name_trigger_tables()
    if start:
        reader.top["Query Text"] = _query(lines[:start])
    reader.refuse_lost_numbers()
    if reader.unread:
        reader.top["Unread Lines"] = reader.unread
    notes = [f"The first of {others + 1} plans in this text."] if others else []
    if reader.unread:
        count = len(reader.unread)
        notes.append(f"{plural(count, 'line')} not understood, first: {reader.unread[0]}")
    if reader.cut:
        notes.append(f"{plural(len(reader.cut), 'line')} cut off, first: {reader.cut[0]}")
    return explain_json.plan(reader.top, tuple(notes), (*reader.unread, *reader.cut))


def _root_line(lines: list[str]) -> int | None:
    """The first line with numbers of a node; without COSTS, the line above the first arrow."""
    for place, line in enumerate(lines):
        if COST.search(line) or ACTUAL.search(line) or NEVER in line:
            return place
    for place, line in enumerate(lines):
        if line.lstrip().startswith(ARROW):
            before = [i for i in range(place) if explain_labels.opens_plan(lines[i])]
            # The targets of an UPDATE on several tables look like nodes, indented further.
            return min(reversed(before), key=lambda i: _indent(lines[i]), default=place)
    return next((i for i, line in enumerate(lines) if explain_labels.opens_plan(line)), None)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _query(lines: list[str]) -> str:
    text = "\n".join(line.strip() for line in lines).strip()
    return text.removeprefix("Query Text:").strip()


class _Reader:
    """The nodes open at the current line, by the column their arrow stands in."""

    def __init__(self, root_line: str) -> None:
        self.margin = len(root_line) - len(root_line.lstrip())
        root = node_fields(root_line.strip().removeprefix("->").strip())
        self.top: Fields = {"Plan": root}
        self.unread: list[str] = []
        self.cut: list[str] = []
        self._shift: int | None = None
        self._open: list[tuple[int, Fields]] = [(-1, root)]
        self._nodes = [root]
        self._subplan: tuple[int, str] | None = None
        self._worker: tuple[int, Fields] | None = None
        self._section: tuple[int, Fields] | None = None

    def is_another_root(self, line: str) -> bool:
        """Whether the line opens a second plan: rules can make several of one statement."""
        return (
            _indent(line) <= self.margin
            and not line.lstrip().startswith("->")
            and bool(NUMBERS.search(line))
        )

    def take(self, line: str) -> None:
        """Read one line, whatever it is."""
        text = line.strip()
        column = len(line) - len(line.lstrip()) - self.margin
        if text.startswith(("->", "→")):
            if not text.startswith(ARROW):
                raise StudioError(DAMAGED)
            self._node(column, text[2:].strip())
        elif SUBPLAN.fullmatch(text) and ": " not in text:
            self._subplan = (column, text)
        elif not self._summary(column, text):
            self._property(column, text)

    def refuse_lost_numbers(self) -> None:
        """Raise StudioError where some nodes have costs or measurements and others lack them."""
        for number in ("Total Cost", "Actual Loops"):
            having = [node for node in self._nodes if number in node]
            lacking = [node for node in self._nodes if number not in node and not _is_bare(node)]
            if having and lacking:
                raise StudioError(
                    f"A node of this plan has lost its numbers ({lacking[0]['Node Type']}): its "
                    "lines were cut off or broken. Copy it again, or use FORMAT JSON."
                )

    def _refuse_damage(self, column: int, above: int, *, named: bool) -> None:
        """Raise StudioError unless an arrow stands six columns behind its parent's, or eight below
        the title of a subplan. The root's first space may be lost.
        """
        if self._shift is None:
            self._shift = column - (4 if named else 2)
            if self._shift not in {0, 1}:
                raise StudioError(DAMAGED)
        from_parent = column - (above if above >= 0 else self._shift - 4)
        if from_parent != (8 if named else 6):
            raise StudioError(DAMAGED)

    def _node(self, column: int, text: str) -> None:
        while len(self._open) > 1 and self._open[-1][0] >= column:
            self._open.pop()
        parent = self._open[-1][1]
        fields = node_fields(text)
        named = self._subplan
        if named and named[0] <= column:
            while len(self._open) > 1 and self._open[-1][0] >= named[0]:
                self._open.pop()
            parent = self._open[-1][1]
            self._refuse_damage(column, self._open[-1][0], named=True)
            fields["Subplan Name"] = named[1]
            fields["Parent Relationship"] = (
                "SubPlan" if named[1].startswith("SubPlan") else "InitPlan"
            )
        else:
            self._refuse_damage(column, self._open[-1][0], named=False)
            fields["Parent Relationship"] = _relationship(parent)
        parent.setdefault("Plans", []).append(fields)
        self._subplan = self._worker = self._section = None
        self._open.append((column, fields))
        self._nodes.append(fields)
        if len(self._open) > explain_json.DEEPEST:
            raise StudioError("This plan has more levels than any real one.")

    def _summary(self, column: int, text: str) -> bool:
        """Take a line that belongs to the whole statement; False when it does not."""
        if self._section and column > self._section[0]:
            explain_lines.read_section(self._section[1], text)
            return True
        self._section = None
        if column > SUMMARY_COLUMN:
            return False
        opened = explain_lines.read_summary(self.top, text)
        if opened is None:
            return False
        self._section = (column, opened)
        return True

    def _property(self, column: int, text: str) -> None:
        if text.endswith(ELLIPSES) or is_open(text):
            self.cut.append(text)
        worker = WORKER.fullmatch(text)
        while len(self._open) > 1 and self._open[-1][0] >= column:
            self._open.pop()
        fields = self._open[-1][1]
        if worker:
            fields = self._worker_fields(fields, int(worker[1]))
            self._worker = (column, fields)
            text = worker[2]
            if not text:
                return
        elif self._worker and column > self._worker[0]:
            fields = self._worker[1]
        self._labelled(fields, column, text)

    def _labelled(self, fields: Fields, column: int, text: str) -> None:
        """One line of a node or of one of its workers."""
        measured = ACTUAL.match(text)
        if measured:
            fields.update(actual_fields(measured))
        elif fields.get("Node Type") == "ModifyTable" and explain_labels.is_target(text):
            fields.setdefault("Target Tables", []).append(explain_labels.target(text))
        elif not explain_lines.read_property(fields, text) and not self._is_after_all(column):
            self.unread.append(text)

    def _is_after_all(self, column: int) -> bool:
        """Whether a line stands below the last one of the plan: somebody's own words."""
        return "Execution Time" in self.top and column <= SUMMARY_COLUMN

    def name_trigger_tables(self) -> None:
        """Triggers of a statement that changes one table are printed without its name."""
        names = {
            fields["Relation Name"]
            for fields in self._nodes
            if fields.get("Node Type") == "ModifyTable" and "Relation Name" in fields
        }
        if len(names) == 1:
            for trigger in self.top.get("Triggers", ()):
                trigger.setdefault("Relation", next(iter(names)))

    @staticmethod
    def _worker_fields(node: Fields, number: int) -> Fields:
        workers: list[Fields] = node.setdefault("Workers", [])
        for fields in workers:
            if fields["Worker Number"] == number:
                return fields
        workers.append({"Worker Number": number})
        return workers[-1]


def _is_bare(node: Fields) -> bool:
    """Whether a node has no numbers of its own: what an extension prints between two plans."""
    return str(node["Node Type"]).partition(" ")[0] in {
        "Task",
        "Merge",
        "Distributed",
        "Tasks",
    } and ("Join Type" not in node)


def _relationship(parent: Fields) -> str:
    """How JSON would call the next plain child of this node."""
    kind = parent.get("Node Type")
    if kind in {"Append", "Merge Append", "BitmapAnd", "BitmapOr"}:
        return "Member"
    if kind == "Subquery Scan":
        return "Subquery"
    plain = [
        child
        for child in parent.get("Plans", ())
        if child["Parent Relationship"] in {"Outer", "Inner"}
    ]
    return "Inner" if plain else "Outer"


def node_fields(text: str) -> Fields:
    """One node's opening line, without its arrow, as JSON fields."""
    cost, actual = COST.search(text), ACTUAL.search(text)
    ends = [found.start() for found in (cost, actual) if found]
    never = text.find(NEVER)
    if never >= 0:
        ends.append(never)
    if text.endswith(ELLIPSES) or is_open(text):
        raise StudioError(
            "A node of this plan is cut off before its numbers end. Copy it again, or use FORMAT "
            "JSON."
        )
    fields = explain_labels.read(text[: min(ends)] if ends else text)
    if cost:
        fields |= {
            "Startup Cost": float(cost[1]),
            "Total Cost": float(cost[2]),
            "Plan Rows": float(cost[3]),
            "Plan Width": int(cost[4]),
        }
    if actual:
        fields |= actual_fields(actual)
    elif never >= 0:
        fields |= {"Actual Rows": 0, "Actual Loops": 0}
        fields |= {"Actual Startup Time": 0.0, "Actual Total Time": 0.0}
    return fields


def actual_fields(found: re.Match[str]) -> Fields:
    """A measurement as JSON fields; without TIMING there is none for time."""
    fields: Fields = {"Actual Rows": float(found[3]), "Actual Loops": float(found[4])}
    if found[1] is not None:
        fields |= {"Actual Startup Time": float(found[1]), "Actual Total Time": float(found[2])}
    return fields
