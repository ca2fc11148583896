"""Files that are exported to: what their names say, compressed or not."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from studio.export.destination import destination
from studio.export.registry import FORMATS
from studio.model.errors import ConfigInvalid

ENDINGS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".md": "markdown",
    ".sql": "insert",
    ".txt": "table",
}
"""Of a file's name → format."""
_COMPRESSED = ".gz"
_OTHER = {".zst", ".xz", ".bz2", ".zip", ".xlsx", ".parquet"}


def format_of(path: Path, given: str | None = None) -> str:
    """The format a name asks for. Raises ConfigInvalid where it says none."""
    name = path.with_suffix("") if path.suffix == _COMPRESSED else path
    if path.suffix in _OTHER:
        raise ConfigInvalid(f"{path.suffix} files are not written yet: csv, jsonl and .gz are")
    if given is not None:
        return given
    if name.suffix.lower() not in ENDINGS:
        raise ConfigInvalid(
            f"{path.name!r} does not say which format: add --format {'|'.join(FORMATS)}"
        )
    return ENDINGS[name.suffix.lower()]


@contextmanager
def exported(path: Path) -> Iterator[TextIO]:
    """Where rows go: a file that appears under its name only when it is whole; compressed where its
    name ends so.
    """
    with destination(path) as file:
        if path.suffix != _COMPRESSED:
            yield file
            return
        # No time in it: the same rows are the same file.
        packed = gzip.GzipFile(filename="", fileobj=file.buffer, mode="wb", mtime=0)
        with TextIOWrapper(packed, encoding="utf-8", newline="") as text:
            yield text
