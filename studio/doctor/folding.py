"""Much of one kind, of which a person is shown the first: README.md, rule 8."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from studio.model.health import Blind, HealthFinding, HealthSeverity
from studio.model.words import plural

MANY, SHOWN = 20, 5
"""Of one check and severity: more than so many are not all shown to a person."""


@dataclass(frozen=True, slots=True)
class More:
    """Those that are not shown."""

    check: str
    severity: HealthSeverity
    count: int


def folded(findings: Iterable[HealthFinding]) -> Iterator[HealthFinding | More]:
    """Findings in their order, of each check and severity the first."""
    for (severity, check), group in groupby(findings, key=lambda f: (f.severity, f.check)):
        these = tuple(group)
        if len(these) <= MANY:
            yield from these
        else:
            yield from these[:SHOWN]
            yield More(check, severity, len(these) - SHOWN)


def reasons(blind: Iterable[Blind]) -> Iterator[tuple[str, str]]:
    """Who could not look, and why: one reason is told once, however many checks have it."""
    checks: dict[str, list[str]] = {}
    for one in blind:
        opens = f" ({one.opens})" if one.opens else ""
        checks.setdefault(f"{one.why}{opens}", []).append(one.check)
    for why, names in checks.items():
        few = list(dict.fromkeys(names))
        yield ", ".join(few) if len(few) <= SHOWN else plural(len(few), "check"), why
