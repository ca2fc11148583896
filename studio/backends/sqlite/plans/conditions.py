"""Conditions written so that no index, or only part of one, can serve them."""

import re
from collections.abc import Iterator

from studio.backends.plans.words import count
from studio.backends.sqlite.plans import hints as sqlite_hints
from studio.backends.sqlite.plans.loop import Loop
from studio.backends.sqlite.plans.loops import MANY_ROWS, PlannedStatement
from studio.backends.sqlite.plans.query_terms import QueryTerm
from studio.backends.sqlite.plans.rule_base import Fixes, Weighted, weighted

TRIGRAM = 3
"""Letters in a row a trigram index needs."""
WILDCARD = re.compile(r"[%_]")


def defeated(query: PlannedStatement, fixes: Fixes) -> Iterator[Weighted]:
    """Conditions written so that an existing index cannot serve them."""
    for loop in query.loops:
        if loop.facts is None or not loop.is_base:
            continue
        if loop.step.kind != "SCAN" and not loop.skips:
            continue
        for term in loop.defeated:
            yield weighted(
                "sqlite_expression_defeats_index",
                loop.step,
                f"{term.column} cannot use the index on the bare column.",
                "An index holds the column's values in its own collation."
                if " COLLATE " in term.column.upper()
                else "An index holds the column's values, not what a function makes of them.",
                fixes.get(str(loop.step.id))
                or sqlite_hints.statement(loop, [term.column], fixes.checks)
                or "Write the condition on the bare column.",
                "The expression must be deterministic.",
                loop.rows or 0,
            )
        for term, instead in loop.rewrites:
            yield weighted(
                "sqlite_expression_defeats_index",
                loop.step,
                f"{term.column} hides {instead.column}, by which {loop.table} can be searched.",
                "Rows are found by a column's own values, not by what is calculated from them.",
                instead.says,
                instead.doubt,
                loop.rows or 0,
            )
        for term in loop.unserved_likes:
            if not (loop.begins_index(term.column) or loop.skips):
                continue
            yield weighted(
                "sqlite_like_no_index",
                loop.step,
                f"LIKE '{term.pattern}' cannot use the index on {term.column}.",
                "LIKE ignores case, the index does not (its collation is BINARY).",
                _nocase(loop, term, fixes),
                "PRAGMA case_sensitive_like changes what LIKE means.",
                loop.rows or 0,
            )


def _nocase(loop: Loop, term: QueryTerm, fixes: Fixes) -> str:
    """The index this pattern needs, even where another line of the loop has its own."""
    mine = [sql for sql in fixes.get(str(loop.step.id)).splitlines() if " COLLATE NOCASE" in sql]
    return "\n".join(mine) or fixes.get(str(loop.step.id), "GLOB instead of LIKE minds the case.")


def wildcards(query: PlannedStatement, fixes: Fixes) -> Iterator[Weighted]:
    """Patterns that begin with a wildcard, which only full-text search finds."""
    for loop in query.loops:
        if not (loop.is_full_scan or loop.skips) or (loop.rows or 0) < MANY_ROWS:
            continue
        for term in loop.wildcards:
            letters = max(map(len, WILDCARD.split(term.pattern)), default=0)
            long_enough = letters >= TRIGRAM
            script = sqlite_hints.trigram(loop, term.column, fixes.checks) if long_enough else ""
            yield weighted(
                "sqlite_like_wildcard",
                loop.step,
                f"LIKE '{term.pattern}' begins with a wildcard: {loop.table} "
                f"({count(loop.rows or 0)} rows) is looked through.",
                "A b-tree is searched by how a value begins.",
                script or "Three letters in a row could be found by a full-text index (trigram).",
                "Ask it with: rowid IN (SELECT rowid FROM … WHERE … LIKE …). It is a copy: "
                "triggers have to keep it like the table, and every write pays."
                if script
                else "For a table that is seldom searched this is the cheapest.",
                loop.rows or 0,
            )


def hidden_columns(query: PlannedStatement, fixes: Fixes) -> Iterator[Weighted]:
    """`+column`, which is how an index is kept from being used."""
    del fixes
    for loop in query.loops:
        if not loop.is_base or (loop.rows or 0) < MANY_ROWS or loop.finds_one():
            continue
        for term in loop.hidden:
            yield weighted(
                "sqlite_hidden_column",
                loop.step,
                f"+{term.column} hides {term.column} from every index.",
                "The plus in front of a column has no other effect than that.",
                f"Write {term.column} without the plus.",
                "Somebody may have written it to keep a worse index from being used.",
                loop.rows or 0,
            )


def partly_used(query: PlannedStatement, fixes: Fixes) -> Iterator[Weighted]:
    """A search whose index does not hold all that is asked."""
    for loop in query.loops:
        fix = fixes.get(str(loop.step.id))
        if loop.step.kind != "SEARCH" or loop.skips or loop.step.automatic or not fix:
            continue
        if not loop.searched:
            continue
        yield weighted(
            "sqlite_index_partly_used",
            loop.step,
            f"{loop.step.index} finds rows of {loop.table} by {', '.join(loop.searched)} only.",
            "The rest of the condition is looked up in the table, row by row.",
            fix,
            "With few rows to a key this is nearly as good.",
            loop.rows_each_time() or 0,
        )


RULES = (defeated, wildcards, hidden_columns, partly_used)
