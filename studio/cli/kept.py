"""What of a script was kept, in sentences: said where its outcomes alone would leave it open."""

from collections.abc import Iterator, Sequence

from studio.backends.halves.running import TransactionNow
from studio.model.errors import ConnectionLost
from studio.queries.how import RunMode
from studio.queries.outcome import Became, StepOutcome
from studio.sqltext.classify import StatementKind, classify
from studio.sqltext.script import Script, ScriptStep
from studio.sqltext.syntax import Syntax

NOTHING = "nothing of this script was kept"
_UNKNOWN = "whether it was kept is not known: look"


class TransactionNotes:
    """Reads it from the outcomes; nothing to say of a script that may only read."""

    def __init__(self, script: Script, syntax: Syntax, how: RunMode) -> None:
        self._script = script
        self._syntax = syntax
        self._how = how
        self._first = 0
        """Where what is rolled back begins, in steps."""
        self._is_open = False
        self.is_left_open = False
        """Whether the script that could write ended, and its transaction was still open."""
        self._may_hold = False
        """Something before it ended outside a transaction, or committed one."""

    def at_the_end(self, outcomes: Sequence[StepOutcome]) -> Iterator[str]:
        """After its last statement, or what an error left of it."""
        if self._how.read_only is not None:
            return
        failed = any(outcome.failure for outcome in outcomes)
        if lost := self._lost_at_commit(outcomes):
            yield f"the connection was lost at {lost}: {_UNKNOWN}"
        elif self._how.single:
            if failed:
                yield f"rolled back: {NOTHING}"
        else:
            yield from self._rolled_back(outcomes)
            self.is_left_open = self._is_open and (failed or not self._how.keeps)
            if self.is_left_open:
                why = "" if failed else "the script left its transaction open, so it was "
                yield f"{why}rolled back: {self._nothing_since()}"

    def interrupted(self, outcomes: Sequence[StepOutcome]) -> Iterator[str]:
        """After a stop in the statement behind `outcomes`."""
        if self._how.read_only is not None:
            return
        steps = self._script.steps
        at = steps[len(outcomes)] if len(outcomes) < len(steps) else None
        if self._how.single:
            failed = any(outcome.failure for outcome in outcomes)
            is_ending = at is None and not failed
            yield f"interrupted: {f'at COMMIT, {_UNKNOWN}' if is_ending else NOTHING}"
            return
        yield from self._rolled_back(outcomes)
        if self._is_open and at is None and self._how.keeps and not outcomes[-1].failure:
            yield f"interrupted: at COMMIT, {_UNKNOWN}"
        elif self._is_open and at is not None and self._commits(at):
            yield f"interrupted: at {self._place(at)} in COMMIT, {_UNKNOWN}"
        elif self._is_open:
            yield f"interrupted: {self._nothing_since()}"
        elif at is None:
            yield "interrupted: all of it was kept"
        elif self._how.manual:
            self._first = len(outcomes)
            yield f"interrupted: {self._nothing_since()}"
        else:
            before = "what ran before it was kept, and " if self._may_hold else ""
            yield (
                f"interrupted: at {self._place(at)}; {before}its own changes only if it had just "
                "ended"
            )

    def _rolled_back(self, outcomes: Sequence[StepOutcome]) -> Iterator[str]:
        """Where a transaction ended without being kept, though nobody said ROLLBACK; what is open
        in the end is known then.
        """
        before = TransactionNow.NONE
        for place, outcome in enumerate(outcomes):
            now = outcome.transaction
            if now is None:
                continue
            if now is TransactionNow.NONE and before is not TransactionNow.NONE:
                if outcome.failure is not None or before is TransactionNow.FAILED:
                    last = self._place(outcome.step)
                    yield f"rolled back: nothing from {self._place(self._step)} to {last} was kept"
                else:
                    self._may_hold = True
            elif now is TransactionNow.NONE and outcome.failure is None:
                self._may_hold = self._may_hold or outcome.became is not Became.NOT_SQL
            elif before is TransactionNow.NONE:
                self._first = place
            before = now
        self._is_open = before is not TransactionNow.NONE

    @property
    def _step(self) -> ScriptStep:
        return self._script.steps[self._first]

    def _nothing_since(self) -> str:
        return f"nothing from {self._place(self._step)} on was kept" if self._may_hold else NOTHING

    def _place(self, step: ScriptStep) -> str:
        line, column = self._script.place(step.start)
        return f"line {line}" if column == 1 else f"line {line}, column {column}"

    def _lost_at_commit(self, outcomes: Sequence[StepOutcome]) -> str:
        """COMMIT's place, where no answer came to it."""
        for outcome in outcomes:
            if outcome.failure is not None and isinstance(outcome.failure.error, ConnectionLost):
                if self._how.single and outcome is outcomes[-1]:
                    return "COMMIT" if len(outcomes) > len(self._script.steps) else ""
                return f"COMMIT, {self._place(outcome.step)}" if self._commits(outcome.step) else ""
        return ""

    def _commits(self, step: ScriptStep) -> bool:
        facts = classify(step.text, self._syntax)
        return facts.kind is StatementKind.TRANSACTION and facts.keyword in {"COMMIT", "END"}
