"""CSV, TSV and JSONL, row by row, each with the line it begins on; nothing is kept but the row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TextIO

from studio.edits.journal.encoding import Json, Malformed, decoded_row, parsed
from studio.model.change import Assigned

_OTHER_SEPARATORS = (";", "\t", "|")


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One row of a file."""

    line: int
    """Where it begins, from 1."""
    cells: Sequence[str | None] = ()
    """Of a file without types: texts, and None for NULL."""
    values: Mapping[str, Assigned] | None = None
    """Of a file with names and types in every row."""
    problem: str = ""
    """Why it cannot be read; then there is nothing else."""


def csv_records(file: TextIO) -> Iterator[FileRecord]:
    """RFC 4180: nothing is NULL, two quotes are an empty text. The first is the names; names
    without a comma tell which other sign stands between values.
    """
    ahead = [*islice(file, 2)]
    separator = _separator(ahead)
    pending: list[str] = []
    began = 1
    for number, line in enumerate(chain(ahead, file), start=1):
        if not pending:
            began = number
        pending.append(line)
        if len(pending) > 1 and '"' not in line:
            continue  # it cannot end what a quote began
        cells, is_whole = _csv_cells("".join(pending), separator)
        if is_whole:
            pending = []
            yield FileRecord(began, cells)
    if pending:
        yield FileRecord(began, problem="a quote that is opened here is never closed")


def _separator(first: Sequence[str]) -> str:
    """Of the first lines: a comma, unless the names have none and another sign parts them into as
    many as it parts the row behind them.
    """
    heads = [_csv_cells(line, ",")[0] for line in first[:1]]
    if not heads or len(heads[0]) != 1:
        return ","
    for sign in _OTHER_SEPARATORS:
        sizes = {len(cells) for cells, whole in (_csv_cells(x, sign) for x in first) if whole}
        if len(sizes) == 1 and max(sizes) > 1:
            return sign
    return ","


def _csv_cells(text: str, separator: str) -> tuple[list[str | None], bool]:
    """The cells of a line, or of several; False: a quote is still open."""
    text = _without_end(text)
    cells: list[str | None] = []
    place = 0
    while True:
        if text.startswith('"', place):
            end = _closing(text, place + 1)
            if end < 0:
                return cells, False
            after = text.find(separator, end + 1)
            stray = text[end + 1 : after if after >= 0 else len(text)]
            cells.append(text[place + 1 : end].replace('""', '"') + stray)
        else:
            after = text.find(separator, place)
            cell = text[place : after if after >= 0 else len(text)]
            cells.append(cell or None)
        if after < 0:
            return cells, True
        place = after + 1


def _closing(text: str, place: int) -> int:
    """Where the quote that ends a cell is; -1: not in this text."""
    while (end := text.find('"', place)) >= 0:
        if not text.startswith('"', end + 1):
            return end
        place = end + 2
    return -1


def _without_end(line: str) -> str:
    for end in ("\r\n", "\n", "\r"):
        if line.endswith(end):
            return line.removesuffix(end)
    return line


def tsv_records(file: TextIO) -> Iterator[FileRecord]:
    r"""As PostgreSQL's COPY writes it: `\N` is NULL; `\t`, `\n`, `\\` stand for what they say."""
    for number, line in enumerate(file, start=1):
        yield FileRecord(number, [_tsv_cell(cell) for cell in _without_end(line).split("\t")])


_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


def _tsv_cell(cell: str) -> str | None:
    if cell == "\\N":
        return None
    if "\\" not in cell:
        return cell
    made: list[str] = []
    place = 0
    while (found := cell.find("\\", place)) >= 0 and found + 1 < len(cell):
        sign = cell[found + 1]
        made += (cell[place:found], _ESCAPED.get(sign, sign))
        place = found + 2
    return "".join((*made, cell[place:]))


def jsonl_records(file: TextIO) -> Iterator[FileRecord]:
    """One object a line, as `studio query --format jsonl` writes it."""
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            found: Json = parsed(line)
            yield FileRecord(number, values=decoded_row(found, "the row"))
        except Malformed as error:
            yield FileRecord(number, problem=str(error))


READERS: dict[str, Callable[[TextIO], Iterator[FileRecord]]] = {
    "csv": csv_records,
    "tsv": tsv_records,
    "jsonl": jsonl_records,
}
"""Format → its reader."""
