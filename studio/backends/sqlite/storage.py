"""Storage classes that are not what a column declares: https://www.sqlite.org/datatype3.html."""

from studio.backends.sqlite.types import Affinity, affinity
from studio.model.catalog import Column, ColumnKind
from studio.model.page import Shortened, Value

_EXPECTED = {
    Affinity.INTEGER: {"integer"},
    Affinity.REAL: {"real", "integer"},
    Affinity.TEXT: {"text"},
    Affinity.BLOB: {"blob"},
}
_NUMBERS = {"integer", "real"}


def storage_class(column: Column, value: Value) -> str:
    """See halves.storage_classes. Dates and the like may be of any class; NULL is of none."""
    head = value.head if isinstance(value, Shortened) else value
    found = _class_of(head)
    if not found or column.kind is ColumnKind.ANY:
        return ""
    expected = _EXPECTED.get(affinity(column.type_name))
    if expected is None and column.kind.is_number:
        expected = _NUMBERS
    return "" if expected is None or found in expected else found


def _class_of(value: Value) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, bytes):
        return "blob"
    if isinstance(value, int):
        return "integer"
    return "real" if isinstance(value, float) else ""
