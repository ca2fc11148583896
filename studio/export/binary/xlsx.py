"""A sheet of Excel: numbers where a cell keeps them exactly, else the text they have in CSV.

The limits are Excel's own (support.microsoft.com, "Excel specifications and limits").
"""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TextIO
from weakref import finalize

from studio.config.extras import extra
from studio.edits.journal.json_values import json_value
from studio.export.header import Header
from studio.export.json_text import unique
from studio.export.text import as_text
from studio.export.writing import Row
from studio.model.catalog import ColumnKind
from studio.model.errors import ConfigInvalid
from studio.model.page import Value

_MOST_ROWS, _MOST_COLUMNS, _MOST_CHARACTERS = 2**20, 2**14, 32_767
_WHOLE = 2**53
"""Beyond it, a cell's number is not every whole number."""


class Writer:
    """One sheet after another, each with the names in its first row."""

    def __init__(self, out: TextIO, header: Header) -> None:
        """Raises ConfigInvalid: no xlsxwriter, a terminal, too many columns."""
        if out.isatty():
            raise ConfigInvalid("XLSX is no text for a terminal: name a file with --output")
        if len(header.columns) > _MOST_COLUMNS:
            raise ConfigInvalid(f"a sheet has at most {_MOST_COLUMNS:,} columns: use csv")
        made = extra("xlsxwriter", "xlsx", "XLSX")
        self._out = out
        self._header = header
        self._folder = mkdtemp(prefix="studio-")
        # What it is written to must be sought in, and a pipe cannot.
        self._draft = Path(self._folder) / "draft"
        # A sheet waits in a file until all of it is known.
        options = {"constant_memory": True, "tmpdir": self._folder}
        self._book = made.Workbook(str(self._draft), options)
        self._end = finalize(self, _removed, self._folder, self._book)
        # No time in it: the same rows are the same file.
        self._book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for place, name in enumerate(unique(self._header.columns)):
            self._sheet.write_string(0, place, self._fitting(as_text(name), place))
        self._row = 1

    def write(self, rows: Sequence[Row]) -> None:
        """Some more rows. Raises ConfigInvalid for a text that no cell holds."""
        for row in rows:
            if self._row == _MOST_ROWS:
                self._begin_sheet()
            for place, value in enumerate(row):
                self._put(place, value)
            self._row += 1

    def _put(self, place: int, value: Value) -> None:
        if value is None:
            return
        cell = _cell(value, self._header.kinds[place])
        if isinstance(cell, bool):
            self._sheet.write_boolean(self._row, place, cell)
        elif isinstance(cell, int | float):
            self._sheet.write_number(self._row, place, cell)
        else:
            # Never `write`: it makes formulas and links of texts.
            self._sheet.write_string(self._row, place, self._fitting(cell, place))

    def _fitting(self, text: str, place: int) -> str:
        if len(text) > _MOST_CHARACTERS:
            raise ConfigInvalid(
                f"{self._header.columns[place]} has a text of {len(text):,} characters; a cell of"
                f" XLSX holds {_MOST_CHARACTERS:,}: use csv"
            )
        return text

    def end(self) -> None:
        """There are no more."""
        self._book.close()
        self._out.flush()
        with self._draft.open("rb") as draft:
            shutil.copyfileobj(draft, self._out.buffer)
        self._out.flush()
        self._end()


def _removed(folder: str, book: Any) -> None:  # noqa: ANN401 - xlsxwriter is not always there
    """What is left of it, whole or given up."""
    for sheet in book.worksheets():
        if sheet.row_data_fh is not None:
            sheet.row_data_fh.close()
    shutil.rmtree(folder, ignore_errors=True)


def _cell(value: Value, kind: ColumnKind) -> bool | int | float | str:
    """What a cell holds of a value, and gives back."""
    if kind is ColumnKind.JSON:
        return as_text(value)
    found = json_value(value, kind)
    if isinstance(found, bool):
        return found
    if isinstance(found, int) and abs(found) <= _WHOLE:
        return found
    # As XLSX is written: 16 digits, which not every double is told by.
    if isinstance(found, float) and float(f"{found:.16G}") == found:
        return found
    return as_text(value)
