"""What was found in a database last time, kept as a private file in the state folder.

Names of objects, severities and sizes; nothing that was measured in words, and no address.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from studio.config import paths
from studio.config.statements import folder_of
from studio.model.health import HealthFinding, HealthSeverity

Key = tuple[str, str]
"""A check and its object: what a finding is, whatever it measures."""
MOST_KEPT = 20_000
"""Findings of one database."""
_GREW = 1.1
"""By how much a finding's bytes or rows grow until it is worse."""


@dataclass(frozen=True, slots=True)
class RememberedFinding:
    """A finding as it was."""

    severity: HealthSeverity
    weight: float
    since: str
    """When it was first found: ISO 8601, UTC."""
    table: str = ""


@dataclass(frozen=True, slots=True)
class LastLook:
    """What is remembered of a database."""

    at: str
    """When it was last looked at: ISO 8601, UTC."""
    checks: frozenset[str]
    """Those that saw everything then: of the others nobody knows what is new."""
    found: Mapping[Key, RememberedFinding] = field(default_factory=dict)

    def word_of(self, finding: HealthFinding) -> str:
        """`new`, `worse`, or nothing."""
        known = self.found.get(key_of(finding))
        if known is None:
            return "new" if finding.check in self.checks else ""
        grew = known.weight > 0 and finding.weight > known.weight * _GREW
        return "worse" if grew or finding.severity.rank < known.severity.rank else ""

    def since(self, finding: HealthFinding) -> str:
        """When it was first found; empty: now."""
        known = self.found.get(key_of(finding))
        return "" if known is None else known.since

    def of(self, check: str) -> tuple[str, ...]:
        """The objects a check found then."""
        return tuple(name for known, name in self.found if known == check)


def key_of(finding: HealthFinding) -> Key:
    """What stays the same from one look to the next."""
    return finding.check, finding.object


def now() -> str:
    """The moment as it is kept."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Memory:
    """What is remembered of one database."""

    def __init__(self, database: str) -> None:
        """`database`: what tells it from every other; only its hash is kept."""
        self._path = paths.state_folder() / "doctor" / f"{folder_of(database)}.json"

    def load(self) -> LastLook | None:
        """What is kept; None where nothing is, or nothing readable."""
        try:
            said = json.loads(self._path.read_text(encoding="utf-8"))
            found = {
                (str(check), str(name)): RememberedFinding(
                    HealthSeverity(severity), float(weight), str(since), str(table)
                )
                for check, name, severity, weight, since, table in said["found"]
            }
            return LastLook(str(said["at"]), frozenset(map(str, said["checks"])), found)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, seen: Collection[str], findings: Collection[HealthFinding]) -> None:
        """Remember `findings`: for the checks that have `seen` all, in place of what was there;
        where nothing can be kept, nothing is.
        """
        last, at = self.load() or LastLook("", frozenset()), now()
        kept = {key: known for key, known in last.found.items() if key[0] not in seen}
        for one in findings:
            since = last.since(one) or at
            kept[key_of(one)] = RememberedFinding(one.severity, one.weight, since, one.table)
        checks = set(last.checks | set(seen))
        while len(kept) > MOST_KEPT:
            # Half of a check would make the other half look new.
            checks.discard(most := max({c for c, _ in kept}, key=[c for c, _ in kept].count))
            kept = {key: known for key, known in kept.items() if key[0] != most}
        document = {
            "at": at,
            "checks": sorted(checks),
            "found": [
                [check, name, k.severity.value, k.weight, k.since, k.table]
                for (check, name), k in kept.items()
            ],
        }
        try:
            paths.write_private(self._path, json.dumps(document, separators=(",", ":")))
        except OSError:
            return
