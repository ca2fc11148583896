"""A query's rows as the grid sees them."""

from studio.model.catalog import ColumnKind
from studio.ui.query.result_source import ResultRows


def test_columns_without_a_type_are_numbers_when_all_seen_are():
    rows = ResultRows()
    rows.extend([(1, 1, None, 1, True), (None, 2.5, None, "x", False)])
    assert [rows.kind_seen(i) for i in range(5)] == [
        ColumnKind.INTEGER,
        ColumnKind.REAL,
        ColumnKind.ANY,
        ColumnKind.ANY,
        ColumnKind.ANY,
    ]
