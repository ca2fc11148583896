"""The formats there are: a module in `formats` is one."""

from importlib import import_module
from pkgutil import iter_modules
from typing import TextIO, cast

from studio.export import formats
from studio.export.header import Header
from studio.export.writing import RowWriter

ALL_FORMATS = tuple(sorted(found.name for found in iter_modules(formats.__path__)))
"""Their names, as `--format` takes them."""
BINARY = frozenset({"parquet", "sqlite", "xlsx"})
"""Of one answer, in a file."""
FORMATS = tuple(form for form in ALL_FORMATS if form not in BINARY)
"""Those that are text."""


def row_writer(form: str, out: TextIO, header: Header) -> RowWriter:
    """The writer of one answer."""
    module = import_module(f"{formats.__name__}.{form}")
    return cast("RowWriter", module.Writer(out, header))
