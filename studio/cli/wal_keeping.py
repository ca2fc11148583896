"""What `studio wal` prints of copies, checks, sizes and salvage."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from studio.backends.halves.housekeeping import Salvaged, Verdict
from studio.model.words import plural
from studio.wal import words
from studio.wal.sizes import Sizes


def verdict_document(found: Verdict) -> dict[str, object]:
    """The document of `--integrity --json`."""
    return asdict(found) | {"is_sound": found.is_sound}


def verdict_lines(found: Verdict) -> Iterator[str]:
    """What the check found."""
    checked = plural(found.tables, "table")
    if found.is_sound:
        yield f"sound: every page, index and foreign key of {checked}"
    else:
        where = f" in {checked}" if found.tables else ": nothing more can be read"
        yield f"{words.faults_found(found.damage, found.foreign_key_faults)}{where}"
    yield from (f"  damaged: {said}" for said in found.damage)
    for fault in found.foreign_keys:
        row = "a row" if fault.rowid is None else f"row {fault.rowid}"
        yield f"  {row} of {fault.table} refers to a row of {fault.parent} that is not there"
    if (more := found.foreign_key_faults - len(found.foreign_keys)) > 0:
        yield f"  and {more:,} more that refer to nothing"
    yield from (f"  not checked: {said}" for said in found.not_checked)


def salvage_document(found: Salvaged, output: Path) -> dict[str, object]:
    """The document of `--salvage --json`."""
    return {"output": str(output), **asdict(found), "may_be_incomplete": not found.is_whole}


def salvage_lines(found: Salvaged, output: Path) -> Iterator[str]:
    """What was saved, and what was not."""
    count = plural(sum(found.tables.values()), "row")
    where = f"{output}: {count} of {plural(len(found.tables), 'table')}, {words.size(found.bytes)}"
    yield f"{where}; nothing is damaged" if found.is_whole else f"{where}; may be incomplete"
    yield from (f"  {name}: {plural(rows, 'row')}" for name, rows in found.tables.items())
    if found.apart:
        yield f"  {found.apart_name}: {plural(found.apart, 'row')} that fit in no table"
    if found.damaged_pages:
        yield f"  {plural(found.damaged_pages, 'page')} cannot be read, nor what only they lead to"
    if found.unreadable_rows:
        yield f"  {plural(found.unreadable_rows, 'row')} cannot be read"
    yield from (f"  not made: {said}" for said in found.not_made)


def sizes_document(found: Sizes) -> dict[str, object]:
    """The document of `--sizes --json`."""
    parts = [asdict(part) | {"bytes": part.pages * found.page_size} for part in found.parts]
    return {"page_size": found.page_size, "pages": found.db_pages, "parts": parts}


def sizes_lines(found: Sizes) -> Iterator[str]:
    """A line each, the largest first."""
    yield from words.sized(found)
