"""Rows written besides those a set names: what triggers and rules did, as the database counts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from studio.edits.applying.captured import Captured
from studio.edits.applying.cascades import follows_update
from studio.edits.applying.lasting import Cause
from studio.edits.sql.prepared import Prepared
from studio.model.catalog import TableKind, TableRef
from studio.model.words import plural

_ASIDE = {Cause.TRIGGERS, Cause.RULES, Cause.VIEW}


@dataclass(slots=True)
class Strays:
    """A count begun before the set runs."""

    connection: Connection
    plan: Prepared
    _before: Mapping[TableRef | None, int] = field(init=False)

    def __post_init__(self) -> None:
        """Count what was written until now, if anything may write besides."""
        self._before = self._written() if self._is_asked else {}

    @property
    def _is_asked(self) -> bool:
        return any(one.cause in _ASIDE for one in self.plan.lasting)

    def _written(self) -> Mapping[TableRef | None, int]:
        return self.plan.editing.written(self.connection)

    def told(self, captured: Captured) -> Iterator[str]:
        """A sentence for each table that more rows were written of than the set and the foreign
        keys account for. Where keys follow an update nothing is said: those rows are not counted.
        """
        if not self._is_asked or self._cascades_updates():
            return
        known = self._accounted(captured)
        total = sum(known.values())
        moving = any(one.kind is TableKind.PARTITIONED for one in self.plan.tables.values())
        for ref, count in self._written().items():
            wanted = known[ref] if ref is not None else total
            more = count - self._before.get(ref, 0) - wanted
            if more > 0 and not (moving and wanted):
                of = f" of {ref}" if ref is not None else ""
                rows = f"{plural(more, 'row')}{of}"
                which = "was" if more == 1 else "were"
                yield f"{rows} {which} written besides by triggers or rules; undo leaves them so"

    def _cascades_updates(self) -> bool:
        return any(
            follows_update(key)
            for ref in self.plan.tables
            for _, key in self.plan.catalog.referencing(ref)
        )

    def _accounted(self, captured: Captured) -> Counter[TableRef]:
        views = {r for r, table in self.plan.tables.items() if table.kind is TableKind.VIEW}
        known = Counter(
            captured.homes.get(index, change.table)
            for index, change in enumerate(self.plan.changes)
            if change.table not in views
        )
        known.update(ref for ref, _ in captured.cascaded)
        known.update(one.table for one in captured.severed)
        return known
