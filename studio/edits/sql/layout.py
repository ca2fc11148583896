"""Changes that name the same columns of the same table: what holds of one holds of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeAlias

from studio.model.catalog import TableRef
from studio.model.change import Assigned, Change, Delete, Insert, Update

Op: TypeAlias = type[Insert] | type[Update] | type[Delete]
PARTS = ("identity", "before", "after")
"""Where a change names columns, in the order of its slots."""
_PART = {part: attrgetter(part) for part in PARTS}
_TABLE = attrgetter("table")
_TABLE_NAME = attrgetter("table.schema", "table.name")


class ColumnValues(NamedTuple):
    """What some changes say of one column, in their order."""

    values: list[Assigned]
    types: frozenset[type]
    """The types among them: most questions about ten thousand values are answered by these."""


Columns: TypeAlias = tuple[ColumnValues, ...]
"""In the order of a layout's names."""


class ChangeColumns(NamedTuple):
    """Which columns of which table changes name, and what they do."""

    op: Op
    table: TableRef
    identity: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of a set that name the same columns in the same way."""

    layout: ChangeColumns
    places: Sequence[int]
    """Which changes of the set, ascending."""
    changes: Sequence[Change]
    """These changes, in that order."""
    columns: Mapping[str, Columns]
    """By part: what the changes say, column by column. Bound, packed and looked through: taken out
    of ten thousand mappings once.
    """


def _columns(layout: ChangeColumns, changes: Sequence[Change]) -> dict[str, Columns] | None:
    """What they say by part and column; None when they do not name the same ones, in one order."""
    found: dict[str, Columns] = {}
    for part, names in zip(PARTS, layout[2:], strict=True):
        rows = list(map(_PART[part], changes))
        if not _are_all(rows, names):
            return None
        try:
            found[part] = tuple(_column_values(rows, name) for name in names)
        except KeyError:
            return None
    return found


def _are_all(rows: Sequence[Mapping[str, Assigned]], names: tuple[str, ...]) -> bool:
    """Whether all of them name these columns, in this order; or one other column, if it is one."""
    if len(names) == 1:
        return sum(map(len, rows)) == len(rows)
    # No row names a column twice, so the same names over and over begin anew with each row.
    return list(chain.from_iterable(rows)) == [*names] * len(rows)


def _column_values(rows: Sequence[Mapping[str, Assigned]], name: str) -> ColumnValues:
    values = list(map(itemgetter(name), rows))
    return ColumnValues(values, frozenset(map(type, values)))


def grouped(changes: Sequence[Change]) -> tuple[Group, ...]:
    """Every change, among its like; groups by their first change."""
    if not changes:
        return ()
    first = _layout(changes[0])
    if _all_do(first, changes) and (columns := _columns(first, changes)) is not None:
        # As a column set over marked rows: the whole set has one layout.
        return (Group(first, range(len(changes)), changes, columns),)
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
    return tuple(part_of(changes, _layout(changes[same[0]]), same) for same in found.values())


def part_of(changes: Sequence[Change], layout: ChangeColumns, places: Sequence[int]) -> Group:
    """The changes of a set at `places`, all of one layout. Raises KeyError where they are not."""
    mine = [changes[place] for place in places]
    columns = _columns(layout, mine)
    if columns is None:
        raise KeyError(layout)
    return Group(layout, places, mine, columns)


def _layout(change: Change) -> ChangeColumns:
    named = (tuple(change.identity), tuple(change.before), tuple(change.after))
    return ChangeColumns(type(change), change.table, *named)


def _all_do(layout: ChangeColumns, changes: Sequence[Change]) -> bool:
    """Whether all of them do the same to the same table."""
    # Counting takes the one object that most changes share for equal without looking into it.
    count = len(changes)
    return (
        list(map(type, changes)).count(layout.op) == count
        and list(map(_TABLE, changes)).count(layout.table) == count
    )
