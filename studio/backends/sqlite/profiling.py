"""What ANALYZE kept of a column in sqlite_stat1: how many different values an index of it holds.

Its lines say "rows, rows per value of the first column, …" for one index each
(sqlite.org/fileformat2.html, 2.6.3); what the values are, SQLite does not keep.
"""

from sqlalchemy import ColumnElement, Connection, case, func, literal_column

from studio.backends.base import identifier
from studio.backends.halves.profiling import ColumnStatistics
from studio.model.catalog import Column, Table

_FINITE = "1e300"


class SQLiteProfiling:
    """The half `profiling`."""

    def known(
        self, connection: Connection, table: Table, column: Column
    ) -> ColumnStatistics | None:
        """One question, where an index begins with the column."""
        leading = [
            index.name
            for index in table.indexes
            if index.parts and index.parts[0].column == column.name and index.predicate is None
        ]
        is_analyzed = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"
        if not leading or connection.exec_driver_sql(is_analyzed).first() is None:
            return None
        for name, stat in connection.exec_driver_sql(
            "SELECT idx, stat FROM sqlite_stat1 WHERE tbl = ?", (identifier(table.ref.name),)
        ):
            numbers = str(stat).split(" ")
            if name in leading and len(numbers) > 1 and all(n.isdigit() for n in numbers[:2]):
                return ColumnStatistics(
                    distinct=max(1, round(int(numbers[0]) / max(1, int(numbers[1]))))
                )
        return None

    def number(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object] | None:
        """By storage class: any column can hold numbers."""
        del column
        kind = func.typeof(value)
        is_number = kind.in_([literal_column("'integer'"), literal_column("'real'")])
        is_finite = value.between(literal_column(f"-{_FINITE}"), literal_column(_FINITE))
        return case((is_number & is_finite, value))
