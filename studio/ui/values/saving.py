"""One whole value as a file."""

from pathlib import Path

from studio.export.destination import destination
from studio.export.text import as_text
from studio.model.catalog import ColumnKind
from studio.model.errors import Refused
from studio.model.page import Value
from studio.ui.values.documents import bytes_of, stored_bytes


def save_value(path: Path, value: Value, kind: ColumnKind) -> int:
    """Write the value into a new file, bytes as they are and all else as its text; how many bytes.

    Blocks. Raises Refused where a file is, ConfigInvalid where none can be.
    """
    if path.is_file():
        raise Refused(f"{path} is there already: name another file")
    is_bytes = isinstance(value, bytes) or (kind is ColumnKind.BYTES and isinstance(value, str))
    data = bytes_of(value) if is_bytes and isinstance(value, str | bytes) else b""
    data = data if is_bytes else stored_bytes(as_text(value))
    with destination(path) as file:
        file.buffer.write(data)
    return len(data)
