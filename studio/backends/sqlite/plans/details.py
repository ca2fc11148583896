"""Everything known of one line of a SQLite plan, to read."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.backends.sqlite.plans.explained import SqliteExplained


def details(shown: "SqliteExplained", line: int) -> Iterator[tuple[str, str]]:
    """Labels and values of a line of the outline; an empty label is a title."""
    if line >= len(shown.steps):
        return
    step = shown.steps[line]
    yield "", step.raw
    for label, value in (
        ("table", step.table),
        ("index", step.index),
        ("on", ", ".join(step.constraints)),
        ("virtual", step.virtual),
        ("join", step.join),
    ):
        if value:
            yield label, value
    if shown.actuals is None:
        return
    rows = dict(shown.actuals.rows_per_loop)
    pages = dict(shown.actuals.pages)
    if step.object in rows:
        yield "rows in", f"{rows[step.object]:,} (measured by rewriting)"
    name = step.index or step.table or step.object
    if name in pages:
        yield "pages", f"{pages[name]:,} in {name}"
    yield "", "SQLite tells no time per node; rows, pages and VM steps are what there is."
