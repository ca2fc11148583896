"""What applied migrations made by their own SQL, which no snapshot of a tool holds."""

import re
from collections.abc import Sequence

from studio.migrations.made import made_by
from studio.migrations.reading import files
from studio.migrations.registry import framework
from studio.model.migration import BoardEntry, Drift, MigrationState, MigrationStatus
from studio.model.notes import MadeByMigration
from studio.sqltext.syntax import Syntax

_DONE = frozenset({MigrationState.APPLIED, MigrationState.CHANGED})
_GENERIC = frozenset({"migration.sql", "up.sql"})
"""Names every migration has: its folder tells which it is."""


def without_caused(
    found: Sequence[Drift], status: MigrationStatus, syntax: Syntax
) -> tuple[tuple[Drift, ...], tuple[MadeByMigration, ...]]:
    """The differences nobody's migration made, and what the others were made by."""
    if not any(item.kind.startswith("extra_") for item in found):
        return tuple(found), ()
    makers = _makers(status, syntax)
    kept: list[Drift] = []
    caused: dict[str, list[str]] = {}
    for item in found:
        maker = makers.get(_name(item)) if item.kind.startswith("extra_") else None
        if maker is None and item.kind == "extra_check":
            maker = _maker_of_check(item, status)
        if maker is None:
            kept.append(item)
        else:
            caused.setdefault(maker, []).append(item.object)
    return tuple(kept), tuple(MadeByMigration(m, tuple(names)) for m, names in caused.items())


def _makers(status: MigrationStatus, syntax: Syntax) -> dict[str, str]:
    """The file by the name of what it made, as far as nothing later took it away."""
    tool = framework(status.framework)
    makers: dict[str, str] = {}
    for entry in status.entries:
        if entry.state not in _DONE or entry.path is None:
            continue
        made = made_by(tool, entry, syntax)
        for name in made.dropped:
            makers.pop(name, None)
        makers.update(dict.fromkeys(made.everything, _file(entry)))
    return makers


def _maker_of_check(item: Drift, status: MigrationStatus) -> str | None:
    """Who wrote the condition inside a CREATE TABLE: by its text, or by the name it has there.

    A name the server made (`t_c_check`) is in no text: then the table's own maker wrote it.
    """
    table, _, name = item.object.rpartition(".")
    table = table.rpartition(".")[2].lower()
    for entry in status.entries:
        if entry.state not in _DONE or entry.path is None:
            continue
        text = _squeezed(files.text_or_empty(entry.path, files.MAX_MIGRATION_BYTES))
        is_named = f"constraint{name.lower()}check" in text
        is_unnamed = name.endswith("_check") and f"table{table}(" in text and "check(" in text
        if is_named or is_unnamed or f"check({_squeezed(item.database)})" in text:
            return _file(entry)
    return None


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\"`]", "", text).lower()


def _file(entry: BoardEntry) -> str:
    if entry.path is None:
        return entry.id
    name = entry.path.name
    return f"{entry.path.parent.name}/{name}" if name in _GENERIC else name


def _name(item: Drift) -> str:
    """As `made_by` calls it: a column with its table, everything else by itself."""
    parts = item.object.lower().split(".")
    return ".".join(parts[-2:] if item.kind == "extra_column" else parts[-1:])
