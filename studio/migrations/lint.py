"""What one would rather know before pending migrations run: data lost, long locks, no way back."""

import re
from collections.abc import Iterator, Mapping

from studio.backends.halves import Absent, ask
from studio.backends.halves.schema_changes import SCHEMA_CHANGES, SchemaChanges
from studio.migrations import row_counts
from studio.migrations.history import HistoryReader
from studio.migrations.lint_locks import LockLint
from studio.migrations.lint_rows import of_rows
from studio.migrations.reading import files
from studio.migrations.row_counts import RowCounts
from studio.migrations.scripts import Script, Scripts
from studio.migrations.words import Words
from studio.model.catalog import Table
from studio.model.errors import StudioError
from studio.model.migration import BoardEntry, Hazard, MigrationState, MigrationStatus
from studio.model.words import plural

_MAX_LINTED_BYTES = 2 * 1024 * 1024
_WAITING = frozenset(
    {MigrationState.PENDING, MigrationState.OUT_OF_ORDER, MigrationState.ROLLED_BACK}
)


def hazards_of(
    status: MigrationStatus, reader: HistoryReader, scripts: Scripts
) -> tuple[Hazard, ...]:
    """Findings on every migration that waits; what cannot be asked of the database is left out."""
    waiting = [entry for entry in status.entries if entry.state in _WAITING]
    if not waiting:
        return ()
    try:
        tables = {t.ref.name.lower(): t for t in reader.catalog().tables()}
    except StudioError:
        tables = {}
    found: list[Hazard] = []
    counts = RowCounts(reader)
    for entry in waiting:
        found.extend(_Linter(scripts, entry, tables, reader, counts).hazards())
    return tuple(found)


