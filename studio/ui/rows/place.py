"""Where in the rows one is, in words."""

from studio.model.page import RowCount
from studio.rows.window import RowWindow
from studio.ui.editing.staged_source import StagedSource


def count_words(window: RowWindow | None) -> str:
    """How many rows there are, `~` when estimated; empty while unknown."""
    if window is None or not window.is_loaded:
        return ""
    if window.is_exact:
        return f"{window.height:,}"
    return f"~{window.count.rows:,}" if window.count is not None else ""


def size_words(count: str) -> str:
    """`20,000 rows`; empty while unknown."""
    return f"{count} {'row' if count == '1' else 'rows'}" if count else ""


def kept_words(window: RowWindow, count: str, whole: RowCount | None, *, is_sought: bool) -> str:
    """`708 of 20,000 rows`: how many rows a filter keeps of how many there are."""
    kept = count or ("…" if is_sought else "uncounted")
    known = window.count.rows if window.count is not None else window.height
    if whole is None or (count and known > whole.rows):
        # Others write: a whole smaller than its part was true a while ago.
        return size_words(kept) if count or is_sought else "C counts the rows"
    return f"{kept} of {'' if whole.exact else '~'}{whole.rows:,} rows"


def place_words(
    window: RowWindow, source: StagedSource | None, row: int | None, elapsed_ms: float
) -> str:
    """`row 3 of ~2,000,000 · 41 ms`; `row`: the cursor's, None where there are none."""
    if row is None:
        return "no rows" + (" match" if window.request.filters else "")
    if source is None or not (number := source.number(row)):
        return "new row"
    count = count_words(window)
    return f"row {number}{f' of {count}' if count else ''} · {elapsed_ms:.0f} ms"
