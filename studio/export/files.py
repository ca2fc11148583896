"""Files that are exported to: what their names say, compressed or not."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from studio.config.extras import extra
from studio.export.destination import destination
from studio.export.registry import ALL_FORMATS
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
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".db": "sqlite",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
}
"""Of a file's name → format."""
_OTHER = {".xz", ".bz2", ".zip"}


def format_of(path: Path, given: str | None = None) -> str:
    """The format a name asks for. Raises ConfigInvalid where it says none."""
    name = path.with_suffix("") if path.suffix.lower() in _COMPRESSED else path
    _refuse_unwritten(path)
    if given is not None:
        return given
    if name.suffix.lower() not in ENDINGS:
        raise ConfigInvalid(
            f"{path.name!r} does not say which format: add --format {'|'.join(ALL_FORMATS)}"
        )
    return ENDINGS[name.suffix.lower()]


def _refuse_unwritten(path: Path) -> None:
    if path.suffix.lower() in _OTHER:
        raise ConfigInvalid(
            f"{path.suffix} files are not written yet: csv, jsonl, xlsx, parquet, .gz and .zst are"
        )


@contextmanager
def exported(path: Path | None) -> Iterator[TextIO]:
    """Where rows go: stdout, or a file that appears under its name only when it is whole;
    compressed where its name ends so. Raises ConfigInvalid where it ends as none can.
    """
    if path is not None:
        _refuse_unwritten(path)
    ending = "" if path is None else path.suffix.lower()
    with destination(path) as file, _packed(ending, file) as out:
        yield out


@contextmanager
def _packed(ending: str, file: TextIO) -> Iterator[TextIO]:
    if ending not in _COMPRESSED:
        yield file
        return
    # No time in it: the same rows are the same file.
    with (
        _COMPRESSED[ending](file.buffer) as packed,
        TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        yield text


def _gzip(raw: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0))


def _zstd(raw: BinaryIO) -> BinaryIO:
    made = extra("zstandard", "zstd", ".zst")
    return cast("BinaryIO", made.ZstdCompressor().stream_writer(raw, closefd=False))


_COMPRESSED: dict[str, Callable[[BinaryIO], BinaryIO]] = {".gz": _gzip, ".zst": _zstd}
"""What may stand behind an ending."""
