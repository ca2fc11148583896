"""What the text of a migration makes, by name: tables, columns, indexes, constraints, views.

Read from the text alone and nothing is run, so it is evidence and no proof: names put together by
a program are not seen.
"""

from dataclasses import dataclass, field
from pathlib import Path

from studio.migrations.framework import Framework
from studio.migrations.made_in_programs import tables_of
from studio.migrations.reading import files
from studio.migrations.words import Words, words_of
from studio.model.migration import BoardEntry
from studio.sqltext.split import split
from studio.sqltext.syntax import Syntax

_MAX_BYTES = 2 * 1024 * 1024
_MODIFIERS = (
    *("UNIQUE", "UNLOGGED", "TEMP", "TEMPORARY", "FOREIGN", "MATERIALIZED", "RECURSIVE"),
    *("VIRTUAL", "GLOBAL", "LOCAL"),
)
_KINDS = ("TABLE", "INDEX", "VIEW", "TYPE", "POLICY", "SEQUENCE")
_NOT_COLUMNS = frozenset({"primary", "unique", "foreign", "check", "exclude", "index", "key"})


@dataclass(frozen=True, slots=True)
class Made:
    """Names in lower case, without their schemas; a column as `table.column`."""

    tables: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    """Columns, indexes, constraints, views, types, policies."""
    dropped: frozenset[str] = frozenset()
    """What it takes away, of any kind."""

    @property
    def everything(self) -> frozenset[str]:
        """All it makes."""
        return self.tables | self.others


def made_by(tool: Framework, entry: BoardEntry, syntax: Syntax) -> Made:
    """What the file of one migration makes going forward."""
    if entry.path is None:
        return Made()
    source = _text(entry.path)
    if entry.path.suffix.lower() == ".sql":
        return made_by_sql(tool.up_text(source), syntax)
    tables = tables_of(source, entry.id.partition(".")[0])
    return Made(tables.made, dropped=tables.taken - tables.made)


def made_by_sql(source: str, syntax: Syntax) -> Made:
    """What is there after the statements that was not before."""
    found = _Reader()
    for statement in split(source, syntax):
        if statement.text:
            found.read(words_of(statement.text, syntax))
    return Made(frozenset(found.tables), frozenset(found.others), frozenset(found.dropped))


@dataclass(slots=True)
class _Reader:
    tables: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)

    def read(self, words: Words) -> None:
        """Take in one statement."""
        if words.take("CREATE"):
            self._create(words)
        elif words.take("DROP"):
            self._drop(words)
        elif words.take("ALTER", "TABLE"):
            words.take("IF", "EXISTS")
            words.take("ONLY")
            self._alter(words, words.name().lower())

    def _create(self, words: Words) -> None:
        words.take("OR", "REPLACE")
        while any(words.take(word) for word in _MODIFIERS):
            pass
        kind = next((kind for kind in _KINDS if words.take(kind)), "")
        words.take("CONCURRENTLY")
        words.take("IF", "NOT", "EXISTS")
        name = words.name().lower() if kind else ""
        if name:
            self._make(name, is_table=kind == "TABLE")

    def _drop(self, words: Words) -> None:
        words.take("MATERIALIZED")
        if not any(words.take(kind) for kind in _KINDS):
            return
        words.take("CONCURRENTLY")
        words.take("IF", "EXISTS")
        while name := words.name().lower():
            self._unmake(name)
            if not words.take(","):
                return

    def _alter(self, words: Words, table: str) -> None:
        while not words.ended:
            before = words.at
            if words.take("ADD"):
                self._add(words, table)
            elif words.take("DROP"):
                is_constraint = words.take("CONSTRAINT")
                words.take("COLUMN")
                words.take("IF", "EXISTS")
                name = words.name().lower()
                self._unmake(name if is_constraint else f"{table}.{name}")
            elif words.take("RENAME"):
                self._rename(words, table)
            words.rest()
            if words.at == before:
                return

    def _add(self, words: Words, table: str) -> None:
        if words.take("CONSTRAINT"):
            self._make(words.name().lower())
            return
        words.take("COLUMN")
        words.take("IF", "NOT", "EXISTS")
        name = words.name().lower()
        if name and name not in _NOT_COLUMNS:
            self._make(f"{table}.{name}")

    def _rename(self, words: Words, table: str) -> None:
        if words.take("TO"):
            self._unmake(table)
            self._make(words.name().lower(), is_table=True)
            return
        is_constraint = words.take("CONSTRAINT")
        words.take("COLUMN")
        names = [words.name().lower(), words.name().lower() if words.take("TO") else ""]
        old, new = names if is_constraint else [f"{table}.{name}" for name in names]
        self._unmake(old)
        self._make(new)

    def _make(self, name: str, *, is_table: bool = False) -> None:
        (self.tables if is_table else self.others).add(name)
        self.dropped.discard(name)

    def _unmake(self, name: str) -> None:
        self.tables.discard(name)
        self.others.discard(name)
        self.dropped.add(name)


def _text(path: Path) -> str:
    return files.text_or_empty(path, _MAX_BYTES)
