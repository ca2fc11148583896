"""FORMAT TEXT plans of PostgreSQL 12 to 18 → Plan, by way of the fields JSON would have had.

Depth is indentation: `->` opens a node, the lines below it that are indented further are its own.
"""

import re
from collections.abc import Iterator
from typing import Any

from studio.backends.plans.words import FIRST_OF, plural
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
TIMED = ("Planning Time", "Execution Time")
SUMMARY_COLUMN = 1
"""Lines about the whole statement stand below the root's name; copying may lose its first space."""
NEVER = "(never executed)"
ENTITY = re.compile(r"&(?:[lg]t|amp|quot|apos|nbsp|#\w{1,6});")
CONSTANT = re.compile(r"'(?:[^']|'')*'")
BEHIND_CONSTANT = frozenset((" ", ":", ")", ",", "]", ""))
ARROW = "->  "
LIKE_ARROW = re.compile(r"(?:-|\u2010|\u2013|\u2014|\u2212)>|→")
"""What mail and word processors make of an arrow, too."""
SUBPLAN = re.compile(r"(?:InitPlan|SubPlan|CTE) \S.{0,200}")
ELLIPSES = ("…", "...")
DAMAGED = (
    "The indentation of this plan was lost or changed, so what feeds what cannot be told. Copy it "
    "again, or use FORMAT JSON."
)
PREFIXED = (
    "Something stands before the lines of this plan, or their letters were changed. Copy it again "
    "without that, or use FORMAT JSON."
)
BEFORE_ARROW = re.compile(r"\s*[^\s(-][^(]{0,60}?\s->  \S.*\((?:cost|actual time|actual rows)=")
UNREADABLE = (
    "The numbers of a node of this plan are not as the server prints them. Copy it again, or use "
    "FORMAT JSON."
)
NO_END = "There is no Execution Time: SUMMARY was off, or the end of this plan is missing."
MISSING = "lines are missing: "
JOINS = frozenset(("Hash Join", "Merge Join", "Nested Loop"))
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
    reader.finish()
    if start:
        reader.top["Query Text"] = _query(lines[:start])
    if reader.unread:
        reader.top["Unread Lines"] = reader.unread
    notes = [f"{FIRST_OF}{others + 1} plans in this text."] if others else []
    return explain_json.plan(
        reader.top, (*notes, *reader.notes()), (*reader.unread, *reader.cut, *notes)
    )


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
        self.unread: list[str] = []
        self.cut: list[str] = []
        root = self._opened(root_line.strip().removeprefix("->").strip())
        self.top: Fields = {"Plan": root}
        self._is_inner = root_line.strip().startswith("->")
        self._shift: int | None = None
        self._open: list[tuple[int, Fields]] = [(-1, root)]
        self._nodes = [root]
        self._subplan: tuple[int, str] | None = None
        self._worker: tuple[int, Fields] | None = None
        self._section: tuple[int, Fields] | None = None

    def is_another_root(self, line: str) -> bool:
        """Whether the line opens a second plan: rules can make several of one statement. Raises
        StudioError where an arrow says that it opens none.
        """
        if BEFORE_ARROW.match(line):
            raise StudioError(PREFIXED)
        return (
            _indent(line) <= self.margin
            and not LIKE_ARROW.match(line.lstrip())
            and bool(NUMBERS.search(line))
        )

    def take(self, line: str) -> None:
        """Read one line, whatever it is."""
        text = line.strip()
        column = len(line) - len(line.lstrip()) - self.margin
        if LIKE_ARROW.match(text):
            if not text.startswith(ARROW):
                raise StudioError(DAMAGED)
            self._node(column, text[2:].strip())
        elif SUBPLAN.fullmatch(text) and ": " not in text:
            self._subplan = (column, text)
        elif not self._summary(column, text):
            self._property(column, text)

    def _opened(self, text: str) -> Fields:
        """A node, and what stands behind its numbers, where nothing has to."""
        fields = node_fields(text)
        if behind := _behind(text):
            self.unread.append(behind)
        return fields

    def finish(self) -> None:
        """What can only be told of the whole. Raises StudioError where numbers are lost."""
        self.name_trigger_tables()
        self._tell_missing_lines()
        self.refuse_lost_numbers()

    def notes(self) -> Iterator[str]:
        """What was not read, and what seems to be missing."""
        if self.unread:
            count = plural(len(self.unread), "line")
            yield f"{count} not understood, first: {self.unread[0]}"
        if "Actual Loops" in self.top["Plan"] and "Execution Time" not in self.top:
            yield NO_END
        if self.cut:
            yield f"{plural(len(self.cut), 'line')} cut off, first: {self.cut[0]}"

    def _tell_missing_lines(self) -> None:
        """Note where a plan begins in its middle, and a join that has lost a side."""
        if self._is_inner:
            self.unread.append(f"{MISSING}the plan begins with an inner node")
        for node in self._nodes:
            sides = [child["Parent Relationship"] for child in node.get("Plans", ())]
            if node.get("Node Type") in JOINS and not {"Outer", "Inner"} <= set(sides):
                self.unread.append(f"{MISSING}{node['Node Type']} has not two sides")

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
        fields = self._opened(text)
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
        if any(isinstance(self.top.get(label), str) for label in TIMED):
            self.unread.append(text)
        self._section = (column, opened)
        return True

    def _property(self, column: int, text: str) -> None:
        if _is_foreign(text):
            self.unread.append(text)
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
    _refuse_unreadable(text, ("cost", cost), ("actual", actual))
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


def _refuse_unreadable(text: str, *numbers: tuple[str, re.Match[str] | None]) -> None:
    """Raise StudioError for a name that no node has, and for numbers that are there unread."""
    if not re.match("[A-Z]", text):
        raise StudioError(PREFIXED)
    for word, found in numbers:
        if not found and re.search(rf"\({word}\b", text, re.IGNORECASE):
            raise StudioError(UNREADABLE)


def _is_foreign(text: str) -> bool:
    """Whether the server cannot have printed a line so: an entity of HTML outside of constants,
    something right behind one (its quotes were doubled, or half an entity), a border at the end.
    """
    doubled = any(
        text[found.end() : found.end() + 1].isalnum() for found in CONSTANT.finditer(text)
    )
    return doubled or text.endswith("|") or bool(ENTITY.search(CONSTANT.sub("", text)))


def _behind(text: str) -> str:
    """What follows the numbers of a node."""
    found = [match.end() for match in (COST.search(text), ACTUAL.search(text)) if match]
    return text[max(found) :].replace(NEVER, "").strip(" )") if found else ""


def actual_fields(found: re.Match[str]) -> Fields:
    """A measurement as JSON fields; without TIMING there is none for time."""
    fields: Fields = {"Actual Rows": float(found[3]), "Actual Loops": float(found[4])}
    if found[1] is not None:
        fields |= {"Actual Startup Time": float(found[1]), "Actual Total Time": float(found[2])}
    return fields
