"""What one would rather know before pending migrations run: data lost, long locks, no way back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from studio.migrations import files
from studio.migrations.history import Reader
from studio.migrations.registry import framework
from studio.model.catalog import Table
from studio.model.errors import StudioError
from studio.model.migration import Entry, Hazard, MigrationState, MigrationStatus
from studio.sqltext.split import split
from studio.sqltext.syntax import GENERIC, POSTGRESQL, SQLITE, Syntax
from studio.sqltext.tokens import Token, TokenKind, code, lex, unquoted

LARGE_ROWS = 100_000
"""From here on an index that locks writers out is worth a word."""
_MAX_LINTED_BYTES = 2 * 1024 * 1024
_WAITING = frozenset(
    {MigrationState.PENDING, MigrationState.OUT_OF_ORDER, MigrationState.ROLLED_BACK}
)
_BREAKPOINT = "--> statement-breakpoint"
_UNWRAPPED = frozenset({"golang-migrate", "liquibase"})
"""Tools without a transaction around a file; the server makes one of several statements."""
_OWN_WORD = re.compile(
    r"notransaction|\+goose\s+NO\s+TRANSACTION|transaction:\s*false|^--\s*no-transaction"
    r"|atlas:txmode\s+none|runInTransaction:\s*false|executeInTransaction\s*=\s*false",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class _Rules:
    """What matters on one engine."""

    syntax: Syntax = GENERIC
    locks_for_indexes: bool = False
    """CREATE INDEX keeps writers out, and there is CONCURRENTLY."""
    rewrites: bool = False
    """A new type makes the server write every row again."""
    forbids_in_transaction: bool = False


_BY_ENGINE: Mapping[str, _Rules] = {
    "postgresql": _Rules(
        POSTGRESQL, locks_for_indexes=True, rewrites=True, forbids_in_transaction=True
    ),
    "sqlite": _Rules(SQLITE),
}


def hazards_of(status: MigrationStatus, reader: Reader) -> tuple[Hazard, ...]:
    """Findings on every migration that waits; what cannot be asked of the database is left out."""
    waiting = [entry for entry in status.entries if entry.state in _WAITING]
    if not waiting:
        return ()
    try:
        tables = {t.ref.name.lower(): t for t in reader.catalog().tables()}
    except StudioError:
        tables = {}
    rules = _BY_ENGINE.get(reader.engine, _Rules())
    found: list[Hazard] = []
    for entry in waiting:
        found.extend(_Linter(status.framework, entry, rules, tables, reader).hazards())
    return tuple(found)


class _Words:
    """A statement as words: keywords in capitals, names as they are."""

    def __init__(self, tokens: Sequence[Token], syntax: Syntax) -> None:
        self._tokens = tokens
        self._syntax = syntax
        self.at = 0

    def take(self, *wanted: str) -> bool:
        """Move past `wanted` if they come next."""
        here = [t.word or t.text for t in self._tokens[self.at : self.at + len(wanted)]]
        if here == list(wanted):
            self.at += len(wanted)
            return True
        return False

    def name(self) -> str:
        """The last part of the name that comes next; moves past it."""
        last = ""
        while self.at < len(self._tokens):
            token = self._tokens[self.at]
            if token.kind not in {TokenKind.WORD, TokenKind.NAME, TokenKind.STRING}:
                break
            last = unquoted(token, self._syntax)
            self.at += 1
            if not self.take("."):
                break
        return last

    def rest(self) -> list[str]:
        """The words from here to the next comma outside brackets; moves past it."""
        words: list[str] = []
        depth = 0
        while self.at < len(self._tokens):
            token = self._tokens[self.at]
            self.at += 1
            depth += (token.text == "(") - (token.text == ")")
            if token.text == "," and depth == 0:
                break
            words.append(token.word or token.text)
        return words

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self._tokens)


class _Linter:
    def __init__(
        self,
        tool: str,
        entry: Entry,
        rules: _Rules,
        tables: Mapping[str, Table],
        reader: Reader,
    ) -> None:
        self._tool = tool
        self._entry = entry
        self._rules = rules
        self._tables = tables
        self._reader = reader
        self._line = 0

    def hazards(self) -> Iterator[Hazard]:
        """Everything about one migration."""
        migration = self._entry.migration
        if migration is not None and migration.reversible is False:
            yield Hazard("no-way-back", self._entry.id, "It does not say how to go back.")
        if self._entry.path is None or self._entry.path.suffix != ".sql":
            return
        try:
            source = files.text(self._entry.path, _MAX_LINTED_BYTES)
        except files.Unreadable:
            return
        yield from self._statements(source)

    def _statements(self, source: str) -> Iterator[Hazard]:
        text = framework(self._tool).up_text(source)
        offset = max(source.find(text), 0)
        # Drizzle cuts at its marker, whether a semicolon stands before it or not.
        text = text.replace(_BREAKPOINT, ";".ljust(len(_BREAKPOINT)))
        statements = [s for s in split(text, self._rules.syntax) if s.text]
        is_wrapped = not _OWN_WORD.search(source)
        if self._tool in _UNWRAPPED:
            is_wrapped = len(statements) > 1
        for statement in statements:
            self._line = source.count("\n", 0, offset + statement.start) + 1
            tokens = code(lex(statement.text, self._rules.syntax))
            yield from self._statement(_Words(tokens, self._rules.syntax), is_wrapped=is_wrapped)

    def _statement(self, words: _Words, *, is_wrapped: bool) -> Iterator[Hazard]:
        if words.take("ALTER", "TABLE"):
            yield from self._alter(words)
        elif words.take("DROP", "TABLE"):
            words.take("IF", "EXISTS")
            yield from self._drop_tables(words)
        elif words.take("CREATE", "UNIQUE", "INDEX") or words.take("CREATE", "INDEX"):
            yield from self._index(words, is_wrapped=is_wrapped)
        elif self._rules.forbids_in_transaction and is_wrapped:
            yield from self._outside(words)

    def _alter(self, words: _Words) -> Iterator[Hazard]:
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

    def _add(self, words: _Words, table: Table) -> Iterator[Hazard]:
        words.take("COLUMN")
        words.take("IF", "NOT", "EXISTS")
        if any(words.take(w) for w in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK")):
            return
        column = words.name()
        start = words.at
        rest = " ".join(words.rest())
        words.at = max(start, words.at - 1)
        makes_values = ("DEFAULT", "GENERATED", "IDENTITY", "SERIAL", "AUTO_INCREMENT")
        if "NOT NULL" in rest and not any(w in rest for w in makes_values):
            rows = self._count(table)
            if rows:
                yield self._hazard(
                    "not-null-without-default",
                    f"adds {column} NOT NULL without a default to {table.ref.name}, which has "
                    f"{rows}: the statement will fail.",
                )

    def _drop_column(self, words: _Words, table: Table) -> Iterator[Hazard]:
        if words.take("CONSTRAINT"):
            return
        words.take("COLUMN")
        words.take("IF", "EXISTS")
        name = words.name()
        column = next((c.name for c in table.columns if c.name.lower() == name.lower()), None)
        values = self._count(table, column) if column is not None else ""
        if values:
            yield self._hazard(
                "drops-data", f"drops {table.ref.name}.{column}, which holds {values}."
            )

    def _alter_column(self, words: _Words, table: Table) -> Iterator[Hazard]:
        words.take("COLUMN")
        name = words.name()
        column = next((c for c in table.columns if c.name.lower() == name.lower()), None)
        if column is None:
            return
        if words.take("TYPE") or words.take("SET", "DATA", "TYPE"):
            start = words.at
            kind = "".join(words.rest()).lower()
            words.at = max(start, words.at - 1)
            rows = self._count(table) if self._rules.rewrites else ""
            if rows and not _is_widening(column.type_name, kind):
                yield self._hazard(
                    "rewrites-table",
                    f"changes the type of {table.ref.name}.{name}: the server writes {rows} "
                    "again and lets nobody in meanwhile.",
                )
        elif words.take("SET", "NOT", "NULL"):
            yield from self._set_not_null(table, column.name)

    def _set_not_null(self, table: Table, name: str) -> Iterator[Hazard]:
        try:
            empty = self._reader.count(table.ref) - self._reader.count(table.ref, name)
        except StudioError:
            return
        if empty:
            yield self._hazard(
                "not-null-without-default",
                f"forbids NULL in {table.ref.name}.{name}, which {_counted(empty, 'row')} have: "
                "the statement will fail.",
            )

    def _drop_tables(self, words: _Words) -> Iterator[Hazard]:
        while not words.ended:
            before = words.at
            table = self._tables.get(words.name().lower())
            rows = self._count(table) if table is not None else ""
            if table is not None and rows:
                yield self._hazard("drops-data", f"drops {table.ref.name}, which has {rows}.")
            words.rest()
            if words.at == before:
                return

    def _index(self, words: _Words, *, is_wrapped: bool) -> Iterator[Hazard]:
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
        if table is not None and self._rows(table) >= LARGE_ROWS:
            yield self._hazard(
                "locking-index",
                f"makes an index on {table.ref.name} ({self._count(table)}) without "
                "CONCURRENTLY: nobody can write to it meanwhile.",
            )

    def _outside(self, words: _Words) -> Iterator[Hazard]:
        for phrase in (
            "VACUUM", "CREATE DATABASE", "DROP DATABASE", "ALTER SYSTEM", "CREATE TABLESPACE",
            "DROP TABLESPACE", "REINDEX DATABASE", "REINDEX SYSTEM", "DROP INDEX CONCURRENTLY",
            "REINDEX INDEX CONCURRENTLY", "REINDEX TABLE CONCURRENTLY", "CREATE SUBSCRIPTION",
        ):  # fmt: skip
            if words.take(*phrase.split()):
                yield self._cannot(phrase)

    def _cannot(self, phrase: str) -> Hazard:
        return self._hazard(
            "not-in-transaction",
            f"{phrase} cannot run inside the transaction {self._tool} puts around a migration.",
        )

    def _hazard(self, rule: str, says: str) -> Hazard:
        return Hazard(rule, self._entry.id, f"{says[:1].upper()}{says[1:]}", self._line)

    def _rows(self, table: Table) -> int:
        if table.row_estimate is not None and table.row_estimate >= LARGE_ROWS:
            return table.row_estimate
        try:
            return self._reader.count(table.ref)
        except StudioError:
            return 0

    def _count(self, table: Table, column: str | None = None) -> str:
        """How many, exact where that is cheap, `~` where it is an estimate; "" for none."""
        if column is None and table.row_estimate is not None and table.row_estimate >= LARGE_ROWS:
            return f"~{table.row_estimate:,} rows"
        try:
            number = self._reader.count(table.ref, column)
        except StudioError:
            return ""
        return _counted(number, "row" if column is None else "value") if number else ""


def _is_widening(old: str, new: str) -> bool:
    """A longer or unlimited text is the same bytes on disk."""
    sizes = [re.search(r"\((\d+)\)", side) for side in (old, new)]
    texts = ("character varying", "varchar", "text")
    is_text = old.startswith(texts) and new.startswith((*texts, "charactervarying"))
    if not is_text or sizes[1] is None:
        return is_text
    return sizes[0] is not None and int(sizes[1][1]) >= int(sizes[0][1])


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
