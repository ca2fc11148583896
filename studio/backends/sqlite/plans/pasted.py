"""Query plans of SQLite as people save them: the shell's tree or its rows in any mode, or JSON."""

import json
import re
from collections.abc import Sequence

from studio.backends.sqlite.plans.explain import MOST_STEPS, step, steps
from studio.backends.sqlite.plans.query_plan import PlanStep
from studio.model.errors import StudioError

HEAD = 1_000
"""Characters in which a saved plan shows what it is; others are not decoded for nothing."""
ROWS = re.compile(r"\[\s*\[\s*[0-9]")
TITLE = re.compile(r"\s*QUERY PLAN\s*")
TREE = re.compile(r"(?P<guides>[|` -]*?)(?:[|`]--)(?P<detail>.+)")
BETWEEN = r"\s*[|│,\s]\s*"
ROW = re.compile(
    rf"[\s|│(\[]*(?P<id>\d{{1,9}}){BETWEEN}(?P<parent>\d{{1,9}}){BETWEEN}(?P<cost>\d{{1,9}}){BETWEEN}"
    r"(?:(?P<quote>['\"])(?P<inside>[A-Z].*?)(?P=quote)[\s)\],|│]*|(?P<detail>[A-Z].*?)[\s|│]*)"
)
HEADINGS = re.compile(r"[\s|│\"]*(?:id|selectid)\W+(?:parent|order)\W+(?:notused|from)\W+detail\W*")
RULE = re.compile(r"[\s|+─│┌┐└┘├┤┬┴┼-]+")
LONGEST_LINE = 4_000
WORDS = (
    "SCAN ",
    "SEARCH ",
    "CO-ROUTINE ",
    "MATERIALIZE ",
    "COMPOUND ",
    "MULTI-INDEX OR",
    "MERGE (",
)
"""What at least one row of a query plan begins with."""


def is_saved(text: str) -> bool:
    """Whether a pasted text looks like a query plan of SQLite rather than of another engine."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return False
    return _tree_lines(lines) != [] or _listed(lines) is not None or _decoded(text) is not None


def parse(text: str) -> tuple[PlanStep, ...]:
    """A saved plan: rows as JSON or as the shell lists them, or the tree it draws."""
    rows = _decoded(text)
    if rows is not None:
        return steps(rows)
    lines = [line for line in text.splitlines() if line.strip()]
    listed = _listed(lines)
    return steps(listed) if listed is not None else _tree(_tree_lines(lines))


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


def _listed(lines: Sequence[str]) -> list[Sequence[object]] | None:
    """Rows as the shell prints them in any mode, or a program its tuples; None for other text."""
    written = [line for line in lines if not HEADINGS.fullmatch(line) and not RULE.fullmatch(line)]
    if not written or not _row(written[0]):
        return None
    found = [_row(line) for line in written[: MOST_STEPS + 1]]
    rows = [
        (int(row["id"]), int(row["parent"]), int(row["cost"]), row["inside"] or row["detail"])
        for row in found
        if row
    ]
    if len(rows) < len(found) or not any(row[3].startswith(WORDS) for row in rows):
        return None
    # No row of a tree is 0. Until 3.23 the columns were selectid, order, from: loops of one
    # select belong together, how the selects hang together was not told.
    if all(row[0] for row in rows):
        return list(rows)
    return [(place, -row[0], 0, row[3]) for place, row in enumerate(rows, 1)]


def _row(line: str) -> re.Match[str] | None:
    return ROW.fullmatch(line) if len(line) <= LONGEST_LINE else None


def _tree_lines(lines: Sequence[str]) -> list[str]:
    """The drawn part: below a line QUERY PLAN, or the whole when it begins with a branch."""
    title = next((place for place, line in enumerate(lines) if TITLE.fullmatch(line)), -1)
    drawn = [line.rstrip() for line in lines[title + 1 :]]
    margin = len(drawn[0]) - len(drawn[0].lstrip()) if drawn else 0
    drawn = [line[margin:] for line in drawn]
    return drawn if drawn and TREE.fullmatch(drawn[0]) else []


def _tree(lines: Sequence[str]) -> tuple[PlanStep, ...]:
    """The shell's tree: three characters of guide per level."""
    found: list[PlanStep] = []
    open_at: list[int] = []
    for line in lines:
        drawn = TREE.fullmatch(line)
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
