"""Changes that name the same columns of the same table: what holds of one holds of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeAlias, cast

from studio.model.catalog import TableRef
from studio.model.change import Assigned, Change, Delete, Insert, Update

Op: TypeAlias = type[Insert] | type[Update] | type[Delete]
PARTS = ("identity", "before", "after")
"""Where a change names columns, in the order of its slots."""
_PART = {part: attrgetter(part) for part in PARTS}
_TABLE_NAME = attrgetter("table.schema", "table.name")


class Layout(NamedTuple):
    """Which columns of which table changes name, and what they do."""

    op: Op
    table: TableRef
    identity: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of one layout."""

    layout: Layout
    places: tuple[int, ...]
    """Which changes of the set, ascending."""


def grouped(changes: Sequence[Change]) -> tuple[Group, ...]:
    """Every change, among its like; groups by their first change."""
    # Everything here that runs once a change runs inside the interpreter's own loops.
    keys = zip(
        map(type, changes),
        map(_TABLE_NAME, changes),
        *(map(tuple, map(_PART[part], changes)) for part in PARTS),
        strict=True,
    )
    found: dict[object, list[int]] = {}
    for place, key in enumerate(keys):
        same = found.get(key)
        if same is None:
            found[key] = [place]
        else:
            same.append(place)
    return tuple(Group(_layout(changes[places[0]]), tuple(places)) for places in found.values())


def _layout(change: Change) -> Layout:
    named = (tuple(change.identity), tuple(change.before), tuple(change.after))
    return Layout(type(change), change.table, *named)


def chosen(changes: Sequence[Change], places: Sequence[int]) -> Sequence[Change]:
    """The changes at `places`, in that order."""
    return [changes[place] for place in places]


def column_values(
    changes: Sequence[Change], part: str, names: Sequence[str]
) -> list[list[Assigned]]:
    """What changes of one layout say in one part, a list a column."""
    rows = list(map(_PART[part], changes)) if names else []
    return [cast("list[Assigned]", list(map(itemgetter(name), rows))) for name in names]
