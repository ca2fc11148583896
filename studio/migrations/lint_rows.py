"""Waiting statements that empty, change or hide rows people have."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from studio.migrations.row_counts import RowCounts
from studio.migrations.words import Words
from studio.model.catalog import Table

Finding: TypeAlias = tuple[str, str]
"""A rule, and what it says."""

_MOST_NAMED = 3


def of_rows(words: Words, tables: Mapping[str, Table], counts: RowCounts) -> Iterator[Finding]:
    """What one statement does to rows; nothing of tables that are empty or not there yet."""
    if words.take("TRUNCATE"):
        words.take("TABLE")
        yield from _truncated(words, tables, counts)
    elif words.take("DELETE", "FROM"):
        words.take("ONLY")
        table, rows = _named(words, tables, counts)
        if rows and "WHERE" not in _all(words):
            yield "drops-data", f"deletes every row of {table}, which has {rows}."
    elif words.take("UPDATE"):
        words.take("ONLY")
        table, rows = _named(words, tables, counts)
        if rows and "WHERE" not in _all(words):
            yield "changes-all-rows", f"changes every row of {table}, which has {rows}."
    elif words.take("DROP", "SCHEMA"):
        words.take("IF", "EXISTS")
        yield from _schema(words, tables, counts)
    elif words.take("ALTER", "TABLE") or words.take("ALTER", "VIEW"):
        words.take("IF", "EXISTS")
        words.take("ONLY")
        yield from _renamed(words, tables, counts)


def _named(words: Words, tables: Mapping[str, Table], counts: RowCounts) -> tuple[str, str]:
    table = tables.get(words.name().lower())
    return (table.ref.name, counts.told(table)) if table is not None else ("", "")


def _all(words: Words) -> list[str]:
    """Every word that is left, brackets with what is in them left out."""
    found: list[str] = []
    depth = 0
    while not words.ended:
        for word in words.rest():
            depth += (word == "(") - (word == ")")
            if depth == 0:
                found.append(word)
    return found


def _truncated(words: Words, tables: Mapping[str, Table], counts: RowCounts) -> Iterator[Finding]:
    while not words.ended:
        words.take("ONLY")
        table, rows = _named(words, tables, counts)
        more = words.rest()
        if rows:
            others = " and every table that refers to it" if "CASCADE" in more else ""
            yield "drops-data", f"empties {table}{others}; it has {rows}."


def _schema(words: Words, tables: Mapping[str, Table], counts: RowCounts) -> Iterator[Finding]:
    name = words.name().lower()
    if "CASCADE" not in _all(words):
        return
    inside = [t for t in tables.values() if (t.ref.schema or "").lower() == name]
    full = [t for t in inside if counts.rows(t)]
    if full:
        told = ", ".join(f"{t.ref.name} with {counts.told(t)}" for t in full[:_MOST_NAMED])
        left = len(full) - _MOST_NAMED
        more = f" and {left:,} more" if left > 0 else ""
        yield "drops-data", f"drops the schema {name} and all that is in it: {told}{more}."


def _renamed(words: Words, tables: Mapping[str, Table], counts: RowCounts) -> Iterator[Finding]:
    table, rows = _named(words, tables, counts)
    if not rows or not words.take("RENAME") or words.take("CONSTRAINT"):
        return
    what = table
    if not words.take("TO"):
        words.take("COLUMN")
        what = f"{table}.{words.name()}"
        words.take("TO")
    yield (
        "renames-used",
        f"renames {what} to {words.name()}: what runs now still asks for the old name, until all "
        "of it is replaced.",
    )
