"""What diagrams of a schema have in common, whatever they are written in."""

import re
from collections.abc import Sequence

from studio.export.printable import STEERING
from studio.model.catalog import ForeignKey, Index, Table, TableKind

_NOT_IN_NAMES = re.compile(rf'["\x00-\x1f{STEERING}]')


def name_of(text: str) -> str:
    """`text` as what may stand between double quotes, whoever reads it."""
    return _NOT_IN_NAMES.sub("_", text).encode("utf-8", "replace").decode() or "_"


def drawn(tables: Sequence[Table]) -> list[Table]:
    """The tables: views have neither keys nor references."""
    return [table for table in tables if table.kind is not TableKind.VIEW]


def is_needed(table: Table, key: ForeignKey) -> bool:
    """Whether each row of `table` has to refer to one."""
    return all(not table.column(name).nullable for name in key.columns)


def is_single(table: Table, key: ForeignKey) -> bool:
    """Whether one row at most refers to each."""
    unique = [set(table.primary_key), *(set(i.columns) for i in table.indexes if _is_whole(i))]
    return any(columns and columns <= set(key.columns) for columns in unique)


def _is_whole(index: Index) -> bool:
    return index.unique and index.predicate is None and len(index.columns) == len(index.parts)
