"""The formats there are: a module in `formats` or in `binary` is one."""

from importlib import import_module
from pkgutil import iter_modules
from typing import TextIO, cast

from studio.export import binary, formats
from studio.export.header import Header
from studio.export.writing import RowWriter

FORMATS = tuple(sorted(found.name for found in iter_modules(formats.__path__)))
"""Names of those that are text, as `--format` takes them."""
_BINARY = tuple(found.name for found in iter_modules(binary.__path__))
ALL_FORMATS = tuple(sorted((*FORMATS, *_BINARY)))
"""Theirs, and those of files that are no text."""


def row_writer(form: str, out: TextIO, header: Header) -> RowWriter:
    """The writer of one answer."""
    place = binary if form in _BINARY else formats
    module = import_module(f"{place.__name__}.{form}")
    return cast("RowWriter", module.Writer(out, header))
