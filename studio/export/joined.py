"""Rows that an engine joined into one value, as the lines of a format: no object a value."""

from collections.abc import Callable

from studio.backends.halves.bulk import END_OF_ROW, END_OF_VALUE, Joined

_SIGNS = (b",", b'"', b"\n", b"\r")
"""For which a value is quoted."""
_NULLS = tuple(a + b for a in (END_OF_VALUE, END_OF_ROW) for b in (END_OF_VALUE, END_OF_ROW))
_PAIR = END_OF_ROW * 2
_ALIKE = bytes.maketrans(END_OF_VALUE, END_OF_ROW)
_CSV = bytes.maketrans(END_OF_VALUE + END_OF_ROW, b",\n")
_TSV = bytes.maketrans(END_OF_VALUE + END_OF_ROW, b"\t\n")
_TSV_ESCAPES = ((b"\\", b"\\\\"), (b"\t", b"\\t"), (b"\n", b"\\n"), (b"\r", b"\\r"))


def csv_lines(piece: Joined, columns: int) -> bytes | None:
    """The lines `studio.export.text.csv_line` makes of these rows; None: a text is not UTF-8."""
    if not _is_even(piece, columns):
        return None
    data = _quoted(piece.data + END_OF_ROW)
    return _whole(data.replace(piece.empty, b'""'), _CSV)


def tsv_lines(piece: Joined, columns: int) -> bytes | None:
    """The lines `studio.export.text.tsv_line` makes of these rows; None: a text is not UTF-8."""
    if not _is_even(piece, columns):
        return None
    data = piece.data + END_OF_ROW
    for sign, escape in _TSV_ESCAPES:
        data = data.replace(sign, escape)
    for pair in _NULLS if _PAIR in data.translate(_ALIKE) else ():
        # Twice: a pair found begins behind the end of the one before.
        for _ in range(2 if pair in data else 0):
            data = data.replace(pair, pair[:1] + b"\\N" + pair[1:])
    return _whole(data.replace(piece.empty, b""), _TSV)


STYLES: dict[str, Callable[[Joined, int], bytes | None]] = {"csv": csv_lines, "tsv": tsv_lines}
"""Format → its lines."""


def _is_even(piece: Joined, columns: int) -> bool:
    """Whether what stands between values stands nowhere else."""
    between = piece.data.count(END_OF_VALUE), piece.data.count(END_OF_ROW)
    return between == (piece.rows * (columns - 1), piece.rows)


def _quoted(data: bytes) -> bytes:
    """`data` with values in quotes where they need them. Each sign is sought by itself: in C, and
    twenty times as fast as by a pattern of all.
    """
    places = {sign: place for sign in _SIGNS if (place := data.find(sign)) >= 0}
    alike = data.translate(_ALIKE) if places else data
    made: list[bytes] = []
    done = 0
    while places:
        at = min(places.values())
        start, end = alike.rfind(END_OF_ROW, done, at) + 1, alike.find(END_OF_ROW, at)
        made += (data[done:start], b'"', data[start:end].replace(b'"', b'""'), b'"')
        done = end
        for sign in [sign for sign, place in places.items() if place < end]:
            places[sign] = data.find(sign, end)
            if places[sign] < 0:
                del places[sign]
    made.append(data[done:])
    return b"".join(made)


def _whole(data: bytes, between: bytes) -> bytes | None:
    lines = data.translate(between)[1:]
    try:
        # A piece is some megabytes at most; whether it is UTF-8 is only to be had with all of it.
        lines.decode()
    except UnicodeDecodeError:
        return None
    return lines
