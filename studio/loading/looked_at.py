"""What is in a file, before anything is done with it: for the eyes of who is about to import it."""

from dataclasses import dataclass, field

from studio.backends.base import Backend
from studio.backends.halves import required
from studio.backends.halves.bulk import BULK
from studio.backends.halves.editing import editing
from studio.loading.columns import names_of
from studio.loading.fitting import Fitting
from studio.loading.load import MOST_BAD, BadRow
from studio.loading.source import RowSource
from studio.model.catalog import Table
from studio.model.change import Assigned, Insert
from studio.model.page import Value


@dataclass(slots=True)
class LookedAt:
    """A file, read as far as its rows can be staged one by one."""

    mapping: dict[str, str]
    """The table's column for each name of the file."""
    left_out: tuple[str, ...]
    rows: list[Insert] = field(default_factory=list)
    """As new rows of the table: all of them, unless there are `more`."""
    bad: list[BadRow] = field(default_factory=list)
    more: bool = False
    """Whether there are more rows than were looked at."""


def look(source: RowSource, table: Table, backend: Backend, most: int) -> LookedAt:
    """The first `most` rows of `source` as new rows of `table`; blocks. Raises ConfigInvalid,
    Unsupported.
    """
    bulk, rules = required(backend, BULK), editing(backend)
    fitting = Fitting(table, names_of(source), bulk, rules)
    found = LookedAt(fitting.mapping, fitting.left_out)
    for line, row in fitting.rows(source):
        if len(found.rows) == most or len(found.bad) == MOST_BAD:
            found.more = True
            break
        if isinstance(row, ValueError):
            found.bad.append(BadRow(line, str(row)))
            continue
        after: dict[str, Assigned] = {}
        try:
            for name, value in zip(fitting.columns, row, strict=True):
                after[name] = _shown(value, table, name, backend)
        except ValueError as error:
            found.bad.append(BadRow(line, f"{name}: {error}"))
        else:
            found.rows.append(Insert(table.ref, after))
    return found


def _shown(value: Value, table: Table, name: str, backend: Backend) -> Value:
    """As a page would show it once it is there: of a text, the number its column makes."""
    return None if value is None else editing(backend).fitted(value, table.column(name))
