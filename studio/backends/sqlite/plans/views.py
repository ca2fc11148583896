"""Views as SQLite's planner sees them: their queries, with their readers' conditions."""

from collections.abc import Mapping
from dataclasses import replace

from studio.backends.sqlite.plans import query_shape, query_terms
from studio.backends.sqlite.plans.query_shape import FromItem, SelectScope, name_of
from studio.sqltext.tokens import Token, TokenKind

DEEPEST = 8
"""Views of views that are opened."""
CLOSED = ("group", "having", "limit", "window")
"""Clauses through which no condition passes."""


def with_views(
    scopes: tuple[SelectScope, ...], views: Mapping[str, str]
) -> tuple[SelectScope, ...]:
    """The scopes of a statement, and those of every view it reads."""
    found, fresh = list(scopes), list(scopes)
    for _ in range(DEEPEST if views else 0):
        fresh = [
            inner
            for scope in fresh
            for item in scope.items
            if item.table in views
            for inner in _opened(views[item.table], scope, item)
        ]
        found += fresh
    return tuple(found)


def _opened(sql: str, scope: SelectScope, item: FromItem) -> tuple[SelectScope, ...]:
    inner = query_shape.scopes(sql)
    if not inner or inner[0].compound or any(inner[0].clause(name) for name in CLOSED):
        return inner
    if inner[0].words & {"DISTINCT"}:
        return inner
    passed = list(inner[0].clause("where"))
    for condition in query_terms.conjuncts(scope.clause("where")):
        own = _about(condition, scope, item)
        if own:
            passed = [*_bracketed(passed), Token(TokenKind.WORD, "AND", 0), *own] if passed else own
    return (replace(inner[0], clauses={**inner[0].clauses, "where": passed}), *inner[1:])


def _bracketed(tokens: list[Token]) -> list[Token]:
    opening, closing = (Token(TokenKind.PUNCTUATION, mark, 0) for mark in "()")
    return [opening, *tokens, closing] if tokens else []


def _about(condition: list[Token], scope: SelectScope, item: FromItem) -> list[Token]:
    """A condition on the view alone, its qualifier taken off; else nothing."""
    kept: list[Token] = []
    places = iter(enumerate(condition))
    for place, token in places:
        following = condition[place + 1].text if place + 1 < len(condition) else ""
        if (name := name_of(token)) and following == ".":
            if name != item.alias:
                return []
            next(places)
            continue
        if token.word == "SELECT":
            return []
        kept.append(token)
    qualified = len(kept) < len(condition)
    return kept if qualified or len(scope.items) == 1 else []
