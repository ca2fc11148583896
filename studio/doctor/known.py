"""What the last look at a database is still worth: shown beside its objects, with its age."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from studio.doctor.run import HealthReport
from studio.model.health import HealthFinding, HealthSeverity


@dataclass(frozen=True, slots=True)
class KnownHealth:
    """The findings of one look, by the relation they are on."""

    at: datetime
    """When it was looked, in local time."""
    errors: int
    by_table: Mapping[str, tuple[HealthFinding, ...]] = field(default_factory=dict)
    """Relations as findings write them: `schema.table`, or `table`."""

    def of(self, table: str) -> tuple[HealthFinding, ...]:
        """What was found on a relation, gravest first."""
        return self.by_table.get(table, ())

    def gravest(self, table: str) -> HealthSeverity | None:
        """What stands beside it in a list; a notice does not."""
        found = [f.severity for f in self.of(table) if f.severity is not HealthSeverity.NOTICE]
        return min(found, key=lambda severity: severity.rank, default=None)

    def named_in(self, words: Iterable[str]) -> tuple[HealthFinding, ...]:
        """What was found on the relations that a plan's words name."""
        said = {word for text in words for word in re.findall(r"\w+", text)}
        tables = (table for table in self.by_table if table.rpartition(".")[2] in said)
        return tuple(finding for table in tables for finding in self.by_table[table])

    def said_at(self, now: datetime) -> str:
        """When that was: the time, with the day where it was another."""
        return (
            f"{self.at:%H:%M}"
            if self.at.date() == now.date()
            else f"{self.at.day} {self.at:%b %H:%M}"
        )


def known_of(report: HealthReport, at: datetime) -> KnownHealth:
    """What a report leaves behind that was at its end at that local time."""
    by_table: dict[str, list[HealthFinding]] = defaultdict(list)
    for finding in report.findings:
        if finding.table:
            by_table[finding.table].append(finding)
    return KnownHealth(
        at,
        report.count(HealthSeverity.ERROR),
        {table: tuple(found) for table, found in by_table.items()},
    )
