"""PostGIS's geometries, which print as hexadecimal EWKB, as the text that people read.

The form is that of OGC 06-103r4 (WKB) with PostGIS's flags for Z, M and the reference system.
"""

import struct
from collections.abc import Callable

_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000
_OLD_STEP = 1000
"""ISO WKB says Z, M and ZM with 1000, 2000 and 3000 more."""
_NAMES = {
    1: "POINT",
    2: "LINESTRING",
    3: "POLYGON",
    4: "MULTIPOINT",
    5: "MULTILINESTRING",
    6: "MULTIPOLYGON",
    7: "GEOMETRYCOLLECTION",
    8: "CIRCULARSTRING",
    9: "COMPOUNDCURVE",
    10: "CURVEPOLYGON",
    11: "MULTICURVE",
    12: "MULTISURFACE",
    15: "POLYHEDRALSURFACE",
    16: "TIN",
    17: "TRIANGLE",
}
_POINT, _LINES, _RINGS = 1, {2, 8}, {3, 17}
_NAMELESS = {4: {1}, 5: {2}, 6: {3}, 9: {2}, 10: {2}, 11: {2}, 12: {3}, 15: {3}, 16: {17}}
"""Of the parts of which kinds those whose kind goes without saying."""
_MOST_DEEP = 32


def wkt(text: str) -> str:
    """`SRID=4326;POINT(1 2)` of hexadecimal EWKB or WKB. Raises ValueError for anything else."""
    reader = _Reader(bytes.fromhex(text))
    try:
        code, found, srid = reader.geometry(0)
    except struct.error as error:
        raise ValueError("it ends too early") from error
    if reader.place != len(reader.data):
        raise ValueError("there is more than a geometry")
    words = f"{_NAMES[code]}{found}"
    return words if srid is None else f"SRID={srid};{words}"


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0
        self._order = "<"
        self._sizes = 2

    def geometry(self, depth: int) -> tuple[int, str, int | None]:
        """Kind, what follows its name, reference system."""
        if depth > _MOST_DEEP:
            raise ValueError("no geometry is so deep")
        (order,) = self._read("B")
        if order not in {0, 1}:
            raise ValueError("no such order of bytes")
        self._order = "<" if order else ">"
        (kind,) = self._read("I")
        srid: int | None = self._read("i")[0] if kind & _SRID else None
        more, code = divmod(kind & 0x0FFFFFFF, _OLD_STEP)
        if code not in _NAMES or more > 3:  # noqa: PLR2004 - none, Z, M, both
            raise ValueError("no such geometry")
        has_z, has_m = bool(kind & _Z) or more in {1, 3}, bool(kind & _M) or more in {2, 3}
        self._sizes = 2 + has_z + has_m
        sign = " " + "Z" * has_z + "M" * has_m + " " if has_z or has_m else ""
        return code, f"{sign}{self._inside(code, depth)}", srid

    def _inside(self, code: int, depth: int) -> str:
        if code == _POINT:
            point = self._point()
            is_empty = all(number == "nan" for number in point.split())
            return " EMPTY" if is_empty else f"({point})"
        if code in _LINES:
            return self._list(self._point)
        if code in _RINGS:
            return self._list(lambda: self._list(self._point))

        def part() -> str:
            inner, found, _ = self.geometry(depth + 1)
            is_said = inner not in _NAMELESS.get(code, set())
            return f"{_NAMES[inner]}{found}" if is_said else found.lstrip(" ZM")

        return self._list(part)

    def _list(self, one: Callable[[], str]) -> str:
        (count,) = self._read("I")
        # Each takes four bytes at least: a count that cannot be would be counted to for ever.
        if count * 4 > len(self.data) - self.place:
            raise ValueError("it ends too early")
        return f"({','.join(one() for _ in range(count))})" if count else " EMPTY"

    def _point(self) -> str:
        numbers = self._read(f"{self._sizes}d")
        return " ".join(f"{number!r}".removesuffix(".0") for number in numbers)

    def _read(self, form: str) -> tuple[int, ...]:
        form = f"{self._order}{form}"
        found = struct.unpack_from(form, self.data, self.place)
        self.place += struct.calcsize(form)
        return found
