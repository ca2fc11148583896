"""Rows cut where the limits say, and only said to be cut where there were more."""

from studio.queries.limits import Cut, Limits


def test_rows_are_kept_up_to_a_number():
    cut = Cut(Limits(rows=3))
    assert cut.through([(1,), (2,)]) == [(1,), (2,)]
    assert not cut.is_cut
    assert cut.through([(3,), (4,)]) == [(3,)]
    assert (cut.rows, cut.is_cut) == (3, True)


def test_exactly_as_many_rows_as_are_kept_is_not_cut():
    cut = Cut(Limits(rows=2))
    cut.through([(1,), (2,)])
    assert not cut.is_cut
    assert cut.through([(3,)]) == []
    assert cut.is_cut


def test_rows_are_kept_up_to_some_bytes():
    cut = Cut(Limits(row_bytes=1_000))
    assert len(cut.through([("x" * 600,), ("y" * 600,), ("z",)])) == 2
    assert (cut.rows, cut.is_cut) == (2, True)
