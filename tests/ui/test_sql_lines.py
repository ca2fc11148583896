"""Wrapping SQL for reading: nothing is lost, nothing is too wide."""

from hypothesis import given
from hypothesis import strategies as st

from studio.ui.editing.sql_pane import breaks


@given(st.text(alphabet="ab ", max_size=200), st.integers(2, 30))
def test_lines_hold_everything_and_fit(text, width):
    parts = [text[start:end] for start, end in breaks(text, width)]
    assert "".join(parts) == text
    assert all(len(part) <= width for part in parts)
