"""Many changes as JSON, column by column: how the journal keeps a set in little space and time."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import cast

from studio.edits.journal.encoding import (
    JSON_OWN,
    KEYS,
    OPS,
    Json,
    Malformed,
    decoded_change,
    encoded,
)
from studio.edits.sql.layout import PARTS, ColumnValues, Group
from studio.model.change import Change, Insert

_ROW = attrgetter("row")
_SAME = "same"
"""Key of the one value a column has in every row, where it has but one."""
_FIRST, _COUNT = "first", "count"
"""Keys of places that follow each other."""


def packed(groups: Sequence[Group]) -> list[Json]:
    """A whole set, by layout."""
    return [_packed(group) for group in groups]


def _packed(group: Group) -> Json:
    op, table, *named = group.layout
    made: dict[str, Json] = {
        "op": OPS[op],
        "schema": table.schema,
        "table": table.name,
        "places": _places(group.places),
    }
    if op is Insert:
        made["row"] = list(map(_ROW, group.changes))
    for part, names in zip(PARTS, named, strict=True):
        if part in KEYS[OPS[op]]:
            made[part] = dict(zip(names, map(_column, group.columns[part]), strict=True))
    return made


def _places(places: Sequence[int]) -> Json:
    first, last = places[0], places[-1]
    if last - first + 1 == len(places):
        return {_FIRST: first, _COUNT: len(places)}
    return list(places)


def _column(column: ColumnValues) -> Json:
    values, types = column
    # A column set over many marked rows: one value says it. 1 and True are two, and so are the
    # equals -0.0 and 0.0, 1.1 and 1.10: only types whose equals are the same may do that.
    if len(types) == 1 and types <= JSON_OWN and values.count(values[0]) == len(values):
        return {_SAME: cast("Json", values[0])}
    if types <= JSON_OWN:
        return cast("list[Json]", values)
    return [encoded(value) for value in values]


def unpacked(found: Json) -> tuple[Change, ...]:
    """The changes `packed` made, in their order. Raises Malformed, KeyError, TypeError."""
    if not isinstance(found, list):
        raise Malformed("changes must be a list")
    by_place = {place: change for one in found for place, change in _unpacked(one)}
    return tuple(by_place[place] for place in range(len(by_place)))


def _unpacked(found: Json) -> Iterator[tuple[int, Change]]:
    if not isinstance(found, dict):
        raise Malformed("changes of one layout must be an object")
    places = _read_places(found["places"])
    rows: list[dict[str, Json]] = [
        {"op": found["op"], "schema": found["schema"], "table": found["table"]} for _ in places
    ]
    for part in (*PARTS, "row"):
        if part == "row" and part in found:
            for row, token in zip(rows, cast("list[Json]", found[part]), strict=True):
                row[part] = token
        elif part in found:
            for row, values in zip(rows, _rows(found[part], len(places)), strict=True):
                row[part] = values
    for place, row in zip(places, rows, strict=True):
        yield place, decoded_change(row)


def _read_places(found: Json) -> Sequence[int]:
    if isinstance(found, dict):
        first, count = cast("int", found[_FIRST]), cast("int", found[_COUNT])
        return range(first, first + count)
    return cast("list[int]", found)


def _rows(found: Json, count: int) -> list[dict[str, Json]]:
    columns = cast("dict[str, Json]", found)
    if not columns:
        return [{} for _ in range(count)]
    values = (_values(column, count) for column in columns.values())
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]


def _values(column: Json, count: int) -> list[Json]:
    if isinstance(column, dict):
        return [column[_SAME]] * count
    return cast("list[Json]", column)
