"""What the heading and the cells of one column of a grid say it is."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from studio.model.row_page import Sort
from studio.model.table import ColumnKind, Table
from studio.ui.widgets.cells import CellFormat, Role
from studio.ui.widgets.epochs import is_epoch_name
from studio.ui.widgets.glyphs import Glyphs

_KIND_SIGNS = {
    ColumnKind.JSON: " {}",
    ColumnKind.ARRAY: " []",
    ColumnKind.COMPOSITE: " ()",
    ColumnKind.RANGE: " [)",
    ColumnKind.BYTES: " 0x",
}
_NAMING = re.compile(
    r"(?:^|_)(?:id|code|key|no|nr|num|number|year|zip|postcode|phone|port|version|hash|ts|at|time|"
    r"epoch|date)$"
)
"""Names of columns whose numbers are names, years, codes or times: amounts have digit groups."""


class GridColumn(NamedTuple):
    """One column as its heading and cells show it."""

    name: str
    kind: ColumnKind = ColumnKind.TEXT
    is_key: bool = False
    is_reference: bool = False
    sort_rank: int = 0
    """1 for the first term of the order; 0 when the column is not part of it."""
    is_only_sort: bool = True
    descending: bool = False
    is_grouped: bool = False
    """Whether somebody asked for 1,234,567; a number that names something is never so."""

    @property
    def format(self) -> CellFormat:
        """How its values are written."""
        names_something = (
            self.is_key or self.is_reference or _NAMING.search(self.name.lower()) is not None
        )
        role = Role.KEY if self.is_key else Role.LINK if self.is_reference else None
        is_epoch = role is None and self.kind.is_number and is_epoch_name(self.name)
        grouped = self.is_grouped and not names_something
        return CellFormat(self.kind, role, grouped=grouped, is_epoch=is_epoch)

    def signs(self, glyphs: Glyphs) -> str:
        """What the column is, and its part in the order."""
        signs = _KIND_SIGNS.get(self.kind, "")
        signs += glyphs.key if self.is_key else ""
        signs += glyphs.reference if self.is_reference else ""
        if self.sort_rank:
            arrow = glyphs.descending if self.descending else glyphs.ascending
            signs += f" {arrow}" if self.is_only_sort else f" {arrow}{self.sort_rank}"
        return signs


def columns_of(
    table: Table, names: Sequence[str], order: Sequence[Sort] = (), *, grouped: bool = False
) -> tuple[GridColumn, ...]:
    """The columns called `names`, with what the table and the order say of them; `grouped` is
    whether amounts are written as 1,234,567.
    """
    references = {name for key in table.foreign_keys for name in key.columns}
    ranks = {sort.column: rank for rank, sort in enumerate(order, start=1)}
    falling = {sort.column for sort in order if sort.descending}
    kinds = {column.name: column.kind for column in table.columns}
    return tuple(
        GridColumn(
            name=name,
            kind=kinds.get(name, ColumnKind.OTHER),
            is_key=name in table.primary_key,
            is_reference=name in references,
            sort_rank=ranks.get(name, 0),
            is_only_sort=len(ranks) <= 1,
            descending=name in falling,
            is_grouped=grouped,
        )
        for name in names
    )
