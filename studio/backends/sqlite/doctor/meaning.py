"""What else says something about a column: it means another thing once the values are others."""

from collections.abc import Iterator, Sequence

from studio.backends.sqlite import ddl
from studio.backends.sqlite.doctor.look import FileCheckup
from studio.model.catalog import Column, Table
from studio.sqltext.syntax import SQLITE
from studio.sqltext.tokens import Token, unquoted

_CONDITIONS = {"CHECK": "a CHECK", "AS": "a generated column"}


def depending(look: FileCheckup, table: Table, column: Column) -> tuple[str, ...]:
    """In words: the default, checks, generated columns, views, triggers, and the indexes with a
    condition or an expression that read a column's values.
    """
    return tuple(dict.fromkeys(_depending(look, table, column)))


def _depending(look: FileCheckup, table: Table, column: Column) -> Iterator[str]:
    if column.default is not None and column.default.upper() != "NULL":
        yield f"DEFAULT {column.default}"
    found = ddl.tokens(look.text_of(table))
    for at, token in enumerate(found[:-1]):
        if token.mark in _CONDITIONS and found[at + 1].mark == "(":
            inside = found[at + 1 : ddl.closing(found, at + 1)]
            if column.name.lower() in _names(inside):
                yield _CONDITIONS[token.mark]
    for index in table.indexes:
        text = look.texts.get(("index", index.name.lower()), "")
        is_plain = index.predicate is None and len(index.parts) == len(index.columns)
        if not is_plain and column.name.lower() in _names(ddl.tokens(text)):
            yield f"index {index.name}"
    yield from _views_and_triggers(look, table, column)


def _views_and_triggers(look: FileCheckup, table: Table, column: Column) -> Iterator[str]:
    """Also those over such a view."""
    sources = {table.ref.name.lower()}
    waiting = [
        (one, _names(ddl.tokens(one.sql))) for one in look.stored if one.kind in {"view", "trigger"}
    ]
    while True:
        reads = [
            (one, names)
            for one, names in waiting
            if names & sources and names & {column.name.lower(), "*"}
        ]
        if not reads:
            return
        for one, _ in reads:
            yield f"{one.kind} {one.name}"
            if one.kind == "view":
                sources.add(one.name.lower())
        waiting = [pair for pair in waiting if pair not in reads]


def _names(tokens: Sequence[Token]) -> set[str]:
    return {unquoted(token, SQLITE).lower() for token in tokens}


def refusal(becomes: str, depend: Sequence[str]) -> str:
    """Why no script is written."""
    return (
        f"no script is written: the values become {becomes}, and what reads them would mean "
        f"something else: {', '.join(depend)}. Change all of it together"
    )
