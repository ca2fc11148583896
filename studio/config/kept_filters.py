"""Filters that a person typed for each table, and those they gave a name: in the state folder."""

from dataclasses import dataclass, field

from studio.config.by_table import ByTable

_MOST_RECENT = 50
"""Of one table."""
_MOST_TABLES = 200
"""Of one connection; those filtered last stay, and those with a filter that has a name."""
_MOST_LONG = 4000
"""Characters of one that is kept."""


@dataclass(frozen=True, slots=True)
class TableFilters:
    """Those of one table."""

    recent: tuple[str, ...] = ()
    """The newest last, each once."""
    named: dict[str, str] = field(default_factory=dict)


class KeptFilters:
    """The filters of one connection; where they cannot be read or kept, there are none."""

    def __init__(self, connection: str) -> None:
        self._tables = ByTable("filters", connection)

    def of(self, table: str) -> TableFilters:
        """Those of a table."""
        return _filters(self._tables.read().get(table))

    def used(self, table: str, text: str) -> None:
        """It was asked for: it is the newest."""
        if not text.strip() or len(text) > _MOST_LONG:
            return
        known = self.of(table)
        recent = (*(one for one in known.recent if one != text), text)[-_MOST_RECENT:]
        self._keep(table, TableFilters(recent, known.named))

    def name(self, table: str, name: str, text: str) -> None:
        """Keep it under a name, in place of what was called so."""
        known = self.of(table)
        self._keep(table, TableFilters(known.recent, {**known.named, name: text}))

    def forget(self, table: str, name: str) -> None:
        """Nothing is called so any more."""
        known = self.of(table)
        named = {called: text for called, text in known.named.items() if called != name}
        self._keep(table, TableFilters(known.recent, named))

    def _keep(self, table: str, filters: TableFilters) -> None:
        kept = self._tables.read()
        kept.pop(table, None)
        kept[table] = {"recent": list(filters.recent), "named": filters.named}
        plain = [name for name in kept if not _filters(kept[name]).named]
        for name in plain[: max(0, len(kept) - _MOST_TABLES)]:
            del kept[name]
        self._tables.write(kept)


def _filters(kept: object) -> TableFilters:
    if not isinstance(kept, dict):
        return TableFilters()
    recent, named = kept.get("recent"), kept.get("named")
    texts = recent if isinstance(recent, list) else []
    pairs = named.items() if isinstance(named, dict) else ()
    return TableFilters(
        tuple(text for text in texts if isinstance(text, str)),
        {name: text for name, text in pairs if isinstance(name, str) and isinstance(text, str)},
    )
