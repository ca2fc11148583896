"""The order of rows as a person makes it: one column after the other, each up, down, or not."""

from dataclasses import replace

from studio.model.catalog import Table
from studio.model.page import Sort


def turned(kept: tuple[Sort, ...], order: tuple[Sort, ...], column: str) -> tuple[Sort, ...]:
    """`kept`, then `column` one step on: ascending, descending, gone."""
    now = next((sort for sort in order if sort.column == column), None)
    if now is None:
        return (*kept, Sort(column))
    return kept if now.descending else (*kept, replace(now, descending=True))


def order_of(text: str | None, table: Table) -> tuple[Sort, ...]:
    """`C,-D` as sorts; columns that are not there are left out."""
    names = [part.strip() for part in (text or "").split(",") if part.strip()]
    sorts = [Sort(name.removeprefix("-"), name.startswith("-")) for name in names]
    return tuple(sort for sort in sorts if sort.column in table.column_names)
