"""What a pipeline asks of a plan, and which of it the plan fails (README, §6)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from studio.backends.halves.explaining import ExplainedPlan, Measures
from studio.model.finding import Finding, Severity

RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}
NOISE = 1.1
"""Times a cost may grow although the plan is another one."""
GROWTH = 2.0
"""Times a cost may grow while the plan stays as it is: tables grow."""
WHOLE = 1_000
"""From which on no fraction is shown."""
LEAST_COST = 10.0
"""Below this a plan costs nothing, whatever it grew from."""


@dataclass(frozen=True, slots=True)
class Gates:
    """What was asked; nothing asked, nothing fails."""

    fail_on: tuple[str, ...] = ()
    """A severity (it or a graver one), or the id of a finding."""
    max_ms: float | None = None
    max_rows_read: float | None = None
    baseline: Mapping[str, Measures] | None = None
    """Name of a statement → its plan then."""

    @property
    def any(self) -> bool:
        """Whether something was asked."""
        asked = (self.max_ms, self.max_rows_read, self.baseline)
        return bool(self.fail_on) or any(gate is not None for gate in asked)


def failures(gates: Gates, name: str, shown: ExplainedPlan) -> list[str]:
    """A sentence for everything asked that the plan fails."""
    found = [
        f"{finding.id}: {finding.says}" for finding in shown.findings if _is_named(gates, finding)
    ]
    measures = shown.measures()
    found += _limits(gates, measures)
    if gates.baseline is not None:
        found += _worse(gates.baseline.get(name), measures)
    return found


def _is_named(gates: Gates, finding: Finding) -> bool:
    ranks = {severity.value: rank for severity, rank in RANK.items()}
    return any(
        RANK[finding.severity] >= ranks[word] if word in ranks else finding.id == word
        for word in gates.fail_on
    )


def _limits(gates: Gates, measures: Measures) -> Iterator[str]:
    about = "" if measures.is_counted else "~"
    for limit, value, what, sign in (
        (gates.max_ms, measures.ms, "ms", ""),
        (gates.max_rows_read, measures.rows_read, "rows read", about),
    ):
        if limit is None:
            continue
        if value is None:
            yield f"{what}: not known, so it cannot be within {limit:,g}"
        elif value > limit:
            shown = f"{value:,.0f}" if value >= WHOLE else f"{value:,.3g}"
            yield f"{what}: {sign}{shown} is more than {limit:,g}"


def _worse(before: Measures | None, now: Measures) -> Iterator[str]:
    """Whether a plan got worse; one that is not known cannot be told to be as good."""
    if before is None:
        yield "baseline: this statement is not in it (--update adds it)"
        return
    changed = before.shape != now.shape
    grown = _grown(before.cost, now.cost)
    if grown is None:
        if changed:
            yield f"baseline: the plan changed: {_change(before, now)}"
    elif grown > (NOISE if changed else GROWTH):
        how = f"another plan ({_change(before, now)})" if changed else "the same plan"
        yield f"baseline: {how} costs {grown:,.1f} times as much"


def _grown(before: float | None, now: float | None) -> float | None:
    if before is None or now is None:
        return None
    return now / max(before, LEAST_COST) if now > LEAST_COST else 0.0


def _change(before: Measures, now: Measures) -> str:
    """The first line that is another."""
    pairs = zip((*before.shape, ""), (*now.shape, ""), strict=False)
    was, is_now = next(((a, b) for a, b in pairs if a != b), ("", ""))
    return f"{was.strip() or 'nothing'} → {is_now.strip() or 'nothing'}"
