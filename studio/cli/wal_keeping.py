"""The documents of `studio wal` about checks, salvage and sizes."""

from dataclasses import asdict
from pathlib import Path

from studio.backends.halves.housekeeping import IntegrityVerdict, Salvaged
from studio.wal.sizes import PageSizes


def verdict(found: IntegrityVerdict) -> dict[str, object]:
    """Of `--integrity --json`."""
    return asdict(found) | {"is_sound": found.is_sound}


def salvaged(found: Salvaged, output: Path) -> dict[str, object]:
    """Of `--salvage --json`."""
    return {"output": str(output), **asdict(found), "may_be_incomplete": not found.is_whole}


def sizes(found: PageSizes) -> dict[str, object]:
    """Of `--sizes --json`."""
    parts = [asdict(part) | {"bytes": part.pages * found.page_size} for part in found.parts]
    return {"page_size": found.page_size, "pages": found.db_pages, "parts": parts}
