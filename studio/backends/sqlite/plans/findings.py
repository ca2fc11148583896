"""What a SQLite query plan shows, and the indexes worth testing (explain/README.md, §3).

The plan names loops, the SQL holds the conditions, the facts hold sizes and indexes; a finding
needs all three. Without facts only what the plan itself says is told.
"""

from collections.abc import Iterator
from dataclasses import replace

from studio.backends.plans.words import count
from studio.backends.sqlite.plans import conditions, ends, query_terms
from studio.backends.sqlite.plans import hints as sqlite_hints
from studio.backends.sqlite.plans.loop import Loop
from studio.backends.sqlite.plans.loops import MANY_ROWS, PlannedStatement, planned_statement
from studio.backends.sqlite.plans.query_plan import DatabaseFacts, PlanStep
from studio.backends.sqlite.plans.rehearsal import Checks
from studio.backends.sqlite.plans.rule_base import Fixes, Weighted, weighted
from studio.model.finding import Finding, IndexHint, Severity

STALE = 5
"""Times by which sqlite_stat1 may be off before it is called stale."""
HANDFUL = 50
"""Rows of which an index is built in no time."""
FEWER_ROWS = "Ask for fewer rows, where fewer would do."
NOTHING = "Nothing to do"
SORTED_FOR = {"ORDER BY": "order", "GROUP BY": "group", "DISTINCT": "distinct"}


def findings(
    steps: tuple[PlanStep, ...],
    sql: str = "",
    facts: DatabaseFacts | None = None,
    checks: Checks | None = None,
) -> tuple[tuple[Finding, ...], tuple[IndexHint, ...]]:
    """What the plan shows, by the rows it moves, and the indexes that suggests; `checks` tries
    advice before it is given.
    """
    query = planned_statement(steps, sql, facts or DatabaseFacts())
    hints = sqlite_hints.hints(query, checks)
    written: dict[str, list[str]] = {}
    for hint in hints:
        written.setdefault(hint.path or "", []).append(hint.sql)
    fixes = Fixes({path: "\n".join(sqls) for path, sqls in written.items()}, checks)
    found: list[tuple[float, Finding]] = []
    for rule in RULES:
        found += rule(query, fixes)
    found.sort(key=lambda pair: (pair[1].severity is Severity.INFO, -pair[0]))
    told = tuple(finding for _, finding in found)
    if all(finding.severity is Severity.INFO for finding in told):
        told = tuple(map(_at_rest, told))
    return told, tuple(h for h in hints if any(h.sql in finding.fix for finding in told))


def _at_rest(finding: Finding) -> Finding:
    """Said only where no finding of the plan has anything to try: a proof would say otherwise."""
    otherwise = finding.fix[:1].lower() + finding.fix[1:]
    return replace(finding, fix=f"{NOTHING}, or {otherwise}" if otherwise else f"{NOTHING}.")


def scans(query: PlannedStatement, fixes: Fixes) -> Iterator[Weighted]:
    """Tables read from start to end."""
    for loop in query.loops:
        if not loop.is_full_scan or (loop.rows or 0) < MANY_ROWS or _is_told(loop, fixes):
            continue
        name, rows = loop.table, loop.rows or 0
        instead = next((found.says for _, found in loop.rewrites), "")
        fix = fixes.get(str(loop.step.id), instead)
        if loop.position or loop.in_correlated:
            yield weighted(
                "sqlite_nested_full_scan",
                loop.step,
                f"{name} ({count(rows)} rows) is read whole for every row of the loop around it.",
                "No index finds the rows that belong to one outer row.",
                fix or fixes.index(f"An index on the column {name} is joined on."),
                "When the outer loop has one row, it is read once.",
                rows * query.outer_rows(loop),
            )
        elif loop.could_search:
            yield weighted(
                "sqlite_full_scan",
                loop.step,
                f"{name} ({count(rows)} rows) is read whole.",
                "No index serves its condition.",
                fix or fixes.index("An index on the column of the condition."),
                "A condition that keeps most rows is best scanned.",
                rows,
            )
        elif fix and loop.joined:
            yield weighted(
                "sqlite_full_scan",
                loop.step,
                f"{name} ({count(rows)} rows) is read whole, though another table is narrowed.",
                "No index finds its rows by the column it is joined on, so it is read first.",
                fix,
                "Where the other table keeps most of its rows, this is no gain.",
                rows,
            )
        elif fix:
            yield weighted(
                "sqlite_full_scan",
                loop.step,
                f"{name} ({count(rows)} rows) is read whole.",
                "No index serves the condition that is handed down to it from around its query.",
                fix,
                "A condition that keeps most rows is best scanned.",
                rows,
            )
        elif (loop.item is not None or not query.scopes) and not (loop.hidden or loop.wildcards):
            limited = loop.scope is not None and bool(loop.scope.clause("limit"))
            sorts = any(s.kind == "TEMP_BTREE" for s in query.steps)
            yield weighted(
                "sqlite_full_scan_unfiltered",
                loop.step,
                f"{name} ({count(rows)} rows) is read from its start until LIMIT has its rows."
                if limited and not sorts
                else f"{name} ({count(rows)} rows) is read whole, as nothing narrows it.",
                "The statement asks for all of it, or its condition fits no index.",
                FEWER_ROWS,
                "",
                rows,
                Severity.INFO,
            )


