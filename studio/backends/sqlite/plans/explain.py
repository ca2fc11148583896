"""EXPLAIN QUERY PLAN of SQLite, 3.24 to today → steps.

SQLite calls this output unstable: a line outside the grammar is kept as it is, never an error.
"""

import re
from collections.abc import Iterable, Sequence

from studio.backends.sqlite.plans.query_plan import PlanStep
from studio.model.errors import StudioError

MOST_STEPS = 20_000
LOOP = re.compile(r"(SCAN|SEARCH) (?:TABLE |SUBQUERY )?(.*)", re.DOTALL)
AS_ALIAS = re.compile(r"(.+?) AS (\S+)")
USING = re.compile(
    r"(?P<object>.*?) USING (?P<automatic>AUTOMATIC )?(?P<partial>PARTIAL )?"
    r"(?P<covering>COVERING )?(?P<key>INDEX|INTEGER PRIMARY KEY|PRIMARY KEY)(?P<rest>.*)",
    re.DOTALL,
)
VIRTUAL = re.compile(r"(.*?) VIRTUAL TABLE INDEX (.*)", re.DOTALL)
JOIN = re.compile(r"(.*) ((?:LEFT|RIGHT|FULL)-JOIN)", re.DOTALL)
SUBQUERY = re.compile(
    r"(?P<reuse>REUSE )?(?P<correlated>CORRELATED )?(?P<what>SCALAR |LIST |)SUBQUERY (?P<n>[0-9]+)"
)
COMPOUND = re.compile(r"(UNION|EXCEPT|INTERSECT) USING TEMP B-TREE")
MERGE = re.compile(r"MERGE \((.+)\)")
PREFIXED = (
    ("USE TEMP B-TREE FOR ", "TEMP_BTREE"),
    ("CO-ROUTINE ", "CO_ROUTINE"),
    ("MATERIALIZE ", "MATERIALIZE"),
    ("CREATE BLOOM FILTER ON ", "CREATE_BLOOM_FILTER"),
    ("BLOOM FILTER ON ", "BLOOM_FILTER"),
    ("RIGHT-JOIN ", "RIGHT_JOIN"),
    ("INDEX ", "OR_BRANCH"),
    ("USING ROWID SEARCH ON TABLE ", "IN_ROWID"),
    ("USING INDEX ", "IN_INDEX"),
)
WHOLE = {
    "COMPOUND QUERY": "COMPOUND",
    "CREATE BLOOM FILTER": "CREATE_BLOOM_FILTER",
    "LEFT-MOST SUBQUERY": "LEFTMOST",
    "UNION ALL": "UNION_ALL",
    "MULTI-INDEX OR": "MULTI_INDEX_OR",
    "SETUP": "SETUP",
    "RECURSIVE STEP": "RECURSIVE_STEP",
    "LEFT": "LEFT",
    "RIGHT": "RIGHT",
}


def steps(rows: Iterable[Sequence[object]]) -> tuple[PlanStep, ...]:
    """Rows of `id, parent, notused, detail` → steps, in the order SQLite gave them."""
    found: list[PlanStep] = []
    for row in rows:
        if len(row) < 4 or len(found) >= MOST_STEPS:  # noqa: PLR2004 - the four columns of a row
            raise StudioError("These are no rows of EXPLAIN QUERY PLAN.")
        here, parent, cost, detail = row[0], row[1], row[2], row[3]
        found.append(step(_whole(here), _whole(parent), str(detail), _whole(cost)))
    return tuple(found)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise StudioError("These are no rows of EXPLAIN QUERY PLAN: an id is no number.")
    return value


def step(here: int, parent: int, text: str, cost: int = 0) -> PlanStep:
    """One line as SQLite writes it."""
    loop = LOOP.fullmatch(text)
    if loop:
        return _loop(here, parent, text, cost)
    kind, detail, correlated = _other(text)
    return PlanStep(here, parent, kind, text, detail=detail, correlated=correlated, cost=cost)


