"""Where a key lies among keys that are numbers, so that a jump needs no OFFSET."""

from studio.model.catalog import ColumnKind, Table
from studio.model.page import PageKey, Sort, Value


class Scale:
    """The reach of an order's keys, learnt from its first and last row.

    Only an order by one whole-number identity column is a scale; its gaps make every place on it
    an estimate.
    """

    def __init__(self, table: Table, order: tuple[Sort, ...]) -> None:
        names = tuple(sort.column for sort in order) or table.identity
        self.is_numeric = len(table.identity) == 1 and names == table.identity
        if self.is_numeric and names[0] in table.column_names:
            self.is_numeric = table.column(names[0]).kind is ColumnKind.INTEGER
        self._first: int | None = None
        self._last: int | None = None
        self._as_text = False

    def learn(self, key: PageKey, *, is_first: bool) -> None:
        """Take the key of the first or the last row."""
        number = _number(key.values[0]) if self.is_numeric else None
        if number is None:
            self.is_numeric = False
            return
        self._as_text = isinstance(key.values[0], str)
        if is_first:
            self._first = number
        else:
            self._last = number

    def key(self, index: int, height: int) -> PageKey | None:
        """About the key of the row at `index` of `height`; None before both ends are known."""
        if self._first is None or self._last is None:
            return None
        reach = self._last - self._first
        number = self._first + reach * index // max(height - 1, 1)
        return PageKey((str(number) if self._as_text else number,))

    def index(self, key: PageKey, height: int) -> int:
        """About the index of the row at `key`; the middle when nothing is known."""
        number = _number(key.values[0]) if len(key.values) == 1 else None
        if number is None or self._first is None or self._last in {None, self._first}:
            return height // 2
        reach = self._last - self._first if self._last is not None else 1
        index = (number - self._first) * max(height - 1, 0) // reach
        return min(max(index, 0), max(height - 1, 0))


def _number(value: Value) -> int | None:
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            return None
    return None
