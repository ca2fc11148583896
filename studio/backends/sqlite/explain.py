"""EXPLAIN QUERY PLAN of SQLite, 3.24 to today → steps.

SQLite calls this output unstable: a line outside the grammar is kept as it is, never an error.
"""

import json
import re
from collections.abc import Iterable, Sequence

from studio.model.errors import StudioError
from studio.model.query_plan import Step

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
HEAD = 1_000
"""Characters in which a saved plan shows what it is; others are not decoded for nothing."""
ROWS = re.compile(r"\[\s*\[\s*[0-9]")
TREE = re.compile(r"(?P<guides>[|` -]*?)(?:[|`]--)(?P<detail>.+)")
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
    "LEFT-MOST SUBQUERY": "LEFTMOST",
    "UNION ALL": "UNION_ALL",
    "MULTI-INDEX OR": "MULTI_INDEX_OR",
    "SETUP": "SETUP",
    "RECURSIVE STEP": "RECURSIVE_STEP",
    "LEFT": "LEFT",
    "RIGHT": "RIGHT",
}


def steps(rows: Iterable[Sequence[object]]) -> tuple[Step, ...]:
    """Rows of `id, parent, notused, detail` → steps, in the order SQLite gave them."""
    found: list[Step] = []
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


def step(here: int, parent: int, text: str, cost: int = 0) -> Step:
    """One line by the grammar of explain.md §4.2."""
    loop = LOOP.fullmatch(text)
    if loop:
        return _loop(here, parent, text, cost)
    kind, detail, correlated = _other(text)
    return Step(here, parent, kind, text, detail=detail, correlated=correlated, cost=cost)


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


def _loop(here: int, parent: int, text: str, cost: int) -> Step:
    kind, _, rest = text.partition(" ")
    rest = rest.removeprefix("TABLE ").removeprefix("SUBQUERY ")
    join, virtual = "", ""
    if joined := JOIN.fullmatch(rest):
        rest, join = joined[1], joined[2]
    if by_module := VIRTUAL.fullmatch(rest):
        rest, virtual = by_module[1], by_module[2]
    used = USING.fullmatch(rest)
    name, table = _named(used["object"] if used else rest)
    index, constraints = _index(used) if used else ("", ())
    return Step(
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


def as_json(item: Step) -> dict[str, object]:
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


def is_saved(text: str) -> bool:
    """Whether a pasted text looks like a query plan of SQLite rather than of another engine."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return False
    if lines[0].strip() == "QUERY PLAN" and len(lines) > 1:
        return bool(TREE.fullmatch(lines[1].rstrip()))
    return bool(TREE.fullmatch(lines[0].rstrip())) or _decoded(text) is not None


def parse(text: str) -> tuple[Step, ...]:
    """A saved plan: rows as JSON, or the tree the sqlite3 shell draws."""
    rows = _decoded(text)
    return steps(rows) if rows is not None else _tree(text)


def _decoded(text: str) -> list[Sequence[object]] | None:
    """The rows of a JSON text; None when it is no JSON, or JSON of something else."""
    start = text[:HEAD].lstrip()
    if start[:1] not in {"{", "["} or not ('"detail"' in start or ROWS.match(start)):
        return None
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    rows = answer
    if isinstance(answer, dict):
        columns = answer.get("columns")
        rows = answer.get("rows") if isinstance(columns, list) and "detail" in columns else None
    if not isinstance(rows, list) or not rows:
        return None
    if all(isinstance(row, dict) and "detail" in row and "id" in row for row in rows):
        return [
            (row["id"], row.get("parent", 0), row.get("notused", 0), row["detail"]) for row in rows
        ]
    is_row = all(isinstance(row, list) and len(row) == 4 for row in rows)  # noqa: PLR2004 - columns
    return rows if is_row else None


def _tree(text: str) -> tuple[Step, ...]:
    """The shell's tree: three characters of guide per level."""
    found: list[Step] = []
    open_at: list[int] = []
    for line in text.splitlines():
        drawn = TREE.fullmatch(line.rstrip())
        if not drawn:
            continue
        depth = len(drawn["guides"]) // 3
        del open_at[depth:]
        here = len(found) + 1
        found.append(step(here, open_at[-1] if open_at else 0, drawn["detail"]))
        open_at.append(here)
        if len(found) > MOST_STEPS:
            raise StudioError("This plan has more steps than any real one.")
    if not found:
        raise StudioError("There is no query plan in this text.")
    return tuple(found)