def _is_told(loop: Loop, fixes: Fixes) -> bool:
    """Whether the finding about its condition says all there is to say of reading it whole."""
    is_nested = bool(loop.position) or loop.in_correlated
    return bool(loop.rewrites) and not is_nested and not fixes.get(str(loop.step.id))


def automatic_indexes(query: PlannedStatement, fixes: Fixes) -> Iterator[Weighted]:
    """Indexes SQLite builds and throws away at every run."""
    for loop in query.loops:
        if not loop.step.automatic or (loop.is_base and loop.rows in range(HANDFUL)):
            continue
        parts = [part.rstrip("=?<>") for part in loop.step.constraints if part[0] != "<"]
        columns = ", ".join(parts)
        if loop.is_base:
            yield weighted(
                "sqlite_auto_index",
                loop.step,
                f"An index on {loop.table} ({columns}) is built anew at every run.",
                "The index is missing: SQLite found it worth building for one statement.",
                fixes.get(str(loop.step.id))
                or sqlite_hints.statement(loop, parts, fixes.checks)
                or fixes.index(f"An index on ({columns}) of the table called {loop.table} here."),
                "For a statement run once a day it may be cheaper this way.",
                loop.rows or 0,
            )
        else:
            yield weighted(
                "sqlite_auto_index_subquery",
                loop.step,
                f"The result {loop.step.object} gets a temporary index on {columns}.",
                "It is no table, so it cannot have an index of its own.",
                "Write the subquery as a join.",
                "",
                severity=Severity.INFO,
            )


def temporary_trees(query: PlannedStatement, fixes: Fixes) -> Iterator[Weighted]:
    """Sorting, grouping and DISTINCT through a temporary b-tree."""
    for step in query.steps:
        if step.kind == "COMPOUND_TEMP" and query.rows_near(step) >= MANY_ROWS:
            yield weighted(
                "sqlite_temp_btree_compound",
                step,
                f"{step.detail} removes duplicates through a temporary b-tree.",
                f"{step.detail} compares whole rows.",
                "UNION ALL, if there can be no duplicates."
                if step.detail == "UNION"
                else "An EXISTS or NOT EXISTS on indexed columns.",
                "UNION ALL returns duplicates where there are any.",
                query.rows_near(step),
            )
        if step.kind != "TEMP_BTREE" or query.rows_near(step) < MANY_ROWS:
            continue
        kind = next((kind for words, kind in SORTED_FOR.items() if words in step.detail), "")
        if not kind:
            continue
        part = "RIGHT PART" in step.detail or "LAST" in step.detail
        if kind == "order" and _sorts_groups(query, step):
            yield _sorted_groups(query, step)
            continue
        yield weighted(
            f"sqlite_temp_btree_{kind}",
            step,
            f"About {count(query.rows_near(step))} rows go through a temporary b-tree for "
            f"{step.detail}.",
            "The index used gives the first part of the order only."
            if part
            else "No index returns the rows in this order.",
            fixes.get(str(step.id), "") or _spared(query, step, fixes) or _unindexable(query, step),
            "With LIMIT, SQLite keeps only that many rows in the tree.",
            query.rows_near(step),
        )


