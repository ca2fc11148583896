"""Many changes as JSON, column by column: how the journal keeps a set in little space and time."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import cast

from studio.edits.encoding import (
    JSON_OWN,
    KEYS,
    OPS,
    Json,
    Malformed,
    decoded_change,
    encoded,
)
from studio.edits.layout import PARTS, Group, chosen, column_values
from studio.model.change import Assigned, Change, Insert

_ROW = attrgetter("row")


def packed(changes: Sequence[Change], groups: Sequence[Group]) -> list[Json]:
    """`changes`, which `groups` holds by layout."""
    return [_packed(group, chosen(changes, group.places)) for group in groups]


def _packed(group: Group, changes: Sequence[Change]) -> Json:
    op, table, *named = group.layout
    made: dict[str, Json] = {
        "op": OPS[op],
        "schema": table.schema,
        "table": table.name,
        "places": list(group.places),
    }
    if op is Insert:
        made["row"] = list(map(_ROW, changes))
    for part, names in zip(PARTS, named, strict=True):
        if part in KEYS[OPS[op]]:
            values = column_values(changes, part, names)
            made[part] = dict(zip(names, map(_column, values), strict=True))
    return made


def _column(values: list[Assigned]) -> list[Json]:
    if JSON_OWN.issuperset(map(type, values)):
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
    places = cast("list[int]", found["places"])
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


def _rows(found: Json, count: int) -> list[dict[str, Json]]:
    columns = cast("dict[str, list[Json]]", found)
    if not columns:
        return [{} for _ in range(count)]
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]
