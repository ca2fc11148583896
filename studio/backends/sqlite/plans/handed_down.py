"""Conditions that stand outside a subquery, a CTE or a view, and that SQLite hands down into it
(https://sqlite.org/optoverview.html, "Predicate Push-Down").

What is found here is only a candidate: it is tried, and shown where the plan then uses it.
"""

from studio.backends.sqlite.plans import query_terms
from studio.backends.sqlite.plans.loop import Loop
from studio.backends.sqlite.plans.loops import PlannedStatement
from studio.backends.sqlite.plans.query_shape import SelectScope, name_of, split
from studio.backends.sqlite.plans.query_terms import Columns, QueryTerm

UNNAMED = "(subquery)"
"""One that was given no name of its own."""


def columns(query: PlannedStatement, loop: Loop) -> list[str]:
    """Columns of a loop's table that are compared outside its query: all that equal something,
    then one that has a bound.
    """
    if loop.facts is None or loop.scope is None:
        return []
    names = {name.lower(): name.lower() for name in loop.facts.columns}
    names |= {alias: own for alias, own in _aliases(loop.scope) if own in names}
    found: dict[str, str] = {}
    for scope in query.scopes:
        if scope is not loop.scope:
            for term in _terms_about(scope, query, frozenset(names)):
                found.setdefault(names[term.column], term.use)
    equal = [column for column, use in found.items() if use == "equality"]
    ranges = [column for column, use in found.items() if use == "range"]
    return [*equal, *ranges[:1]]


def _terms_about(
    scope: SelectScope, query: PlannedStatement, names: frozenset[str]
) -> list[QueryTerm]:
    """Conditions on what is no table of the database, and so may be the subquery."""
    tables = {item.alias: query.facts.table(item.table) for item in scope.items}
    if None not in tables.values() and any(t.text == "(" for t in scope.clause("from")):
        tables[UNNAMED] = None
    by_alias = {
        alias: names if known is None else frozenset(name.lower() for name in known.columns)
        for alias, known in tables.items()
    }
    return [
        term
        for term in query_terms.terms(scope, Columns(by_alias))
        if tables.get(term.alias, True) is None and term.use in {"equality", "range"}
        if term.column in names and not term.is_expression
    ]


def _aliases(scope: SelectScope) -> list[tuple[str, str]]:
    """What the query calls its columns, and the columns."""
    found = []
    for part in split(scope.clause("select")[1:], frozenset((",",))):
        words = [name_of(token) for token in part if token.text != "."]
        is_named = len(words) > 2 and words[-2] == "as"  # noqa: PLR2004 - `column AS name`
        own = words[-3] if is_named else ""
        if own and all(words) and len(words) <= 4:  # noqa: PLR2004 - `t.column AS name`
            found.append((words[-1], own))
    return found