class _Linter:
    def __init__(
        self,
        scripts: Scripts,
        entry: BoardEntry,
        tables: Mapping[str, Table],
        reader: HistoryReader,
        counts: RowCounts,
    ) -> None:
        self._scripts = scripts
        self._entry = entry
        changes = ask(reader.backend, SCHEMA_CHANGES)
        self._rules = SchemaChanges() if isinstance(changes, Absent) else changes
        self._tables = tables
        self._counts = counts
        self._line = 0

    def hazards(self) -> Iterator[Hazard]:
        """Everything about one migration."""
        migration = self._entry.migration
        if migration is not None and migration.reversible is False:
            yield Hazard("no-way-back", self._entry.id, "It does not say how to go back.")
        if self._entry.path is None or self._entry.path.suffix != ".sql":
            return
        try:
            script = self._scripts.of(self._entry.path, _MAX_LINTED_BYTES)
        except files.UnreadableFile:
            return
        yield from self._statements(script)

    def _statements(self, script: Script) -> Iterator[Hazard]:
        tool, syntax = self._scripts.framework, script.syntax
        offset = max(script.source.find(script.text), 0)
        is_wrapped = tool.transactional(script.source, len(script.statements))
        locks = LockLint(self._tables, self._counts, self._rules, tool.name, is_wrapped=is_wrapped)
        for statement, tokens in zip(script.statements, script.tokens, strict=True):
            self._line = script.source.count("\n", 0, offset + statement.start) + 1
            yield from self._statement(Words(tokens, syntax), is_wrapped=is_wrapped)
            told = (
                *of_rows(Words(tokens, syntax), self._tables, self._counts),
                *locks.of(tokens, Words(tokens, syntax)),
            )
            yield from (self._hazard(*found) for found in told)

    def _statement(self, words: Words, *, is_wrapped: bool) -> Iterator[Hazard]:
        if words.take("ALTER", "TABLE"):
            yield from self._alter(words)
        elif words.take("DROP", "TABLE"):
            words.take("IF", "EXISTS")
            yield from self._drop_tables(words)
        elif words.take("CREATE", "UNIQUE", "INDEX") or words.take("CREATE", "INDEX"):
            yield from self._index(words, is_wrapped=is_wrapped)
        elif self._rules.forbids_in_transaction and is_wrapped:
            yield from self._outside(words)

    def _alter(self, words: Words) -> Iterator[Hazard]:
        words.take("IF", "EXISTS")
        words.take("ONLY")
        table = self._tables.get(words.name().lower())
        while table is not None and not words.ended:
            before = words.at
            if words.take("ADD"):
                yield from self._add(words, table)
            elif words.take("DROP"):
                yield from self._drop_column(words, table)
            elif words.take("ALTER"):
                yield from self._alter_column(words, table)
            words.rest()
            if words.at == before:
                return

    def _add(self, words: Words, table: Table) -> Iterator[Hazard]:
        words.take("COLUMN")
        words.take("IF", "NOT", "EXISTS")
        if any(words.take(w) for w in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK")):
            return
        column = words.name()
        start = words.at
        rest = " ".join(words.rest())
        words.at = max(start, words.at - 1)
        if self._rules.rewrites and _is_filled(rest) and self._is_large(table):
            yield self._hazard(
                "rewrites-table",
                f"adds {column} with a value of its own for each row to {table.ref.name}: the "
                f"server writes {self._counts.told(table)} again and lets nobody in meanwhile.",
            )
        makes_values = ("DEFAULT", "GENERATED", "IDENTITY", "SERIAL", "AUTO_INCREMENT")
        if "NOT NULL" in rest and not any(w in rest for w in makes_values):
            rows = self._counts.told(table)
            if rows:
                yield self._hazard(
                    "not-null-without-default",
                    f"adds {column} NOT NULL without a default to {table.ref.name}, which has "
                    f"{rows}: the statement will fail.",
                )

    def _is_large(self, table: Table) -> bool:
        return self._counts.rows(table) >= row_counts.LARGE_ROWS

    def _drop_column(self, words: Words, table: Table) -> Iterator[Hazard]:
        if words.take("CONSTRAINT"):
            return
        words.take("COLUMN")
        words.take("IF", "EXISTS")
        name = words.name()
        column = next((c.name for c in table.columns if c.name.lower() == name.lower()), None)
        values = self._counts.told(table, column) if column is not None else ""
        if values:
            yield self._hazard(
                "drops-data", f"drops {table.ref.name}.{column}, which holds {values}."
            )

    def _alter_column(self, words: Words, table: Table) -> Iterator[Hazard]:
        words.take("COLUMN")
        name = words.name()
        column = next((c for c in table.columns if c.name.lower() == name.lower()), None)
        if column is None:
            return
        if words.take("TYPE") or words.take("SET", "DATA", "TYPE"):
            start = words.at
            kind = "".join(words.rest()).lower()
            words.at = max(start, words.at - 1)
            rows = self._counts.told(table) if self._rules.rewrites else ""
            if rows and not _is_widening(column.type_name, kind):
                yield self._hazard(
                    "rewrites-table",
                    f"changes the type of {table.ref.name}.{name}: the server writes {rows} "
                    "again and lets nobody in meanwhile.",
                )
        elif words.take("SET", "NOT", "NULL"):
            yield from self._set_not_null(table, column.name)

    def _set_not_null(self, table: Table, name: str) -> Iterator[Hazard]:
        rows = self._counts.exactly(table)
        empty = rows - self._counts.exactly(table, name) if rows else 0
        if empty:
            have = "has it" if empty == 1 else "have it"
            yield self._hazard(
                "not-null-without-default",
                f"forbids NULL in {table.ref.name}.{name}, and {plural(empty, 'row')} {have}: "
                "the statement will fail.",
            )
        elif rows and self._rules.locks_for_indexes and not _is_checked(table, name):
            yield self._hazard(
                "not-null-scan",
                f"forbids NULL in {table.ref.name}.{name}: the server reads {plural(rows, 'row')} "
                f"and lets nobody in meanwhile. Add CHECK ({name} IS NOT NULL) NOT VALID, validate "
                "it, and then this reads nothing.",
            )

    def _drop_tables(self, words: Words) -> Iterator[Hazard]:
        while not words.ended:
            before = words.at
            table = self._tables.get(words.name().lower())
            rows = self._counts.told(table) if table is not None else ""
            if table is not None and rows:
                yield self._hazard("drops-data", f"drops {table.ref.name}, which has {rows}.")
            words.rest()
            if words.at == before:
                return

    def _index(self, words: Words, *, is_wrapped: bool) -> Iterator[Hazard]:
        if not self._rules.locks_for_indexes:
            return
        if words.take("CONCURRENTLY"):
            if is_wrapped:
                yield self._cannot("CREATE INDEX CONCURRENTLY")
            return
        words.take("IF", "NOT", "EXISTS")
        if not words.take("ON"):
            words.name()
            words.take("ON")
        words.take("ONLY")
        table = self._tables.get(words.name().lower())
        if table is not None and self._is_large(table):
            yield self._hazard(
                "locking-index",
                f"makes an index on {table.ref.name} ({self._counts.told(table)}) without "
                "CONCURRENTLY: nobody can write to it meanwhile.",
            )

    def _outside(self, words: Words) -> Iterator[Hazard]:
        for phrase in (
            "VACUUM", "CREATE DATABASE", "DROP DATABASE", "ALTER SYSTEM", "CREATE TABLESPACE",
            "DROP TABLESPACE", "REINDEX DATABASE", "REINDEX SYSTEM", "DROP INDEX CONCURRENTLY",
            "REINDEX INDEX CONCURRENTLY", "REINDEX TABLE CONCURRENTLY", "CREATE SUBSCRIPTION",
        ):  # fmt: skip
            if words.take(*phrase.split()):
                yield self._cannot(phrase)

    def _cannot(self, phrase: str) -> Hazard:
        tool = self._scripts.framework.name
        return self._hazard(
            "not-in-transaction",
            f"{phrase} cannot run inside the transaction {tool} puts around a migration.",
        )

    def _hazard(self, rule: str, says: str) -> Hazard:
        return Hazard(rule, self._entry.id, f"{says[:1].upper()}{says[1:]}", self._line)


_FILLS = re.compile(
    r"\b(?:BIG|SMALL)?SERIAL\b|\bGENERATED\b|\b(?:gen_random_uuid|uuid_generate_v\w+|uuidv\d|random"
    r"|clock_timestamp|timeofday|nextval|statement_timestamp)\s*\(",
    re.IGNORECASE,
)
"""What gives every row a value of its own, so that the server cannot keep one for all."""


def _is_filled(definition: str) -> bool:
    return _FILLS.search(definition) is not None


def _is_checked(table: Table, name: str) -> bool:
    """Whether a condition that holds for every row forbids NULL already."""
    wanted = re.compile(rf"\(\(*\"?{re.escape(name)}\"? IS NOT NULL\)", re.IGNORECASE)
    return any(
        wanted.search(check.expression) and "NOT VALID" not in check.expression
        for check in table.checks
    )


def _is_widening(old: str, new: str) -> bool:
    """A longer or unlimited text is the same bytes on disk."""
    sizes = [re.search(r"\((\d+)\)", side) for side in (old, new)]
    texts = ("character varying", "varchar", "text")
    is_text = old.startswith(texts) and new.startswith((*texts, "charactervarying"))
    if not is_text or sizes[1] is None:
        return is_text
    return sizes[0] is not None and int(sizes[1][1]) >= int(sizes[0][1])
