"""Where in the rows a person wants to be, as they type it."""

from studio.backends.base import Backend
from studio.model.page import PageKey
from studio.rows.window import RowWindow


class Unsized(Exception):
    """How many rows there are is not known, and so not where the middle is."""


def go_to(text: str, window: RowWindow, backend: Backend) -> int | None:
    """Let the window go to `50%` or `=key` with what it is next asked; of `1,200`, the row.

    Raises ValueError, Unsized.
    """
    text = text.strip().replace(",", "").replace("_", "")
    if text.startswith("="):
        window.key(_key(text[1:], window, backend))
    elif text.endswith("%"):
        if not window.is_sized:
            raise Unsized("how many rows there are is not known: C counts them")
        window.percent(min(100.0, max(0.0, float(text[:-1]))) / 100)
    else:
        return max(0, int(text) - 1)
    return None


def _key(text: str, window: RowWindow, backend: Backend) -> PageKey:
    table = window.table
    is_keyed = len(table.identity) == 1 and table.identity[0] in table.column_names
    if window.request.order or not is_keyed:
        raise ValueError("only an unsorted table with one key column has keys to go to")
    return PageKey((backend.parse(text, table.column(table.identity[0])),))
