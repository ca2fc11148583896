"""Waiting statements that keep others out: keys and conditions checked under a lock, several locks.

Of PostgreSQL, where such a check can be put off: nothing of tables that are empty or new.
"""

from collections.abc import Iterator, Mapping, Sequence

from studio.backends.halves.schema_changes import SchemaChanges
from studio.migrations.lint_rows import Finding
from studio.migrations.row_counts import RowCounts
from studio.migrations.words import Words
from studio.model.catalog import Table
from studio.sqltext.tokens import Token, TokenKind

_LOCKING = (("DROP", "TABLE"), ("TRUNCATE",), ("LOCK",))


class LockLint:
    """The statements of one migration, in order."""

    def __init__(
        self,
        tables: Mapping[str, Table],
        counts: RowCounts,
        rules: SchemaChanges,
        tool: str,
        *,
        is_wrapped: bool,
    ) -> None:
        self._tables = tables
        self._counts = counts
        self._rules = rules
        self._tool = tool
        self._is_wrapped = is_wrapped
        self._locked: list[str] = []
        self._labels: set[str] = set()

    def of(self, tokens: Sequence[Token], words: Words) -> Iterator[Finding]:
        """What the next statement holds or waits for."""
        if not self._rules.locks_for_indexes:
            return
        if self._is_wrapped:
            yield from self._used_label(tokens)
        if words.take("ALTER", "TABLE"):
            yield from self._alter(words)
        elif any(words.take(*start) for start in _LOCKING):
            words.take("TABLE")
            words.take("IF", "EXISTS")
            yield from self._several(self._taken(words))
        elif words.take("ALTER", "TYPE"):
            self._label(words, tokens)
        else:
            yield from self._other(words)

    def _other(self, words: Words) -> Iterator[Finding]:
        if words.take("DROP", "INDEX"):
            yield from self._dropped_index(words)
        elif self._is_wrapped and words.take("COMMIT") and words.ended:
            told = f"ends the transaction {self._tool} puts around a migration: what follows "
            yield "nested-transaction", f"{told}is not undone when it fails."

    def _alter(self, words: Words) -> Iterator[Finding]:
        words.take("IF", "EXISTS")
        words.take("ONLY")
        table = self._taken(words)
        if table is not None:
            yield from self._added(words, table)
            yield from self._several(table)

    def _taken(self, words: Words) -> Table | None:
        """The table a statement locks, when somebody has rows in it."""
        table = self._tables.get(words.name().lower())
        return table if table is not None and self._counts.rows(table) else None

    def _several(self, table: Table | None) -> Iterator[Finding]:
        if table is None or table.ref.name in self._locked or not self._is_wrapped:
            return
        self._locked.append(table.ref.name)
        if len(self._locked) == 2:  # noqa: PLR2004 - said once, of the second
            first = self._locked[0]
            yield (
                "several-locks",
                f"locks {table.ref.name} while {first} is still locked: both are kept until the "
                "end, and who takes them the other way round is in a deadlock.",
            )

    def _added(self, words: Words, table: Table) -> Iterator[Finding]:
        while not words.ended:
            before = words.at
            if words.take("ADD"):
                if words.take("CONSTRAINT"):
                    words.name()
                yield from self._constraint(words.rest(), table)
            else:
                words.rest()
            if words.at == before:
                return

    def _constraint(self, rest: list[str], table: Table) -> Iterator[Finding]:
        said = " ".join(rest)
        name, rows = table.ref.name, self._counts.told(table)
        if said.startswith(("FOREIGN KEY", "CHECK")) and "NOT VALID" not in said:
            kind = "a foreign key" if said.startswith("FOREIGN") else "a condition"
            who = (
                "nobody can write to either table" if kind == "a foreign key" else "nobody gets in"
            )
            yield (
                "constraint-scan",
                f"adds {kind} to {name}: {rows} are checked, and {who} meanwhile. Add it NOT "
                "VALID, and VALIDATE CONSTRAINT afterwards.",
            )
        elif said.startswith(("UNIQUE", "PRIMARY KEY")) and "USING INDEX" not in said:
            yield (
                "constraint-scan",
                f"makes the index of a key of {name}, which has {rows}, while nobody gets in. "
                "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … USING INDEX.",
            )

    def _dropped_index(self, words: Words) -> Iterator[Finding]:
        if words.take("CONCURRENTLY"):
            return
        words.take("IF", "EXISTS")
        name = words.name().lower()
        owners = (t for t in self._tables.values() if any(i.name == name for i in t.indexes))
        if (table := next(owners, None)) is not None and self._counts.rows(table):
            yield (
                "locking-index",
                f"drops {name} without CONCURRENTLY: it waits for everything that runs on "
                f"{table.ref.name}, and whoever comes after waits behind it.",
            )

    def _label(self, words: Words, tokens: Sequence[Token]) -> None:
        words.name()
        if words.take("ADD", "VALUE"):
            words.take("IF", "NOT", "EXISTS")
            at = words.at
            if at < len(tokens) and tokens[at].kind is TokenKind.STRING:
                self._labels.add(tokens[at].text)

    def _used_label(self, tokens: Sequence[Token]) -> Iterator[Finding]:
        used = next((t.text for t in tokens if t.text in self._labels), None)
        if used is not None:
            self._labels.discard(used)
            yield (
                "enum-value-unusable",
                f"uses {used}, which this migration adds to its type: PostgreSQL refuses a new "
                "label until the transaction that added it is committed.",
            )
