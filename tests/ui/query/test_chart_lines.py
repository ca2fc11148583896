"""Charts as text: what is drawn, what is left out, and that every line fits."""

from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from studio.model.catalog import ColumnKind
from studio.rows.chart import ChartKind, chart_data, chosen
from studio.rows.wrapped import result_table
from studio.ui.query.chart_lines import chart_lines, short
from tests.examples import examples

ANY = ColumnKind.ANY


def data(rows, kinds=(ANY, ANY), y=1, x=0):
    return chart_data(result_table(["a", "b"], kinds).columns, rows, y, x)


def test_bars_begin_at_zero_and_go_both_ways():
    found = chart_lines(data([("up", 10), ("down", -5)]), ChartKind.BARS, 40, 9)
    title, up, down, *_ = found
    assert title == "b by a"
    assert (up[:5], up[-3:]) == ("  up ", " 10")
    assert (down[:5], down[-3:]) == ("down ", " -5")
    assert up.index("|") == down.index("|")
    assert up.count("█") == pytest.approx(2 * down.count("█"), abs=2)


def test_nulls_and_what_is_no_number_are_told():
    found = chart_lines(data([("a", 1), ("b", None), ("c", "x")]), ChartKind.BARS, 40, 9)
    assert found[-1] == "1 row with NULL left out, 1 row without a number left out"
    assert chart_lines(data([("a", None)]), ChartKind.BARS, 40, 9)[2].startswith("there are no")


def test_more_rows_than_room_are_put_together_and_that_is_said():
    rows = [(str(i), i) for i in range(100)]
    found = chart_lines(data(rows), ChartKind.BARS, 40, 12)
    assert found[-1] == "100 rows in 9 bars: each the average of 12 rows"
    line = chart_lines(data(rows * 30), ChartKind.LINE, 40, 12)
    assert line[-1].startswith("3,000 rows in 30 columns")


def test_a_line_runs_along_time():
    rows = [("2024-03-01", 3), ("2024-01-01", 1), ("2024-02-01", 2)]
    found = data(rows)
    assert found.is_time
    assert found.usual is ChartKind.LINE
    assert [point.y for point in found.points] == [1, 2, 3]
    lines = chart_lines(found, ChartKind.LINE, 60, 12, ascii_only=True)
    assert lines[-1].split() == ["2024-01-01", "2024-03-01"]
    assert lines[1].startswith("        3|")
    assert all(line.isascii() for line in lines)


def test_the_column_under_the_cursor_is_drawn_if_it_holds_numbers():
    columns = result_table(["id", "name", "n"], [ANY] * 3).columns
    rows = [(1, "x", 5), (2, "y", 6)]
    assert chosen(columns, rows, 0) == (2, 0)
    assert chosen(columns[::-1], [row[::-1] for row in rows], 2) == (2, 0)
    assert chosen(columns, [("a", "b", None)], 0) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (-1.5, "-1.5"), (12_345, "12.35k"), (2e9, "2000M"), (1e-9, "1.00e-09")],
)
def test_numbers_beside_an_axis_are_short(number, text):
    assert short(number) == text


VALUE = st.one_of(st.none(), st.integers(-(10**20), 10**20), st.floats(), st.text(max_size=3))
ROWS = st.lists(st.tuples(st.one_of(VALUE, st.binary(max_size=3)), VALUE), max_size=60)


@settings(max_examples=examples(100), deadline=None)
@given(ROWS, st.sampled_from(ChartKind), st.integers(40, 90), st.integers(10, 30), st.booleans())
def test_every_line_fits_and_holds_nothing_that_steers_a_terminal(
    rows, kind, width, height, ascii_only
):
    found = chart_lines(data(rows), kind, width, height, ascii_only=ascii_only)
    assert len(found) <= height
    assert not any(category(c) in {"Cc", "Cf", "Zl", "Zp"} for line in found for c in line)
    # What is said below is cut by the terminal where it is narrow.
    assert all(cell_len(line) <= width for line in found if line != found[-1])
