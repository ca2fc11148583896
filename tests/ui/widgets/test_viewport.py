"""Scrolling by whole rows, however many there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.ui.widgets.viewport import Viewport

heights = st.integers(0, 60) | st.sampled_from([10**7, 10**12])
steps = st.lists(
    st.tuples(st.sampled_from(["moved_to", "paged", "scrolled_to", "resized", "changed"]))
    | st.tuples(
        st.sampled_from(["moved_to", "paged", "scrolled_to", "resized", "changed"]),
        st.integers(-50, 100) | st.just(10**12),
    ),
    max_size=8,
)


@given(height=heights, page=st.integers(1, 30), steps=steps)
def test_the_cursor_is_always_on_the_page_and_the_page_on_the_rows(
    height: int, page: int, steps: list[tuple[str, int]]
) -> None:
    view = Viewport(height=height, page=page)
    for name, *amount in steps:
        value = amount[0] if amount else 0
        view = getattr(view, name)(max(0, value) if name == "changed" else value)
        assert 0 <= view.top <= view.last_top
        assert view.row == 0 or view.row in view.rows
        assert len(view.rows) == min(view.page, view.height)
        thumb = view.thumb(view.page)
        assert len(thumb) >= 1
        assert thumb.start >= 0
        assert thumb.stop <= view.page


def test_the_thumb_is_at_the_ends_exactly_when_the_page_is() -> None:
    view = Viewport(height=10**12, page=40)
    assert view.thumb(40) == range(1)
    assert view.moved_to(10**12).thumb(40) == range(39, 40)
    assert view.moved_to(10**12 // 2).thumb(40).start == pytest.approx(20, abs=1)
    assert view.top_at(39, 40) == view.last_top
    assert view.top_at(0, 40) == 0


def test_a_page_further_the_cursor_keeps_its_line_and_ends_at_the_end() -> None:
    view = Viewport(height=100, page=10).moved_to(3)
    assert (view.paged(10).top, view.paged(10).row) == (10, 13)
    last = view.paged(10).paged(10_000)
    assert (last.top, last.row) == (90, 99)
    assert (last.paged(-10).top, last.paged(-10).row) == (80, 89)


def test_rows_found_before_the_page_move_page_and_cursor_along() -> None:
    view = Viewport(height=100, page=10, top=50, row=55).changed(140, shift=40)
    assert (view.top, view.row) == (90, 95)
