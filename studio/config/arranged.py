"""How a person arranged the columns of each table: kept by connection, in the state folder."""

from dataclasses import asdict, dataclass, field
from typing import Any

from studio.config.by_table import ByTable

_MOST_TABLES = 200
"""Of one connection; those arranged last stay."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """Choices by column name; a column that is not named is as it would be."""

    order: tuple[str, ...] = ()
    """Those that are shown, from the left."""
    hidden: tuple[str, ...] = ()
    pinned: dict[str, bool] = field(default_factory=dict)
    widths: dict[str, int] = field(default_factory=dict)
    """In cells."""


class ArrangedTables:
    """The arrangements of one connection; one that cannot be read or kept is none."""

    def __init__(self, connection: str) -> None:
        self._tables = ByTable("columns", connection)

    def of(self, table: str) -> Arranged | None:
        """That of a table; None: nobody arranged it."""
        kept = self._tables.read().get(table)
        return _arranged(kept) if isinstance(kept, dict) else None

    def keep(self, table: str, arranged: Arranged) -> None:
        """Keep it for the next time."""
        kept = self._tables.read()
        kept.pop(table, None)
        kept[table] = asdict(arranged)
        self._tables.write(dict(list(kept.items())[-_MOST_TABLES:]))


def _arranged(kept: dict[str, Any]) -> Arranged | None:
    order, hidden = kept.get("order"), kept.get("hidden")
    pinned, widths = kept.get("pinned"), kept.get("widths")
    if not isinstance(order, list) or not isinstance(hidden, list):
        return None
    if not isinstance(pinned, dict) or not isinstance(widths, dict):
        return None
    return Arranged(
        tuple(map(str, order)),
        tuple(map(str, hidden)),
        {str(name): bool(is_pinned) for name, is_pinned in pinned.items()},
        {str(name): width for name, width in widths.items() if type(width) is int and width > 0},
    )
