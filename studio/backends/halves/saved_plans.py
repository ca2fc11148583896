"""How an engine reads plans that somebody saved.

Asked through `studio.backends.registry`, since no database is at hand: a guest names a class of
this method in the entry point group `studio.backends.plans`. Light: it imports no driver.
"""

from collections.abc import Mapping
from typing import Protocol

from studio.backends.halves.explaining import ExplainedPlan


class SavedPlans(Protocol):
    """The reader of one engine."""

    def read(
        self, text: str, sql: str = "", counters: Mapping[str, object] | None = None
    ) -> ExplainedPlan | None:
        """The plan in a text; None where it is none of this engine's. Raises StudioError.

        `sql` and `counters` are there when a history kept them beside the document.
        """
