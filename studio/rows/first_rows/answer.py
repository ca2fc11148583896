"""What the first screen shows. Imports no driver."""

from dataclasses import dataclass

from studio.model.relation import TableSummary
from studio.model.row_page import RowPage
from studio.model.table import Table


@dataclass(frozen=True, slots=True)
class FirstRows:
    """What the first screen shows, until the screen's own connection shows the same."""

    label: str
    facts: str
    summaries: tuple[TableSummary, ...]
    table: Table
    page: RowPage
