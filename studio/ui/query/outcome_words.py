"""What a query tab says of the outcomes of several statements: in the strip, the list, the end."""

from collections import Counter
from collections.abc import Sequence

from studio.backends.halves.running import TransactionNow
from studio.model.errors import Refused
from studio.model.words import plural
from studio.queries.held import PREPARED, Held
from studio.queries.outcome import Became, StepOutcome
from studio.ui.query.words import head
from studio.ui.widgets.labels import plain

DONE, FAILED, NOT_RUN, RUNS = "✓", "✗", "\N{EN DASH}", "▸"
"""The signs beside statements."""
NO_MORE_HERE = (
    "the transaction is no more this session's: it and its locks stay until COMMIT PREPARED or "
    "ROLLBACK PREPARED"
)
_HEAD = 200
"""Characters: as wide as any screen."""


def sign_of(outcome: StepOutcome) -> str:
    """How it went, in one sign."""
    if outcome.failure is not None:
        return FAILED
    return NOT_RUN if outcome.became in {Became.SKIPPED, Became.NOT_SQL} else DONE


def in_strip(number: int, outcome: StepOutcome) -> str:
    """`1 rows 48`, `2 update 48`, `3 ✗`."""
    sign = sign_of(outcome)
    if sign != DONE:
        return f"{number} {sign}"
    if outcome.result.columns:
        return f"{number} {count_in_strip(outcome)}"
    word = plain(outcome.step.text.split(None, 1)[0][:12].lower())
    return f"{number} {word}{f' {outcome.row_count:,}' if outcome.row_count >= 0 else ''}"


def count_in_strip(outcome: StepOutcome) -> str:
    """`rows 48`, `rows 10,000+` where there are more."""
    more = "+" if outcome.result.is_cut else ""
    return f"rows {outcome.result.rows:,}{more}"


def what_came(outcome: StepOutcome) -> str:
    """`48 rows changed · 12 ms`, or why not."""
    result, failure = outcome.result, outcome.failure
    if failure is not None:
        trouble = failure.trouble
        code = f"{trouble.code} " if trouble.code else ""
        return plain(f"{FAILED} {code}{trouble.message}")
    if outcome.became is Became.SKIPPED:
        return "not run"
    if outcome.became is Became.NOT_SQL:
        psql = outcome.step.psql
        instead = f": {psql.instead}" if psql is not None and psql.instead else ""
        return plain(f"a line for psql, not run{instead}")
    words = []
    if result.columns:
        words.append(f"{'first ' if result.is_cut else ''}{plural(result.rows, 'row')}")
    elif outcome.row_count >= 0:
        done = "copied" if outcome.became is Became.COPIED else "changed"
        words.append(f"{plural(outcome.row_count, 'row')} {done}")
    else:
        words.append(plain(outcome.command) or "done")
    words.append(f"{result.elapsed_ms:,.0f} ms")
    if result.outcome:
        words.append(result.outcome)
    return " · ".join(words)


def beneath(outcome: StepOutcome, first_line: int = 0, *, was_open: bool = False) -> list[str]:
    """Lines under it: where it failed, what the server said besides, what is left of the
    transaction that `was_open` before.
    """
    lines = [plain(notice) for notice in outcome.result.notices]
    if outcome.command == PREPARED:
        lines.append(NO_MORE_HERE)
    failure = outcome.failure
    if failure is None:
        return lines
    trouble = failure.trouble
    lines += [plain(words) for words in (trouble.detail, trouble.hint) if words]
    lines += [plain(frame) for frame in trouble.context[:2]]
    if failure.line is not None:
        lines.append(
            f"column {failure.column} of line {failure.line + first_line} · enter goes there"
        )
    elif trouble.inside is not None:
        lines.append("inside the block · enter goes there")
    if outcome.transaction is TransactionNow.OPEN:
        lines.append("undone by itself · the transaction goes on")
    elif outcome.transaction is TransactionNow.FAILED:
        lines.append("the transaction has failed: only ROLLBACK helps · ctrl+t")
    elif was_open:
        lines.append("the transaction is gone: all of it was rolled back with this error")
    return lines


def head_of(outcome: StepOutcome, first_line: int) -> str:
    """`line 12  update orders set …`."""
    return f"line {outcome.step.line + first_line:<4} {head(outcome.step.text, _HEAD)}"


def whole(outcomes: Sequence[StepOutcome], steps: int, elapsed_s: float, after: Held) -> str:
    """`2 of 4 ran, 1 failed, 1 not run · 48 ms`, and what was kept of it."""
    ran = Counter(sign_of(outcome) for outcome in outcomes)
    not_run = ran[NOT_RUN] + steps - min(len(outcomes), steps)
    words = [f"{ran[DONE]:,} of {steps:,} ran"]
    words += [f"{ran[FAILED]:,} failed"] if ran[FAILED] else []
    words += [f"{not_run:,} not run"] if not_run else []
    return f"{', '.join(words)} · {elapsed_s * 1000:,.0f} ms{_kept(after)}"


def _kept(after: Held) -> str:
    if after.transaction is TransactionNow.FAILED:
        return " · the transaction has failed: ctrl+t rolls back"
    return " · nothing is kept before COMMIT: ctrl+t" if after.is_open else ""


def stopped(
    outcomes: Sequence[StepOutcome], steps: int, elapsed_s: float, before: Held, after: Held
) -> str:
    """What a stop left, and what went with it."""
    if len(outcomes) >= steps:
        return f"it was finished before the stop: {whole(outcomes, steps, elapsed_s, after)}"
    said = f"stopped inside the database after {elapsed_s:.1f} s"
    ran = sum(outcome.failure is None for outcome in outcomes)
    if steps > 1:
        left = max(0, steps - len(outcomes) - 1)
        said += f": {ran:,} ran, 1 was stopped, {left:,} not run"
    if after.transaction is TransactionNow.FAILED:
        return f"{said}; the transaction has failed: ctrl+t rolls back"
    if after.is_open:
        changes = plural(after.changes.statements, "change")
        return f"{said}; the transaction is open as before, with {changes}"
    if before.is_open and not any(_ends(outcome) for outcome in outcomes):
        return f"{said}; the transaction is gone: what was stopped took it along"
    return f"{said}; what ran is kept" if ran else f"{said}; nothing of it was kept"


def _ends(outcome: StepOutcome) -> bool:
    return outcome.failure is None and outcome.transaction is TransactionNow.NONE


def was_refused(outcome: StepOutcome) -> bool:
    """Whether it never reached the database."""
    return outcome.failure is not None and isinstance(outcome.failure.error, Refused)
