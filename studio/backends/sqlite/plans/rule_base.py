"""What every rule over a SQLite plan reads and returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from studio.backends.sqlite.plans.query_plan import PlanStep
from studio.backends.sqlite.plans.rehearsal import Checks
from studio.model.finding import Finding, Severity

UNUSED = "No index that was tried here is used by the plan."
Weighted = tuple[float, Finding]
"""Rows a finding moves, by which findings are ordered."""


@dataclass(frozen=True)
class Fixes:
    """What can be advised, tried already."""

    by_path: Mapping[str, str]
    checks: Checks | None = field(default=None, repr=False)

    def get(self, path: str, otherwise: str = "") -> str:
        """The statements for one line of the plan."""
        return self.by_path.get(path, otherwise)

    def index(self, words: str) -> str:
        """Words about an index, unless every one that was thought of has been tried in vain."""
        return words if self.checks is None else UNUSED


def weighted(  # noqa: PLR0913, PLR0917 - a finding's own parts, in the order of its record
    rule: str,
    step: PlanStep | None,
    says: str,
    cause: str,
    fix: str,
    doubt: str,
    rows: float | None = None,
    severity: Severity = Severity.WARNING,
) -> Weighted:
    """A finding about one line of the plan, or about the whole statement."""
    numbers: dict[str, float | str] = {} if rows is None else {"rows": rows}
    return rows or 0.0, Finding(
        id=rule,
        path=None if step is None else str(step.id),
        severity=severity,
        says=says,
        cause=cause,
        fix=fix,
        doubt=doubt,
        evidence=numbers,
    )
