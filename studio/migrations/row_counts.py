"""How many rows a table has, asked once: exact where that is cheap."""

from studio.migrations.history import HistoryReader
from studio.model.catalog import Table, TableRef
from studio.model.errors import StudioError
from studio.model.words import plural

LARGE_ROWS = 100_000
"""From here on a lock that lasts is worth a word, and the server's estimate has to do."""


class RowCounts:
    """The rows and values of one database's tables; what cannot be asked counts as none."""

    def __init__(self, reader: HistoryReader) -> None:
        self._reader = reader
        self._known: dict[tuple[TableRef, str | None], int] = {}

    def rows(self, table: Table) -> int:
        """Rows, or the server's estimate where it says there are many."""
        if _is_large(table):
            return table.row_estimate or 0
        return self.exactly(table)

    def exactly(self, table: Table, column: str | None = None) -> int:
        """Rows, or rows with a value in one column."""
        asked = (table.ref, column)
        if asked not in self._known:
            try:
                self._known[asked] = self._reader.count(*asked)
            except StudioError:
                self._known[asked] = 0
        return self._known[asked]

    def told(self, table: Table, column: str | None = None) -> str:
        """How many in words, with `~` where it is an estimate; "" for none."""
        if column is None and _is_large(table):
            return f"~{table.row_estimate:,} rows"
        number = self.exactly(table, column)
        return plural(number, "row" if column is None else "value") if number else ""


def _is_large(table: Table) -> bool:
    return table.row_estimate is not None and table.row_estimate >= LARGE_ROWS
