"""Arrays, composites, ranges, hstore and geometries, part by part."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection

from studio.backends.postgresql.geometry import wkt
from studio.backends.postgresql.kinds import bare
from studio.backends.postgresql.printed_parts import (
    Elements,
    PrintedRange,
    printed_array,
    printed_fields,
    printed_pairs,
    printed_ranges,
)
from studio.backends.postgresql.queries import Record, ask
from studio.model.catalog import Column, ColumnKind, TableRef
from studio.model.page import Value
from studio.model.parts import ValuePart
from studio.model.words import plural

_KINDS = {ColumnKind.ARRAY, ColumnKind.COMPOSITE, ColumnKind.RANGE}
_NAMES = {"hstore", "geometry", "geography"}
_MOST_CHARACTERS = 256 * 1024
"""Of a longer value the text is shown: taking it apart would be felt."""
_MOST_PARTS = 20_000
_MOST_DEEP = 40


@dataclass(frozen=True, slots=True)
class _Type:
    """What the catalog says of a type."""

    name: str
    kind: str
    """`pg_type.typtype`, or `a` for an array."""
    inner: str = ""
    """The oid of an array's elements, or of what a domain is over."""
    delimiter: str = ","
    fields: tuple[tuple[str, str], ...] = ()
    """Names, and oids of types."""


class PostgreSQLUnfolding:
    """The half `unfolding`."""

    def is_made_of_parts(self, column: Column) -> bool:
        """By its kind, and by the names of what extensions bring."""
        return column.kind in _KINDS or _last(bare(column.type_name)) in _NAMES

    def parts(
        self, connection: Connection, table: TableRef, column: Column, value: Value
    ) -> Sequence[ValuePart]:
        """One question to the catalog about the types in it."""
        if not isinstance(value, str) or len(value) > _MOST_CHARACTERS:
            return ()
        names = {"schema": table.schema, "relation": table.name, "column": column.name}
        rows = ask(connection, "type_parts", **names)
        types = _types(rows)
        first = rows[0]["oid"] or "" if rows else ""
        try:
            found = tuple(islice(_parts(types, first, 0, "", value), _MOST_PARTS + 1))
        except ValueError:
            return ()
        # Half of the parts would look like all of them.
        is_one_line = len(found) == 1 and found[0].text == value
        return () if is_one_line or len(found) > _MOST_PARTS else found


def _last(name: str) -> str:
    return name.rpartition(".")[2].strip('"')


def _types(rows: Sequence[Record]) -> dict[str, _Type]:
    found: dict[str, _Type] = {}
    for row in rows:
        oid, field = row["oid"] or "", row["field"]
        fields = found[oid].fields if oid in found else ()
        if field is not None:
            fields = (*fields, (field, row["field_type"] or ""))
        kind, inner = row["class"] or "", row["base"] or ""
        if row["element"] != "0":
            kind, inner = "a", row["element"] or ""
        found[oid] = _Type(row["name"] or "", kind, inner, row["delimiter"] or ",", fields)
    return found


def _parts(
    types: dict[str, _Type], oid: str, depth: int, name: str, value: str | None
) -> Iterator[ValuePart]:
    """The lines of one value, itself first. Raises ValueError where it is not what it should be."""
    known = types.get(oid)
    while known is not None and known.kind == "d":
        oid, known = known.inner, types.get(known.inner)
    if value is None or known is None or depth > _MOST_DEEP:
        yield ValuePart(depth, name, value)
    elif known.kind == "a" and value[:1] in {"{", "["}:
        array = printed_array(value, known.delimiter)
        yield from _elements(types, known.inner, depth, name, array.elements, array.lower)
    elif known.kind == "c":
        yield from _fields(types, known, depth, name, value)
    elif known.kind in {"r", "m"}:
        yield from _ranges(depth, name, value, is_many=known.kind == "m")
    else:
        yield from _of_extensions(known.name, depth, name, value)


def _fields(
    types: dict[str, _Type], known: _Type, depth: int, name: str, value: str
) -> Iterator[ValuePart]:
    values = printed_fields(value)
    # No fields at all print like one that is NULL.
    if len(values) != max(1, len(known.fields)):
        raise ValueError("the type has other fields than the value")
    yield ValuePart(depth, name, plural(len(known.fields), "field"), is_whole=True)
    for (field, inner), one in zip(known.fields, values, strict=False):
        yield from _parts(types, inner, depth + 1, field, one)


def _of_extensions(type_name: str, depth: int, name: str, value: str) -> Iterator[ValuePart]:
    if type_name != "hstore":
        is_geometry = type_name in {"geometry", "geography"}
        yield ValuePart(depth, name, wkt(value) if is_geometry else value)
        return
    pairs = printed_pairs(value)
    yield ValuePart(depth, name, plural(len(pairs), "key"), is_whole=True)
    yield from (ValuePart(depth + 1, key, one) for key, one in pairs)


def _elements(
    types: dict[str, _Type],
    oid: str,
    depth: int,
    name: str,
    elements: Elements,
    lower: tuple[int, ...],
) -> Iterator[ValuePart]:
    yield ValuePart(depth, name, plural(len(elements), "element"), is_whole=True)
    first = lower[0] if lower else 1
    for place, element in enumerate(elements, first):
        if isinstance(element, list):
            yield from _elements(types, oid, depth + 1, f"[{place}]", element, lower[1:])
        else:
            yield from _parts(types, oid, depth + 1, f"[{place}]", element)


def _ranges(depth: int, name: str, value: str, *, is_many: bool) -> Iterator[ValuePart]:
    ranges = printed_ranges(value)
    if not is_many:
        yield ValuePart(depth, name, "a range" if ranges else "an empty range", is_whole=True)
        yield from _bounds(depth + 1, ranges)
        return
    yield ValuePart(depth, name, plural(len(ranges), "range"), is_whole=True)
    for place, one in enumerate(ranges, 1):
        yield ValuePart(depth + 1, f"[{place}]", "a range", is_whole=True)
        yield from _bounds(depth + 2, [one])


def _bounds(depth: int, ranges: Sequence[PrintedRange]) -> Iterator[ValuePart]:
    for one in ranges:
        for side, bound, is_in in (
            ("from", one.lower, one.has_lower),
            ("to", one.upper, one.has_upper),
        ):
            if bound is None:
                yield ValuePart(depth, side, "without end", is_whole=True)
            else:
                yield ValuePart(depth, side if is_in else f"{side} but without", bound)
