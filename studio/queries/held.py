"""What a session of a person's own holds between two runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import perf_counter

from studio.backends.halves.running import TransactionNow
from studio.queries.outcome import StepOutcome
from studio.sqltext.classify import Classification, StatementKind
from studio.sqltext.danger import target_of
from studio.sqltext.session_state import acts_on_session_only
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import TokenKind, code, lex, unquoted

PREPARED = "PREPARE TRANSACTION"
_TWO_PHASES = frozenset({PREPARED, "COMMIT PREPARED", "ROLLBACK PREPARED"})
_MOST_KINDS = 20
_LOCKS_AT_ONCE = frozenset({"IMMEDIATE", "EXCLUSIVE"})


@dataclass(frozen=True, slots=True)
class Changes:
    """What the statements of a transaction did so far, as they told."""

    statements: int = 0
    rows: int = 0
    by_kind: Mapping[str, int] = field(default_factory=dict)
    """Rows by what changed them: `update orders`; -1 for what has no rows to count."""
    structure: bool = False
    """Whether one of them changed the structure."""

    def plus(self, kind: str, rows: int, *, structure: bool) -> "Changes":
        """With one more."""
        kinds = dict(self.by_kind)
        if kind in kinds or len(kinds) < _MOST_KINDS:
            before = kinds.get(kind, -1)
            kinds[kind] = max(before, 0) + rows if rows >= 0 else before
        rows = self.rows + max(rows, 0)
        return Changes(self.statements + 1, rows, kinds, self.structure or structure)


@dataclass(frozen=True, slots=True)
class Held:
    """What a session holds between two runs."""

    transaction: TransactionNow = TransactionNow.NONE
    began: float | None = None
    """`perf_counter()` when it was first seen open."""
    changes: Changes = field(default_factory=Changes)
    savepoints: tuple[tuple[str, Changes], ...] = ()
    """The person's own, oldest first, with what was changed before each."""
    id: str = ""
    """Of the transaction, once it wrote, where the engine can be asked about it."""
    locked: float | None = None
    """`perf_counter()` when a statement of it may first have locked something for writing."""
    failed_by: StepOutcome | None = None
    """The statement that made it fail."""
    kept: tuple[str, ...] = ()
    """What else lives as long as the session, in words: settings, temporary tables."""

    prepared: tuple[str, ...] = ()
    """Transactions that were this session's and wait for COMMIT PREPARED, as their names were
    written here; whether another session has ended one since is not known.
    """

    @property
    def changed(self) -> int:
        """Rows that statements of the transaction changed, as they told."""
        return self.changes.rows

    @property
    def is_open(self) -> bool:
        """Whether a transaction waits for its end, failed or not."""
        return self.transaction is not TransactionNow.NONE

    @property
    def is_anything(self) -> bool:
        """Whether closing the session would lose something."""
        return self.is_open or bool(self.kept)

    @property
    def age_s(self) -> float:
        """Of the transaction, in seconds."""
        return 0.0 if self.began is None else perf_counter() - self.began

    @property
    def since(self) -> str:
        """When the transaction was first seen open, on the person's clock."""
        return _clock(self.age_s)

    @property
    def locks(self) -> bool:
        """Whether it may have locked something for writing."""
        return self.locked is not None

    @property
    def locked_s(self) -> float:
        """For how long, in seconds."""
        return 0.0 if self.locked is None else perf_counter() - self.locked

    @property
    def locked_since(self) -> str:
        """Since when, on the person's clock: a deferred BEGIN locks nothing yet."""
        return _clock(self.locked_s)

    def standing(self, now: TransactionNow) -> "Held":
        """With the transaction as the driver tells of it."""
        if now is TransactionNow.NONE:
            return Held(kept=self.kept, prepared=self.prepared)
        failed_by = self.failed_by if now is TransactionNow.FAILED else None
        began = perf_counter() if self.began is None else self.began
        return replace(self, transaction=now, began=began, failed_by=failed_by)

    def after(self, outcome: StepOutcome, facts: Classification, syntax: Syntax) -> "Held":
        """Once a statement of the open transaction has done its work."""
        if facts.kind is StatementKind.TRANSACTION:
            return self._after_order(outcome.step.text, facts.keyword, syntax)
        if facts.kind is StatementKind.READ or (
            facts.kind is StatementKind.UTILITY
            and acts_on_session_only(outcome.step.text, syntax, facts.keyword)
        ):
            return self
        target = target_of(outcome.step.text, syntax)
        kind = f"{facts.keyword.lower()} {target}".strip()
        structure = facts.kind is StatementKind.SCHEMA
        changes = self.changes.plus(kind, outcome.row_count, structure=structure)
        # It had the lock while it ran.
        first = perf_counter() - outcome.result.elapsed_ms / 1000
        return replace(self, changes=changes, locked=self.locked or first)

    def outside(self, outcome: StepOutcome, syntax: Syntax) -> "Held":
        """Once a statement has prepared a transaction for two-phase commit, or ended such a one
        (PostgreSQL, sql-prepare-transaction).
        """
        if outcome.command not in _TWO_PHASES:
            return self
        names = [t.text for t in code(lex(outcome.step.text, syntax)) if t.kind is TokenKind.STRING]
        left = tuple(name for name in self.prepared if name not in names)
        is_made = outcome.command == PREPARED
        return replace(self, prepared=(*left, *names) if is_made else left)

    def _after_order(self, text: str, keyword: str, syntax: Syntax) -> "Held":
        tokens = code(lex(text, syntax))
        words = [token.word for token in tokens]
        if keyword == "BEGIN" and _LOCKS_AT_ONCE & set(words):
            return replace(self, locked=perf_counter())
        if not (keyword in {"SAVEPOINT", "RELEASE"} or "TO" in words):
            return self
        name = unquoted(tokens[-1] if tokens[-1].text != ";" else tokens[-2], syntax)
        if keyword == "SAVEPOINT":
            return replace(self, savepoints=(*self.savepoints, (name, self.changes)))
        known = [place for place, (saved, _) in enumerate(self.savepoints) if saved == name]
        if not known:
            return self
        if keyword == "RELEASE":
            return replace(self, savepoints=self.savepoints[: known[-1]])
        _, changes = self.savepoints[known[-1]]
        return replace(self, savepoints=self.savepoints[: known[-1] + 1], changes=changes)


def _clock(seconds_ago: float) -> str:
    then = datetime.now().astimezone() - timedelta(seconds=seconds_ago)
    return f"{then:%H:%M:%S}"