def _spared(query: PlannedStatement, step: PlanStep, fixes: Fixes) -> str:
    """The statements advised for the loops it sorts, where those spare it too."""
    found = (fixes.get(str(loop.step.id)) for loop in query.siblings(step.parent))
    sqls = list(dict.fromkeys(sql for text in found for sql in text.splitlines()))
    is_spared = bool(sqls) and fixes.checks is not None and fixes.checks.used(sqls, step.raw)
    return "\n".join(sqls) if is_spared else ""


def _sorts_groups(query: PlannedStatement, step: PlanStep) -> bool:
    """Whether what is sorted are groups, of which there are fewer than rows read."""
    around = query.siblings(step.parent)
    scope = around[0].scope if around else None
    if scope is None or not scope.clause("group") or scope.compound:
        return False
    return not query_terms.window_order(scope)


def _unindexable(query: PlannedStatement, step: PlanStep) -> str:
    """Why no index was found that returns rows in this order."""
    around = query.siblings(step.parent)
    scope = around[0].scope if around else None
    if scope is None or scope.compound or scope.clause("group"):
        return "The result of an aggregate or a compound query cannot be indexed."
    return "No index that returns rows in this order was found."


def _sorted_groups(query: PlannedStatement, step: PlanStep) -> Weighted:
    return weighted(
        "sqlite_temp_btree_order",
        step,
        f"The groups go through a temporary b-tree for {step.detail}: at most "
        f"{count(query.rows_near(step))}, and as a rule far fewer.",
        "They are only known when all of their rows were read.",
        FEWER_ROWS,
        "",
        severity=Severity.INFO,
    )


def correlated(query: PlannedStatement, fixes: Fixes) -> Iterator[Weighted]:
    """Subqueries run once per row."""
    for step in query.steps:
        if not step.correlated or not query.under_loop(step):
            continue
        inner = (fixes.get(str(loop.step.id), "") for loop in query.inside(step))
        yield weighted(
            "sqlite_correlated_subquery",
            step,
            f"Subquery {step.detail} runs once per row of the loop around it.",
            "It names columns of the query around it.",
            next((sql for sql in inner if sql), "")
            or "A join, a window function, or an index on the column it is correlated by.",
            "With few outer rows and an index inside, this is cheap.",
        )


def skip_scans(query: PlannedStatement, fixes: Fixes) -> Iterator[Weighted]:
    """An index used although its first column is not asked for."""
    for loop in query.loops:
        skipped = [part for part in loop.step.constraints if part.startswith("ANY(")]
        if skipped:
            yield weighted(
                "sqlite_skip_scan",
                loop.step,
                f"{loop.step.index} is searched once for every value of {skipped[0][4:-1]}.",
                "The condition does not name the index's first column.",
                fixes.get(str(loop.step.id))
                or fixes.index(f"An index without {skipped[0][4:-1]} in front."),
                "With a handful of different values it is nearly as good.",
                loop.rows or 0,
            )


def statistics(query: PlannedStatement, _: Fixes) -> Iterator[Weighted]:
    """Statistics that are missing or old."""
    if query.facts.has_stat1 is False and (query.joins or query.candidates >= 2):  # noqa: PLR2004 - a choice needs two
        yield weighted(
            "sqlite_no_stats",
            None,
            "There are no statistics: sqlite_stat1 is missing.",
            "SQLite guesses how many rows each index would find.",
            "PRAGMA optimize; -- or ANALYZE;",
            "The plan may stay as it is.",
        )
    seen: set[str] = set()
    for loop in query.loops:
        facts = loop.facts
        if facts is None or facts.name in seen or facts.rows is None:
            continue
        seen.add(facts.name)
        then = facts.counted_by_stat1
        if then is None or max(then, facts.rows, 1) < STALE * max(1, min(then, facts.rows)):
            continue
        yield weighted(
            "sqlite_stale_stats",
            loop.step,
            f"{facts.name} has {count(facts.rows)} rows, the statistics say {count(then)}.",
            "ANALYZE ran when the table was another size.",
            f"ANALYZE {sqlite_hints.quoted(facts.name)};",
            "The plan may stay as it is.",
            facts.rows,
        )


RULES = (
    scans,
    automatic_indexes,
    temporary_trees,
    correlated,
    skip_scans,
    statistics,
    *conditions.RULES,
    *ends.RULES,
)
