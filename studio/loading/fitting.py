"""Rows of a file → rows of a table: values as its columns take them."""

from collections.abc import Iterator, Sequence

from studio.backends.halves.bulk import Bulk
from studio.backends.halves.editing import Editing
from studio.loading.columns import mapped
from studio.loading.reading import FileRecord
from studio.loading.source import RowSource
from studio.model.catalog import Column, Table
from studio.model.change import Assigned, Default
from studio.model.document import JsonText
from studio.model.page import Value
from studio.model.words import plural


class Fitting:
    """Fits rows into the columns of one table."""

    def __init__(self, table: Table, names: Sequence[str], bulk: Bulk, rules: Editing) -> None:
        """`names`: of the file's columns. Raises ConfigInvalid."""
        self.mapping = mapped(names, table)
        """The table's column for each name of the file that has one."""
        self.left_out = tuple(name for name in names if name not in self.mapping)
        """Names of the file that the database makes values for itself."""
        self._columns = [table.column(name) for name in self.mapping.values()]
        self._bulk = bulk
        self._rules = rules

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the table, in the order of each row's values."""
        return tuple(self.mapping.values())

    def rows(self, source: RowSource) -> Iterator[tuple[int, tuple[Value, ...] | ValueError]]:
        """Each row of `source` with the line it begins on, or why it is none. Raises ConfigInvalid
        for what is no text.
        """
        names: list[str] | None = None
        for record in source.records():
            if record.values is None and not record.problem and names is None:
                names = [name or "" for name in record.cells]
                continue
            try:
                row = self._row(record, names or [])
            except ValueError as error:
                yield record.line, error
            else:
                if row is not None:
                    yield record.line, row

    def _row(self, record: FileRecord, names: Sequence[str]) -> tuple[Value, ...] | None:
        """Its values in the table's columns; None for an empty line. Raises ValueError."""
        if record.problem:
            raise ValueError(record.problem)
        if record.values is not None:
            return self._typed(record)
        cells = record.cells
        if len(names) > 1 and len(cells) == 1 and cells[0] is None:
            return None
        if len(cells) != len(names):
            raise ValueError(f"{plural(len(cells), 'value')} for {plural(len(names), 'column')}")
        by_name = dict(zip(names, cells, strict=True))
        return tuple(
            None if (cell := by_name[name]) is None else self._read(cell, column)
            for name, column in zip(self.mapping, self._columns, strict=True)
        )

    def _read(self, text: str, column: Column) -> Value:
        try:
            return self._bulk.read(text, column)
        except ValueError as error:
            raise ValueError(f"{column.name}: {error}") from error

    def _typed(self, record: FileRecord) -> tuple[Value, ...]:
        values = record.values or {}
        unknown = values.keys() - self.mapping.keys() - set(self.left_out)
        if unknown:
            raise ValueError(f"{min(unknown)!r} is not among the columns of the first row")
        return tuple(
            self._fitted(values.get(name), column)
            for name, column in zip(self.mapping, self._columns, strict=True)
        )

    def _fitted(self, value: Assigned, column: Column) -> Value:
        if isinstance(value, Default):
            raise TypeError(value)
        if isinstance(value, JsonText) and not self._rules.reads_json(column):
            # A document, in a column of texts.
            return str(value)
        try:
            return self._rules.fitted(value, column)
        except ValueError as error:
            raise ValueError(f"{column.name}: {error}") from error
