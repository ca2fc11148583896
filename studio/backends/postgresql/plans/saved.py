"""Plans of PostgreSQL as people save them; see halves.saved_plans."""

from collections.abc import Mapping
from dataclasses import replace

from studio.backends.postgresql.plans import pasted
from studio.backends.postgresql.plans.explained import Explained, explained
from studio.backends.postgresql.plans.finding_ids import FINDING_IDS

finding_ids = FINDING_IDS


def read(text: str, sql: str = "", counters: Mapping[str, object] | None = None) -> Explained:
    """The plan in a text, JSON or not, whatever is around it. Raises StudioError."""
    del sql, counters  # The document holds everything.
    return explained(replace(pasted.read(text)[0], source=text))
