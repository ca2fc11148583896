"""The file that is read, as often as it takes: by its name or standard input, compressed or not."""

import codecs
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import BinaryIO, cast

from studio.loading.reading import READERS, FileRecord
from studio.loading.unpacked import unpacked
from studio.model.errors import ConfigInvalid

ENDINGS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""Of a file's name → format."""
_PACKED = {".gz", ".zst"}
_UTF_16 = frozenset({codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE})
"""What spreadsheets begin such text with."""


class RowSource:
    """A file of rows; each `records` reads it from its start."""

    def __init__(self, name: str, raw: BinaryIO, form: str) -> None:
        self.name = name
        self.form = form
        self._raw = raw

    @property
    def names_in_rows(self) -> bool:
        """Whether each row names its values; else the first one names them all."""
        return self.form == "jsonl"

    def records(self) -> Iterator[FileRecord]:
        """The rows; of CSV and TSV the names first. Raises ConfigInvalid for what is neither UTF-8
        nor, by its first bytes, UTF-16.
        """
        file = cast("BufferedReader", unpacked(self._raw))
        # Line ends inside quotes are part of a value.
        text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
        try:
            if file.peek(2)[:2] in _UTF_16:
                text.reconfigure(encoding="utf-16")
            yield from READERS[self.form](text)
        except UnicodeError as error:
            raise ConfigInvalid(
                f"{self.name}{self._undecodable()} is not UTF-8 text: convert it with iconv first"
            ) from error
        except EOFError as error:
            raise ConfigInvalid(f"{self.name} ends too early: {error}") from error
        except OSError as error:
            raise ConfigInvalid(f"{self.name} cannot be read: {error}") from error
        finally:
            text.detach()

    def _undecodable(self) -> str:
        """Where the first line is that is not UTF-8, as `:7`; empty: not to be told by lines."""
        for number, line in enumerate(unpacked(self._raw), start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return "" if b"\0" in line else f":{number}"
        return ""


@contextmanager
def opened(name: str, form: str | None, stdin: BinaryIO | None) -> Iterator[RowSource]:
    """The file called `name`; `-`: standard input, which is spooled to a file first: the database
    must not wait for whoever writes it. Raises ConfigInvalid.
    """
    if name == "-":
        if form is None:
            raise ConfigInvalid(f"standard input has no name: add --format {'|'.join(READERS)}")
        if stdin is None:
            raise ConfigInvalid("stdin is closed, so no rows can be read from it")
        with tempfile.TemporaryFile() as spooled:
            shutil.copyfileobj(stdin, spooled)
            yield RowSource("standard input", cast("BinaryIO", spooled), form)
        return
    path = Path(name)
    try:
        with path.open("rb") as raw:
            yield RowSource(path.name, raw, form or _form(path))
    except OSError as error:
        raise ConfigInvalid(f"{name} cannot be read: {error.strerror or error}") from error


def _form(path: Path) -> str:
    name = path.with_suffix("") if path.suffix.lower() in _PACKED else path
    if name.suffix.lower() not in ENDINGS:
        raise ConfigInvalid(
            f"{path.name!r} does not say which format: add --format {'|'.join(READERS)}"
        )
    return ENDINGS[name.suffix.lower()]
