"""Running statements without a screen: stops at random moments, and the limits of a result."""

import pytest

from studio.model.catalog import ColumnKind
from studio.ui.result_source import ResultRows
from tests.bench.cancels import storm


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_stop_at_any_moment_ends_it_and_the_lane_works_on(request, sqlite_file, engine):
    if engine == "sqlite":
        target = str(sqlite_file("CREATE TABLE t (v)"))
    else:
        target = request.getfixturevalue("postgres")
    assert len(await storm(target, 40, seed=7)) == 40


def test_rows_are_kept_up_to_a_number():
    rows = ResultRows(3, 10**9)
    assert rows.extend([(1,), (2,)])
    assert not rows.extend([(3,), (4,)])
    assert (rows.height, rows.is_cut) == (3, True)


def test_exactly_as_many_rows_as_are_kept_is_not_cut():
    rows = ResultRows(2, 10**9)
    assert rows.extend([(1,), (2,)])
    assert not rows.is_cut


def test_rows_are_kept_up_to_some_bytes():
    rows = ResultRows(10**9, 1_000)
    assert not rows.extend([("x" * 600,), ("y" * 600,), ("z",)])
    assert rows.height == 2


def test_columns_without_a_type_are_numbers_when_all_seen_are():
    rows = ResultRows(10, 10**9)
    rows.extend([(1, 1, None, 1, True), (None, 2.5, None, "x", False)])
    assert [rows.kind_seen(i) for i in range(5)] == [
        ColumnKind.INTEGER,
        ColumnKind.REAL,
        ColumnKind.ANY,
        ColumnKind.ANY,
        ColumnKind.ANY,
    ]
