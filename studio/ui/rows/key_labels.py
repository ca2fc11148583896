"""Which row a foreign key leads to, in a person's words, beside its value in the record."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from textual.widget import Widget

from studio.backends.base import Purpose
from studio.model.catalog import Table
from studio.model.errors import StudioError
from studio.model.page import Shortened, Value
from studio.rows.lookup import label_at
from studio.rows.related import Relation, outgoing
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

_PAUSE_S = 0.15
"""So long the cursor stays on a row before anything is read for it."""
_MOST_S = 2.0
"""So long all labels of a row may take: without an index they could read a whole table."""
_MOST_KEPT = 500

Key = tuple[str, tuple[str, ...], tuple[str, ...]]


class KeyLabels:
    """Reads the labels of one row, the one the cursor is on now."""

    def __init__(
        self, owner: Widget, workspace: Workspace, show: Callable[[Mapping[str, str]], None]
    ) -> None:
        """`show` gets a column's name and the label of what it leads to, each time more of them."""
        self._owner = owner
        self._workspace = workspace
        self._show = show
        self._known: dict[Key, str | None] = {}

    def forget(self) -> None:
        """Rows were read again: so will labels."""
        self._known.clear()

    def look(self, table: Table, row: Mapping[str, Value]) -> None:
        """Show the labels of a row: those that are known at once, the others when they come."""
        whole = {name: value for name, value in row.items() if not isinstance(value, Shortened)}
        relations = outgoing(table, whole)
        self._show_known(relations)
        missing = [one for one in relations if _key(one) not in self._known]
        if missing:
            begin_work(self._owner, partial(self._read, relations, missing), "labels")
        else:
            self.stop()

    def stop(self) -> None:
        """Read for no row any more."""
        self._owner.workers.cancel_group(self._owner, "labels")

    async def _read(self, relations: tuple[Relation, ...], missing: list[Relation]) -> None:
        await asyncio.sleep(_PAUSE_S)
        lane = self._workspace.session.lane(Purpose.WATCH)
        try:
            async with asyncio.timeout(_MOST_S):
                for relation in missing:
                    target = await self._workspace.table(relation.table)
                    label = await label_at(lane, target, relation)
                    if len(self._known) >= _MOST_KEPT:
                        self._known.clear()
                    self._known[_key(relation)] = label
                    self._show_known(relations)
        except (TimeoutError, StudioError):
            # Only a word is missing beside a value that is there.
            return

    def _show_known(self, relations: tuple[Relation, ...]) -> None:
        labels: dict[str, str] = {}
        for relation in relations:
            if label := self._known.get(_key(relation)):
                labels.setdefault(relation.foreign_key.columns[-1], label)
        self._show(labels)


def _key(relation: Relation) -> Key:
    """Where a relation leads: values may be of kinds that cannot be looked up by."""
    columns = relation.foreign_key.target_columns
    return str(relation.table), columns, tuple(map(repr, relation.request.filters))