def _other(text: str) -> tuple[str, str, bool]:
    """Kind, detail and whether it is correlated, for a line that is no loop."""
    if text in WHOLE:
        return WHOLE[text], "", False
    subquery = SUBQUERY.fullmatch(text)
    if subquery:
        what = f"{subquery['what'].strip()}_SUBQUERY".lstrip("_")
        reused = "REUSE_" if subquery["reuse"] else ""
        return f"{reused}{what}", subquery["n"], bool(subquery["correlated"])
    compound, merge = COMPOUND.fullmatch(text), MERGE.fullmatch(text)
    if compound:
        return "COMPOUND_TEMP", compound[1], False
    if merge:
        return "MERGE", merge[1], False
    for prefix, kind in PREFIXED:
        if text.startswith(prefix):
            return kind, _detail(kind, text.removeprefix(prefix)), False
    return "OTHER", text, False


def _detail(kind: str, rest: str) -> str:
    if kind == "OR_BRANCH":
        return ""
    if kind.endswith("BLOOM_FILTER"):
        return rest.partition(" (")[0]
    return rest.removesuffix(" FOR IN-OPERATOR")


def _loop(here: int, parent: int, text: str, cost: int) -> PlanStep:
    kind, _, rest = text.partition(" ")
    rest = rest.removeprefix("TABLE ").removeprefix("SUBQUERY ")
    join, virtual = "", ""
    if joined := JOIN.fullmatch(rest):
        rest, join = joined[1], joined[2]
    if by_module := VIRTUAL.fullmatch(rest):
        rest, virtual = by_module[1], by_module[2]
    used = USING.fullmatch(rest)
    # Since 3.51 the loop of an EXISTS that became a join says so behind the name.
    name, table = _named((used["object"] if used else rest).removesuffix(" EXISTS"))
    index, constraints = _index(used) if used else ("", ())
    return PlanStep(
        id=here,
        parent=parent,
        kind=kind,
        raw=text,
        object=name,
        table=table,
        index=index,
        covering=bool(used and used["covering"]),
        automatic=bool(used and used["automatic"]),
        partial=bool(used and used["partial"]),
        constraints=constraints,
        virtual=virtual,
        join=join,
        cost=cost,
    )


def _named(text: str) -> tuple[str, str]:
    """`t AS a`, as 3.35 and older print it → (a, t); anything else names itself."""
    old = AS_ALIAS.fullmatch(text)
    return (old[2], old[1]) if old else (text, "")


def _index(used: re.Match[str]) -> tuple[str, tuple[str, ...]]:
    rest = used["rest"]
    bracket = rest.find(" (")
    name = rest[:bracket] if bracket >= 0 else rest
    inside = rest[bracket + 2 :].removesuffix(")") if bracket >= 0 else ""
    if used["key"] != "INDEX":
        name = used["key"]
    return ("" if used["automatic"] else name.strip()), conditions(inside)


def conditions(inside: str) -> tuple[str, ...]:
    """`a=? AND b>?` → its parts; an AND inside brackets belongs to an expression."""
    parts, depth, start = [], 0, 0
    for place, char in enumerate(inside):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif depth == 0 and inside.startswith(" AND ", place):
            parts.append(inside[start:place])
            start = place + 5
    if inside:
        parts.append(inside[start:])
    return tuple(parts)


def as_json(item: PlanStep) -> dict[str, object]:
    """One step as `studio explain --json` prints it: only what it has."""
    shown: dict[str, object] = {"id": item.id, "parent": item.parent, "kind": item.kind}
    for name in ("object", "index", "automatic", "partial", "covering", "virtual", "detail"):
        if value := getattr(item, name):
            shown[name] = value
    if item.constraints:
        shown["constraints"] = list(item.constraints)
    for name in ("join", "correlated"):
        if value := getattr(item, name):
            shown[name] = value
    return shown
