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


def order_of(text: str | None, table: Table) -> tuple[tuple[Sort, ...], str]:
    """`C,-D` as sorts, and the names that are no columns; a column may itself begin with `-`."""
    sorts: list[Sort] = []
    unknown: list[str] = []
    for name in filter(None, map(str.strip, (text or "").split(","))):
        if name in table.column_names:
            sorts.append(Sort(name))
        elif name.startswith("-") and name[1:] in table.column_names:
            sorts.append(Sort(name[1:], descending=True))
        else:
            unknown.append(name.removeprefix("-"))
    return tuple(sorts), ", ".join(unknown)
